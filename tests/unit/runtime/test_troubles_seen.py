"""What notices have said: about sources for each pipeline, about the ledger until it recovers."""

from __future__ import annotations

import threading
import time
from datetime import datetime

import pytest

from securos_trigger.notices import Announcer, NoticeKind, kinds
from securos_trigger.runtime.troubles_seen import TroublesSeen
from securos_trigger.system.worker import Worker


def test_of_two_cameras_of_one_recorder_only_the_lost_one_is_lost() -> None:
    seen = TroublesSeen()
    announcer = Announcer([seen.observe])
    announcer.announce(
        kinds.SOURCE_LOST, pipeline="gate", source="192.0.2.20", reason="Connection refused", outage_s=""
    )
    assert seen.source("gate", "192.0.2.20")["source_lost_reason"] == "Connection refused"
    assert seen.source("yard", "192.0.2.20") == {"source_lost_reason": "", "source_lost_since": None}
    announcer.announce(kinds.SOURCE_RECOVERED, pipeline="gate", source="192.0.2.20", outage_s=1.0)
    assert seen.source("gate", "192.0.2.20")["source_lost_reason"] == ""


def test_a_source_is_lost_since_its_last_frame_and_not_since_the_time_out_that_found_it() -> None:
    seen = TroublesSeen()
    announcer = Announcer([seen.observe])
    before_s = time.time()
    announcer.announce(kinds.SOURCE_LOST, pipeline="gate", source="camera", reason="nothing came", outage_s=600.0)
    since_s = datetime.fromisoformat(seen.source("gate", "camera")["source_lost_since"]).timestamp()
    assert before_s - 601 < since_s < time.time() - 599
    announcer.announce(kinds.SOURCE_STILL_LOST, pipeline="gate", source="camera", reason="Connection refused")
    assert datetime.fromisoformat(seen.source("gate", "camera")["source_lost_since"]).timestamp() == since_s


def test_a_lost_source_is_no_trouble_any_more_when_its_pipeline_has_ended() -> None:
    """A reload with another address starts it again with a source of the same name: it was never lost."""
    seen = TroublesSeen()
    announcer = Announcer([seen.observe])
    for pipeline in ("yard", "gate"):
        announcer.announce(
            kinds.SOURCE_LOST, pipeline=pipeline, source="192.0.2.20", reason="404 Not Found", outage_s=""
        )
    counts = {
        "frames": 0,
        "frames_per_s": "0.0",
        "events": 0,
        "lost": 0,
        "decode_errors": 0,
        "failures": "",
        "reason": "",
        "fix": "",
    }
    announcer.announce(kinds.PIPELINE_ENDED, pipeline="yard", **counts)
    assert seen.source("yard", "192.0.2.20") == {"source_lost_reason": "", "source_lost_since": None}
    assert seen.source("gate", "192.0.2.20")["source_lost_reason"] == "404 Not Found"


def test_a_ledger_fails_until_it_is_written_again() -> None:
    seen = TroublesSeen()
    announcer = Announcer([seen.observe])
    assert seen.ledger() == {"is_failing": False, "failing_since": None, "reason": ""}
    announcer.announce(kinds.LEDGER_FAILING, path="a.jsonl", reason="the disk is full")
    assert (seen.ledger()["is_failing"], seen.ledger()["reason"]) == (True, "the disk is full")
    announcer.announce(kinds.LEDGER_RECOVERED, path="a.jsonl", count=3)
    assert seen.ledger() == {"is_failing": False, "failing_since": None, "reason": ""}


def test_images_and_messages_are_unwritten_until_they_are_written_again() -> None:
    seen = TroublesSeen()
    announcer = Announcer([seen.observe])
    announcer.announce(kinds.IMAGES_FAILING, path="/o.images", reason="the disk is full")
    held_up = {"pipeline": "yard", "source": "site", "reason": "disk I/O error", "fix": ""}
    announcer.announce(kinds.INPUT_HELD_UP, **held_up)
    assert [(one["what"], one["name"], one["reason"]) for one in seen.unwritten()] == [
        ("images of events", "/o.images", "the disk is full"),
        ("messages", "site", "disk I/O error"),
    ]
    announcer.announce(kinds.IMAGES_RECOVERED, path="/o.images", count=3)
    announcer.announce(kinds.INPUT_GOES_ON, pipeline="yard", source="site", outage_s=3.0)
    assert seen.unwritten() == []


