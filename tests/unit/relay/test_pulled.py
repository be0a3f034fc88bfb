"""How old and how late a pulled delivery is, by the clock of `deliver`."""

from __future__ import annotations

from typing import cast

from nats.aio.msg import Msg

from securos_trigger.model import Delivery
from securos_trigger.relay.messages import RelayedEvent
from securos_trigger.relay.pulled import Pulled, PulledDeliveries
from tests import builders

NOW_S = 1_800_000_000.0


def pulled_of(delivery: Delivery, age_s: float) -> PulledDeliveries:
    made = PulledDeliveries(lambda _pulled, _delivery, _end: None, clock=lambda: NOW_S)
    event = RelayedEvent("gate-1", delivery, age_s)
    made.take_all([Pulled(cast(Msg, None), event, delivery, NOW_S - age_s)])
    return made


def test_the_clock_of_the_gateway_makes_no_event_late() -> None:
    delivery = builders.delivery("1", captured_at_s=NOW_S + 3600.0)
    made = pulled_of(delivery, 2.0)
    assert made.captured_at_s(delivery) == NOW_S - 2.0
    assert made.age(delivery).age_s == 2.0


def test_what_a_person_sends_again_is_as_late_as_it_is_and_its_age_begins_again() -> None:
    delivery = builders.delivery("1", captured_at_s=NOW_S - 7200.0, retried_at_s=NOW_S - 5.0)
    made = pulled_of(delivery, 5.0)
    assert made.captured_at_s(delivery) == NOW_S - 7200.0
    assert made.age(delivery).age_s == 5.0
