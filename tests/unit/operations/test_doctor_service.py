"""The doctor counts a fault once: what the service says of it, or what the examination of its cause finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from securos_trigger.doctor import Finding, Status
from securos_trigger.doctor.findings import failed, ok
from securos_trigger.operations.doctor_service import (
    service_findings,
    troubles_of_sources,
    troubles_of_target,
    unsaid_of_machine,
    unsaid_of_sources,
    unsaid_of_target,
)
from securos_trigger.operations.given_up_troubles import given_up_troubles
from securos_trigger.operations.service_report import ServiceReport, Verdict
from securos_trigger.operations.trouble import Trouble

TARGET = "https://vms.example:3443"
DOCTOR = "`securos-trigger doctor site.toml` says why."
DOWN = Trouble(f"{TARGET} takes no events since 14:03:07", DOCTOR, True, about={"target": TARGET})
LOST = Trouble("Pipeline gate: Gate gives no frames since 14:03:07", "Look at it.", True, about={"pipeline": "gate"})
SLOW = Trouble("Pipeline gate: detector1 is slow", "", True, about={"pipeline": "gate", "node": "detector1"})
REMEDY = "Free 64 MB on /data: 7 MB are free. Never: outbox.sqlite and the files beside it."
AGAIN = "`securos-trigger doctor site.toml` looks again."
FULL = Trouble("LOSING EVENTS: 3 lost: the disk is full", f"{REMEDY} {AGAIN}", True)
LEDGER = Trouble("The ledger cannot be written", f"Events go out. {DOCTOR}", True)
OVER = Trouble("EVENTS WERE LOST from 14:03 to 14:04", "Events are kept again.", True, is_over=True)
FULL_OUTBOX = {"is_failing": True, "reason": "the disk is full", "mounted_at": "/data"}
MACHINE = (
    ok("secrets", "from the environment"),
    failed("outbox", "outbox.sqlite takes no events: the disk is full", "Look at the disk."),
    failed("disk", "7 MB free", "Free 64 MB on /data."),
)


def report(*troubles: Trouble, **answer: Any) -> ServiceReport:
    return ServiceReport(Verdict.TROUBLE, troubles, {"is_running": True, **answer})


def counted(*findings: Finding) -> list[tuple[Status, str]]:
    return [(one.status, one.text) for one in findings]


def test_what_is_said_where_its_cause_is_examined_is_not_said_of_the_service() -> None:
    found = report(DOWN, LOST, SLOW)
    below = {*troubles_of_target(found, TARGET), *troubles_of_sources(found)}
    assert counted(*service_findings(found, below=below)) == [(Status.FAILED, SLOW.text)]
    assert troubles_of_target(found, "https://other.example:3443") == ()


def test_of_placed_pipelines_everything_is_said_of_the_service() -> None:
    placed = report(DOWN, LOST, placed=())
    assert troubles_of_target(placed, TARGET) == troubles_of_sources(placed) == ()
    assert [one.text for one in service_findings(placed)] == [DOWN.text, LOST.text]


def test_a_receiver_that_fails_in_its_examination_is_one_fault() -> None:
    assert [*unsaid_of_target([DOWN], [failed("port", "3443 is closed")])] == []


def test_a_receiver_that_works_for_the_doctor_alone_still_fails() -> None:
    for found in ([ok("port", "3443 is open")], [failed("camera 22", "SecurOS knows no such camera")]):
        [left] = unsaid_of_target([DOWN], found)
        assert (left.status, left.text) == (Status.FAILED, DOWN.text)
        assert left.fix.startswith("Nothing that was examined there fails now.")


def test_a_wrong_camera_is_one_fault_and_a_camera_that_is_there_now_is_said_of_the_service() -> None:
    of = {"camera": "22", "target": TARGET, "since": "2026-11-29T14:03:07Z", "count": 3, "reason": "unknown camera"}
    now = datetime(2026, 11, 29, 15, tzinfo=UTC)
    [wrong] = given_up_troubles([of], now, senders=[{"address": "g/p", "target": TARGET, "camera_ids": ["22"]}])
    [both] = given_up_troubles([of, {**of, "camera": "11"}], now)
    examined = [ok("camera 11", "Gate"), failed("camera 22", "SecurOS knows no such camera")]
    for said in (wrong, both):
        assert troubles_of_target(report(said), TARGET) == (said,)
    assert [*unsaid_of_target([wrong], examined)] == []
    for unexplained, found in ((both, examined), (wrong, examined[:1]), (wrong, [failed("port", "3443 is closed")])):
        assert counted(*unsaid_of_target([unexplained], found)) == [(Status.FAILED, unexplained.text)]


def test_a_source_that_fails_in_its_examination_is_one_fault_and_another_ones_is_none() -> None:
    found = replace(failed("source", "gate: Gate gives no frame: refused"), pipeline="gate")
    assert [*unsaid_of_sources([LOST], [found])] == [found]
    others = (
        replace(failed("source", "gate 2: Gate gives no frame"), pipeline="gate 2"),
        failed("model", "gate, detector1: no such file"),
    )
    assert counted(*unsaid_of_sources([LOST], others)) == [*counted(*others), (Status.FAILED, LOST.text)]


def test_a_full_disk_is_said_once_with_one_remedy() -> None:
    said = report(FULL, outbox=FULL_OUTBOX)
    found = (*service_findings(said), *unsaid_of_machine(said, MACHINE))
    assert [one.fix for one in found if one.status is Status.FAILED] == [REMEDY]


def test_a_remedy_stays_whole_but_for_the_doctor_who_says_it() -> None:
    fixes = [one.fix for one in service_findings(report(FULL, LEDGER, LOST))]
    assert fixes == [REMEDY, "Events go out. The other lines may show the cause.", LOST.fix]


def test_a_disk_of_which_the_service_says_nothing_fails_itself() -> None:
    for said in (report(OVER, outbox={"is_failing": False, "reason": ""}), report(outbox=FULL_OUTBOX), report()):
        assert [*unsaid_of_machine(said, MACHINE)] == [*MACHINE]


def test_a_fault_that_is_over_is_a_warning() -> None:
    assert counted(*service_findings(report(OVER))) == [(Status.WARNING, OVER.text)]