def test_a_pipeline_that_ended_while_its_messages_were_not_written_is_no_trouble_any_more() -> None:
    """A reload ends it, and the one that follows says it again if it is still so."""
    seen = TroublesSeen()
    announcer = Announcer([seen.observe])
    for pipeline in ("yard", "gate"):
        announcer.announce(kinds.INPUT_HELD_UP, pipeline=pipeline, source="site", reason="disk I/O error", fix="")
    counts = {
        "frames": 1,
        "frames_per_s": "1.0",
        "events": 0,
        "lost": 0,
        "decode_errors": 0,
        "failures": "",
        "reason": "",
        "fix": "",
    }
    announcer.announce(kinds.PIPELINE_ENDED, pipeline="yard", **counts)
    assert [(one["pipeline"], one["name"]) for one in seen.unwritten()] == [("gate", "site")]
    announcer.announce(kinds.PIPELINE_FAILED, pipeline="gate", reason="a bug")
    assert seen.unwritten() == []


def test_a_receiver_that_answers_says_since_when_and_whether_a_step_of_the_latest_event_failed() -> None:
    seen = TroublesSeen()
    announcer = Announcer([seen.observe])
    about = {"event_name": "Person", "target": "https://a:1", "event_id": "e", "cameras": "1"}

    def done(reason: str, failed_cameras: str = "") -> dict[str, object]:
        more = {"latency_s": 0.1, "late": False, "duplicate": False, "failed_cameras": failed_cameras}
        announcer.announce(kinds.DELIVERY_DONE, **about, **more, reason=reason)
        return seen.target("https://a:1")

    assert seen.target("https://a:1")["healthy_since"] is None
    first = done("")
    assert first["is_healthy"] is True and "incomplete_reason" not in first
    partly = done("camera 1: recording failed: no archive")
    assert partly["incomplete_reason"] == "camera 1: recording failed: no archive"
    assert partly["healthy_since"] == first["healthy_since"]
    assert (
        done("camera 9: event refused: SecurOS knows no such camera", "9")["incomplete_reason"]
        == "camera 1: recording failed: no archive"
    )
    assert "incomplete_reason" not in done("")
    announcer.announce(kinds.TARGET_UNREACHABLE, target="https://a:1", reason="connection refused", outage_s="")
    assert seen.target("https://a:1")["is_healthy"] is False
    announcer.announce(kinds.TARGET_RECOVERED, target="https://a:1", outage_s=1.0)
    assert seen.target("https://a:1")["healthy_since"] is not None


