"""The clock of a real receiver, or of a proxy before it, beside that of the sender: seen in its answers, until it ends."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from pathlib import Path

import pytest

from securos_trigger.delivery import BackOff, Connection, Couriers, DeliveryPolicy, Webhook
from securos_trigger.delivery.webhook import receiver_clock
from securos_trigger.model import Target
from securos_trigger.notices import Announcer, Notice
from securos_trigger.outbox import Outbox
from securos_trigger.runtime.troubles_seen import TroublesSeen
from securos_trigger.vms.simulator import Simulator
from tests.integration.fake_receivers import TOKEN, RawServer, saying
from tests.integration.test_courier import LIMIT_S, event
from tests.integration.test_service_status import wait_until
from tests.integration.test_webhook import close, delivery

HOUR_S = 3600.0


@pytest.fixture(autouse=True)
def _every_answer_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver_clock, "READ_EVERY_S", 0.0)


def test_a_sender_an_hour_ahead_of_a_real_receiver_is_said_until_it_is_put_right_also_over_a_reload(
    tmp_path: Path,
) -> None:
    ahead_s = HOUR_S
    notices: list[Notice] = []
    seen = TroublesSeen()
    announcer = Announcer([notices.append, seen.observe])
    with Simulator(["1"]) as simulator:
        assert simulator.certificate is not None
        target = Target("https", "127.0.0.1", simulator.receiver_port)
        pin = simulator.settings()["iss_certificate_sha256"]
        connection = Connection(target, simulator.token, certificate_sha256=pin)
        outbox = Outbox(tmp_path / "outbox.db", announcer=announcer)
        policy = DeliveryPolicy(back_off=BackOff(0.02, 0.1), max_at_once=1)
        couriers = Couriers(
            outbox, [connection], announcer=announcer, policy=policy, clock=lambda: time.time() + ahead_s
        )
        couriers.start()

        def deliver(number: int) -> None:
            for _ in range(number):
                assert outbox.put(event("1"), str(target))
            assert couriers.drain(LIMIT_S)

        try:
            deliver(4)
            wait_until(lambda: seen.clock_apart(str(target))["clock_apart_s"] is not None)
            assert seen.clock_apart(str(target))["clock_apart_s"] == -HOUR_S
            assert seen.clock_apart(str(target))["clock_apart_since"]
            assert seen.target(str(target))["is_healthy"], "events go out all the same"
            assert couriers.change([couriers.prepare(connection)])  # as a reload does, with another webhook
            ahead_s = 0.0
            deliver(4)
            nothing = {"clock_apart_s": None, "clock_apart_since": None}
            wait_until(lambda: seen.clock_apart(str(target)) == nothing)
        finally:
            couriers.close(2.0)
            assert outbox.close(LIMIT_S)
    said = [one.name for one in notices if one.name.startswith("target_clock")]
    assert said == ["target_clock_apart", "target_clock_agrees"]


def test_a_check_while_nothing_is_sent_sees_it_too() -> None:
    notices: list[Notice] = []

    async def check(simulator: Simulator, ahead_s: float) -> None:
        target = Target("https", "127.0.0.1", simulator.receiver_port)
        connection = Connection(target, TOKEN, certificate_sha256=simulator.settings()["iss_certificate_sha256"])
        webhook = Webhook(connection, announcer=Announcer([notices.append]), clock=lambda: time.time() + ahead_s)
        for _ in range(receiver_clock.IN_A_ROW):
            await webhook.check(asks_health=True)
        await close(webhook)

    with Simulator(["1"]) as simulator:
        asyncio.run(check(simulator, 0.0))
        assert notices == []
        asyncio.run(check(simulator, -HOUR_S))
    [notice] = notices
    assert (notice.name, notice.fields["apart_s"]) == ("target_clock_apart", HOUR_S)


@pytest.mark.parametrize(
    ("behind_s", "header", "said"),
    [(HOUR_S, "", ["target_clock_apart"]), (HOUR_S, "Age: 3600\r\n", []), (0.0, "", []), (None, "", [])],
)
def test_what_stands_before_a_receiver_gives_its_own_time(behind_s: float | None, header: str, said: list[str]) -> None:
    """Any answer counts, also that of a proxy to which the receiver does not answer."""
    notices: list[Notice] = []
    date = "" if behind_s is None else f"Date: {formatdate(time.time() - behind_s, usegmt=True)}\r\n"
    text = f"HTTP/1.1 502 Bad Gateway\r\n{date}{header}Content-Length: 0\r\nConnection: close\r\n\r\n"

    async def send(target: Target) -> None:
        webhook = Webhook(Connection(target, TOKEN), announcer=Announcer([notices.append]))
        for _ in range(receiver_clock.IN_A_ROW):
            await webhook.attempt(delivery("1"), late=False)
        await close(webhook)

    with RawServer(saying(text.encode())) as server:
        asyncio.run(send(server.target))
    assert [one.name for one in notices] == said
