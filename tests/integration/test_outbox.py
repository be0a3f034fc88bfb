"""The outbox with its thread and a real file."""

from __future__ import annotations

import logging
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from securos_trigger.errors import OutboxError, OutboxOwnedError
from securos_trigger.model import Action, Event
from securos_trigger.notices import Announcer, Notice
from securos_trigger.outbox import Again, Dead, Done, Outbox, Selection, State
from securos_trigger.outbox.clock_shifts import ClockShifts
from securos_trigger.outbox.file import OutboxFile
from tests import builders

TARGET = "https://vms.example:3443"
LIMIT_S = 60.0


def event(*camera_ids: str, name: str = "name") -> Event:
    return builders.event(*camera_ids, name=name, description="", action=Action.EVENT)


class Heard:
    """What an outbox said, in order."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self.kept: list[Event] = []
        self.already_there: list[Event] = []
        self.not_kept: list[tuple[Event, str]] = []
        self.before_kept: Callable[[], object] = lambda: None

    def on_kept(self, event: Event) -> None:
        self.before_kept()
        self.kept.append(event)

    def open(self, path: Path, **limits: int) -> Outbox:
        return Outbox(
            path,
            announcer=Announcer([self.notices.append]),
            on_kept=self.on_kept,
            on_already_there=self.already_there.append,
            on_not_kept=lambda lost, why: self.not_kept.append((lost, why)),
            **limits,  # type: ignore[arg-type]
        )

    def names(self) -> list[str]:
        return [notice.name for notice in self.notices]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def outbox(tmp_path: Path, heard: Heard) -> Iterator[Outbox]:
    opened = heard.open(tmp_path / "outbox.db")
    yield opened
    assert opened.close(LIMIT_S)


def test_an_event_is_kept_when_its_commit_has_returned(tmp_path: Path, heard: Heard, outbox: Outbox) -> None:
    fired = event("1")
    assert outbox.put(fired, TARGET)
    assert outbox.flush(LIMIT_S)
    assert heard.kept == [fired]
    with closing(sqlite3.connect(f"file:{tmp_path / 'outbox.db'}?mode=ro", uri=True)) as reader:
        assert reader.execute("SELECT event_id, state FROM delivery").fetchall() == [(fired.event_id, "waiting")]


def test_an_event_that_is_there_already_is_neither_kept_nor_lost(heard: Heard, outbox: Outbox) -> None:
    first = event("1")
    again = replace(first, description="the same id")
    outbox.put(first, TARGET)
    outbox.put(again, TARGET)
    assert outbox.flush(LIMIT_S)
    assert ([one is first for one in heard.kept], heard.not_kept) == ([True], [])
    assert [one is again for one in heard.already_there] == [True]
    assert outbox.counts()[State.WAITING] == 1


def test_an_event_that_is_there_already_is_not_lost_when_the_outbox_is_full(tmp_path: Path, heard: Heard) -> None:
    first, second = event("1"), event("1")
    with closing(heard.open(tmp_path / "full.db", max_rows=1)) as outbox:
        for one in (first, replace(first), second):
            outbox.put(one, TARGET)
        assert outbox.flush(LIMIT_S)
    assert (heard.kept, heard.already_there) == ([first], [first])
    assert [lost for lost, _ in heard.not_kept] == [second]


def test_limits_change_while_the_outbox_is_open(tmp_path: Path, heard: Heard) -> None:
    full = "the outbox is full: its limit of 0.125 MB is reached (outbox.max_size_mb)"
    outbox = heard.open(tmp_path / "outbox.db", max_bytes=128 * 1024)
    long = "word " * 2000

    def put_until(is_over: Callable[[], bool]) -> None:
        while not is_over():
            assert outbox.put(event("1", name=long), TARGET)
            assert outbox.flush(LIMIT_S)

    put_until(lambda: bool(heard.not_kept))
    [(_, why)] = heard.not_kept
    kept, used_bytes = len(heard.kept), outbox.used_bytes().result(LIMIT_S)
    outbox.limits.change(max_bytes=1024**2, keep_delivered_s=3600.0)
    put_until(lambda: len(heard.kept) == kept + 5)
    assert outbox.used_bytes().result(LIMIT_S) > used_bytes
    outbox.limits.change(max_bytes=128 * 1024, keep_delivered_s=3600.0)
    put_until(lambda: len(heard.not_kept) == 2)
    assert outbox.close()
    assert [why, heard.not_kept[1][1]] == [full, full]
    assert len(heard.kept) == kept + 5, "what was kept stays"


def test_a_claim_is_answered_as_soon_as_something_is_due(outbox: Outbox) -> None:
    claim = outbox.claim(TARGET, 10)
    assert outbox.flush(LIMIT_S)
    assert not claim.done()
    outbox.put(event("1"), TARGET)
    assert [delivery.camera_ids for delivery in claim.result(LIMIT_S)] == [("1",)]


def test_a_repeat_is_claimed_when_its_time_comes(outbox: Outbox) -> None:
    outbox.put(event("1"), TARGET)
    (delivery,) = outbox.claim(TARGET, 10).result(LIMIT_S)
    outbox.settle(delivery, Again(0.3))
    claim = outbox.claim(TARGET, 10)
    assert outbox.flush(LIMIT_S)
    assert not claim.done()
    assert claim.result(LIMIT_S)[0].event_id == delivery.event_id


def test_a_withdrawn_claim_takes_nothing(outbox: Outbox) -> None:
    assert outbox.claim(TARGET, 10).cancel()
    outbox.put(event("1"), TARGET)
    assert outbox.flush(LIMIT_S)
    assert outbox.counts()[State.WAITING] == 1


def test_what_was_sending_is_waiting_again_after_a_restart(tmp_path: Path, heard: Heard) -> None:
    first = heard.open(tmp_path / "outbox.db")
    first.put(event("1"), TARGET)
    (claimed,) = first.claim(TARGET, 1).result(LIMIT_S)
    assert first.close(LIMIT_S)
    second = heard.open(tmp_path / "outbox.db")
    assert second.targets() == (TARGET,)
    assert second.claim(TARGET, 1).result(LIMIT_S) == [claimed]
    assert second.close(LIMIT_S)


def test_what_waits_is_as_old_after_a_restart_as_its_row_says(tmp_path: Path, heard: Heard) -> None:
    path = tmp_path / "outbox.db"
    with closing(heard.open(path)) as outbox:
        outbox.put(event("1"), TARGET)
        assert outbox.flush(LIMIT_S)
    with closing(sqlite3.connect(path)) as file, file:  # the service has been down for an hour
        file.execute("UPDATE delivery SET kept_at_s = kept_at_s - 3600, captured_at_s = captured_at_s - 3600")
    with closing(heard.open(path)) as outbox:
        [row] = outbox.select(Selection(State.WAITING))[0]
        oldest = outbox.backlogs([TARGET]).result(LIMIT_S)[TARGET].oldest
        assert oldest is not None
        assert oldest.since_s == row.delivery.kept_at_s


def test_counts_survive_a_restart(tmp_path: Path, heard: Heard) -> None:
    first = heard.open(tmp_path / "outbox.db")
    for camera in "1234":
        first.put(event(camera), TARGET)
    done, dead, _sending = first.claim(TARGET, 3).result(LIMIT_S)
    first.settle(done, Done())
    first.settle(dead, Dead("refused with status 400: no"))
    assert first.close(LIMIT_S)
    second = heard.open(tmp_path / "outbox.db")
    assert second.counts() == {State.WAITING: 2, State.SENDING: 0, State.RELAYED: 0, State.DELIVERED: 1, State.DEAD: 1}
    assert [row.reason for row in builders.rows_of(second, State.DEAD)] == ["refused with status 400: no"]
    assert second.close(LIMIT_S)


def test_closing_writes_what_is_queued_and_then_takes_no_more(tmp_path: Path, heard: Heard) -> None:
    outbox = heard.open(tmp_path / "outbox.db")
    accepted = sum(outbox.put(event("1"), TARGET) for _ in range(1000))
    assert outbox.close(LIMIT_S)
    assert accepted == len(heard.kept) == 1000
    assert not outbox.put(event("1"), TARGET)
    assert outbox.refusal() == "it is closed"
    with pytest.raises(OutboxError) as caught:
        outbox.claim(TARGET, 1).result(LIMIT_S)
    assert str(caught.value) == f"The outbox {tmp_path / 'outbox.db'} cannot be used: it is closed."


def test_a_claim_that_is_open_at_the_end_is_cancelled(tmp_path: Path, heard: Heard) -> None:
    outbox = heard.open(tmp_path / "outbox.db")
    claim = outbox.claim(TARGET, 1)
    assert outbox.close(LIMIT_S)
    assert claim.cancelled()


def test_a_full_queue_says_so_at_once(tmp_path: Path) -> None:
    is_writing, may_go_on = threading.Event(), threading.Event()

    def hold_the_writer(_event: Event) -> None:
        is_writing.set()
        may_go_on.wait(LIMIT_S)

    outbox = Outbox(tmp_path / "outbox.db", announcer=Announcer(), on_kept=hold_the_writer, queue_limit=3)
    assert outbox.put(event("1"), TARGET)
    assert is_writing.wait(LIMIT_S)
    assert [outbox.put(event("1"), TARGET) for _ in range(5)] == [True, True, True, False, False]
    assert outbox.refusal() == "3 events wait in memory for the disk already"
    may_go_on.set()
    assert outbox.close(LIMIT_S)


def test_a_second_owner_is_told_who_the_first_is(tmp_path: Path, outbox: Outbox) -> None:
    with pytest.raises(OutboxOwnedError) as caught:
        Outbox(tmp_path / "outbox.db", announcer=Announcer())
    assert str(caught.value) == (
        f"The outbox {tmp_path / 'outbox.db'} belongs to this process already. "
        "Nodes of one id and one receiver share an outbox: give each its own node_id, or an outbox file of its own."
    )


def test_an_outbox_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutboxError) as caught:
        Outbox(tmp_path / "file" / "folder" / "outbox.db", announcer=Announcer())
    assert (
        str(caught.value)
        == f"The outbox {tmp_path / 'file' / 'folder' / 'outbox.db'} cannot be opened: Not a directory."
    )


def test_a_damaged_file_is_set_aside_at_start(tmp_path: Path, heard: Heard) -> None:
    damaged = b"this is no database " * 500
    (tmp_path / "outbox.db").write_bytes(damaged)
    (tmp_path / "outbox.db.lock").write_text("4711\n")  # so it was an outbox
    outbox = heard.open(tmp_path / "outbox.db")
    assert outbox.put(event("1"), TARGET)
    assert outbox.close(LIMIT_S)
    assert len(heard.kept) == 1
    assert heard.names() == ["outbox_set_aside"]
    (aside,) = tmp_path.glob("outbox.db.damaged-*")
    assert re.fullmatch(r"outbox\.db\.damaged-\d{8}T\d{6}\.\d{6}Z", aside.name)
    assert aside.read_bytes() == damaged


def test_a_file_that_is_damaged_while_it_is_used_is_set_aside_and_no_event_is_lost(
    tmp_path: Path, heard: Heard
) -> None:
    path = tmp_path / "outbox.db"
    filled = heard.open(path)
    for number in range(3000):
        filled.put(event(str(number % 50), name="n" * 100), TARGET)
    assert filled.close(LIMIT_S)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    heard.kept.clear()
    outbox = heard.open(path)
    assert outbox.put(event("1"), TARGET)
    assert outbox.flush(LIMIT_S)
    assert (len(heard.kept), heard.not_kept) == (1, [])
    assert heard.names() == ["outbox_set_aside"]
    assert outbox.close(LIMIT_S)


def test_a_row_that_makes_no_sense_is_a_dead_letter_and_holds_nobody_up(tmp_path: Path, heard: Heard) -> None:
    path = tmp_path / "outbox.db"
    filled = heard.open(path)
    for camera in "112":
        filled.put(event(camera), TARGET)
    assert filled.close(LIMIT_S)
    with closing(sqlite3.connect(path, isolation_level=None)) as intruder:
        intruder.execute("UPDATE delivery SET camera_ids = '[\"1' WHERE sequence = 1")
    outbox = heard.open(path)
    claimed = [outbox.claim(TARGET, 1).result(LIMIT_S)[0] for _ in range(2)]
    assert sorted((delivery.sequence, delivery.camera_ids) for delivery in claimed) == [(2, ("1",)), (3, ("2",))]
    [dead] = builders.rows_of(outbox, State.DEAD)
    assert (dead.delivery.sequence, dead.delivery.name, dead.delivery.camera_ids) == (1, "name", ())
    assert dead.reason.startswith("the row cannot be read: camera_ids: Unterminated string")
    assert outbox.counts() == {State.WAITING: 0, State.SENDING: 2, State.RELAYED: 0, State.DELIVERED: 0, State.DEAD: 1}
    assert outbox.close(LIMIT_S)


def test_a_bug_costs_what_it_touched_and_the_outbox_goes_on(tmp_path: Path, heard: Heard) -> None:
    outbox = heard.open(tmp_path / "outbox.db")
    outbox.put(event("1"), TARGET)
    assert outbox.flush(LIMIT_S)
    [first] = outbox.claim(TARGET, 1).result(LIMIT_S)
    outbox.put(event("1", name=7), TARGET)  # type: ignore[arg-type]
    while not heard.not_kept:  # the test's own time limit ends this
        outbox.flush(0.2)
    assert [why for _, why in heard.not_kept] == [
        "an unexpected error in the outbox: AttributeError(\"'int' object has no attribute 'isascii'\")"
    ]
    outbox.put(event("2"), TARGET)
    assert outbox.flush(LIMIT_S)
    assert len(heard.kept) == 2
    assert first in outbox.claim(TARGET, 9).result(LIMIT_S), "what was sending is waiting again, as after a restart"
    assert outbox.close(LIMIT_S)
    assert heard.names() == ["outbox_failing", "thread_failed", "outbox_recovered", "thread_recovered"]
    assert [notice.fields["thread"] for notice in heard.notices if notice.name.startswith("thread")] == [
        "outbox-writer"
    ] * 2


def test_a_bug_in_the_writers_thread_loses_nothing_that_is_kept_and_the_thread_goes_on(
    tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    outbox = heard.open(tmp_path / "outbox.db")
    put_before = event("1")
    outbox.put(put_before, TARGET)
    assert outbox.flush(LIMIT_S)
    bugs = iter(["first", "second"])
    sound = OutboxFile.check

    def check(file: OutboxFile) -> str:
        for name in bugs:
            raise ZeroDivisionError(name)
        return sound(file)

    monkeypatch.setattr(OutboxFile, "check", check)
    for camera in "23":
        outbox.put(event(camera), TARGET)
        while len(heard.not_kept) < int(camera) - 1:  # the test's own time limit ends this
            outbox.flush(0.05)
    outbox.put(event("4"), TARGET)
    assert outbox.flush(LIMIT_S)
    assert [one.camera_ids for one in heard.kept] == [("1",), ("4",)]
    assert [one.camera_ids for one, _ in heard.not_kept] == [("2",), ("3",)], "reported, so the node may fire again"
    claimed = outbox.claim(TARGET, 9).result(LIMIT_S)
    assert [delivery.event_id for delivery in claimed] == [one.event_id for one in heard.kept]
    assert outbox.close(LIMIT_S)
    assert heard.names().count("thread_failed") == 2
    assert heard.names()[-1] == "thread_recovered"
    assert "Traceback" in caplog.text
    assert "ZeroDivisionError: second" in caplog.text


def test_a_bug_after_the_commit_reports_no_kept_event_as_lost_and_leaves_no_claim_open(
    tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = heard.open(tmp_path / "outbox.db")
    claim = outbox.claim(TARGET, 9)
    assert outbox.flush(LIMIT_S)
    sound, bugs = ClockShifts.note_written, iter(["only"])

    def note_written(clocks: ClockShifts) -> None:
        for name in bugs:
            raise ZeroDivisionError(name)
        sound(clocks)

    monkeypatch.setattr(ClockShifts, "note_written", note_written)
    outbox.put(event("1"), TARGET)
    [delivery] = claim.result(LIMIT_S)
    outbox.settle(delivery, Done())
    assert outbox.flush(LIMIT_S)
    assert ([one.event_id for one in heard.kept], heard.not_kept) == ([delivery.event_id], [])
    assert outbox.counts() == {State.WAITING: 0, State.SENDING: 0, State.RELAYED: 0, State.DELIVERED: 1, State.DEAD: 0}
    assert outbox.close(LIMIT_S)
    assert heard.names() == ["thread_failed", "thread_recovered"]


def test_a_question_that_is_cancelled_costs_no_event_of_its_group(outbox: Outbox, heard: Heard) -> None:
    is_stopped, go_on = threading.Event(), threading.Event()

    def stop() -> None:
        is_stopped.set()
        go_on.wait(LIMIT_S)

    heard.before_kept = stop
    outbox.put(event("1"), TARGET)
    assert is_stopped.wait(LIMIT_S)  # so that what follows is one group
    question = outbox.oldest_unsettled([TARGET])
    outbox.put(event("2"), TARGET)
    assert question.cancel()
    go_on.set()
    assert outbox.flush(LIMIT_S)
    assert (len(heard.kept), heard.not_kept, heard.names()) == (2, [], [])


def test_an_outbox_whose_last_group_meets_a_bug_still_closes(
    tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = heard.open(tmp_path / "outbox.db")

    def check(_file: OutboxFile) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(OutboxFile, "check", check)
    assert outbox.close(LIMIT_S)
    monkeypatch.undo()
    again = heard.open(tmp_path / "outbox.db")
    assert again.close(LIMIT_S), "the lock was released"


class _BrokenLog(logging.Filter):
    """A filter of the log that raises: no bug can be reported."""

    def filter(self, record: logging.LogRecord) -> bool:
        raise SystemExit(f"no log for {record.name}")


@contextmanager
def no_bug_can_be_reported(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Neither the log nor standard error takes a report: no bulkhead is left."""

    def no_report(_report: threading.ExceptHookArgs) -> None:
        raise SystemExit("no report on standard error either")

    log, broken = logging.getLogger("securos_trigger"), _BrokenLog()
    log.addFilter(broken)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(threading, "excepthook", no_report)
            yield
    finally:
        log.removeFilter(broken)


