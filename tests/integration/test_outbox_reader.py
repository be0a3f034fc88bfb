"""Looking at an outbox that no process owns: nothing is written, neither into the file nor beside it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from securos_trigger.errors import OutboxError, OutboxOwnedError
from securos_trigger.notices import Announcer
from securos_trigger.operations.outbox import list_rows, show_rows
from securos_trigger.outbox import Dead, Outbox, OutboxReader, Selection, State
from tests import builders
from tests.integration.test_outbox_ages import old_file

LIMIT_S = 60.0

#: A process that keeps two events, has one of them in its hands, and is killed: the log holds everything.
KILLED = """
import os, sys
from pathlib import Path
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox
from tests import builders
outbox = Outbox(Path(sys.argv[1]), announcer=Announcer())
for name in ("first", "second"):
    outbox.put(builders.event(name, name=name), "target")
outbox.flush(60)
outbox.claim("target", 1).result(60)
os.kill(os.getpid(), 9)
"""


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """What stands in a folder: bytes and the time of the last change of each file."""
    return {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.iterdir()}


def test_a_file_that_was_closed_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with closing(Outbox(path, announcer=Announcer())) as outbox:
        outbox.put(builders.event("1", name="dead"), "target")
        outbox.settle(outbox.claim("target", 1).result(LIMIT_S)[0], Dead("refused"))
        outbox.put(builders.event("1", name="waits"), "target")
        assert outbox.flush(LIMIT_S)
    for name in ("outbox.sqlite.lock", "outbox.sqlite.reserve"):
        (tmp_path / name).unlink()
    before = contents(tmp_path)
    listing = list_rows(path)
    assert [(row["name"], row["state"]) for row in listing.rows] == [("dead", "dead"), ("waits", "waiting")]
    assert listing.counts == {"waiting": 1, "sending": 0, "relayed": 0, "delivered": 0, "dead": 1}
    assert [row["reason"] for row in show_rows(path, ("1",))] == ["refused"]
    assert contents(tmp_path) == before


def test_what_a_killed_process_left_in_the_log_is_read_and_stays_there(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    killed = subprocess.run([sys.executable, "-c", KILLED, path], check=False, timeout=120)
    assert killed.returncode == -9
    (tmp_path / "outbox.sqlite-shm").unlink()
    before = contents(tmp_path)
    assert "outbox.sqlite-wal" in before
    with closing(OutboxReader(path)) as reader:
        rows, is_more = reader.select(Selection(State.WAITING, limit=1))
        assert ([row.delivery.name for row in rows], is_more) == (["first"], True)
        assert reader.counts()[State.WAITING] == 2
    after = contents(tmp_path)
    assert after.keys() == before.keys()
    assert all(after[name] == before[name] for name in ("outbox.sqlite", "outbox.sqlite-wal"))


@pytest.mark.parametrize("version", [3, 4])
def test_a_file_of_an_older_version_is_read_without_migrating_it(tmp_path: Path, version: int) -> None:
    path = tmp_path / "outbox.sqlite"
    old_file(path, version)
    before = contents(tmp_path)
    assert len(list_rows(path, state="waiting").rows) == list_rows(path).counts["waiting"] > 0
    assert contents(tmp_path) == before


def test_an_empty_file_holds_nothing_and_stays_empty(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    path.touch()
    assert list_rows(path).rows == ()
    assert contents(tmp_path).keys() == {"outbox.sqlite"}
    assert path.stat().st_size == 0


def test_a_file_that_a_process_owns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with (
        closing(Outbox(path, announcer=Announcer())),
        pytest.raises(OutboxOwnedError, match="belongs to this process already"),
    ):
        OutboxReader(path)


def test_a_file_of_a_newer_version_a_damaged_one_and_another_database_are_refused(tmp_path: Path) -> None:
    newer, damaged, other = (tmp_path / name for name in ("newer.sqlite", "damaged.sqlite", "other.sqlite"))
    Outbox(newer, announcer=Announcer()).close()
    with closing(sqlite3.connect(newer)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(OutboxError, match="was written by a newer version of securos-trigger"):
        OutboxReader(newer)
    damaged.write_bytes(b"not a database, and long enough to be read as one " * 100)
    damaged.with_name("damaged.sqlite.lock").write_text("4711\n")  # so it was an outbox
    with pytest.raises(OutboxError, match="is damaged: file is not a database"):
        OutboxReader(damaged)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE mine (x)")
    with pytest.raises(OutboxError, match="is not an outbox of securos-trigger"):
        OutboxReader(other)
