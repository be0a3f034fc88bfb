"""Which file is one of `deliver`, and what belongs to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.deliver_file import control_places_of, is_deliver_config, token_of_file


@pytest.mark.parametrize(("text", "expected"), [("receivers = []", True), ("[relay]", False), ("no = = toml", False)])
def test_a_file_with_receivers_is_one_of_deliver(tmp_path: Path, text: str, *, expected: bool) -> None:
    file = tmp_path / "file.toml"
    file.write_text(text)
    assert is_deliver_config(file) is expected
    assert not is_deliver_config(tmp_path / "none.toml")


def test_each_file_has_a_name_of_its_own() -> None:
    assert token_of_file("/etc/a.toml") == token_of_file("/etc/a.toml") != token_of_file("/etc/b.toml")


def test_a_file_has_one_name_by_whichever_folders_it_is_reached(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "link").symlink_to("site")
    ways = (tmp_path / "site", tmp_path / "link", tmp_path / "site" / ".." / "site")
    assert len({token_of_file(str(way / "deliver.toml")) for way in ways}) == 1


def test_the_control_socket_is_found_in_a_file_with_mistakes(tmp_path: Path) -> None:
    config = tmp_path / "deliver.toml"
    secret = 'iss_password = { env = "NO_SUCH_VARIABLE" }'
    config.write_text(f'state_folder = "state"\nunknown = 1\n[[receivers]]\n{secret}\n')
    place = control_places_of(config)[0]
    assert place == tmp_path / "state" / f"deliver-{token_of_file(str(config))}"
