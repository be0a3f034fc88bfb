"""What `explain` says of an event whose end is not in the ledger: what the outbox says, else that it is not known."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from securos_trigger.ledger import DeliveryNote, DeliveryState, Entry, Record, RunNote, TargetNote
from securos_trigger.ledger.lines import line_of
from securos_trigger.model import Address, Reason
from securos_trigger.notices import Announcer
from securos_trigger.operations.explain import explain
from securos_trigger.operations.outbox import RowChoice, retry_rows
from securos_trigger.operations.unserved import move_rows
from securos_trigger.outbox import Again, Dead, Done, Outbox
from tests import builders
from tests.unit.operations.site import write_site

AT = datetime(2025, 11, 24, 15, 0, tzinfo=UTC)
AT_S = AT.timestamp()
NOW = AT + timedelta(minutes=5)
OLD, NEW = "https://old.example:3443", "https://vms.example:3443"
EVENT_ID = "0b5c1d52-0000-4000-8000-000000000001"
#: The receiver of the event fails since a minute after it, as long as the ledger reaches.
LATER_OUTAGE = TargetNote(OLD, "target_unreachable", AT_S + 60, f"{OLD} takes no events: connection refused.")


def kept(target: str = OLD) -> list[Record]:
    """The last lines of a service that was killed half a second after its event."""
    fired = Entry(Address("yard", "", "alarm"), "yard", Reason.FIRED, AT_S, AT_S, 0.0, 0.0, event_id=EVENT_ID)
    return [
        RunNote(AT_S - 60),
        fired,
        DeliveryNote(EVENT_ID, DeliveryState.KEPT, AT_S + 0.01, target),
        TargetNote(target, "", AT_S + 0.5),
    ]


def explained(folder: Path, *lines: Record, event: str = "") -> str:
    """The answer about the second of the event, or about it, as one line."""
    site = write_site(folder)
    (folder / "outbox.ledger.jsonl").write_bytes(b"".join(map(line_of, lines)))
    at = None if event else AT.isoformat()
    return " ".join(str(explain(site, now=NOW, at=at, around_s=0, event=event, zone=UTC).answer).split())


def put(folder: Path, outcome: Done | Dead | Again | None, target: str = OLD) -> None:
    """Keep the event in the outbox; with an outcome of its first attempt."""
    with closing(Outbox(folder / "outbox.sqlite", announcer=Announcer())) as outbox:
        assert outbox.put(builders.event("1", event_id=EVENT_ID, captured_at=AT), target)
        if outcome is not None:
            [delivery] = outbox.claim(target, 1).result(60)
            outbox.settle(delivery, outcome)
        assert outbox.flush(60)


@pytest.mark.parametrize("event", ["", EVENT_ID])
def test_a_delivery_whose_line_a_kill_has_lost_is_said_from_the_outbox(tmp_path: Path, event: str) -> None:
    put(tmp_path, Done())
    text = explained(tmp_path, *kept(), RunNote(AT_S + 30), LATER_OUTAGE, event=event)
    assert f"yard/alarm: it fired once; delivered to {OLD} at " in text
    assert "not delivered yet" not in text
    assert "connection refused" not in text.partition("kept at")[0].partition("Next:")[0]


def test_what_was_given_up_before_the_kill_is_said_with_its_reason(tmp_path: Path) -> None:
    put(tmp_path, Dead("camera 1: event refused: SecurOS knows no such camera"))
    text = explained(tmp_path, *kept(), RunNote(AT_S + 30))
    assert "yard/alarm: it fired once; given up at " in text
    assert "it will not be sent again: camera 1: event refused: SecurOS knows no such camera." in text


def test_a_dead_letter_that_was_sent_again_and_delivered_is_delivered(tmp_path: Path) -> None:
    put(tmp_path, Done())
    dead = DeliveryNote(EVENT_ID, DeliveryState.DEAD, AT_S + 0.4, OLD, "expired")
    assert f"it fired once; delivered to {OLD} at " in explained(tmp_path, *kept(), dead, RunNote(AT_S + 30))


@pytest.mark.parametrize("event", ["", EVENT_ID])
def test_a_dead_letter_that_was_put_back_waits_for_the_receiver_that_it_has_now(tmp_path: Path, event: str) -> None:
    put(tmp_path, Dead("unknown camera"), NEW)
    dead = DeliveryNote(EVENT_ID, DeliveryState.DEAD, AT_S + 0.4, OLD, "unknown camera")
    lines = (*kept(), dead, RunNote(AT_S + 30), LATER_OUTAGE)
    assert "it will not be sent again: unknown camera." in explained(tmp_path, *lines, event=event)
    assert retry_rows(tmp_path / "outbox.sqlite", RowChoice((EVENT_ID,))).changed == 1
    text = explained(tmp_path, *lines, event=event)
    assert "it fired once; not delivered yet." in text
    assert "unknown camera; a person sent it again" in text
    assert f"put back: it is in the outbox again, to be delivered to {NEW}" in text
    assert "it will not be sent again" not in text


def test_what_waits_is_not_delivered_yet_and_an_outage_is_of_the_target_that_it_waits_for(tmp_path: Path) -> None:
    put(tmp_path, None)
    lines = (*kept(), RunNote(AT_S + 30), LATER_OUTAGE)
    assert f"not delivered yet: {OLD} takes no events since Monday 24 November 2025, 15:01:00: connection refused" in (
        explained(tmp_path, *lines)
    )
    move_rows(write_site(tmp_path), OLD, NEW)
    text = explained(tmp_path, *lines)
    assert "it fired once; not delivered yet." in text
    assert f"to be delivered to {NEW}" in text


@pytest.mark.parametrize("has_outbox", [True, False])
def test_where_neither_knows_it_is_said_to_be_not_known(tmp_path: Path, has_outbox: bool) -> None:
    if has_outbox:
        with closing(Outbox(tmp_path / "outbox.sqlite", announcer=Announcer())) as outbox:
            assert outbox.flush(60)
    text = explained(tmp_path, *kept(), RunNote(AT_S + 30), LATER_OUTAGE)
    assert "yard/alarm: it fired once; not known what became of it: " in text
    why = "the service was killed in that second, or soon after, and the outbox does not have it."
    assert (why if has_outbox else f"the outbox cannot be asked: There is no outbox {tmp_path}/outbox.sqlite") in text
    assert "Next: look in SecurOS for the event." in text
    assert "connection refused" not in text.partition("Next:")[0]


def test_of_an_event_long_before_a_kill_the_kill_is_not_said(tmp_path: Path) -> None:
    with closing(Outbox(tmp_path / "outbox.sqlite", announcer=Announcer())) as outbox:
        assert outbox.flush(60)
    text = explained(tmp_path, *kept(), TargetNote(OLD, "", AT_S + 60), RunNote(AT_S + 90))
    assert "the outbox does not have it any more, and no line of the ledger says how it ended." in text
    assert "killed in that second" not in text


REFUSED = Again(3600.0, "camera 1: event failed: the call was rejected: no", counts_as_attempt=True)


def test_what_the_receiver_refuses_is_said_with_its_answer(tmp_path: Path) -> None:
    put(tmp_path, REFUSED)
    said = f"the last attempt failed: {REFUSED.reason}."
    assert f"yard/alarm: it fired once; not delivered yet: {said}" in explained(tmp_path, *kept(), RunNote(AT_S + 30))
    retry = DeliveryNote(EVENT_ID, DeliveryState.RETRY, AT_S + 2, OLD, REFUSED.reason, wait_s=5.0)
    text = explained(tmp_path, *kept(), retry, RunNote(AT_S + 30))
    said = f"1 attempt at 15:00:02 failed: {REFUSED.reason}, to go again after 5.00 s"
    assert f"it fired once; not delivered yet: {said}" in text, "the ledger has each attempt"


def test_an_outage_that_counts_no_attempt_is_not_said_to_have_had_one_alone(tmp_path: Path) -> None:
    with closing(Outbox(tmp_path / "outbox.sqlite", announcer=Announcer())) as outbox:
        assert outbox.put(builders.event("1", event_id=EVENT_ID, captured_at=AT), OLD)
        for _ in range(3):
            [delivery] = outbox.claim(OLD, 1).result(60)
            outbox.settle(delivery, Again(0.0, "connection refused"))
            assert outbox.flush(60)
    text = explained(tmp_path, *kept(), RunNote(AT_S + 30))
    assert "not delivered yet: the last attempt failed: connection refused." in text


@pytest.mark.parametrize(("camera", "is_held_up"), [("1", True), ("2", False)])
def test_what_waits_behind_a_refused_event_of_its_camera_says_so(tmp_path: Path, camera: str, is_held_up: bool) -> None:
    with closing(Outbox(tmp_path / "outbox.sqlite", announcer=Announcer())) as outbox:
        assert outbox.put(builders.event("1", captured_at=AT - timedelta(seconds=9)), OLD)
        [delivery] = outbox.claim(OLD, 1).result(60)
        outbox.settle(delivery, REFUSED)
        assert outbox.put(builders.event(camera, event_id=EVENT_ID, captured_at=AT), OLD)
        assert outbox.flush(60)
    text = explained(tmp_path, *kept(), RunNote(AT_S + 30))
    behind = f": it waits behind the event of 14:59:51, of which the last attempt failed: {REFUSED.reason}"
    assert f"it fired once; not delivered yet{behind if is_held_up else ''}." in text


def test_what_stands_first_waits_behind_nothing_though_an_older_event_is_for_its_camera_too(tmp_path: Path) -> None:
    """The older one still has to reach camera 1, and holds up camera 2 only."""
    with closing(Outbox(tmp_path / "outbox.sqlite", announcer=Announcer())) as outbox:
        assert outbox.put(builders.event("1", "2", captured_at=AT - timedelta(seconds=9)), OLD)
        [delivery] = outbox.claim(OLD, 1).result(60)
        outbox.settle(delivery, replace(REFUSED, holds_camera_ids=("2",)))
        assert outbox.put(builders.event("1", event_id=EVENT_ID, captured_at=AT), OLD)
        assert outbox.flush(60)
    assert "it fired once; not delivered yet." in explained(tmp_path, *kept(), RunNote(AT_S + 30))


def test_what_an_older_event_has_done_already_holds_nothing_up_though_another_one_does(tmp_path: Path) -> None:
    """The older one has reached camera 1; before the event there stands one that was not tried yet."""
    with closing(Outbox(tmp_path / "outbox.sqlite", announcer=Announcer())) as outbox:
        assert outbox.put(builders.event("1", "2", captured_at=AT - timedelta(seconds=9)), OLD)
        [delivery] = outbox.claim(OLD, 1).result(60)
        outbox.settle(delivery, replace(REFUSED, holds_camera_ids=("2",)))
        assert outbox.put(builders.event("1", captured_at=AT - timedelta(seconds=5)), OLD)
        assert outbox.put(builders.event("1", event_id=EVENT_ID, captured_at=AT), OLD)
        assert outbox.flush(60)
    assert "it fired once; not delivered yet." in explained(tmp_path, *kept(), RunNote(AT_S + 30))
