"""Everything that a command or the console writes over: a full disk, `kill -9`, links, folders, rights, two at once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
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
        path.write_text(path.read_text() + "// a line of a person\n")  # else there is nothing to write
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


def in_processes(number: int, work: Callable[[int], object]) -> list[int]:
    """The exit codes of as many processes that work at once: 1 where it has raised what is raised on purpose."""
    children = []
    for one in range(number):
        child = os.fork()
        if child == 0:
            code = 70
            try:
                work(one)
                code = 0
            except (SecurosTriggerError, OSError):
                code = 1
            finally:
                os._exit(code)  # never back into the test
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def test_processes_that_write_at_once_leave_one_whole_file_and_nothing_beside_it(
    writer: tuple[Path, Callable[[Path], object]],
) -> None:
    path, write = writer
    before, files = path.read_bytes(), {file.name for file in path.parent.iterdir()}
    assert set(in_processes(4, lambda _: write(path))) <= {0, 1}
    left = {file.name for file in path.parent.iterdir()} - files
    assert all(
        name.startswith("file.")
        and name.endswith((".lock", ".previous", ".saved", ".before", ".before-2", ".before-3", ".before-4"))
        for name in left
    ), left
    assert path.read_bytes() != before or write is update_script
    if before.startswith(b"{"):
        json.loads(path.read_bytes())
    write(path)


def test_certificates_that_processes_remember_at_once_are_all_there(tmp_path: Path) -> None:
    path = tmp_path / "trust.json"

    def remember_ten(number: int) -> None:
        for one in range(10):
            TrustStore(path).remember_first(Target("https", f"vms{number}-{one}.example", 3443), "ab" * 32)

    assert in_processes(4, remember_ten) == [0] * 4
    assert len(json.loads(path.read_text())) == 40


def test_users_that_processes_remove_at_once_are_all_gone(tmp_path: Path) -> None:
    """A removed user who comes back because another process wrote the file at the same time may log in again."""
    path = tmp_path / "users.json"
    users = [{"name": f"user{number}", "role": "look", "password": "none"} for number in range(40)]
    path.write_text(json.dumps({"users": users}))

    def remove_ten(number: int) -> None:
        for one in range(10 * number, 10 * number + 10):
            Users(path).remove(f"user{one}")

    assert in_processes(4, remove_ten) == [0] * 4
    assert Users(path).all() == ()


def test_a_folder_in_its_place_is_refused_with_what_is_in_it(writer: tuple[Path, Callable[[Path], object]]) -> None:
    path, write = writer
    path.unlink()
    path.mkdir()
    (path / "mine").write_text("mine")
    with pytest.raises((SecurosTriggerError, OSError)):
        write(path)
    assert (path / "mine").read_text() == "mine"
    assert {file.name for file in path.parent.iterdir()} <= {"file", "file.lock", "pipeline.json"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_without_rights_it_is_refused_and_the_file_is_as_it_was(
    writer: tuple[Path, Callable[[Path], object]],
) -> None:
    """The other user may read the file: exit code 71 would say that not even the way to it is open."""
    path, write = writer
    before = path.read_bytes()
    with tempfile.TemporaryDirectory(prefix="rights-") as name:
        folder = Path(name)
        shutil.copytree(path.parent, folder, dirs_exist_ok=True)
        folder.chmod(0o755)
        for file in folder.iterdir():
            file.chmod(0o644)
        file = folder / path.name

        def as_another(_: int) -> None:
            os.setgid(65534)
            os.setuid(65534)
            if file.read_bytes() != before:
                os._exit(71)
            write(file)

        assert in_processes(1, as_another) == [1]
        assert file.read_bytes() == before
        assert {one.name for one in folder.iterdir()} == {one.name for one in path.parent.iterdir()}


#: Those that a person forces write over anything, and `health` over what it has announced as unreadable.
WRITES_OVER_ANYTHING = {"receiver init", "import lumeo", "health"}


@pytest.mark.parametrize("name", sorted(WRITERS.keys() - WRITES_OVER_ANYTHING))
def test_a_file_of_another_program_in_its_place_is_not_lost(name: str, tmp_path: Path) -> None:
    path, write = tmp_path / "file", WRITERS[name][1]
    path.write_bytes(b"%PDF-1.7 a letter\n")
    if name == "mute":  # must be possible at any time: what was there gets another name
        write(path)
        path = path.with_name("file.damaged")
    else:
        with pytest.raises((SecurosTriggerError, OSError)):
            write(path)
    assert path.read_bytes() == b"%PDF-1.7 a letter\n"
