"""Everything that a command or the console writes: a disk that takes nothing, and `kill -9` before the file is whole."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from securos_trigger.config.editing import ConfigurationEdit
from securos_trigger.console.security.roles import Role
from securos_trigger.console.security.users import Users
from securos_trigger.delivery import TrustStore
from securos_trigger.errors import SecurosTriggerError
from securos_trigger.health.open_troubles import OpenTroubles
from securos_trigger.model import Target
from securos_trigger.operations.import_lumeo import import_lumeo
from securos_trigger.runtime.mutes.file import MuteFile
from securos_trigger.runtime.mutes.mute import Mute
from securos_trigger.system.boot_clock import present_instant
from securos_trigger.system.files import write_whole
from securos_trigger.vms.receiver_init import write_script
from securos_trigger.vms.receiver_update import update_script

resource = pytest.importorskip("resource", reason="this system has no limits for files")

SITE = '[outbox]\npath = "outbox.sqlite"\n\n[health]\nsteady_for_s = 5\n' + "# a note\n" * 40
PIPELINE = [{"id": "video1", "properties": {"type": "video", "name": "Yard"}, "wires": {}}]


def save_configuration(path: Path) -> None:
    editor = ConfigurationEdit(path)
    editor.set(("health", "steady_for_s"), 7)
    editor.save()


def import_pipeline(path: Path) -> None:
    pipeline = path.with_name("pipeline.json")
    import_lumeo(pipeline, path, is_forced=True)


def mute(path: Path) -> None:
    file = MuteFile(path)
    file.path = path
    now = present_instant()
    file.change(now, lambda _known: [Mute("gate/alarm", 60.0, now, now.wall_s)])


def remember(path: Path) -> None:
    TrustStore(path).remember_first(Target("https", "vms.example", 3443), "ab" * 32)


#: What stands in a file before, and what writes another thing over it.
WRITERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "receiver init": ("old", lambda path: write_script(path, host="vms.example", force=True)),
    "receiver update": ("", update_script),
    "import lumeo": ("old", import_pipeline),
    "console, save": (SITE, save_configuration),
    "console, user": ('{"users": []}', lambda path: Users(path).add("ann", Role.LOOK, "correct horse battery")),
    "mute": ('{"version": 1, "mutes": []}', mute),
    "certificates": ("{}", remember),
    "health": ("{}", lambda path: OpenTroubles(path).write({f"frames_stopped {n}": 1.0 for n in range(100)})),
}


@pytest.fixture(params=WRITERS)
def writer(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Callable[[Path], object]]:
    """A file with something in it, and what writes over it."""
    content, write = WRITERS[request.param]
    path = tmp_path / "file"
    (tmp_path / "pipeline.json").write_text(json.dumps(PIPELINE))
    path.write_text(content)
    if not content:
        write_script(path, host="vms.example", force=True)
    return path, write


@contextmanager
def full_disk() -> Iterator[None]:
    """The system writes no more than some bytes into any file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_takes_nothing_leaves_what_stood_there_and_nothing_else(
    writer: tuple[Path, Callable[[Path], object]],
) -> None:
    path, write = writer
    before, files = path.read_bytes(), {file.name for file in path.parent.iterdir()}
    with pytest.raises((SecurosTriggerError, OSError)), full_disk():
        write(path)
    assert path.read_bytes() == before
    assert {file.name for file in path.parent.iterdir()} - {"file.lock"} == files


def test_a_link_stays_a_link_and_the_file_behind_it_is_written(
    writer: tuple[Path, Callable[[Path], object]],
) -> None:
    """As a script or a configuration that lies in another folder, under version control, say."""
    path, write = writer
    behind = path.parent / "elsewhere" / "behind"
    behind.parent.mkdir()
    path.rename(behind)
    path.symlink_to(behind)
    before = behind.read_bytes()
    write(path)
    assert path.is_symlink()
    assert behind.read_bytes() != before or write is update_script


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a link of another user")
def test_a_link_that_another_user_has_made_is_not_followed(tmp_path: Path) -> None:
    link, behind = tmp_path / "file", tmp_path / "behind"
    behind.write_text("mine")
    link.symlink_to(behind)
    os.chown(link, 65534, 65534, follow_symlinks=False)
    write_whole(link, "new")
    assert (behind.read_text(), link.read_text(), link.is_symlink()) == ("mine", "new", False)


def test_a_process_that_is_killed_before_the_file_is_on_the_disk_leaves_what_stood_there(
    writer: tuple[Path, Callable[[Path], object]],
) -> None:
    path, write = writer
    before = path.read_bytes()
    child = os.fork()
    if child == 0:
        try:
            os.fsync = lambda _descriptor: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
            write(path)
        finally:
            os._exit(1)  # never back into the test
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert path.read_bytes() == before
    write(path)
    assert path.read_bytes() != before or write is update_script
