"""An event that cannot be kept is given back to its node: it may fire again before its interval has passed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from securos_trigger import Reason, running

AN_HOUR_S = 3600
PROPERTIES: dict[str, Any] = {
    "iss_ip": "127.0.0.1",
    "iss_port": "9",
    "iss_scheme": "http",
    "iss_password": "token",
    "event_source": "custom",
    "trigger": "go",
    "event_name": "Alarm",
    "interval": AN_HOUR_S,
}


def test_an_event_that_was_not_kept_does_not_start_the_interval(tmp_path: Path) -> None:
    with running(PROPERTIES, outbox=tmp_path / "outbox.sqlite", drain_s=0) as node:
        kept = [node.process({"go": True}, at=at).reason for at in (0.0, 120.0)]
    # The outbox is closed now and takes no more. Two minutes are longer than any pause after a loss.
    lost = [node.process({"go": True}, at=at).reason for at in (AN_HOUR_S, AN_HOUR_S + 120.0)]
    assert kept == [Reason.FIRED, Reason.INTERVAL]
    assert lost == [Reason.FIRED, Reason.FIRED]


def test_an_earlier_event_that_was_not_kept_may_be_raised_again(tmp_path: Path) -> None:
    built_in = {name: PROPERTIES[name] for name in ("iss_ip", "iss_port", "iss_scheme", "iss_password")}

    def raised(event_id: str) -> dict[str, Any]:
        return {"nodes": {"event1": {"event_delta": 1, "event_state": 1, "event": "Turn", "event_id": event_id}}}

    with running(built_in, outbox=tmp_path / "outbox.sqlite", drain_s=0) as node:
        kept = [node.process(raised("a"), at=at).reason for at in (0.0, 120.0)]
    lost = [node.process(raised("b"), at=at).reason for at in (240.0, 360.0)]
    assert kept == [Reason.FIRED, Reason.DUPLICATE]
    assert lost == [Reason.FIRED, Reason.FIRED]
