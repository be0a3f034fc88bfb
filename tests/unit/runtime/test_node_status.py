"""What `status` says of a trigger node whose events go out with another time, or without their boxes, and when it ends."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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
