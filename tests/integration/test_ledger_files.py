"""The ledger on a real disk: written by its thread, rotated, read back, torn, full."""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securos_trigger import Condition, Reason
from securos_trigger.ledger import (
    DeliveryNote,
    DeliveryState,
    Entry,
    GapNote,
    Journal,
    Ledger,
    LedgerFiles,
    LedgerReading,
    Record,
    RunNote,
    SourceNote,
    TargetNote,
)
from securos_trigger.ledger.files import last_end
from securos_trigger.ledger.lines import line_of, record_of
from securos_trigger.model import Address, Flag
from securos_trigger.notices import Announcer, Notice

CLAUSES = Condition("line > 0 and len(objects) >= 2").explain({"line": 0.5, "objects": []}).clauses


def entry(number: int = 0) -> Entry:
    return Entry(
        Address("yard", "", "alarm"),
        "gate",
        Reason.CONDITION_FALSE,
        1000.0 + number,
        1000.5 + number,
        1.0,
        1.5,
        12,
        CLAUSES,
    )


RECORDS: list[Record] = [
    entry(),
    Entry(
        address=Address("", "gate", "alarm"),
        source_name="",
        reason=Reason.FIRED,
        from_at_s=0.0,
        until_at_s=0.0,
        from_media_s=0.0,
        until_media_s=0.0,
        interval_left_s=0.0,
        event_id="e1",
        event_name='Straße "7" 😀',
        flags=frozenset({Flag.UNDEFINED, Flag.TEMPLATE_ERROR}),
        boxes=2,
        upstream_event_id="a",
    ),
    DeliveryNote("e1", DeliveryState.DELIVERED, 1000.25, "https://vms:3443", "camera 9: EVENT", 0.0, None, True, True),
    DeliveryNote("e1", DeliveryState.RETRY, 1000.25, "https://vms:3443", "busy", wait_s=1.5),
    TargetNote("https://vms:3443", "target_unreachable", 1000.125, "connection refused"),
    TargetNote("https://vms:3443", "", 1001.0),
    DeliveryNote("e1", DeliveryState.ALREADY_THERE, 1001.5, "https://vms:3443"),
    SourceNote(1002.0, source="gate", pipeline="road", reason="Connection refused"),
    SourceNote(1003.0, source="gate"),
    SourceNote(1004.0, pipeline="yard", reason="The video yard.mp4 cannot be read"),
    GapNote(1004.5, 1010.25, "the disk is full", frames=1_204, events_lost=31),
    RunNote(1011.0),
    RunNote(1012.0, is_end=True, configuration="/etc/site.toml"),
    RunNote(1013.0, is_end=True, is_finished=True),
]


