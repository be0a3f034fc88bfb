"""The files of an outbox: what is none is not touched, what is removed in use is made again, and one process owns them."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from securos_trigger.config.settings import OutboxSettings
from securos_trigger.errors import OutboxError, OutboxOwnedError
from securos_trigger.notices import Announcer, Notice
from securos_trigger.operations.outbox import list_rows
from securos_trigger.outbox import Dead, Outbox, State
from securos_trigger.outbox.file import OutboxFile
from securos_trigger.outbox.lock import OutboxLock
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.troubles_seen import TroublesSeen
from tests import builders

TARGET = "https://vms.example:3443"
LIMIT_S = 60.0

#: A process that opens an outbox and says so, or why not.
SECOND_OWNER = """
import sys
from pathlib import Path
from securos_trigger.errors import OutboxOwnedError
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox
try:
    outbox = Outbox(Path(sys.argv[1]), announcer=Announcer())
except OutboxOwnedError as error:
    print(error)
else:
    print("opened", flush=True)
    sys.stdin.read()
    outbox.close()
"""

#: A process that keeps events until it is killed, and says which are kept.
KEEPING = """
import sys, time
from pathlib import Path
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox
from tests import builders
outbox = Outbox(
    Path(sys.argv[1]),
    announcer=Announcer([lambda notice: print(notice.name, flush=True)]),
    on_kept=lambda event: print(event.event_id, flush=True),
)
for line in sys.stdin:
    outbox.put(builders.event("1", event_id=line.strip()), "target")
