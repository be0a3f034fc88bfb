"""What is counted for Prometheus, under the names that docs/metrics.md promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import generate_latest

from securos_trigger import TriggerSecurOSEvent
from securos_trigger.metrics.collection import Figures, InputFigures, Metrics, PipelineFigures, TargetFigures
from securos_trigger.metrics.declarations import METRICS
from securos_trigger.model import Address
from securos_trigger.notices import KINDS, Notice, kinds
from securos_trigger.runtime.metric_figures import node_figures
from securos_trigger.system.package_version import package_version

TARGET = "https://vms.example:3000"


def node(iss_ip: str = "vms.example") -> TriggerSecurOSEvent:
    return TriggerSecurOSEvent(
        node_id="alarm",
        iss_ip=iss_ip,
        iss_password="token",
        event_source="custom",
        trigger="people > 0",
        event_name="{{ who }}",
    )


def figures(trigger: TriggerSecurOSEvent) -> Figures:
    return Figures(
        nodes=lambda: [node_figures(Address("yard", "", "alarm"), trigger)],
        sources=lambda: [("yard", "camera")],
        pipelines=lambda: {"yard": PipelineFigures(700, 5, 2, {"alarm": 0, "crowd": 3}, {"crowd"})},
        targets=lambda: {
            TARGET: TargetFigures(12, 31.5, 4, 61.0),
            "https://busy.example:3000": TargetFigures(None, 7.0),
        },
        outbox=lambda: {"waiting": 3, "delivered": 4},
        kept=lambda: 7,
        already_there=lambda: 3,
        not_kept=lambda: 2,
        ledger_dropped=lambda: 1,
        inputs=lambda: {"site": InputFigures(3, {"gate": {"new": 2, "duplicate": 5}, "": {"malformed": 1}})},
        given_up=lambda: {TARGET: 2},
        certificates=lambda: {TARGET: (1_800_000_000.5, True)},
    )


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_what_nodes_and_outbox_count_is_read_when_somebody_asks(metrics: Metrics) -> None:
    trigger = node()
    metrics.watch(figures(trigger))
    for at, people in enumerate((0, 0, 1)):
        trigger.process({"people": people}, float(at))
    where = {"pipeline": "yard", "node": "alarm"}
    assert value(metrics, "securos_trigger_decisions_total", **where, reason="condition_false") == 2
    assert value(metrics, "securos_trigger_decisions_total", **where, reason="fired") == 1
    assert value(metrics, "securos_trigger_decisions_total", **where, reason="interval") == 0
    assert value(metrics, "securos_trigger_flags_total", **where, flag="undefined") == 1
    assert value(metrics, "securos_trigger_frames_total", pipeline="yard") == 700
    assert value(metrics, "securos_trigger_outbox_deliveries", state="waiting") == 3
    assert value(metrics, "securos_trigger_events_kept_total") == 7
    assert value(metrics, "securos_trigger_events_not_kept_total") == 2
    assert value(metrics, "securos_trigger_events_already_there_total") == 3
    assert value(metrics, "securos_trigger_ledger_dropped_total") == 1


def test_pipelines_and_what_waits_for_receivers_are_read_when_somebody_asks(metrics: Metrics) -> None:
    metrics.watch(figures(node()))
    assert value(metrics, "securos_trigger_frames_left_out_total", pipeline="yard") == 5
    assert value(metrics, "securos_trigger_decode_errors_total", pipeline="yard") == 2
    assert value(metrics, "securos_trigger_node_failures_total", pipeline="yard", node="crowd") == 3
    assert value(metrics, "securos_trigger_node_failures_total", pipeline="yard", node="alarm") == 0
    assert value(metrics, "securos_trigger_node_failing", pipeline="yard", node="crowd") == 1
    assert value(metrics, "securos_trigger_node_failing", pipeline="yard", node="alarm") == 0
    assert value(metrics, "securos_trigger_target_waiting", target=TARGET) == 12
    assert value(metrics, "securos_trigger_target_relayed", target=TARGET) == 4
    assert value(metrics, "securos_trigger_target_relayed_oldest_age_seconds", target=TARGET) == 61.0
    assert value(metrics, "securos_trigger_target_oldest_age_seconds", target=TARGET) == 31.5
    assert value(metrics, "securos_trigger_target_given_up_cameras", target=TARGET) == 2
    about = {"target": TARGET, "is_refused_when_expired": "true"}
    assert value(metrics, "securos_trigger_target_certificate_ends_seconds", **about) == 1_800_000_000.5
    busy = "https://busy.example:3000"
    assert value(metrics, "securos_trigger_target_waiting", target=busy) is None, "not counted is not 0"
    assert value(metrics, "securos_trigger_target_oldest_age_seconds", target=busy) == 7.0
    assert value(metrics, "securos_trigger_build_info", version=package_version()) == 1


def test_messages_of_inputs_are_counted_by_camera_and_verdict(metrics: Metrics) -> None:
    metrics.watch(figures(node()))
    name = "securos_trigger_input_messages_total"
    assert value(metrics, name, pipeline="site", camera="gate", verdict="new") == 2
    assert value(metrics, name, pipeline="site", camera="gate", verdict="duplicate") == 5
    assert value(metrics, name, pipeline="site", camera="", verdict="malformed") == 1
    assert value(metrics, "securos_trigger_input_waiting", pipeline="site") == 3


def test_a_source_is_up_until_it_is_lost_and_again_when_it_is_back(metrics: Metrics) -> None:
    sources = [("yard", "nvr"), ("gate", "nvr")]
    lost = Notice(kinds.SOURCE_LOST, fields={"pipeline": "gate", "source": "nvr", "reason": "refused"})
    metrics.observe(lost)
    metrics.watch(replace(figures(node()), sources=lambda: sources))
    assert value(metrics, "securos_trigger_source_up", pipeline="yard", source="nvr") == 1
    assert value(metrics, "securos_trigger_source_up", pipeline="gate", source="nvr") == 0, (
        "it was lost before the figures were there"
    )
    assert value(metrics, "securos_trigger_source_reconnects_total", pipeline="gate", source="nvr") == 0
    metrics.observe(Notice(kinds.SOURCE_RECOVERED, fields={"pipeline": "gate", "source": "nvr", "outage_s": 3}))
    assert value(metrics, "securos_trigger_source_up", pipeline="gate", source="nvr") == 1
    assert value(metrics, "securos_trigger_source_reconnects_total", pipeline="gate", source="nvr") == 1
    metrics.observe(lost)
    assert value(metrics, "securos_trigger_source_up", pipeline="gate", source="nvr") == 0
    metrics.observe(Notice(kinds.PIPELINE_ENDED, fields={"pipeline": "gate"}))
    assert value(metrics, "securos_trigger_source_up", pipeline="gate", source="nvr") == 1, "another one is opened"
    frozen = {"pipeline": "yard", "source": "nvr"}
    for kind, more, expected in (
        (kinds.SOURCE_FROZEN, {"reason": "its images have been the same for 60 s"}, 1),
        (kinds.SOURCE_MOVES_AGAIN, {"outage_s": 90.0}, 0),
    ):
        metrics.observe(Notice(kind, fields={**frozen, **more}))
        assert value(metrics, "securos_trigger_source_frozen", **frozen) == expected
    assert value(metrics, "securos_trigger_source_frozen", pipeline="gate", source="nvr") == 0
    sources.remove(("gate", "nvr"))
    metrics.observe(Notice(kinds.RELOAD_DONE, fields={"path": "site.toml", "count": 1, "changes": ""}))
    assert value(metrics, "securos_trigger_source_up", pipeline="gate", source="nvr") is None


def test_after_a_reload_new_targets_and_sources_count_from_zero_and_a_removed_target_is_neither_up_nor_down(
    metrics: Metrics,
) -> None:
    alarm, sources = Address("yard", "", "alarm"), [("yard", "nvr")]
    nodes = [node_figures(alarm, node())]
    metrics.watch(replace(figures(node()), nodes=lambda: nodes, sources=lambda: sources))
    metrics.observe(Notice(kinds.TARGET_UNREACHABLE, fields={"target": TARGET, "reason": "down"}))
    assert value(metrics, "securos_trigger_target_up", target=TARGET) == 0
    nodes[0] = node_figures(alarm, node(iss_ip="other.example"))
    sources.append(("gate", "nvr"))
    metrics.observe(Notice(kinds.RELOAD_DONE, fields={"path": "site.toml", "count": 1, "changes": ""}))
    assert value(metrics, "securos_trigger_target_up", target=TARGET) is None
    other = nodes[0].target
    assert value(metrics, "securos_trigger_target_up", target=other) == 1
    assert value(metrics, "securos_trigger_deliveries_total", target=other, outcome="dead") == 0
    assert value(metrics, "securos_trigger_source_losses_total", pipeline="gate", source="nvr") == 0


def test_a_cluster_is_up_or_down_where_there_is_one(metrics: Metrics) -> None:
    assert value(metrics, "securos_trigger_cluster_up") is None
    for kind, fields, is_up in (
        (kinds.CLUSTER_REACHED, {"server": "nats://one:4222"}, 1),
        (kinds.CLUSTER_LOST, {"reason": "no route", "fix": "look"}, 0),
        (kinds.CLUSTER_RECOVERED, {"server": "nats://two:4222", "outage_s": 3.0}, 1),
    ):
        metrics.observe(Notice(kind, fields=fields))
        assert value(metrics, "securos_trigger_cluster_up") == is_up


def test_deliveries_are_counted_by_how_they_ended(metrics: Metrics) -> None:
    metrics.watch(figures(node()))
    done: dict[str, Any] = {"target": TARGET, "latency_s": 0.2, "late": False, "reason": ""}
    metrics.observe(Notice(kinds.DELIVERY_DONE, fields=done))
    metrics.observe(Notice(kinds.DELIVERY_DONE, fields={**done, "late": True, "latency_s": 90.0}))
    metrics.observe(
        Notice(kinds.DELIVERY_DONE, fields={**done, "reason": "camera 9: event refused: SecurOS knows no such camera"})
    )
    metrics.observe(Notice(kinds.DELIVERY_DEAD, fields={"target": TARGET, "reason": "expired"}))
    metrics.observe(Notice(kinds.DELIVERY_RETRY, fields={"target": TARGET}))
    by_outcome = {
        outcome: value(metrics, "securos_trigger_deliveries_total", target=TARGET, outcome=outcome)
        for outcome in ("delivered", "partly", "dead")
    }
    assert by_outcome == {"delivered": 2, "partly": 1, "dead": 1}
    assert value(metrics, "securos_trigger_delivery_retries_total", target=TARGET) == 1
    assert value(metrics, "securos_trigger_late_deliveries_total", target=TARGET) == 1
    assert value(metrics, "securos_trigger_delivery_latency_seconds_count", target=TARGET) == 3
    assert value(metrics, "securos_trigger_delivery_latency_seconds_bucket", target=TARGET, le="0.25") == 2


@pytest.mark.parametrize("trouble", ["target_unreachable", "target_unauthorized", "target_untrusted"])
def test_a_target_is_down_from_its_trouble_to_its_recovery(metrics: Metrics, trouble: str) -> None:
    metrics.watch(figures(node()))
    assert value(metrics, "securos_trigger_target_up", target=TARGET) == 1
    metrics.observe(Notice(KINDS[trouble], fields={"target": TARGET}))
    assert value(metrics, "securos_trigger_target_up", target=TARGET) == 0
    metrics.observe(Notice(kinds.TARGET_RECOVERED, fields={"target": TARGET}))
    assert value(metrics, "securos_trigger_target_up", target=TARGET) == 1


def test_every_metric_that_is_served_is_declared_with_its_type_and_labels(metrics: Metrics) -> None:
    metrics.watch(figures(node()))
    metrics.watch_receivers([TARGET], set)
    metrics.observe(Notice(kinds.THREAD_FAILED, fields={"thread": "couriers"}))
    metrics.observe(Notice(kinds.CLUSTER_REACHED, fields={"server": "nats://one:4222"}))
    declared = {one.shown_name: (one.type, set(one.labels)) for one in METRICS}
    present = {}
    for metric in metrics.registry.collect():
        name = f"{metric.name}_total" if metric.type == "counter" else metric.name
        labels = {label for sample in metric.samples for label in sample.labels} - {"le"}
        present[name] = (metric.type, labels)
    assert declared == present


def test_every_notice_that_the_registry_gives_a_metric_is_counted_by_it(metrics: Metrics) -> None:
    for kind in KINDS.values():
        if kind.metric:
            metrics.observe(Notice(kind, fields=dict.fromkeys(kind.fields, "x")))
            labels = {
                name: {"delivery_done": "partly", "delivery_dead": "dead"}.get(kind.name, "x")
                if name == "outcome"
                else "x"
                for name in kind.metric_labels
            }
            assert value(metrics, f"{kind.metric}_total", **labels) == 1


def test_the_text_that_is_served_holds_no_secret(metrics: Metrics) -> None:
    metrics.watch(figures(node()))
    assert b"token" not in generate_latest(metrics.registry)


def test_the_nodes_of_all_cameras_of_an_input_are_counted_together() -> None:
    template, gate, yard = node(), node(), node()
    for one, frames in ((gate, 2), (yard, 3)):
        for number in range(frames):
            one.process({"people": 0}, float(number))
    cameras = {"": template, "gate": gate, "yard": yard}
    nodes = [node_figures(Address("site", camera, "alarm"), one) for camera, one in cameras.items()]
    metrics = Metrics()
    metrics.watch(replace(figures(template), nodes=lambda: nodes))
    where = {"pipeline": "site", "node": "alarm", "reason": "condition_false"}
    assert value(metrics, "securos_trigger_decisions_total", **where) == 5


def test_a_node_is_counted_as_muted_until_its_mute_is_over(metrics: Metrics) -> None:
    trigger = node()
    metrics.watch(figures(trigger))
    shown = []
    for until in (None, datetime.now(UTC) + timedelta(hours=1), None):
        trigger.muted_until = until
        shown.append(value(metrics, "securos_trigger_node_muted", pipeline="yard", node="alarm"))
    assert shown == [0, 1, 0]
