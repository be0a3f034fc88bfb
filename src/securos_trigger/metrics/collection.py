"""The figures of a process as Prometheus metrics.

What the nodes and the outbox count anyway is read on request, so that a frame pays nothing for it; what happens to
deliveries, sources and threads is counted from notices.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from securos_trigger.errors import missing_part
from securos_trigger.metrics import declarations
from securos_trigger.metrics.declarations import Declaration
from securos_trigger.metrics.server import MetricsServer
from securos_trigger.metrics.targets_up import TargetsUp
from securos_trigger.notices import Announcer, Notice, kinds
from securos_trigger.system.package_version import package_version

try:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
    from prometheus_client.registry import Collector

    from securos_trigger.metrics.cluster_metrics import ClusterMetrics, UnservedReceivers
except ModuleNotFoundError:
    raise missing_part("metrics", "prometheus_client") from None

#: Bounds of the latency histogram, in seconds: from a receiver beside the camera to one that was away for an hour.
LATENCY_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600)

_OUTCOMES = ("delivered", "partly", "dead")


class NodeFigures(NamedTuple):
    """What a trigger node has decided, by reason, and what was odd about its events, by flag; every word has a number.

    A node that runs for each camera of an input is there once for each camera.
    """

    pipeline: str
    node: str
    target: str
    is_muted: bool
    decisions: Mapping[str, int]
    flags: Mapping[str, int]


class PipelineFigures(NamedTuple):
    """What a pipeline counts. `node_failures` has every node and the sink, by id; `failing` those that fail now."""

    frames: int
    frames_left_out: int
    decode_errors: int
    node_failures: Mapping[str, int]
    failing: Collection[str] = ()


class InputFigures(NamedTuple):
    """What an input counts: messages that wait, and what they have said, by camera and verdict."""

    waiting: int
    messages: Mapping[str, Mapping[str, int]]


class TargetFigures(NamedTuple):
    """What waits for a receiver, and for how long the oldest has (seconds). `waiting` None: not counted.

    The same for what a cluster has for it, and has not said the end of.
    """

    waiting: int | None
    oldest_age_s: float
    relayed: int | None = 0
    relayed_oldest_age_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What counts already, as functions that give the present figures: cheap, and callable from any thread.

    `sources` are the live sources, each as pipeline and name, `targets` have the receivers for which the outbox has
    answered, `outbox` the deliveries in each state, `inputs` the pipelines whose source is an input, `given_up` how
    many cameras of each receiver get no events, `certificates` when that of each ends (Unix seconds), and
    whether nothing is sent after that.
    """

    nodes: Callable[[], Sequence[NodeFigures]]
    sources: Callable[[], Sequence[tuple[str, str]]]
    pipelines: Callable[[], Mapping[str, PipelineFigures]]
    targets: Callable[[], Mapping[str, TargetFigures]]
    outbox: Callable[[], Mapping[str, int]]
    kept: Callable[[], int]
    already_there: Callable[[], int]
    not_kept: Callable[[], int]
    ledger_dropped: Callable[[], int]
    inputs: Callable[[], Mapping[str, InputFigures]] = dict
    given_up: Callable[[], Mapping[str, int]] = dict
    certificates: Callable[[], Mapping[str, tuple[float, bool]]] = dict


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
        self._targets_up = TargetsUp(self.registry)
        self._source_up = self._made(Gauge, declarations.SOURCE_UP)
        self._source_frozen = self._made(Gauge, declarations.SOURCE_IS_FROZEN)
        self._made(Gauge, declarations.BUILD_INFO).labels(package_version()).set(1)
        self._cluster = ClusterMetrics(self.registry)
        self._figures: Figures | None = None
        self._targets: set[str] = set()
        self._sources: set[tuple[str, str]] = set()
        self._lost_sources: set[tuple[str, str]] = set()

    def _made(self, kind: type[Any], one: Declaration, **more: Any) -> Any:
        return kind(one.name, one.help, one.labels, registry=self.registry, **more)

    def watch(self, figures: Figures) -> None:
        """Show these figures too."""
        self._figures = figures
        self.registry.register(_FiguresCollector(figures))
        self._note_change(figures)

    def watch_receivers(self, targets: Sequence[str], unserved: Callable[[], Collection[str]]) -> None:
        """Show which of these receivers cannot be served."""
        self.registry.register(UnservedReceivers(targets, unserved))

    def _note_change(self, figures: Figures) -> None:
        """New nodes and sources count from zero, and are up until a notice says otherwise; old ones are not shown."""
        self._note_sources(set(figures.sources()))
        targets = {node.target for node in figures.nodes()}
        self._targets_up.serve(targets)
        for target in targets - self._targets:
            for outcome in _OUTCOMES:
                self._of_notices[kinds.DELIVERY_DONE].labels(target, outcome)
            for metric in (self._of_notices[kinds.DELIVERY_RETRY], self._late, self._latency):
                metric.labels(target)
        self._targets = targets

    def _note_sources(self, sources: set[tuple[str, str]]) -> None:
        for source in self._sources - sources:
            self._source_up.remove(*source)
            self._source_frozen.remove(*source)
        for source in sources - self._sources:
            self._source_up.labels(*source).set(source not in self._lost_sources)
            self._source_frozen.labels(*source).set(0)
            for kind in (kinds.SOURCE_LOST, kinds.SOURCE_RECOVERED, kinds.SOURCE_FROZEN, kinds.SOURCE_TIMES_UNUSABLE):
                self._of_notices[kind].labels(*source)
        self._sources = sources

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
        elif kind is kinds.SOURCE_LOST or kind is kinds.SOURCE_RECOVERED:
            self._note_source((str(fields["pipeline"]), str(fields["source"])), is_up=kind is kinds.SOURCE_RECOVERED)
        elif kind is kinds.PIPELINE_ENDED:  # a reload opens another source, perhaps of the same name
            for source in [one for one in self._lost_sources if one[0] == fields["pipeline"]]:
                self._note_source(source, is_up=True)
        elif kind is kinds.SOURCE_FROZEN or kind is kinds.SOURCE_MOVES_AGAIN:
            if (source := (str(fields["pipeline"]), str(fields["source"]))) in self._sources:
                self._source_frozen.labels(*source).set(kind is kinds.SOURCE_FROZEN)
        else:
            self._targets_up.observe(notice)
            self._cluster.observe(notice)

    def _note_source(self, source: tuple[str, str], *, is_up: bool) -> None:
        """A source is lost or back; it may be so before `watch`."""
        (self._lost_sources.discard if is_up else self._lost_sources.add)(source)
        if source in self._sources:
            self._source_up.labels(*source).set(is_up)

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
        yield from self._pipelines()
        yield from self._nodes()
        yield from self._waiting()
        yield from self._inputs()
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

    def _pipelines(self) -> Iterator[Metric]:
        frames, left_out = _family(declarations.FRAMES), _family(declarations.FRAMES_LEFT_OUT)
        errors = _family(declarations.DECODE_ERRORS)
        failures, failing = _family(declarations.NODE_FAILURES), _family(declarations.NODE_FAILING)
        for pipeline, counted in self._figures.pipelines().items():
            frames.add_metric([pipeline], counted.frames)
            left_out.add_metric([pipeline], counted.frames_left_out)
            errors.add_metric([pipeline], counted.decode_errors)
            for node_id, count in counted.node_failures.items():
                failures.add_metric([pipeline, node_id], count)
                failing.add_metric([pipeline, node_id], node_id in counted.failing)
        yield from (frames, left_out, errors, failures, failing)

    def _waiting(self) -> Iterator[Metric]:
        waiting, oldest = _family(declarations.TARGET_WAITING), _family(declarations.TARGET_OLDEST_AGE)
        relayed, oldest_relayed = _family(declarations.TARGET_RELAYED), _family(declarations.TARGET_RELAYED_OLDEST_AGE)
        for target, counted in self._figures.targets().items():
            oldest.add_metric([target], counted.oldest_age_s)
            oldest_relayed.add_metric([target], counted.relayed_oldest_age_s)
            if counted.waiting is not None:
                waiting.add_metric([target], counted.waiting)
            if counted.relayed is not None:
                relayed.add_metric([target], counted.relayed)
        given_up = _family(declarations.TARGET_GIVEN_UP_CAMERAS)
        for target, number in self._figures.given_up().items():
            given_up.add_metric([target], number)
        certificates = _family(declarations.TARGET_CERTIFICATE_ENDS)
        for target, (ends_at, is_refused) in self._figures.certificates().items():
            certificates.add_metric([target, "true" if is_refused else "false"], ends_at)
        yield from (waiting, oldest, relayed, oldest_relayed, given_up, certificates)

    def _inputs(self) -> Iterator[Metric]:
        messages, waiting = _family(declarations.INPUT_MESSAGES), _family(declarations.INPUT_WAITING)
        for pipeline, counted in self._figures.inputs().items():
            waiting.add_metric([pipeline], counted.waiting)
            for camera, verdicts in counted.messages.items():
                for verdict, count in verdicts.items():
                    messages.add_metric([pipeline, camera, verdict], count)
        yield from (messages, waiting)

    def _nodes(self) -> Iterator[Metric]:
        decisions, flags, muted = map(_family, (declarations.DECISIONS, declarations.FLAGS, declarations.NODE_MUTED))
        for (pipeline, node_id), nodes in _by_place(self._figures.nodes()).items():
            muted.add_metric([pipeline, node_id], any(node.is_muted for node in nodes))
            for reason in nodes[0].decisions:
                decisions.add_metric([pipeline, node_id, reason], sum(node.decisions[reason] for node in nodes))
            for flag in nodes[0].flags:
                flags.add_metric([pipeline, node_id, flag], sum(node.flags[flag] for node in nodes))
        yield from (decisions, muted, flags)


def _by_place(nodes: Sequence[NodeFigures]) -> dict[tuple[str, str], list[NodeFigures]]:
    """The nodes by pipeline and id: those of all cameras of an input together, so that labels stay few."""
    found: dict[tuple[str, str], list[NodeFigures]] = {}
    for node in nodes:
        found.setdefault((node.pipeline, node.node), []).append(node)
    return found


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