"""


def opened(path: Path, notices: list[Notice]) -> Outbox:
    return Outbox(path, announcer=Announcer([notices.append]))


def keep(outbox: Outbox, *event_ids: str) -> None:
    for event_id in event_ids:
        assert outbox.put(builders.event("1", event_id=event_id), TARGET)
    assert outbox.flush(LIMIT_S)


def waiting(path: Path) -> list[str]:
    """What stands in the file after its owner has closed it."""
    with closing(Outbox(path, announcer=Announcer())) as outbox:
        return [row.delivery.event_id for row in builders.rows_of(outbox, State.WAITING)]


def wait_for(claim: Callable[[], bool]) -> None:
    deadline_at = time.monotonic() + LIMIT_S
    while not claim():
        assert time.monotonic() < deadline_at
        time.sleep(0.01)


def names(notices: list[Notice]) -> list[str]:
    return [notice.name for notice in notices]


def second_owner(path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SECOND_OWNER, str(path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


# -- what is no outbox


def a_database(path: Path, *, application_id: int = 0, journal: str = "DELETE") -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute(f"PRAGMA application_id = {application_id}")
        connection.execute("CREATE TABLE mine (text TEXT)")
        connection.execute("INSERT INTO mine VALUES ('precious')")
        connection.commit()


@pytest.mark.parametrize("is_owner", [True, False])
@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_bytes(b"my diary\n" * 1000),
        lambda path: path.write_bytes(b"x"),
        lambda path: path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000),
        a_database,
        lambda path: a_database(path, application_id=7),
        lambda path: a_database(path, journal="WAL"),
    ],
    ids=["text", "one byte", "garbage", "database", "database of a program", "database with a log"],
)
def test_a_file_that_is_no_outbox_is_left_as_it_is(
    make: Callable[[Path], object], is_owner: bool, tmp_path: Path
) -> None:
    path = tmp_path / "mine.sqlite"
    make(path)
    before, entries = path.read_bytes(), sorted(tmp_path.iterdir())
    for _twice in range(2):  # what a first attempt leaves must not make it look like one
        with pytest.raises(OutboxError) as caught:
            Outbox(path, announcer=Announcer(), is_owner=is_owner)
        assert str(caught.value) == (
            f"The file {path} is not an outbox of securos-trigger. It is left as it is: "
            "name another file under path in [outbox]."
        )
        assert (path.read_bytes(), sorted(tmp_path.iterdir())) == (before, entries)


def test_an_outbox_whose_owner_was_killed_at_once_is_one(tmp_path: Path) -> None:
    """All of it may stand in its log; what is in the file itself says whose it is."""
    path = tmp_path / "outbox.sqlite"
    with subprocess.Popen(
        [sys.executable, "-c", KEEPING, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdin is not None and owner.stdout is not None
        owner.stdin.write("first\n")
        owner.stdin.flush()
        assert owner.stdout.readline() == "first\n"
        owner.kill()
    path.with_name("outbox.sqlite.lock").unlink()
    path.with_name("outbox.sqlite.reserve").unlink()
    assert waiting(path) == ["first"]


def test_a_log_without_its_file_is_set_aside_and_not_deleted(tmp_path: Path) -> None:
    path, notices = tmp_path / "outbox.sqlite", list[Notice]()
    with subprocess.Popen(
        [sys.executable, "-c", KEEPING, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdin is not None and owner.stdout is not None
        owner.stdin.write("first\n")
        owner.stdin.flush()
        assert owner.stdout.readline() == "first\n"
        owner.kill()
    path.unlink()
    opened(path, notices).close()
    assert names(notices) == ["outbox_set_aside"]
    [log] = tmp_path.glob("outbox.sqlite.damaged-*-wal")
    assert b"first" in log.read_bytes()


def test_a_flipped_byte_in_the_log_loses_what_was_kept_after_it_and_nothing_else(tmp_path: Path) -> None:
    path, notices = tmp_path / "outbox.sqlite", list[Notice]()
    written = [f"event {number}" for number in range(40)]
    with subprocess.Popen(
        [sys.executable, "-c", KEEPING, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdin is not None and owner.stdout is not None
        for name in written:
            owner.stdin.write(f"{name}\n")
            owner.stdin.flush()
            assert owner.stdout.readline() == f"{name}\n"
        owner.kill()
    log = path.with_name("outbox.sqlite-wal")
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 1
    log.write_bytes(content)
    with closing(opened(path, notices)) as outbox:
        keep(outbox, "later")
    kept = waiting(path)
    assert 0 < len(kept) < len(written)
    assert kept == [*written[: len(kept) - 1], "later"]
    assert names(notices) == []  # docs/delivery.md says so: SQLite takes it for the end of the log


def test_only_the_owner_may_read_the_files(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    before = os.umask(0)
    try:
        with closing(opened(path, [])) as outbox:
            keep(outbox, "one")
            modes = {file.name: oct(stat.S_IMODE(file.stat().st_mode)) for file in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == {path.name + suffix: "0o600" for suffix in ("", "-wal", "-shm", ".lock", ".reserve")}
    path.chmod(0o644)
    opened(path, []).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_outbox_in_memory_is_warned_about_at_the_start() -> None:
    notices: list[Notice] = []
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        path = Path(folder, "outbox.sqlite")
        seen = TroublesSeen()
        Dispatch(OutboxSettings(path=path), Announcer([notices.append, seen.observe])).close()
    assert seen.outbox_moved()["in_memory"] == "it is on tmpfs"
    [notice] = [one for one in notices if one.name == "outbox_in_memory"]
    assert notice.fields == {"path": path, "reason": "it is on tmpfs"}


def test_who_only_looks_leaves_no_lock_file(tmp_path: Path) -> None:
    path = tmp_path / "copy.sqlite"
    Outbox(path, announcer=Announcer()).close()
    path.with_name("copy.sqlite.lock").unlink()
    path.with_name("copy.sqlite.reserve").unlink()
    Outbox(path, announcer=Announcer(), is_owner=False).close()
    assert sorted(tmp_path.iterdir()) == [path]


# -- what happens to the files while they are in use


def test_a_file_that_is_replaced_is_written_anew_and_the_other_one_kept(tmp_path: Path) -> None:
    path, notices = tmp_path / "outbox.sqlite", list[Notice]()
    other = tmp_path / "other.sqlite"
    with closing(opened(other, [])) as outbox:
        keep(outbox, "of the other")
    with closing(opened(path, notices)) as outbox:
        keep(outbox, "one", "two")
        other.replace(path)
        wait_for(lambda: names(notices) == ["outbox_replaced"])
        keep(outbox, "three")
    assert waiting(path) == ["one", "two", "three"]
    aside = tmp_path / str(notices[0].fields["kept_as"])
    assert waiting(aside) == ["of the other"]


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
@pytest.mark.parametrize("is_replaced", [False, True], ids=["removed", "replaced"])
def test_nothing_is_lost_by_a_kill_after_the_log_was_removed(suffix: str, is_replaced: bool, tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    command = [sys.executable, "-c", KEEPING, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdin is not None and owner.stdout is not None
        for event_id, said in (
            ("one", ["one"]),
            ("two", ["two"]),
            ("", ["outbox_files_renewed"]),
            ("three", ["three"]),
        ):
            if event_id:
                owner.stdin.write(f"{event_id}\n")
                owner.stdin.flush()
            else:
                file = path.with_name(path.name + suffix)
                file.unlink()
                if is_replaced:
                    file.write_bytes(b"of somebody else")
            assert [owner.stdout.readline().strip() for _ in said] == said
        owner.kill()
    assert waiting(path) == ["one", "two", "three"]


def test_a_second_process_gets_in_neither_before_nor_after_the_lock_file_is_made_again(tmp_path: Path) -> None:
    path, notices = tmp_path / "outbox.sqlite", list[Notice]()
    lock = path.with_name("outbox.sqlite.lock")
    with closing(opened(path, notices)) as outbox:
        keep(outbox, "one")
        lock.unlink()
        with second_owner(path) as second:
            said, _ = second.communicate(timeout=LIMIT_S)
        assert said.startswith(f"The outbox {path} belongs to ")
        wait_for(lambda: names(notices) == ["outbox_files_renewed"])
        assert lock.read_text() == f"{os.getpid()}\n"
        with second_owner(path) as second:
            said, _ = second.communicate(timeout=LIMIT_S)
        assert said.startswith(f"The outbox {path} belongs to process {os.getpid()}.")
        keep(outbox, "two")
    assert waiting(path) == ["one", "two"]


def test_when_another_process_has_taken_the_path_nothing_is_lost_and_no_file_has_two_owners(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, notices = tmp_path / "outbox.sqlite", list[Notice]()
    may_check = threading.Event()  # a slow machine must not give the first owner time to make its files again
    check = OutboxFile.check
    monkeypatch.setattr(OutboxFile, "check", lambda file: check(file) if may_check.is_set() else "")
    with closing(opened(path, notices)) as outbox:
        keep(outbox, "one")
        for file in tmp_path.iterdir():
            file.unlink()
        with second_owner(path) as second:
            assert second.stdout is not None
            assert second.stdout.readline() == "opened\n"
            may_check.set()
            wait_for(lambda: "outbox_moved" in names(notices))
            seen = TroublesSeen()
            assert seen.outbox_moved()["moved_to"] == ""
            for notice in notices:
                seen.observe(notice)
            assert seen.outbox_moved()["moved_to"] == notices[-1].fields["kept_as"]
            keep(outbox, "two")
            with pytest.raises(OutboxOwnedError):
                Outbox(tmp_path / str(notices[-1].fields["kept_as"]), announcer=Announcer())
            second.communicate(timeout=LIMIT_S)
    assert waiting(tmp_path / str(notices[-1].fields["kept_as"])) == ["one", "two"]
    assert waiting(path) == ["one", "two"], "the next start takes up what the moved file holds"


def moved(path: Path) -> list[Path]:
    return sorted(file for file in path.parent.iterdir() if ".moved-" in file.name)


def test_what_an_earlier_service_kept_in_a_moved_file_is_taken_up_at_the_next_start(tmp_path: Path) -> None:
    path, notices = tmp_path / "outbox.sqlite", list[Notice]()
    aside = tmp_path / "outbox.sqlite.moved-20260301T140322.000000Z"
    with closing(opened(aside, [])) as outbox:
        keep(outbox, "dead")
        outbox.settle(outbox.claim(TARGET, 1).result(LIMIT_S)[0], Dead("refused"))
        keep(outbox, "of both", "waits")
    with closing(opened(tmp_path / "first.sqlite", [])) as outbox:
        keep(outbox, "of both")
    (tmp_path / "first.sqlite").rename(path)
    assert list_rows(path).moved == (aside,)
    with closing(opened(path, notices)) as outbox:
        [dead] = builders.rows_of(outbox, State.DEAD)
        assert (dead.delivery.event_id, dead.reason) == ("dead", "refused")
        assert outbox.counts() == {
            State.WAITING: 2,
            State.SENDING: 0,
            State.RELAYED: 0,
            State.DELIVERED: 0,
            State.DEAD: 1,
        }
    assert waiting(path) == ["of both", "waits"]
    [notice] = [one for one in notices if one.name == "outbox_taken_up"]
    kept_as = str(notice.fields["kept_as"])
    assert notice.fields == {"path": aside, "kept_as": kept_as, "count": 2, "reason": "", "fix": ""}
    assert kept_as.startswith(f"{aside.name}.taken-up-")
    assert moved(path) == [tmp_path / kept_as]
    assert list_rows(path).moved == ()


def test_a_damaged_time_in_a_moved_file_keeps_no_service_from_starting(tmp_path: Path) -> None:
    path, aside = tmp_path / "outbox.sqlite", tmp_path / "outbox.sqlite.moved-20260301T140322.000000Z"
    with closing(opened(aside, [])) as outbox:
        keep(outbox, "whole", "damaged")
    with closing(sqlite3.connect(aside)) as database, database:
        database.execute("UPDATE delivery SET captured_at_s = 1e300 WHERE event_id = 'damaged'")
    assert sorted(waiting(path)) == ["damaged", "whole"]


def test_a_moved_file_is_left_to_the_process_that_uses_it_and_a_damaged_one_is_reported(tmp_path: Path) -> None:
    path, notices = tmp_path / "outbox.sqlite", list[Notice]()
    used, damaged = (tmp_path / f"outbox.sqlite.moved-20260301T14032{second}.000000Z" for second in "12")
    damaged.write_bytes(b"not a database, and long enough to be read as one " * 100)
    damaged.with_name(damaged.name + ".lock").write_text("4711\n")  # so it was an outbox
    with closing(opened(used, [])) as user:
        keep(user, "its own")
        with closing(opened(path, notices)) as outbox:
            assert sum(outbox.counts().values()) == 0
        keep(user, "and more")
    [notice] = notices
    assert (notice.name, notice.fields["path"], notice.fields["kept_as"]) == ("outbox_taken_up", damaged, "")
    assert "file is not a database" in str(notice.fields["reason"])
    assert waiting(used) == ["its own", "and more"]


def test_an_owner_waits_for_one_that_only_looks_into_the_file(tmp_path: Path) -> None:
    """The console and `status` ask every second whether there is an owner: a service that starts then must not end."""
    path = tmp_path / "outbox.db"
    looking = OutboxLock(path, is_owner=False)
    timer = threading.Timer(0.3, looking.release)
    timer.start()
    try:
        with closing(Outbox(path, announcer=Announcer())) as outbox:
            assert outbox.counts() is not None
    finally:
        timer.join()
