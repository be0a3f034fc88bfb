"""Files that are replaced together on a disk that is nearly full: all of them are written, or none has changed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from securos_trigger.config.versions import digest_of_file
from securos_trigger.console.security.roles import Role
from securos_trigger.console.security.session_file import SessionFile
from securos_trigger.console.security.sessions import Sessions
from securos_trigger.console.security.users import Users
from securos_trigger.errors import ArgumentError, ConfigurationError, ConsoleError
from securos_trigger.operations.edit import ConfigEditor, PartChange
from securos_trigger.vms.bundle import receiver_script
from securos_trigger.vms.receiver_update import update_script
from tests.small_disks import mounted_disk
from tests.unit.operations.site import write_site

PAGE = 4096
PADDING = "# A long comment of the person who wrote the file.\n" * 400


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    with mounted_disk(tmp_path / "small", "1m") as disk:
        yield disk


def contents(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.suffix not in {".lock", ".filler"}}


def leave_pages(folder: Path, pages: int) -> None:
    """Fill the disk of the folder, but for this number of pages."""
    filler = folder / "all.filler"
    filler.unlink(missing_ok=True)
    filler.write_bytes(bytes(shutil.disk_usage(folder).free - pages * PAGE))


def with_every_room(folder: Path, act: Callable[[], object]) -> list[dict[str, bytes]]:
    """Do it with more and more room on the disk, until it is done. What lies there before and after it."""
    before = contents(folder)
    refused = 0
    for pages in range(100):
        leave_pages(folder, pages)
        try:
            act()
        except (ArgumentError, ConfigurationError) as error:
            assert "the disk is full" in str(error)
            assert f"free some space on the disk of {folder}" in str(error).lower()
            assert contents(folder) == before, f"with room for {pages} pages"
            refused += 1
        else:
            break
    assert refused > 4
    return [before, contents(folder)]


@pytest.fixture
def site(small_disk: Path) -> Path:
    """A file with a version before it and what was saved last."""
    found = write_site(small_disk)
    found.write_text(found.read_text() + PADDING)
    for interval in (1, 2):
        set_interval(found, interval)
    return found


def set_interval(site: Path, interval: int) -> None:
    ConfigEditor(site).change(PartChange("yard", "alarm", {"interval": interval}), digest_of_file(site))


def test_a_save_writes_the_file_and_both_versions_or_leaves_all_three_as_they_were(site: Path) -> None:
    before, after = with_every_room(site.parent, lambda: set_interval(site, 3))
    assert after["site.toml"] == after["site.toml.saved"]
    assert b"interval = 3" in after["site.toml"]
    assert after["site.toml.previous"] == before["site.toml"]
    assert before.keys() == after.keys()


def test_an_undo_puts_the_version_before_back_or_leaves_it_there(site: Path) -> None:
    before, after = with_every_room(site.parent, lambda: ConfigEditor(site).undo(digest_of_file(site)))
    assert after["site.toml"] == after["site.toml.saved"] == before["site.toml.previous"]
    assert after["site.toml.previous"] == before["site.toml"]


def test_what_is_put_over_a_file_with_mistakes_leaves_it_beside_or_nothing_has_changed(site: Path) -> None:
    text = site.read_text()
    site.write_text("no_key = 1\n" + text)
    site.with_name("site.toml.broken").write_text("an older one")
    before, after = with_every_room(site.parent, lambda: ConfigEditor(site).undo(digest_of_file(site)))
    assert after["site.toml.broken"] == before["site.toml"]
    assert after["site.toml"].decode() == text


def test_an_updated_receiver_keeps_a_copy_of_the_script_or_nothing_has_changed(small_disk: Path) -> None:
    path = small_disk / "receiver.js"
    path.write_bytes(receiver_script().read_bytes() + b"// a line of a person\n")  # else there is nothing to write
    before, after = with_every_room(small_disk, lambda: update_script(path))
    assert after.keys() == {"receiver.js", "receiver.js.before"}
    assert after["receiver.js.before"] == before["receiver.js"]


def test_a_log_out_on_a_full_disk_is_not_undone_by_a_restart(small_disk: Path) -> None:
    path = small_disk / "sessions.json"
    sessions = Sessions(file=SessionFile(path))
    ended, stays = (sessions.begin(user, Role.CONFIGURE, "a hash")[0] for user in ("anna", "ben"))
    leave_pages(small_disk, 0)
    assert sessions.end(ended)
    (small_disk / "all.filler").unlink()
    again = Sessions(file=SessionFile(path))
    assert again.of(ended) is None
    assert again.of(stays) is not None, "nobody else is logged out"


def test_a_log_out_that_the_disk_does_not_take_is_not_called_done(small_disk: Path) -> None:
    sessions = Sessions(file=SessionFile(small_disk / "sessions.json"))
    cookie, _ = sessions.begin("anna", Role.CONFIGURE, "a hash")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert not sessions.end(cookie)
    assert sessions.of(cookie) is None


def test_a_user_who_cannot_be_removed_or_changed_on_a_full_disk_stays_as_they_were_and_it_is_said(
    small_disk: Path,
) -> None:
    users = Users(small_disk / "users.json")
    users.add("anna", Role.CONFIGURE, "the first password")
    before = contents(small_disk)
    leave_pages(small_disk, 0)
    refused = pytest.raises(ConsoleError, match=r"users cannot be written to .*: the disk is full")
    with refused:
        users.remove("anna")
    for role, password in ((Role.LOOK, "the first password"), (Role.CONFIGURE, "another password")):
        with refused:
            users.add("anna", role, password)
    assert contents(small_disk) == before
