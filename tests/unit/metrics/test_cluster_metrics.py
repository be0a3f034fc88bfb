"""The figures of a cluster: they are there where there is one, and last as long as what they say."""

from __future__ import annotations

import pytest

from securos_trigger.metrics.collection import Metrics
from securos_trigger.notices import Notice, kinds

TARGET = "https://vms.example:3000"


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_a_receiver_that_deliver_cannot_serve_is_shown_as_long_as_that_lasts(metrics: Metrics) -> None:
    unserved = {TARGET}
    metrics.watch_receivers([TARGET, "https://other.example:3000"], lambda: unserved)
    name = "securos_trigger_target_unserved"
    assert value(metrics, name, target=TARGET) == 1
    assert value(metrics, name, target="https://other.example:3000") == 0
    unserved.clear()
    assert value(metrics, name, target=TARGET) == 0


def test_outcomes_of_another_gateway_do_not_say_that_the_cluster_is_down(metrics: Metrics) -> None:
    metrics.observe(Notice(kinds.OUTCOMES_FOREIGN, fields={"gateway": "gate-1", "event_id": "1"}))
    assert value(metrics, "securos_trigger_outcomes_foreign") == 1
    assert value(metrics, "securos_trigger_cluster_up") is None
    metrics.observe(Notice(kinds.CLUSTER_LOST, fields={"reason": "no answer in time"}))
    assert value(metrics, "securos_trigger_cluster_up") == 0


def test_outcomes_of_another_gateway_are_shown_until_they_are_over(metrics: Metrics) -> None:
    name = "securos_trigger_outcomes_foreign"
    assert value(metrics, name) is None, "there is no cluster"
    metrics.observe(Notice(kinds.CLUSTER_REACHED, fields={"server": "nats://one:4222"}))
    assert value(metrics, name) == 0
    metrics.observe(Notice(kinds.OUTCOMES_FOREIGN, fields={"gateway": "gate-1", "event_id": "1"}))
    assert value(metrics, name) == 1
    assert value(metrics, "securos_trigger_cluster_up") == 1
    metrics.observe(Notice(kinds.OUTCOMES_OWN_AGAIN, fields={"gateway": "gate-1"}))
    assert value(metrics, name) == 0
