"""A worker survives the bugs of its work: it reports them, pauses, goes on, and says when it is well again."""

from __future__ import annotations

import logging
import threading

import pytest

from securos_trigger.notices import Announcer, Notice
from securos_trigger.system import worker as worker_module
from securos_trigger.system.worker import Failures, Worker

WITHIN_S = 60.0


@pytest.fixture
def heard() -> list[Notice]:
    return []


@pytest.fixture
def announcer(heard: list[Notice]) -> Announcer:
    return Announcer([heard.append])


def test_a_bug_costs_one_turn_and_is_logged_with_its_traceback(
    announcer: Announcer, heard: list[Notice], caplog: pytest.LogCaptureFixture
) -> None:
    turns = iter(["bug", "well"])
    is_done = threading.Event()

    def step(_closing: threading.Event) -> bool:
        if next(turns) == "bug":
            raise ZeroDivisionError("in the step")
        is_done.set()
        return False

    worker = Worker("counter", step, announcer)
    worker.start()
    assert is_done.wait(WITHIN_S)
    assert worker.close()
    assert [str(notice).partition(" outage_s")[0].partition(" fix=")[0] for notice in heard] == [
        "thread_failed thread=counter reason=\"ZeroDivisionError('in the step')\" count=1 wait_s=0.1",
        "thread_recovered thread=counter",
    ]
    assert "Traceback" in caplog.text
    assert worker.failures.count == 1


def test_pauses_double_up_to_a_limit_and_begin_anew_after_a_success(announcer: Announcer) -> None:
    failures = Failures("counter", announcer)
    pauses = [failures.note_failure(RuntimeError("again")) for _ in range(12)]
    assert pauses[:4] == [0.1, 0.2, 0.4, 0.8]
    assert pauses[-1] == 30.0
    failures.note_success()
    assert failures.note_failure(RuntimeError("again")) == 0.1
    assert failures.count == 13


def test_the_longest_pause_can_be_set(announcer: Announcer) -> None:
    failures = Failures("counter", announcer, longest_pause_s=0.3)
    assert [failures.note_failure(RuntimeError("again")) for _ in range(3)] == [0.1, 0.2, 0.3]


def test_join_waits_for_an_end_and_does_not_ask_for_it(announcer: Announcer) -> None:
    may_end = threading.Event()
    worker = Worker("counter", lambda _closing: not may_end.wait(0.01), announcer)
    worker.start()
    assert not worker.join(0.05)
    may_end.set()
    assert worker.join(WITHIN_S)


def test_a_failure_that_repeats_is_reported_once_and_another_one_at_once(
    announcer: Announcer, heard: list[Notice]
) -> None:
    failures = Failures("counter", announcer)
    for error in (RuntimeError("a"), RuntimeError("a"), RuntimeError("b"), RuntimeError("b")):
        failures.note_failure(error)
    assert [notice.fields["reason"] for notice in heard] == ["RuntimeError('a')", "RuntimeError('b')"]


def test_a_failure_that_lasts_is_reported_again_after_a_minute(
    announcer: Announcer, heard: list[Notice], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "LOG_AGAIN_AFTER_S", 0.0)
    failures = Failures("counter", announcer)
    for _ in range(3):
        failures.note_failure(RuntimeError("a"))
    assert [notice.fields["count"] for notice in heard] == [1, 2, 3]


def test_close_ends_a_pause_and_runs_the_last_turn(announcer: Announcer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "FIRST_PAUSE_S", 3600.0)
    monkeypatch.setattr(worker_module, "LONGEST_PAUSE_S", 3600.0)
    has_failed, has_ended = threading.Event(), threading.Event()

    def step(_closing: threading.Event) -> None:
        has_failed.set()
        raise RuntimeError("a bug")

    worker = Worker("counter", step, announcer, last=has_ended.set)
    worker.start()
    assert has_failed.wait(WITHIN_S)
    assert worker.close(WITHIN_S)
    assert has_ended.is_set()
    assert not worker.is_alive


def test_a_bug_in_the_last_turn_is_reported(announcer: Announcer, heard: list[Notice]) -> None:
    def last() -> None:
        raise RuntimeError("at the end")

    worker = Worker("counter", lambda _closing: False, announcer, last=last)
    worker.start()
    assert worker.close(WITHIN_S)
    assert [notice.name for notice in heard] == ["thread_failed"]


def test_closing_what_was_never_started_is_no_trouble(announcer: Announcer) -> None:
    assert Worker("counter", lambda _closing: None, announcer).close()


class Unprintable(Exception):
    """Raises when it is printed."""

    def __repr__(self) -> str:
        raise AttributeError("no such field")

    __str__ = __repr__


@pytest.mark.parametrize("bug", [SystemExit(3), KeyboardInterrupt(), Unprintable()], ids=["exit", "interrupt", "text"])
def test_whatever_is_raised_ends_no_thread(bug: BaseException, announcer: Announcer, heard: list[Notice]) -> None:
    turns = iter([bug, None])
    is_done = threading.Event()

    def step(_closing: threading.Event) -> bool:
        if (bug := next(turns)) is not None:
            raise bug
        is_done.set()
        return False

    worker = Worker("counter", step, announcer)
    worker.start()
    assert is_done.wait(WITHIN_S)
    assert worker.close()
    assert [notice.name for notice in heard] == ["thread_failed", "thread_recovered"]
    assert type(bug).__name__ in str(heard[0].fields["reason"])


class BrokenFilter(logging.Filter):
    """A filter of the log that raises."""

    def filter(self, record: logging.LogRecord) -> bool:
        raise OSError(f"no log for {record.name}")


def test_a_log_that_raises_ends_no_thread_and_standard_error_has_the_bug(
    announcer: Announcer, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", reports.append)
    log, broken = logging.getLogger("securos_trigger"), BrokenFilter()
    turns = iter([ZeroDivisionError("in the step"), None])

    def step(_closing: threading.Event) -> bool:
        if (bug := next(turns)) is not None:
            raise bug
        return False

    log.addFilter(broken)
    try:
        worker = Worker("counter", step, announcer, longest_pause_s=0.01)
        worker.start()
        assert worker.join(WITHIN_S)
    finally:
        log.removeFilter(broken)

    assert worker.has_ended
    [report] = reports
    assert report.exc_value is not None
    assert (str(report.exc_value), str(report.exc_value.__context__)) == (
        "no log for securos_trigger",
        "in the step",
    )
