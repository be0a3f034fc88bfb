"""Which file is one of `deliver`, and what belongs to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.deliver_file import is_deliver_config, token_of_file


@pytest.mark.parametrize(("text", "expected"), [("receivers = []", True), ("[relay]", False), ("no = = toml", False)])
def test_a_file_with_receivers_is_one_of_deliver(tmp_path: Path, text: str, *, expected: bool) -> None:
    file = tmp_path / "file.toml"
    file.write_text(text)
    assert is_deliver_config(file) is expected
    assert not is_deliver_config(tmp_path / "none.toml")


def test_each_file_has_a_name_of_its_own() -> None:
    assert token_of_file("/etc/a.toml") == token_of_file("/etc/a.toml") != token_of_file("/etc/b.toml")
