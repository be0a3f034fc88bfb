"""What `status` says of a trigger node whose events go out with another time, or without their boxes, and when it ends."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import securos_trigger
from securos_trigger.runtime.node_status import node_answer

NODE: dict[str, Any] = {
    "iss_ip": "127.0.0.1",
    "iss_port": 9,
    "iss_password": "s3cret",
    "event_source": "custom",
    "trigger": "people > 0",
    "event_name": "Somebody",
    "iss_camera_ids": "1",
    "send_bounding_boxes": True,
}


def test_a_time_that_cannot_be_one_and_a_frame_without_a_size_last_until_a_right_one_comes(tmp_path: Path) -> None:
    with securos_trigger.running(NODE, outbox=tmp_path / "outbox.sqlite", observers=(), drain_s=0) as live:

        def said(at: float, captured_at: datetime, size: tuple[int, int] | None) -> tuple[Any, Any]:
            live.process({"people": 1}, at, captured_at=captured_at, frame_size=size)
            answer = node_answer(live)
            return answer["times_replaced_since"], answer["boxes_missing_since"]

        now = datetime.now(UTC)
        assert said(0.0, now, (640, 480)) == (None, None)
        first = said(100.0, datetime(1900, 1, 1, tzinfo=UTC), None)
        assert None not in first
        assert said(200.0, datetime(1900, 1, 1, tzinfo=UTC), None) == first
        assert said(300.0, now, (640, 480)) == (None, None)


@pytest.mark.parametrize("set_by_s", [3_600.0, -3_600.0, 1_000_000_000.0])
def test_a_clock_that_is_set_while_the_service_runs_makes_nothing_older(
    tmp_path: Path, set_by_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    with securos_trigger.running(NODE, outbox=tmp_path / "outbox.sqlite", observers=(), drain_s=0) as live:
        live.process({"people": 1}, 0.0, captured_at=datetime(1900, 1, 1, tzinfo=UTC))
        now_s = time.time()
        monkeypatch.setattr(time, "time", lambda: now_s + set_by_s)
        answer = node_answer(live)
    for key in ("last_event_at", "times_replaced_since", "boxes_missing_since"):
        assert datetime.fromisoformat(answer[key]).timestamp() == pytest.approx(now_s + set_by_s, abs=30), key
