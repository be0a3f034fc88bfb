"""Host names in other scripts are those that name servers know."""

from __future__ import annotations

import pytest

from securos_trigger.system.host_names import ascii_host_name


@pytest.mark.parametrize(
    ("name", "ascii_name"),
    [
        ("vms.example", "vms.example"),
        ("VMS_1.example", "VMS_1.example"),
        ("überwachung.example", "xn--berwachung-8db.example"),
        ("ÜBERWACHUNG.example", "xn--berwachung-8db.example"),
        ("видео.example", "xn--b1aedk6a.example"),
        ("straße.example", "xn--strae-oqa.example"),
    ],
)
def test_a_name_in_any_script_has_one_ascii_form(name: str, ascii_name: str) -> None:
    assert ascii_host_name(name) == ascii_name


@pytest.mark.parametrize("name", ["", "a b", "ü b.example", "\ud800.example", "ü" * 300, "\u202e.example"])
def test_what_is_no_name_raises(name: str) -> None:
    with pytest.raises(UnicodeError):
        ascii_host_name(name)