def test_a_receiver_says_since_when_it_fails_and_since_when_it_fails_so(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 0.0
    for clock in ("time", "monotonic"):
        monkeypatch.setattr(time, clock, lambda: now_s)
    seen = TroublesSeen()
    announcer = Announcer([seen.observe])

    def after(kind: NoticeKind, at_s: float) -> tuple[float, float, str]:
        nonlocal now_s
        now_s = at_s
        announcer.announce(kind, target="https://a:1", reason="no", outage_s="")
        target = seen.target("https://a:1")
        began_at, so_at = (datetime.fromisoformat(target[key]) for key in ("failing_since", "trouble_since"))
        return round(began_at.timestamp(), 1), round(so_at.timestamp(), 1), target["trouble"]

    assert after(kinds.TARGET_UNREACHABLE, 10.0) == (10.0, 10.0, "unreachable")
    assert after(kinds.TARGET_UNREACHABLE, 20.0) == (10.0, 10.0, "unreachable"), "another reason of the same trouble"
    assert after(kinds.TARGET_UNAUTHORIZED, 30.0) == (10.0, 30.0, "unauthorized")
    assert after(kinds.TARGET_UNAUTHORIZED, 40.0) == (10.0, 30.0, "unauthorized")
    announcer.announce(kinds.TARGET_RECOVERED, target="https://a:1", outage_s=1.0)
    assert after(kinds.TARGET_UNAUTHORIZED, 50.0) == (50.0, 50.0, "unauthorized")


def test_a_receiver_that_hung_fails_since_its_first_attempt_and_not_since_that_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for clock in ("time", "monotonic"):
        monkeypatch.setattr(time, clock, lambda: 100.0)
    seen = TroublesSeen()
    Announcer([seen.observe]).announce(kinds.TARGET_UNREACHABLE, target="https://a:1", reason="no", outage_s=27.5)
    target = seen.target("https://a:1")
    for key in ("failing_since", "trouble_since"):
        assert datetime.fromisoformat(target[key]).timestamp() == pytest.approx(72.5, abs=0.01)


@pytest.mark.parametrize("set_by_s", [3_600.0, -3_600.0, 1_700_000_000.0])
def test_a_clock_that_is_set_while_the_service_runs_makes_no_trouble_older(
    set_by_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, now_s = TroublesSeen(), time.time()
    Announcer([seen.observe]).announce(kinds.TARGET_UNREACHABLE, target="https://a:1", reason="no", outage_s="")
    monkeypatch.setattr(time, "time", lambda: now_s + set_by_s)
    target = seen.target("https://a:1")
    for key in ("failing_since", "trouble_since"):
        assert datetime.fromisoformat(target[key]).timestamp() == pytest.approx(now_s + set_by_s, abs=30)


def test_a_camera_whose_recordings_fail_is_not_hidden_by_another_camera_of_the_receiver() -> None:
    seen = TroublesSeen()
    announcer = Announcer([seen.observe])

    def done(cameras: str, reason: str = "") -> dict[str, object]:
        about = {"event_name": "Person", "target": "https://a:1", "event_id": "e", "cameras": cameras}
        more = {"latency_s": 0.1, "late": False, "duplicate": False, "failed_cameras": ""}
        announcer.announce(kinds.DELIVERY_DONE, **about, **more, reason=reason)
        return seen.target("https://a:1")

    first = done("1", "camera 1: recording failed: no archive")
    other = done("2")
    assert other["incomplete_since"] == first["incomplete_since"]
    assert other["incomplete_reason"] == "camera 1: recording failed: no archive"
    assert "incomplete_reason" not in done("1,2")
    done("1", "camera 1: recording failed: no archive")
    announcer.announce(kinds.RELOAD_DONE, path="site.toml", count=1, changes="")
    assert "incomplete_reason" not in seen.target("https://a:1"), "the next event says it again"


def test_outcomes_of_another_gateway_are_a_trouble_until_they_end() -> None:
    seen = TroublesSeen()
    announcer = Announcer([seen.observe])
    assert seen.foreign_outcomes()["is_failing"] is False
    announcer.announce(kinds.OUTCOMES_FOREIGN, gateway="gate-1", event_id="e")
    foreign = seen.foreign_outcomes()
    assert (foreign["is_failing"], foreign["reason"]) == (True, "gate-1")
    announcer.announce(kinds.OUTCOMES_OWN_AGAIN, gateway="gate-1")
    assert seen.foreign_outcomes()["is_failing"] is False


def test_nothing_is_known_of_a_target_that_was_forgotten() -> None:
    seen = TroublesSeen()
    announcer = Announcer([seen.observe])
    never = (seen.target("https://a:1"), seen.unreadable("https://a:1"))
    announcer.announce(kinds.TARGET_UNREACHABLE, target="https://a:1", reason="no route", outage_s="")
    announcer.announce(kinds.CERTIFICATE_UNREADABLE, target="https://a:1", reason="bad")
    steps = {"event_name": "Alarm", "event_id": "e", "cameras": "1", "failed_cameras": "", "reason": "no archive"}
    announcer.announce(kinds.DELIVERY_DONE, target="https://a:1", latency_s=0.1, late=False, duplicate=False, **steps)
    assert (seen.target("https://a:1"), seen.unreadable("https://a:1")) != never
    seen.forget_target("https://a:1")
    assert (seen.target("https://a:1"), seen.unreadable("https://a:1")) == never


@pytest.mark.parametrize("is_left_behind", [False, True])
def test_a_worker_that_fails_when_its_pipeline_ends_is_no_trouble_of_its_successor(is_left_behind: bool) -> None:
    """Its successor has the same name and runs well: it has nothing to recover from, so it announces nothing."""
    seen = TroublesSeen()
    service = Announcer([seen.observe])
    of_yard, of_gate = service.of_pipeline("yard"), service.of_pipeline("gate")

    def failing() -> list[str]:
        return [one["name"] for one in seen.threads(set(), tasks_in="") if one["is_failing"]]

    def fail(closing: threading.Event) -> bool:
        has_failed.set()
        raise RuntimeError

    for announcer, pipelines in ((of_yard, ["yard"]), (of_gate, ["yard", "gate"])):
        has_failed = threading.Event()
        worker = Worker("mqtt-site", fail, announcer)
        worker.start()
        assert has_failed.wait(30.0)
        assert worker.close(30.0)
        assert failing() == ["mqtt-site"], pipelines
    if is_left_behind:
        of_yard.close()
        service.announce(kinds.PIPELINE_FAILED, pipeline="yard", reason="it has not ended within 10 s")
    else:
        counts = dict.fromkeys(
            ("frames", "frames_per_s", "events", "lost", "decode_errors", "failures", "reason", "fix"), ""
        )
        of_yard.announce(kinds.PIPELINE_ENDED, pipeline="yard", **counts)
    assert failing() == ["mqtt-site"], "that of the other pipeline, which has the same name"
    of_gate.announce(kinds.THREAD_RECOVERED, thread="mqtt-site", outage_s=1.0)
    assert failing() == []