def hold_the_writer(outbox: Outbox, heard: Heard) -> threading.Event:
    """Keep an event whose report lasts until the event that is given back is set."""
    is_writing, may_go_on = threading.Event(), threading.Event()

    def wait() -> None:
        is_writing.set()
        assert may_go_on.wait(LIMIT_S)

    heard.before_kept = wait
    assert outbox.put(event("1"), TARGET)
    assert is_writing.wait(LIMIT_S)
    return may_go_on


def test_an_outbox_whose_thread_has_died_names_what_is_lost_and_accepts_nothing(
    tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(_file: OutboxFile) -> str:
        raise ZeroDivisionError

    outbox = heard.open(tmp_path / "outbox.db")
    may_go_on = hold_the_writer(outbox, heard)
    lost = [event("1") for _ in range(600)]  # more than two groups of the writer
    assert all(outbox.put(one, TARGET) for one in lost)
    claim, question = outbox.claim(TARGET, 1), outbox.oldest_unsettled([TARGET])
    monkeypatch.setattr(OutboxFile, "check", check)
    with no_bug_can_be_reported(monkeypatch):
        may_go_on.set()
        with pytest.raises(OutboxError, match="its thread has ended"):
            question.result(LIMIT_S)
        with pytest.raises(CancelledError):
            claim.result(LIMIT_S)
        assert outbox.close(LIMIT_S)
    monkeypatch.undo()

    ended = "its thread has ended; start the process again"
    whys = ["an unexpected error in the outbox: ZeroDivisionError()"] * 256 + [ended] * 344
    assert heard.not_kept == list(zip(lost, whys, strict=True))
    assert not outbox.put(event("1"), TARGET)
    assert outbox.refusal() == ended
    assert not outbox.flush(LIMIT_S)
    assert [notice.fields["reason"] for notice in heard.notices] == [whys[0], ended]
    with closing(heard.open(tmp_path / "outbox.db")) as again:
        assert again.counts()[State.WAITING] == 1, "the lock was released, and what was kept is there"


def test_a_listener_that_raises_costs_no_event_and_is_reported(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    notices: list[Notice] = []
    kept: list[Event] = []

    def listen(one: Event) -> None:
        kept.append(one)
        if len(kept) <= 2:
            raise ZeroDivisionError

    outbox = Outbox(tmp_path / "outbox.db", announcer=Announcer([notices.append]), on_kept=listen)
    for camera in "123":
        outbox.put(event(camera), TARGET)
        assert outbox.flush(LIMIT_S)
    assert outbox.close(LIMIT_S)
    assert len(kept) == 3
    assert [(notice.name, notice.fields["thread"]) for notice in notices] == [
        ("thread_failed", "outbox-writer listener"),
        ("thread_recovered", "outbox-writer listener"),
    ]
    assert "Traceback" in caplog.text


def test_a_listener_that_raises_for_an_event_that_was_not_kept_is_reported_too(tmp_path: Path) -> None:
    notices: list[Notice] = []

    def listen(_event: Event, _why: str) -> None:
        raise ZeroDivisionError

    outbox = Outbox(tmp_path / "outbox.db", announcer=Announcer([notices.append]), on_not_kept=listen, max_rows=1)
    for camera in "12":
        outbox.put(event(camera), TARGET)
    assert outbox.flush(LIMIT_S)
    assert outbox.close(LIMIT_S)
    assert [notice.name for notice in notices] == ["thread_failed", "outbox_failing"]


def test_a_locked_file_costs_counted_events_and_the_outbox_recovers(tmp_path: Path, heard: Heard) -> None:
    path = tmp_path / "outbox.db"
    outbox = heard.open(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as intruder:
        intruder.execute("BEGIN IMMEDIATE")
        assert outbox.put(event("1"), TARGET)
        assert not outbox.flush(0.2)
        while not heard.not_kept:  # the test's own time limit ends this
            outbox.flush(0.2)
        intruder.execute("ROLLBACK")
    assert [why for _, why in heard.not_kept] == ["database is locked"]
    assert outbox.put(event("1"), TARGET)
    assert outbox.close(LIMIT_S)
    assert len(heard.kept) == 1
    assert heard.names() == ["outbox_failing", "outbox_recovered"]
    assert heard.notices[-1].fields["count"] == 1


def test_at_the_limit_delivered_rows_make_room_first(tmp_path: Path, heard: Heard) -> None:
    outbox = heard.open(tmp_path / "outbox.db", max_rows=2)
    for camera in "12":
        outbox.put(event(camera), TARGET)
    for delivery in outbox.claim(TARGET, 1).result(LIMIT_S):
        outbox.settle(delivery, Done())
    for camera in "34":
        outbox.put(event(camera), TARGET)
    assert outbox.close(LIMIT_S)
    assert [kept.camera_ids for kept in heard.kept] == [("1",), ("2",), ("3",)]
    assert [(lost.camera_ids, why) for lost, why in heard.not_kept] == [
        (("4",), "the outbox is full: its limit of 2 deliveries is reached")
    ]


def test_an_outbox_that_takes_no_more_can_still_be_emptied(tmp_path: Path, heard: Heard) -> None:
    outbox = heard.open(tmp_path / "outbox.db", max_bytes=200_000)
    for number in range(3000):
        outbox.put(event(str(number)), TARGET)
    assert outbox.flush(LIMIT_S)
    assert heard.not_kept
    emptied = 0
    while outbox.counts()[State.WAITING]:
        for delivery in outbox.claim(TARGET, 200).result(LIMIT_S):
            outbox.settle(delivery, Done())
            emptied += 1
        assert outbox.flush(LIMIT_S)
    assert emptied == len(heard.kept)
    assert outbox.close(LIMIT_S)


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_outbox import LIMIT_S, TARGET, Heard, event
from securos_trigger.outbox import Done, State

heard = Heard()
outbox = heard.open(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for number in range(200):
    outbox.put(event(str(number)), TARGET)
assert outbox.flush(LIMIT_S)
claimed = outbox.claim(TARGET, 50).result(LIMIT_S)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
for number in range(300):
    assert outbox.put(event(str(number)), TARGET)
for delivery in claimed:
    outbox.settle(delivery, Done())
assert not outbox.flush(LIMIT_S)
kept_while_full = len(heard.kept) - 200
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert outbox.put(event("after"), TARGET)
assert outbox.flush(LIMIT_S)
assert outbox.close(LIMIT_S)
print(kept_while_full, len(heard.not_kept), outbox.counts()[State.DELIVERED], *heard.names())
"""


def test_a_disk_that_takes_nothing_costs_counted_events_and_no_acknowledgement(tmp_path: Path) -> None:
    """The system refuses every write beyond a limit, as a full disk does; then the limit is lifted."""
    script = FULL_DISK.format(tests=str(Path(__file__).parent))
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "outbox.db")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    kept_while_full, not_kept, delivered, *names = done.stdout.split()
    assert (int(kept_while_full), int(not_kept), int(delivered)) == (0, 300, 50)
    assert names == ["outbox_failing", "outbox_recovered"]


def test_what_an_input_knows_survives_a_restart_with_the_events_that_came_of_it(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    outbox = Outbox(path, announcer=Announcer())
    kept = outbox.keep_with_rows([(event("1"), TARGET)], "site", [("car", {"is_live": True})])
    assert kept.result(30).is_new == (True,)
    assert outbox.close()
    again = Outbox(path, announcer=Announcer())
    try:
        assert again.input_rows("site").result(30) == [("car", {"is_live": True})]
        assert again.counts()[State.WAITING] == 1
    finally:
        assert again.close()
    with pytest.raises(OutboxError, match="is closed"):
        again.keep_with_rows([], "site", []).result(30)
