"""Attempts to serve a target that fail: which are reported, and when the target cannot be served."""

from __future__ import annotations

from securos_trigger.relay.attempts import FAILED_TIMES, SERVED_FOR_S, Attempts
from securos_trigger.relay.target_session import FINISHED_WITHIN_S, STANDS_STILL_AFTER_S

A, B = "https://a.example:3443", "https://b.example:3443"


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def reasons(attempts: Attempts) -> dict[str, str]:
    return {target: one.reason for target, one in attempts.unserved().items()}


def test_one_reason_is_reported_once_and_after_five_attempts_the_target_cannot_be_served() -> None:
    attempts = Attempts(Clock())
    reported = []
    for _ in range(FAILED_TIMES):
        assert reasons(attempts) == {}
        reported.append(attempts.note_failed(A, "full"))
    assert reported == [True, False, False, False, False]
    assert reasons(attempts) == {A: "full"}
    assert attempts.note_failed(A, "no answer in time")
    assert reasons(attempts) == {A: "no answer in time"}
    assert (attempts.have_failed(A), attempts.have_failed(B)) == (True, False)


def test_attempts_far_apart_count_too() -> None:
    """Each may wait for an answer for many seconds."""
    clock = Clock()
    attempts = Attempts(clock)
    for _ in range(FAILED_TIMES):
        attempts.note_failed(A, "no answer in time")
        clock.now += 100.0
    assert reasons(attempts) == {A: "no answer in time"}


def test_a_target_that_is_taken_and_lost_again_and_again_cannot_be_served() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    for _ in range(FAILED_TIMES):
        attempts.note_taken(A)
        assert attempts.note_failed(A, "its consumer does not answer"), "it was served meanwhile"
        clock.now += 1.0
    attempts.note_taken(A)
    assert reasons(attempts) == {A: "its consumer does not answer"}
    clock.now += SERVED_FOR_S
    assert reasons(attempts) == {}
    assert attempts.note_failed(A, "another process has it")
    assert reasons(attempts) == {}, "it has served, so this is the first"


def test_an_attempt_that_gets_nothing_done_before_a_newer_event_is_none_that_has_served() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    for _ in range(FAILED_TIMES):
        attempts.note_taken(A)
        clock.now += STANDS_STILL_AFTER_S + FINISHED_WITHIN_S + 2.0
        attempts.note_failed(A, "a message has version 2")
    assert reasons(attempts) == {A: "a message has version 2"}


def test_an_attempt_that_ends_well_or_the_end_of_the_connection_begins_anew() -> None:
    attempts = Attempts(Clock())
    for target in (A, B):
        for _ in range(FAILED_TIMES):
            attempts.note_failed(target, "full")
    attempts.note_well(A)
    assert reasons(attempts) == {B: "full"}
    attempts.forget()
    assert reasons(attempts) == {}
    assert attempts.note_failed(A, "full") and attempts.note_failed(B, "full")


def test_what_has_failed_counts_on_until_another_process_has_served_the_target_for_a_while() -> None:
    """The lease of a process that failed may be gone, and yet not free; and the other one may fail, too."""
    clock = Clock()
    attempts = Attempts(clock)
    attempts.note_stands_by(A, "gate-2")
    assert attempts.owner_of(A) == "gate-2"
    for _ in range(FAILED_TIMES):
        attempts.note_taken(A)
        attempts.note_failed(A, "it could not be renewed in time")
        attempts.note_stands_by(A, "")
    assert (reasons(attempts), attempts.owner_of(A)) == ({A: "it could not be renewed in time"}, "")
    attempts.note_stands_by(A, "gate-2")
    assert attempts.owner_of(A) == "gate-2"
    clock.now += SERVED_FOR_S - 1.0
    attempts.note_stands_by(A, "gate-2")
    assert reasons(attempts) == {A: "it could not be renewed in time"}
    clock.now += 1.0
    attempts.note_stands_by(A, "gate-2")
    assert (reasons(attempts), attempts.owner_of(A)) == ({}, "gate-2")
    attempts.note_stands_by(A, "")
    assert attempts.owner_of(A) == "", "none is known"


def test_processes_that_fail_in_turn_do_not_make_each_other_forget_it() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    for _ in range(FAILED_TIMES):
        attempts.note_taken(A)
        clock.now += SERVED_FOR_S / 3
        attempts.note_failed(A, "no answer in time")
        for owner in ("gate-2", "gate-3"):
            for _ in range(10):
                attempts.note_stands_by(A, owner)
                clock.now += (SERVED_FOR_S - 1.0) / 10
    assert reasons(attempts) == {A: "no answer in time"}
    attempts.note_stands_by(A, "gate-2")
    clock.now += SERVED_FOR_S - 1.0
    for _ in range(2):
        attempts.note_stands_by(A, "")
        attempts.note_stands_by(A, "gate-2")
        assert reasons(attempts) == {A: "no answer in time"}, "it had given it up meanwhile"
        clock.now += SERVED_FOR_S - 1.0


def test_what_the_cluster_refuses_of_a_served_target_is_reported_when_it_begins_changes_and_ends() -> None:
    attempts = Attempts(Clock())
    said = [attempts.note_refused(A, why) for why in ("", "full", "full", "no space", "", "")]
    assert said == [False, True, False, True, True, False]
    assert attempts.note_refused(A, "full")
    assert reasons(attempts) == {A: "full"} and attempts.unserved()[A].is_ended
    attempts.note_failed(A, "another process has it")
    assert reasons(attempts) == {}
    for end in (attempts.forget, lambda: attempts.note_well(A)):
        assert attempts.note_refused(A, "full"), "the next one that serves it says it again"
        end()
        assert reasons(attempts) == {}
