"""Everything that is written where nothing is yet, and lines that are added: `kill -9`, a full disk, two at once, links.

What writes over a file is in `test_killed_writers.py`.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from securos_trigger.console.audit_log import AuditLog
from securos_trigger.console.security.users import TokenFile
from securos_trigger.errors import SecurosTriggerError
from securos_trigger.metadata.recordings import RecordingWriter
from securos_trigger.model import Target
from securos_trigger.operations.init.configuration import Plan, write_configuration
from securos_trigger.operations.init.receiver import Receiver
from securos_trigger.operations.init.sources import Source, SourceCameras, SourceKind
from securos_trigger.placement.place import Place
from securos_trigger.placement.state_file import RUNS, state_in, write_state
from securos_trigger.runtime.image_folder import ImageFolder
from securos_trigger.system.output_file import Existing
from securos_trigger.vms.simulator import Simulator
from tests.integration.test_killed_writers import full_disk, in_processes

PLAN = Plan(
    source=Source(kind=SourceKind.RTSP, address="rtsp://viewer:word@10.0.0.7/yard"),
    found=SourceCameras(("yard",)),
    receiver=Receiver(Target("https", "vms.example", 3443), "t" * 200, None),
    cameras={"yard": "1"},
)
JPEG = b"\xff\xd8" + b"x" * 500 + b"\xff\xd9"


def record(path: Path, existing: Existing = Existing.REFUSE) -> None:
    writer = RecordingWriter(path, existing)
    try:
        for number in range(50):
            writer.write(json.dumps({"number": number}))
    finally:
        writer.close()


def write_image(path: Path) -> None:
    ImageFolder(path.parent).write("event", ("1",), JPEG)


def write_placement_state(path: Path) -> None:
    """The process logs that it cannot be written, and goes on: here that is what is looked at."""
    write_state(Place("site", "yard", "node", path.parent), RUNS)
    if state_in(path.parent).get("state") != RUNS:
        raise OSError("it was not written")


@dataclass(frozen=True)
class Writer:
    """What writes a file, and the file's name. `others` are written beside it on purpose.

    `over_others`: what stands there already is `refused`, `kept` without a word, or `replaced`.
    """

    name: str
    write: Callable[[Path], object]
    over_others: str
    others: tuple[str, ...] = ()
    is_whole: Callable[[bytes], object] = json.loads


def has_table(content: bytes) -> None:
    assert b"[[pipelines]]" in content and b"iss_password" in content


def has_token(content: bytes) -> None:
    assert len(content) == 44


def has_all_lines(content: bytes) -> None:
    assert [json.loads(line)["number"] for line in content.splitlines()] == list(range(50))


def is_image(content: bytes) -> None:
    assert content.startswith(JPEG[:2]) and content.endswith(JPEG[-100:])


SECRETS = ("site.camera-url", "site.token")
WRITERS = {
    "init": Writer("site.toml", lambda path: write_configuration(path, PLAN), "refused", SECRETS, has_table),
    "console, token": Writer("token", lambda path: TokenFile(path).make(), "kept", is_whole=has_token),
    "simulator, identity": Writer("identity.json", lambda path: Simulator(home=path.parent), "refused", ("token",)),
    "placement, owner": Writer(
        "owner.json", lambda path: Place("site", "yard", "node", path.parent).owner(), "refused"
    ),
    "placement, state": Writer("state.json", write_placement_state, "replaced"),
    "image of an event": Writer(ImageFolder(Path())._path_of("event").name, write_image, "replaced", is_whole=is_image),
    "record": Writer("seen.jsonl", record, "refused", is_whole=has_all_lines),
    "record --force": Writer(
        "seen.jsonl", lambda path: record(path, Existing.REPLACE), "replaced", is_whole=has_all_lines
    ),
}


@pytest.fixture(params=WRITERS)
def writer(request: pytest.FixtureRequest) -> Writer:
    return WRITERS[request.param]


def left_in(folder: Path, writer: Writer) -> set[str]:
    """What is in the folder besides what a writer may leave: its files, and a recording that was cut off."""
    return {one.name for one in folder.iterdir() if not one.name.endswith((".partial", ".lock"))} - {
        writer.name,
        *writer.others,
    }


def test_a_first_write_is_whole_and_for_its_owner_alone(writer: Writer, tmp_path: Path) -> None:
    path = tmp_path / writer.name
    writer.write(path)
    writer.is_whole(path.read_bytes())
    assert path.stat().st_mode & 0o077 == 0 or writer.name == "seen.jsonl"  # a recording has the usual rights
    assert left_in(tmp_path, writer) == set()


def test_a_disk_that_takes_nothing_leaves_no_file_that_looks_like_one(writer: Writer, tmp_path: Path) -> None:
    path = tmp_path / writer.name
    if writer.name == "token":
        pytest.skip("a token is smaller than the smallest limit")
    with pytest.raises((SecurosTriggerError, OSError)), full_disk():
        writer.write(path)
    assert not path.exists()
    assert left_in(tmp_path, writer) == set()
    assert not any((tmp_path / one).exists() for one in writer.others)
    writer.write(path)
    writer.is_whole(path.read_bytes())


@pytest.mark.parametrize("call", ["fsync", "link", "replace"])
def test_a_process_that_is_killed_leaves_no_half_written_file(call: str, writer: Writer, tmp_path: Path) -> None:
    """Killed before it is on the disk, and before it gets its name; the next one writes it."""
    path = tmp_path / writer.name
    child = os.fork()
    if child == 0:
        try:
            setattr(os, call, lambda *_words, **_more: os.kill(os.getpid(), signal.SIGKILL))
            writer.write(path)
        finally:
            os._exit(1)  # never back into the test
    os.waitpid(child, 0)
    if path.exists():  # it does not make this call before the file is whole
        writer.is_whole(path.read_bytes())
        return
    for one in writer.others:
        (tmp_path / one).unlink(missing_ok=True)  # a secret that `init` wrote first: it says that it is there
    writer.write(path)
    writer.is_whole(path.read_bytes())


def test_processes_that_write_at_once_leave_one_whole_file(writer: Writer, tmp_path: Path) -> None:
    path = tmp_path / writer.name
    codes = in_processes(4, lambda _: writer.write(path))
    assert set(codes) <= {0, 1}
    assert 0 in codes
    writer.is_whole(path.read_bytes())
    assert left_in(tmp_path, writer) == set()


@pytest.mark.parametrize("name", ["placement, owner", "simulator, identity"])
def test_processes_that_make_an_identity_at_once_have_the_same(name: str, tmp_path: Path) -> None:
    """Two that go on with an identity each would be two to the others: to the cluster, to a sender's pin."""

    def make(number: int) -> None:
        if name == "placement, owner":
            found = Place("site", "yard", "node", tmp_path).owner().owner
        else:
            found = Simulator(home=tmp_path).token
        (tmp_path / f"seen-{number}").write_text(found)

    for _ in range(5):
        assert in_processes(4, make) == [0] * 4
        assert len({(tmp_path / f"seen-{number}").read_text() for number in range(4)}) == 1
        for one in tmp_path.iterdir():
            one.unlink()


