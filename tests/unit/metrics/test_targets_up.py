"""Which receivers are reached, as their notices and those of the cluster say."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry

from securos_trigger.metrics.targets_up import TargetsUp
from securos_trigger.notices import Notice, kinds

ONE, TWO = "https://one:3443", "https://two:3443"
DOWN = Notice(kinds.TARGET_UNREACHABLE, fields={"target": ONE, "reason": "down"})
BACK = Notice(kinds.TARGET_RECOVERED, fields={"target": ONE, "outage_s": 3.0})
CLUSTER_LOST = Notice(kinds.CLUSTER_LOST, fields={"reason": "no route", "fix": "look"})
CLUSTER_BACK = Notice(kinds.CLUSTER_RECOVERED, fields={"server": "nats://two:4222", "outage_s": 3.0})


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def up(registry: CollectorRegistry) -> TargetsUp:
    return TargetsUp(registry)


def shown(registry: CollectorRegistry) -> dict[str, float]:
    """The figure of each receiver."""
    return {
        sample.labels["target"]: sample.value
        for family in registry.collect()
        for sample in family.samples
        if sample.name == "securos_trigger_target_up"
    }


def test_without_its_cluster_a_gateway_reaches_no_receiver(up: TargetsUp, registry: CollectorRegistry) -> None:
    up.serve([ONE])
    assert shown(registry) == {ONE: 1}
    up.observe(CLUSTER_LOST)
    assert shown(registry) == {ONE: 0}
    up.serve([ONE, TWO])
    assert shown(registry) == {ONE: 0, TWO: 0}, "a node that a reload brought"
    up.observe(CLUSTER_BACK)
    assert shown(registry) == {ONE: 1, TWO: 1}


def test_a_receiver_that_was_down_before_the_cluster_was_lost_is_down_after_it(
    up: TargetsUp, registry: CollectorRegistry
) -> None:
    up.serve([ONE, TWO])
    for notice in (DOWN, CLUSTER_LOST, CLUSTER_BACK):
        up.observe(notice)
    assert shown(registry) == {ONE: 0, TWO: 1}
    up.observe(BACK)
    assert shown(registry) == {ONE: 1, TWO: 1}


def test_a_receiver_that_failed_before_it_was_served_is_not_up(up: TargetsUp, registry: CollectorRegistry) -> None:
    up.observe(DOWN)
    up.serve([ONE])
    assert shown(registry) == {ONE: 0}


def test_a_deliver_without_its_cluster_says_of_a_receiver_what_it_said_last(
    up: TargetsUp, registry: CollectorRegistry
) -> None:
    for notice in (DOWN, BACK, CLUSTER_LOST):
        up.observe(notice)
    assert shown(registry) == {ONE: 1}, "it sends what it has; that the cluster is lost, cluster_up says"


def test_what_is_served_no_more_is_not_shown(up: TargetsUp, registry: CollectorRegistry) -> None:
    up.serve([ONE, TWO])
    up.serve([TWO])
    assert shown(registry) == {TWO: 1}
