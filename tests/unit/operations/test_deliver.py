"""What `deliver` makes of its configuration."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.config.deliver import parse_deliver_config
from securos_trigger.config.deliver_file import control_places_of
from securos_trigger.notices import Announcer, kinds
from securos_trigger.operations.deliver import deliver_status, receivers_of
from securos_trigger.operations.service_report import Verdict
from securos_trigger.runtime.control import ControlServer, Service
from securos_trigger.runtime.deliver_status import DeliverStatus

CONFIGURATION = """
expire_after_days = 2
late_per_s = 7
[relay]
servers = ["nats://127.0.0.1:4222"]
[[receivers]]
iss_ip = "vms.example"
iss_port = "3443"
iss_password = "secret"
record_max_lateness = 9
[[receivers]]
iss_ip = "other.example"
iss_scheme = "http"
iss_password = "other"
"""


def test_each_receiver_has_its_own_way_and_rules() -> None:
    first, second = receivers_of(parse_deliver_config(CONFIGURATION, base=Path("/etc")))
    assert [str(one.connection.target) for one in (first, second)] == [
        "https://vms.example:3443",
        "http://other.example:3000",
    ]
    assert [one.connection.token for one in (first, second)] == ["secret", "other"]
    assert (first.policy.record_max_lateness_s, second.policy.record_max_lateness_s) == (9.0, 30.0)
    assert (first.policy.expire_after_s, first.policy.late_per_s) == (2 * 86_400.0, 7.0)


def test_the_status_needs_no_secret_and_an_error_is_said_as_one(tmp_path: Path) -> None:
    config = tmp_path / "deliver.toml"
    config.write_text('state_folder = "state"\n' + CONFIGURATION.replace('"secret"', '{ env = "NO_SUCH_VARIABLE" }'))
    (tmp_path / "state").mkdir()
    now = datetime.now(UTC)
    assert deliver_status(config, now=now).verdict is Verdict.NOT_RUNNING
    service = Service(None, status=lambda: {"error": "it has a fault"}, reload=lambda _path: {})
    server = ControlServer(service, Announcer([]), control_places_of(config)[0])
    try:
        report = deliver_status(config, now=now)
        assert (report.verdict, report.has_answered) == (Verdict.TROUBLE, False)
        assert [(one.text, one.needs_person) for one in report.troubles] == [("it has a fault", True)]
    finally:
        server.close()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "It is not known yet which deliver serves https://a:1"),
        (
            {"failing_since": "2026-03-02T03:12:00.000Z", "reason": "no answer in time"},
            "https://a:1 is not served since 03:12:00 (5 min): no answer in time",
        ),
        ({"owner": "deliver-2, process 7"}, ""),
        ({"is_served": True}, ""),
    ],
)
def test_a_receiver_that_no_deliver_is_known_to_serve_is_a_remark(
    tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    config = tmp_path / "deliver.toml"
    config.write_text('state_folder = "state"\n' + CONFIGURATION)
    (tmp_path / "state").mkdir()
    status = DeliverStatus(["https://a:1"])
    Announcer([status.observe]).announce(kinds.CLUSTER_REACHED, server="nats://one:4222")

    def answer() -> dict[str, Any]:
        answer = status.answer()
        return {**answer, "targets": [{**answer["targets"][0], **changed, "is_in_clear": False}]}

    server = ControlServer(Service(None, status=answer), Announcer([]), control_places_of(config)[0])
    try:
        report = deliver_status(config, now=datetime(2026, 3, 2, 3, 17, tzinfo=UTC))
    finally:
        server.close()
    assert report.verdict is Verdict.HEALTHY
    assert [(one.text, one.needs_person) for one in report.troubles] == ([(said, False)] if said else [])


@pytest.mark.parametrize(
    ("camera", "said", "ways"),
    [
        (
            "9",
            "Camera 9 of https://a:1 gets no events",
            "then there `securos-trigger outbox retry GATEWAY.toml --camera 9=RIGHT --target https://a:1`.",
        ),
        (
            "",
            "https://a:1 gets no events without a camera",
            "there: `securos-trigger outbox retry GATEWAY.toml --camera '=RIGHT' --target https://a:1`.",
        ),
    ],
)
def test_a_camera_that_gets_no_events_is_corrected_at_its_gateway(
    tmp_path: Path, camera: str, said: str, ways: str
) -> None:
    """`dead-letters retry` would send them to the wrong camera again."""
    config = tmp_path / "deliver.toml"
    config.write_text('state_folder = "state"\n' + CONFIGURATION)
    (tmp_path / "state").mkdir()
    one = {
        "target": "https://a:1",
        "camera": camera,
        "since": "2026-03-02T03:12:00.000Z",
        "reason": "unknown",
        "count": 2,
    }
    answer = {"cluster": {"is_reached": True}, "targets": [], "given_up": [one], "threads": []}
    server = ControlServer(Service(None, status=lambda: answer), Announcer([]), control_places_of(config)[0])
    try:
        [trouble] = deliver_status(config, now=datetime(2026, 3, 2, 3, 17, tzinfo=UTC)).troubles
    finally:
        server.close()
    assert trouble.text.startswith(said)
    assert trouble.fix.endswith(ways)