def test_a_file_of_another_program_in_its_place_is_not_lost(writer: Writer, tmp_path: Path) -> None:
    path, letter = tmp_path / writer.name, b"%PDF-1.7 a letter\n"
    path.write_bytes(letter)
    if writer.over_others == "refused":
        with pytest.raises((SecurosTriggerError, OSError)):
            writer.write(path)
    else:
        writer.write(path)
    assert (path.read_bytes() == letter) is (writer.over_others != "replaced")
    assert left_in(tmp_path, writer) == set()


def test_a_folder_in_its_place_is_refused_with_what_is_in_it(writer: Writer, tmp_path: Path) -> None:
    path = tmp_path / writer.name
    path.mkdir()
    (path / "mine").write_text("mine")
    with pytest.raises((SecurosTriggerError, OSError)):
        writer.write(path)
    assert (path / "mine").read_text() == "mine"
    assert left_in(tmp_path, writer) == set()


def test_a_link_is_refused_or_stays_a_link(writer: Writer, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    path, behind = folder / writer.name, tmp_path / "behind"
    behind.write_bytes(b"mine")
    path.symlink_to(behind)
    if writer.over_others == "refused":
        with pytest.raises((SecurosTriggerError, OSError)):
            writer.write(path)
    else:
        writer.write(path)
    assert path.is_symlink()
    assert (behind.read_bytes() == b"mine") is (writer.over_others != "replaced")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_without_rights_nothing_is_written(writer: Writer) -> None:
    with tempfile.TemporaryDirectory(prefix="rights-") as name:
        folder = Path(name)
        folder.chmod(0o755)

        def as_another(_: int) -> None:
            os.setgid(65534)
            os.setuid(65534)
            writer.write(folder / writer.name)

        assert in_processes(1, as_another) == [1]
        assert list(folder.iterdir()) == []


@pytest.fixture
def audit(tmp_path: Path) -> Iterator[AuditLog]:
    yield AuditLog(tmp_path / "audit.jsonl")


def add(log: AuditLog, action: str) -> None:
    log.write("ann", "configure", "127.0.0.1", action, "yard/alarm")


def test_a_torn_line_of_the_audit_log_does_not_take_the_next_one_along(audit: AuditLog) -> None:
    add(audit, "mute")
    torn = audit.path.read_bytes()
    audit.path.write_bytes(torn + torn[: len(torn) // 2])
    add(audit, "unmute")
    add(audit, "mute")
    entries, _ = audit.page()
    assert [one["action"] for one in entries] == ["mute", "unmute", "mute"]


def test_a_full_disk_is_said_and_the_audit_log_goes_on_after_it(audit: AuditLog) -> None:
    with pytest.raises(SecurosTriggerError, match="cannot be written"), full_disk(), audit.space():
        add(audit, "lost")
    add(audit, "mute")
    assert [one["action"] for one in audit.page()[0]] == ["mute"]


def test_lines_of_several_processes_are_all_in_the_audit_log(audit: AuditLog) -> None:
    def add_twenty(number: int) -> None:
        for one in range(20):
            add(audit, f"{number}-{one}")

    assert in_processes(4, add_twenty) == [0] * 4
    assert {one["action"] for one in audit.page()[0]} == {f"{number}-{one}" for number in range(4) for one in range(20)}


def test_the_audit_log_adds_to_what_is_there_and_refuses_a_folder(audit: AuditLog) -> None:
    audit.path.write_bytes(b"%PDF-1.7 a letter")
    add(audit, "mute")
    assert audit.path.read_bytes().startswith(b"%PDF-1.7 a letter\n{")
    assert [one["action"] for one in audit.page()[0]] == ["mute"]
    audit.path.unlink()
    audit.path.mkdir()
    with pytest.raises(SecurosTriggerError, match="cannot be written"):
        audit.require_writable()
    shutil.rmtree(audit.path)


def test_a_simulator_whose_token_file_was_not_written_writes_it_at_the_next_start(tmp_path: Path) -> None:
    token = Simulator(home=tmp_path).token
    (tmp_path / "token").unlink()
    assert Simulator(home=tmp_path).token == token
    assert (tmp_path / "token").read_text() == f"{token}\n"
