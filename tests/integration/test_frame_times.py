"""Events of every date that Python has: they are delivered, and the threads that write about them go on."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from securos_trigger import running
from securos_trigger.delivery.webhook import body_for
from securos_trigger.model import Reason
from securos_trigger.notices import Notice
from tests import builders
from tests.integration.fake_receivers import TOKEN, OldReceiver

ZONES = [None, UTC, timezone(timedelta(hours=23, minutes=59)), timezone(-timedelta(hours=23, minutes=59))]
ENDS = [end.replace(tzinfo=zone) for end in (datetime.min, datetime.max) for zone in ZONES]


@given(st.datetimes(timezones=st.sampled_from(ZONES[1:])), st.booleans())
@example(ENDS[1], True)
@example(ENDS[7], True)
def test_a_body_can_be_made_of_every_date(captured_at: datetime, late: bool) -> None:
    one = builders.delivery("1", captured_at_s=captured_at.timestamp(), is_time_uncertain=True)
    assert json.dumps(body_for(one, sent_at_s=time.time(), late=late))


def test_frames_of_any_date_make_events_of_now(tmp_path: Path) -> None:
    notices: list[Notice] = []
    with OldReceiver() as receiver:
        properties: dict[str, Any] = {
            "iss_ip": receiver.target.host,
            "iss_port": str(receiver.target.port),
            "iss_scheme": "http",
            "iss_password": TOKEN,
            "iss_camera_ids": "1",
            "event_source": "custom",
            "trigger": "go",
            "event_name": "Alarm",
            "event_description": "{{ frame_time }}",
            "interval": 0,
        }
        with running(
            properties, outbox=tmp_path / "outbox.sqlite", ledger=tmp_path / "ledger.jsonl", observers=(notices.append,)
        ) as node:
            for number, captured_at in enumerate(ENDS):
                assert node.process({"go": True}, at=float(number), captured_at=captured_at).reason is Reason.FIRED
                assert node.process({"go": False}, at=number + 0.5, captured_at=captured_at).reason
            assert node.drain(60)
            assert str(node.explain())
    assert len(receiver.bodies) == len(ENDS)
    now = datetime.now(UTC)
    for body in receiver.bodies:
        assert abs(datetime.fromisoformat(body["event_time"]) - now) < timedelta(minutes=1)
        assert body["late"] is False
    said = [notice.name for notice in notices]
    assert said.count("frame_time_replaced") == 1
    assert not {"thread_failed", "courier_failed", "ledger_failing"} & set(said)
