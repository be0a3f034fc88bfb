"""Figures for Prometheus: decisions, events, deliveries and the outbox. docs/metrics.md names them all.

What the nodes and the outbox count anyway is read when somebody asks, so that a frame pays nothing for it; what happens
to deliveries is counted from the notices of the couriers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from securos_trigger.errors import ConfigurationError, Mistake, missing_part
from securos_trigger.model import Address, Flag, Reason
from securos_trigger.notices import Notice, kinds
from securos_trigger.trigger.node import TriggerSecurOSEvent

try:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
    from prometheus_client.registry import Collector
except ModuleNotFoundError:
    raise missing_part("metrics", "prometheus_client") from None

#: Bounds of the latency histogram, in seconds: from a receiver beside the camera to one that was away for an hour.
LATENCY_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600)

_TARGET_TROUBLES = (kinds.TARGET_UNREACHABLE, kinds.TARGET_UNAUTHORIZED, kinds.TARGET_UNTRUSTED)


@dataclass(frozen=True, slots=True)
class Figures:
    """What counts already, as functions that give the present figures: cheap, and callable from any thread.

    `nodes` are the trigger nodes by address, `frames` the frames read by each pipeline, `outbox` the
    deliveries in each state.
    """

    nodes: Mapping[Address, TriggerSecurOSEvent]
    frames: Callable[[], Mapping[str, int]]
    outbox: Callable[[], Mapping[str, int]]
    kept: Callable[[], int]
    not_kept: Callable[[], int]
    ledger_dropped: Callable[[], int]


class Metrics:
    """All figures of a process in a registry of their own. `observe` is an observer of notices.

    Labels are bounded: pipelines, nodes and targets of the configuration, and words of fixed lists.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._deliveries = Counter(
            "securos_trigger_deliveries",
            "Deliveries that ended: delivered, partly (some steps failed for good) or dead.",
            ["target", "outcome"],
            registry=self.registry,
        )
        self._retries = Counter(
            "securos_trigger_delivery_retries",
            "Attempts that failed while the target answered others; the delivery goes again.",
            ["target"],
            registry=self.registry,
        )
        self._late = Counter(
            "securos_trigger_late_deliveries",
            "Deliveries that came too late for a recording and went as event only.",
            ["target"],
            registry=self.registry,
        )
        self._latency = Histogram(
            "securos_trigger_delivery_latency_seconds",
            "Time from the frame to the receiver's answer.",
            ["target"],
            buckets=LATENCY_BUCKETS_S,
            registry=self.registry,
        )
        self._target_up = Gauge(
            "securos_trigger_target_up",
            "1: the target answers; 0: it cannot be reached, refuses the password or is not trusted.",
            ["target"],
            registry=self.registry,
        )

    def watch(self, figures: Figures) -> None:
        """Show these figures too. Every target of the nodes is up until it is told otherwise."""
        self.registry.register(_FiguresCollector(figures))
        for node in figures.nodes.values():
            target = str(node.properties.target)
            self._target_up.labels(target).set(1)
            for outcome in ("delivered", "partly", "dead"):
                self._deliveries.labels(target, outcome)
            self._retries.labels(target)
            self._late.labels(target)
            self._latency.labels(target)

    def observe(self, notice: Notice) -> None:
        """Count what a notice tells."""
        fields = notice.fields
        target = str(fields.get("target", ""))
        if notice.kind is kinds.DELIVERY_DONE:
            self._deliveries.labels(target, "partly" if fields.get("reason") else "delivered").inc()
            self._latency.labels(target).observe(_seconds(fields.get("latency_s")))
            if fields.get("late") is True:
                self._late.labels(target).inc()
        elif notice.kind is kinds.DELIVERY_DEAD:
            self._deliveries.labels(target, "dead").inc()
        elif notice.kind is kinds.DELIVERY_RETRY:
            self._retries.labels(target).inc()
        elif notice.kind in _TARGET_TROUBLES:
            self._target_up.labels(target).set(0)
        elif notice.kind is kinds.TARGET_RECOVERED:
            self._target_up.labels(target).set(1)

    def serve(self, host: str, port: int) -> MetricsServer:
        """Serve the figures at `http://host:port/metrics`. Port 0: any free one.

        ConfigurationError when the address cannot be listened on.
        """
        try:
            server, thread = start_http_server(port, host, self.registry)
        except OSError as error:
            what = f"{host}:{port} cannot be listened on: {error.strerror or error}"
            mend = "Choose another port, or end the program that has it."
            raise ConfigurationError([Mistake("metrics.port", what, mend)]) from None
        return MetricsServer(server, thread)


class MetricsServer:
    """The endpoint; leaving its `with` block ends it."""

    def __init__(self, server: Any, thread: threading.Thread) -> None:
        self._server = server
        self._thread = thread

    @property
    def url(self) -> str:
        """Where the figures are."""
        host, port = self._server.server_address[:2]
        return f"http://[{host}]:{port}/metrics" if ":" in host else f"http://{host}:{port}/metrics"

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _FiguresCollector(Collector):
    """Reads the figures when somebody asks."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        figures = self._figures
        frames = CounterMetricFamily("securos_trigger_frames", "Frames that a pipeline has read.", labels=["pipeline"])
        for pipeline, count in figures.frames().items():
            frames.add_metric([pipeline], count)
        yield frames
        yield from self._nodes()
        outbox = GaugeMetricFamily(
            "securos_trigger_outbox_deliveries", "Deliveries in each state of the outbox.", labels=["state"]
        )
        for state, count in figures.outbox().items():
            outbox.add_metric([state], count)
        yield outbox
        yield CounterMetricFamily(
            "securos_trigger_events_kept", "Events that are on disk and will be delivered.", figures.kept()
        )
        yield CounterMetricFamily(
            "securos_trigger_events_not_kept", "Events that were lost before they were on disk.", figures.not_kept()
        )
        yield CounterMetricFamily(
            "securos_trigger_ledger_dropped", "Ledger records that did not get to its file.", figures.ledger_dropped()
        )

    def _nodes(self) -> Iterator[Metric]:
        decisions = CounterMetricFamily(
            "securos_trigger_decisions", "Decisions of a trigger node.", labels=["pipeline", "node", "reason"]
        )
        flags = CounterMetricFamily(
            "securos_trigger_flags", "Decisions with a flag.", labels=["pipeline", "node", "flag"]
        )
        for (pipeline, _camera, node_id), node in self._figures.nodes.items():
            for reason in Reason:
                decisions.add_metric([pipeline, node_id, reason.value], node.decisions[reason])
            for flag in Flag:
                flags.add_metric([pipeline, node_id, flag.value], node.flags[flag])
        yield decisions
        yield flags


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
