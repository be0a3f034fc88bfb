"""The figures of a process as Prometheus metrics.

What the nodes and the outbox count anyway is read on request, so that a frame pays nothing for it; what happens to
deliveries, sources and threads is counted from notices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from securos_trigger.errors import missing_part
from securos_trigger.metrics import declarations
from securos_trigger.metrics.declarations import Declaration
from securos_trigger.metrics.server import MetricsServer
from securos_trigger.model import Address, Flag, Reason
from securos_trigger.notices import Announcer, Notice, kinds
from securos_trigger.trigger.node import TriggerSecurOSEvent

try:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
    from prometheus_client.registry import Collector
except ModuleNotFoundError:
    raise missing_part("metrics", "prometheus_client") from None

#: Bounds of the latency histogram, in seconds: from a receiver beside the camera to one that was away for an hour.
LATENCY_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600)

_OUTCOMES = ("delivered", "partly", "dead")


@dataclass(frozen=True, slots=True)
class Figures:
    """What counts already, as functions that give the present figures: cheap, and callable from any thread.

    `nodes` are the trigger nodes by address, `sources` the names of the live sources, `frames` the frames read by each
    pipeline, `outbox` the deliveries in each state.
    """

    nodes: Callable[[], Mapping[Address, TriggerSecurOSEvent]]
    sources: Callable[[], Sequence[str]]
    frames: Callable[[], Mapping[str, int]]
    outbox: Callable[[], Mapping[str, int]]
    kept: Callable[[], int]
    already_there: Callable[[], int]
    not_kept: Callable[[], int]
    ledger_dropped: Callable[[], int]


class Metrics:
    """All figures of a process in a registry of their own. `observe` is an observer of notices.

    Labels are bounded: pipelines, nodes, sources, targets and threads of the configuration, and words of fixed lists.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counters = {one.name: self._made(Counter, one) for one in set(declarations.OF_NOTICES.values())}
        self._of_notices = {kind: counters[kind.metric] for kind in declarations.OF_NOTICES}
        self._late = self._made(Counter, declarations.LATE_DELIVERIES)
        self._latency = self._made(Histogram, declarations.DELIVERY_LATENCY, buckets=LATENCY_BUCKETS_S)
        self._target_up = self._made(Gauge, declarations.TARGET_UP)
        self._figures: Figures | None = None
        self._targets: set[str] = set()

    def _made(self, kind: type[Any], one: Declaration, **more: Any) -> Any:
        return kind(one.name, one.help, one.labels, registry=self.registry, **more)

    def watch(self, figures: Figures) -> None:
        """Show these figures too."""
        self._figures = figures
        self.registry.register(_FiguresCollector(figures))
        self._note_change(figures)

    def _note_change(self, figures: Figures) -> None:
        """The nodes or the sources of the figures have changed: new ones count from zero.

        Every new target is up until a notice says otherwise; one that no node sends to any more is neither up nor down.
        """
        for source in figures.sources():
            self._of_notices[kinds.SOURCE_LOST].labels(source)
        targets = {str(node.properties.target) for node in figures.nodes().values()}
        for target in self._targets - targets:
            self._target_up.remove(target)
        for target in targets - self._targets:
            self._target_up.labels(target).set(1)
            for outcome in _OUTCOMES:
                self._of_notices[kinds.DELIVERY_DONE].labels(target, outcome)
            for metric in (self._of_notices[kinds.DELIVERY_RETRY], self._late, self._latency):
                metric.labels(target)
        self._targets = targets

    def observe(self, notice: Notice) -> None:
        """Count a notice."""
        kind, fields = notice.kind, notice.fields
        if (counter := self._of_notices.get(kind)) is not None:
            counter.labels(*(_label(notice, name) for name in kind.metric_labels)).inc()
        if kind is kinds.RELOAD_DONE and self._figures is not None:
            self._note_change(self._figures)
        elif kind is kinds.DELIVERY_DONE:
            self._latency.labels(fields["target"]).observe(_seconds(fields.get("latency_s")))
            if fields.get("late") is True:
                self._late.labels(fields["target"]).inc()
        elif kind in kinds.TARGET_FAILURES or kind is kinds.TARGET_RECOVERED:
            self._target_up.labels(fields["target"]).set(kind is kinds.TARGET_RECOVERED)

    def serve(self, host: str, port: int, announcer: Announcer) -> MetricsServer:
        """Serve the figures at `http://host:port/metrics`. Port 0: any free one.

        ConfigurationError when the address cannot be listened on.
        """
        return MetricsServer(self.registry, host, port, announcer)


class _FiguresCollector(Collector):
    """Reads the figures on request."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        figures = self._figures
        frames = _family(declarations.FRAMES)
        for pipeline, count in figures.frames().items():
            frames.add_metric([pipeline], count)
        yield frames
        yield from self._nodes()
        outbox = _family(declarations.OUTBOX_DELIVERIES)
        for state, count in figures.outbox().items():
            outbox.add_metric([state], count)
        yield outbox
        for declaration, count in (
            (declarations.EVENTS_KEPT, figures.kept()),
            (declarations.EVENTS_ALREADY_THERE, figures.already_there()),
            (declarations.EVENTS_NOT_KEPT, figures.not_kept()),
            (declarations.LEDGER_DROPPED, figures.ledger_dropped()),
        ):
            family = _family(declaration)
            family.add_metric([], count)
            yield family

    def _nodes(self) -> Iterator[Metric]:
        decisions, flags = _family(declarations.DECISIONS), _family(declarations.FLAGS)
        muted = _family(declarations.NODE_MUTED)
        for (pipeline, _camera, node_id), node in self._figures.nodes().items():
            muted.add_metric([pipeline, node_id], node.muted_until is not None)
            for reason in Reason:
                decisions.add_metric([pipeline, node_id, reason.value], node.decisions[reason])
            for flag in Flag:
                flags.add_metric([pipeline, node_id, flag.value], node.flags[flag])
        yield decisions
        yield muted
        yield flags


def _family(one: Declaration) -> Any:
    kind = CounterMetricFamily if one.type == declarations.COUNTER else GaugeMetricFamily
    return kind(one.name, one.help, labels=one.labels)


def _label(notice: Notice, name: str) -> str:
    """The value of a label: the notice's field of this name, or how a delivery ended."""
    if name != "outcome":
        return str(notice.fields[name])
    if notice.kind is kinds.DELIVERY_DEAD:
        return "dead"
    return "partly" if notice.fields.get("reason") else "delivered"


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
