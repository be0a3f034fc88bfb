"""Which user may do what this one may not, and how it is typed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from securos_trigger.system.owners import as_owner

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Python does not say there whose a file is")


def test_a_file_of_this_user_is_that_of_whoever_runs_the_service(tmp_path: Path) -> None:
    assert as_owner(tmp_path / "none" / "outbox.sqlite") == "as the user who runs securos-trigger"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize(
    ("uid", "user", "quoted"), [(65534, "nobody", "nobody"), (4_000_111, "#4000111", "'#4000111'")]
)
def test_the_command_that_was_typed_is_said_with_the_owner_of_the_file_or_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uid: int, user: str, quoted: str
) -> None:
    folder = tmp_path / "of another"
    folder.mkdir()
    os.chown(folder, uid, uid)
    assert as_owner(folder / "outbox.sqlite") == f"as the user {user}"  # not typed: another program uses this one
    monkeypatch.setattr(sys, "argv", ["/nowhere/securos-trigger", "outbox", "list", "my site.toml"])
    typed = "/nowhere/securos-trigger outbox list 'my site.toml'"
    assert as_owner(folder / "outbox.sqlite") == f"as the user {user}: `sudo -u {quoted} {typed}`"