class Heard:
    """An observer that remembers the names of notices."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def __call__(self, notice: Notice) -> None:
        self.notices.append(notice)

    @property
    def names(self) -> list[str]:
        return [notice.name for notice in self.notices]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_record_comes_back_as_it_was(record: Record) -> None:
    line = line_of(record)
    assert line.count(b"\n") == 1
    assert record_of(line) == record


def test_a_line_says_the_camera_only_where_there_is_one() -> None:
    [plain, of_camera] = [
        json.loads(line_of(Entry(address, "", Reason.NO_EVENT, 0.0, 0.0, 0.0, 0.0)))
        for address in (Address("yard", "", "alarm"), Address("yard", "gate", "alarm"))
    ]
    assert "camera" not in plain
    assert (of_camera["pipeline"], of_camera["camera"], of_camera["node"]) == ("yard", "gate", "alarm")


# As version 0.1.0 wrote it: no camera, and the event of the upstream node under its old name.
OLD_LINE = (
    b'{"kind":"decision","from":"2026-11-22T13:03:00.000Z","until":"2026-11-22T13:03:00.000Z","pipeline":"yard",'
    b'"node":"alarm","source":"gate","reason":"duplicate","frames":1,"media_from_s":1.0,"media_until_s":1.0,'
    b'"earlier_event_id":"a"}\n'
)


def test_only_the_owner_may_read_the_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    before = os.umask(0)
    try:
        LedgerFiles(path, max_bytes=10**6, files=2).append(line_of(entry(1)))
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_line_of_an_older_version_is_read() -> None:
    old = record_of(OLD_LINE)
    assert isinstance(old, Entry)
    assert (str(old.address), old.reason, old.upstream_event_id) == ("yard/alarm", Reason.DUPLICATE, "a")
    assert record_of(line_of(old)) == old
    assert b"earlier" not in line_of(old)


@given(st.binary(max_size=200) | st.text(max_size=50).map(lambda text: json.dumps({"kind": text}).encode()))
def test_what_is_no_record_is_none_and_never_an_error(line: bytes) -> None:
    assert record_of(line) is None


@pytest.mark.parametrize(
    "line", [b"[" * 100_000, b'{"kind":"decision","reason":"fired","frames":1e999}', b'{"kind":"target","at":5}']
)
def test_a_hostile_line_is_none_and_never_an_error(line: bytes) -> None:
    assert record_of(line) is None


def test_a_name_that_utf8_cannot_hold_is_written_all_the_same() -> None:
    back = record_of(line_of(TargetNote("https://vms", "x", 1.0, reason="a\ud800b\n")))
    assert isinstance(back, TargetNote)
    assert back.reason == "a?b\n"


def test_files_are_rotated_and_the_oldest_leaves(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    size = len(line_of(entry()))
    files = LedgerFiles(path, max_bytes=size * 2, files=3)
    for number in range(9):
        files.append(line_of(entry(number)))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["ledger.jsonl", "ledger.jsonl.1", "ledger.jsonl.2"]
    read = [record.from_at_s for record in LedgerReading(path) if isinstance(record, Entry)]
    assert read == [1004.0, 1005.0, 1006.0, 1007.0, 1008.0]


def test_a_single_file_begins_anew_when_it_is_full(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    files = LedgerFiles(path, max_bytes=len(line_of(entry())) * 2, files=1)
    for number in range(3):
        files.append(line_of(entry(number)))
    assert [record.from_at_s for record in LedgerReading(path) if isinstance(record, Entry)] == [1002.0]


def test_a_torn_last_line_is_passed_over_and_the_next_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    LedgerFiles(path, max_bytes=10**6, files=2).append(line_of(entry(1)) + line_of(entry(2))[:50])
    reading = LedgerReading(path)
    assert len(list(reading)) == 1
    LedgerFiles(path, max_bytes=10**6, files=2).append(line_of(entry(3)))
    reading = LedgerReading(path)
    assert [record.from_at_s for record in reading if isinstance(record, Entry)] == [1001.0, 1003.0]
    assert reading.unreadable_lines == 1


def test_files_that_are_rotated_while_they_are_read_are_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    size = len(line_of(entry()))
    files = LedgerFiles(path, max_bytes=size * 4, files=5)
    for number in range(10):
        files.append(line_of(entry(number)))
    reading = iter(LedgerReading(path))
    next(reading)
    for number in range(10, 14):
        files.append(line_of(entry(number)))
    left = [record.from_at_s for record in reading if isinstance(record, Entry)]
    assert left[:9] == [1000.0 + number for number in range(1, 10)]


def test_closing_writes_what_waits_and_the_runs_that_go_on(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "folder" / "ledger.jsonl"
    with closing(Ledger(Journal(LedgerFiles(path, max_bytes=10**6, files=2), announcer=Announcer()))) as ledger:
        for record in RECORDS:
            ledger._add(record)
        remembered = ledger.records()
    began, *written, ended = list(LedgerReading(path))
    assert written == remembered
    assert isinstance(began, RunNote) and not began.is_end
    assert isinstance(ended, RunNote) and ended.is_end and not ended.is_finished
    assert last_end(path) == ended


@pytest.mark.parametrize("max_bytes", [10**6, 1])
def test_the_last_line_says_that_a_run_ended_by_itself_also_when_it_fills_the_file(
    tmp_path: Path, max_bytes: int
) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = Ledger(Journal(LedgerFiles(path, max_bytes=max_bytes, files=2), announcer=Announcer()))
    ledger.is_finished = True
    ledger.close()
    end = last_end(path)
    assert end is not None and end.is_finished


def test_a_run_that_was_killed_and_a_ledger_that_is_not_there_have_no_end(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    assert last_end(path) is None
    path.write_bytes(line_of(RunNote(1012.0, is_end=True)) + line_of(RunNote(1020.0)))
    assert last_end(path) is None


def test_a_full_disk_loses_records_counts_them_and_says_so_once(tmp_path: Path) -> None:
    heard = Heard()
    journal = Journal(LedgerFiles(Path("/dev/full"), max_bytes=10**9, files=1), announcer=Announcer([heard]))
    for number in range(12_000):
        journal.write(entry(number))
    journal.start(list)
    journal.close(timeout_s=60)
    assert journal.dropped == 12_000
    assert heard.names == ["ledger_failing"]
    assert heard.notices[0].fields["reason"] == "the disk is full"


def test_a_folder_that_comes_back_is_written_again_and_the_loss_is_reported(tmp_path: Path) -> None:
    heard = Heard()
    folder = tmp_path / "mount"
    folder.write_text("no folder yet")
    journal = Journal(LedgerFiles(folder / "ledger.jsonl", max_bytes=10**6, files=2), announcer=Announcer([heard]))
    journal.write(entry(1))
    journal._write_waiting()
    folder.unlink()
    journal.write(entry(2))
    journal._write_waiting()
    assert heard.names == ["ledger_failing", "ledger_recovered"]
    assert heard.notices[1].fields["count"] == 1
    gap, kept = LedgerReading(folder / "ledger.jsonl")
    assert (gap, kept) == (GapNote(1001.0, 1001.5, "File exists", frames=12), entry(2))


def test_a_full_queue_drops_counts_and_never_blocks(tmp_path: Path) -> None:
    heard = Heard()
    files = LedgerFiles(tmp_path / "ledger.jsonl", max_bytes=10**6, files=2)
    journal = Journal(files, announcer=Announcer([heard]), queue_limit=10)

    def write_twenty() -> None:
        for number in range(20):
            journal.write(entry(number))

    threads = [threading.Thread(target=write_twenty) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal.start(list)
    journal.close()
    records = list(LedgerReading(tmp_path / "ledger.jsonl"))
    written = sum(isinstance(record, Entry) for record in records)
    assert written + journal.dropped == 60
    [gap] = [record for record in records if isinstance(record, GapNote)]
    assert (gap.frames, gap.reason) == (12 * journal.dropped, "they came faster than the disk takes them")
    assert journal.dropped >= 45
    assert heard.names == ["ledger_dropped"]
    assert heard.notices[0].fields["count"] == journal.dropped


def test_a_bug_in_the_writer_costs_its_round_and_the_next_one_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("securos_trigger.ledger.journal._WRITE_EVERY_S", 0.01)
    heard, path = Heard(), tmp_path / "ledger.jsonl"
    journal = Journal(LedgerFiles(path, max_bytes=10**6, files=2), announcer=Announcer([heard]))
    journal.start(list)
    journal.write(entry(1))
    wait_until(path.exists)
    journal.write("not a record")  # type: ignore[arg-type]
    wait_until(lambda: "thread_failed" in heard.names)
    journal.write(entry(2))
    wait_until(lambda: "thread_recovered" in heard.names)
    journal.write(entry(3))
    journal.close()
    written = [record.from_at_s for record in LedgerReading(path) if isinstance(record, Entry)]
    assert written == [1001.0, 1002.0, 1003.0]
    assert journal.dropped == 1
    assert heard.names == ["thread_failed", "ledger_dropped", "thread_recovered"]
    assert heard.notices[0].fields["thread"] == "ledger-writer"
    assert "Traceback" in caplog.text


def wait_until(holds: Callable[[], bool]) -> None:
    until_s = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until_s
        time.sleep(0.005)


def test_a_gap_says_what_was_lost_and_only_that(tmp_path: Path) -> None:
    """Of an entry that the file has in part, only the rest is missing; one that still grows is written later."""
    folder, heard = tmp_path / "mount", Heard()
    path = folder / "ledger.jsonl"
    growing = [replace(entry(), until_at_s=1100.0, frames=1_000)]
    journal = Journal(LedgerFiles(path, max_bytes=10**6, files=2), announcer=Announcer([heard]))
    journal._open_entries = lambda: growing
    journal._open_entries_at_ticks = 0.0
    journal._write_waiting()
    folder.rename(tmp_path / "away")
    folder.write_text("a file")
    journal.write(DeliveryNote("e1", DeliveryState.NOT_KEPT, 1150.0, reason="the disk is full"))
    growing = [replace(entry(), until_at_s=1200.0, frames=2_000)]
    journal._open_entries_at_ticks = 0.0
    journal._write_waiting()
    assert journal.gap == GapNote(1150.0, 1150.0, "File exists", events_lost=1), "what grows comes later"
    journal.write(replace(entry(), until_at_s=1300.0, frames=3_000))
    growing = []
    journal._write_waiting()
    gap = journal.gap
    assert gap is not None
    assert (gap.from_at_s, gap.until_at_s, gap.events_lost) == (1100.0, 1300.0, 1)
    assert gap.frames == pytest.approx(2_000, abs=30)
    folder.unlink()
    (tmp_path / "away").rename(folder)
    journal._write_waiting()
    assert list(LedgerReading(path))[-1] == gap
    assert journal._gap.present() is None
    assert heard.names == ["ledger_failing", "ledger_recovered"]


def test_a_journal_that_cannot_write_to_its_end_does_not_say_that_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    for is_full in (False, True):
        journal = Journal(LedgerFiles(path, max_bytes=10**6, files=2), announcer=Announcer())
        journal.start(list)
        wait_until(partial(has_begun, journal))
        if is_full:
            path.rename(tmp_path / "kept")
            path.mkdir()
        journal.write(entry(1))
        journal.close()
    notes = [note.is_end for note in LedgerReading(tmp_path / "kept") if isinstance(note, RunNote)]
    assert notes == [False, True, False]


def has_begun(journal: Journal) -> bool:
    return journal._beginning is None


def test_lines_that_cannot_be_read_are_a_gap_between_their_neighbours(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(line_of(entry(1)) + b"\0\0\0\n{torn\n" + line_of(entry(9)) + b"{torn\n" + line_of(RunNote(1020.0)))
    reading = LedgerReading(path)
    gap = GapNote(1001.5, 1009.0, "2 lines cannot be read")
    assert list(reading) == [entry(1), gap, entry(9), RunNote(1020.0)]
    assert reading.unreadable_lines == 3


@pytest.mark.parametrize(
    ("end", "reason"),
    [(b"{torn\n\0\0\n", "2 lines cannot be read"), (b"{torn\n{half", "1 line cannot be read"), (b"{half", "")],
)
def test_lines_at_the_end_that_cannot_be_read_are_a_gap_but_not_the_one_that_may_still_be_written(
    tmp_path: Path, end: bytes, reason: str
) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(line_of(entry(1)) + end)
    os.utime(path, (1010.0, 1010.0))
    gaps = [GapNote(1001.5, 1010.0, reason)] if reason else []
    assert list(LedgerReading(path)) == [entry(1), *gaps]


def test_what_comes_while_the_journal_ends_is_not_said_to_have_come_too_fast(tmp_path: Path) -> None:
    journal = Journal(LedgerFiles(tmp_path / "ledger.jsonl", max_bytes=10**6, files=2), announcer=Announcer())
    journal.start(list)
    journal.close()
    journal.write(entry(1))
    assert journal.gap == GapNote(1001.0, 1001.5, "the service was ending", frames=12)
