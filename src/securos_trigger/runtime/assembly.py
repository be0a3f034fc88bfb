"""The only place that joins the parts: nodes, one outbox, the couriers and the ledger of this process."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from securos_trigger.config.reader import read_config
from securos_trigger.config.settings import OutboxSettings, Settings, default_outbox_path
from securos_trigger.delivery import Connection, Couriers, DeliveryPolicy, TrustStore
from securos_trigger.errors import ConfigurationError, Mistake, OutboxError
from securos_trigger.health import HealthSettings, HealthWatch, OpenTroubles
from securos_trigger.heartbeat import Heartbeat
from securos_trigger.ledger import Answer, Asked, Ledger, NodeLedger, answer, open_ledger
from securos_trigger.ledger.settings import LedgerSettings
from securos_trigger.model import Address, Decision, Event, Frame, Metadata, Moment
from securos_trigger.notices import Announcer, Observer, kinds, log_notice
from securos_trigger.outbox import Outbox, State
from securos_trigger.outbox.control import ControlServer
from securos_trigger.trigger.node import TriggerSecurOSEvent
from securos_trigger.trigger.properties import TriggerProperties
from securos_trigger.trigger.rules import Context
from securos_trigger.validation.mistakes import did_you_mean

_DAY_S = 86_400.0
_MEGABYTE = 1024**2
#: How long the end of `running` waits for deliveries that are due; what is left stays in the outbox.
DRAIN_S = 5.0
#: Without a time, `LiveNode.explain` tells of so much, in seconds.
EXPLAIN_LAST_S = 600.0


class LiveNode:
    """A trigger node whose events are kept and delivered. What the bare node knows stands in `node`."""

    def __init__(
        self, node: TriggerSecurOSEvent, dispatch: Dispatch, node_ledger: NodeLedger, heartbeat: Heartbeat
    ) -> None:
        self.node = node
        self.heartbeat = heartbeat
        self._dispatch = dispatch
        self._node_ledger = node_ledger
        self._began_at_s = time.monotonic()

    def process(
        self,
        metadata: Metadata,
        at: float | None = None,
        *,
        captured_at: datetime | None = None,
        source_name: str = "",
    ) -> Decision:
        """Decide about one frame, and hand over what fired: microseconds, whatever the disk and the VMS do.

        `at` is media time in seconds; without it the time since this node was made. `captured_at` is the frame's wall
        clock (aware); without it now.
        """
        self.heartbeat.last_at_s = now_at = time.monotonic()
        if captured_at is None:
            captured_at = datetime.now(UTC)
        elif captured_at.tzinfo is None:
            captured_at = captured_at.astimezone()  # as `datetime` itself takes it: local time
        moment = Moment(now_at - self._began_at_s if at is None else at, captured_at, source_name)
        decision = self.node.decide(metadata, moment)
        try:
            self._node_ledger.note(decision, metadata, moment)
        finally:  # what is for looking things up must never cost an event
            for event in decision.events:
                self._dispatch.keep(self.node, event)
        return decision

    def process_frame(self, frame: Frame) -> Decision:
        """Decide about one frame of a pipeline."""
        return self.process(frame.metadata, frame.at, captured_at=frame.captured_at, source_name=frame.source_name)

    def explain(self, at: datetime | None = None, *, around_s: float = 30.0) -> Answer:
        """Why this node did or did not fire: `print(node.explain(moment))`, from what is in memory.

        `at` is wall clock; without a zone it is local time. The answer is about the second that begins with it, and
        tells what happened `around_s` seconds before and after. Without `at` it sums up the last ten minutes.
        """
        if at is None:
            now_s = time.time()
            asked = Asked(now_s - EXPLAIN_LAST_S, now_s, 0.0, self._node_ledger.name, is_summary=True)
        else:
            asked = Asked(at.timestamp(), at.timestamp() + 1.0, around_s, self._node_ledger.name)
        return answer(self._dispatch.ledger.records(), asked)

    def counts(self) -> dict[State, int]:
        """How many deliveries of this process stand in each state of the outbox."""
        return self._dispatch.counts()

    def drain(self, timeout_s: float) -> bool:
        """Wait until all that was handed over is on disk and all that is due is delivered. False: not in that time."""
        return self._dispatch.drain(timeout_s)

    def __repr__(self) -> str:
        return f"LiveNode({self.node!r})"


class Dispatch:
    """The outbox and the couriers of one process: takes events from nodes, and delivers them.

    `add` every node, then `start`; `close` at the end. What is not delivered by then stays in the outbox and goes out
    at the next start. `ledger` gets every decision; it learns how deliveries end as an observer of `announcer`. Without
    one, decisions are held in memory. `health` says when the bridge reports trouble of its own.
    """

    def __init__(
        self,
        settings: OutboxSettings,
        announcer: Announcer,
        ledger: Ledger | None = None,
        health: HealthSettings | None = None,
    ) -> None:
        self.not_kept = 0
        self.kept = 0
        self.ledger = ledger or Ledger()
        self._announcer = announcer
        self._handed_over: dict[str, TriggerSecurOSEvent] = {}
        self._counting = threading.Lock()
        self._nodes: list[TriggerSecurOSEvent] = []
        try:
            settings.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutboxError(f"The folder of the outbox {settings.path} cannot be made: {error.strerror}.") from error
        self._outbox = Outbox(
            settings.path,
            announcer=announcer,
            on_kept=self._on_kept,
            on_not_kept=self._on_not_kept,
            max_bytes=settings.max_size_mb * _MEGABYTE,
            keep_delivered_s=settings.keep_delivered_days * _DAY_S,
        )
        self._control = ControlServer(self._outbox, announcer)
        trusted = trust_store(settings)
        self._expire_after_s = settings.expire_after_days * _DAY_S
        policy = DeliveryPolicy(expire_after_s=self._expire_after_s)
        self._couriers = Couriers(self._outbox, announcer=announcer, trust_store=trusted, policy=policy)
        memory = OpenTroubles(settings.path.with_name(f"{settings.path.stem}.health.json"))
        self._watch = HealthWatch(self._outbox, health or HealthSettings(), announcer, trusted, memory)
        self._late_per_s = settings.late_per_s

    def add(self, properties: TriggerProperties, context: Context, pipeline: str = "") -> LiveNode:
        """A live node with these properties, in this pipeline; its receiver gets a courier, if it has none yet."""
        node = TriggerSecurOSEvent.from_properties(properties, context)
        self._nodes.append(node)
        label = pipeline or context.node_id
        self._watch.add(properties, context, label)
        node_ledger = self.ledger.node(Address(pipeline, "", context.node_id), node.condition)
        return LiveNode(node, self, node_ledger, self.heartbeat(label))

    def heartbeat(self, label: str) -> Heartbeat:
        """The heartbeat of a pipeline, or of a node that stands alone: whoever sees its frames stamps it."""
        return self._watch.heartbeat(label)

    def start(self) -> None:
        """Start delivering."""
        first = {node.properties.target: node.properties for node in reversed(self._nodes)}
        connections = {target: connection(properties) for target, properties in first.items()}
        for target, properties in first.items():
            policy = DeliveryPolicy(
                record_max_lateness_s=properties.record_max_lateness,
                expire_after_s=self._expire_after_s,
                late_per_s=self._late_per_s,
            )
            self._couriers.add(connections[target], policy)
        self._couriers.start()
        self._watch.start(list(connections.values()))

    def stop_watching(self) -> None:
        """Tell what is wrong now, and watch no more: that frames end now is no trouble."""
        self._watch.close()

    def keep(self, node: TriggerSecurOSEvent, event: Event) -> None:
        """Hand an event over to the outbox. One that cannot be kept is given back to its node, counted and told."""
        self._handed_over[event.event_id] = node
        if not self._outbox.put(event, str(node.properties.target)):
            self._on_not_kept(event, "the outbox takes no more: its queue is full, or it is closed")

    def counts(self) -> dict[State, int]:
        """How many deliveries stand in each state, as of the last commit."""
        return self._outbox.counts()

    def unsettled(self) -> int:
        """How many deliveries are neither delivered nor dead."""
        counts = self.counts()
        return counts.get(State.WAITING, 0) + counts.get(State.SENDING, 0)

    def drain(self, timeout_s: float) -> bool:
        """Wait until all that was handed over is on disk and all that is due is delivered. False: not in that time."""
        return self._couriers.idle(timeout_s)

    def close(self) -> None:
        """Stop delivering, write what is queued, and give the outbox up."""
        self._watch.close()
        self._couriers.stop()
        self._control.close()
        self._outbox.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _on_kept(self, event: Event) -> None:
        if self._watch.note_kept(event):
            return
        node = self._handed_over.pop(event.event_id, None)
        if node is not None:
            self.ledger.note_kept(event, str(node.properties.target))
        with self._counting:
            self.kept += 1

    def _on_not_kept(self, event: Event, why: str) -> None:
        if self._watch.note_not_kept(event, why):
            return
        node = self._handed_over.pop(event.event_id, None)
        if node is not None:
            node.release(event)
        with self._counting:
            self.not_kept += 1
        self._announcer.announce(
            kinds.EVENT_NOT_KEPT, node=event.node_id, event_id=event.event_id, event_name=event.name, reason=why
        )


@contextmanager
def running(
    properties_or_config: Mapping[str, Any] | Settings | Path | str,
    *,
    node_id: str = "",
    context: Mapping[str, str] | None = None,
    outbox: Path | None = None,
    ledger: Path | None = None,
    health: HealthSettings | None = None,
    observers: tuple[Observer, ...] = (log_notice,),
    drain_s: float = DRAIN_S,
) -> Iterator[LiveNode]:
    """A trigger node whose events are kept on disk and delivered, for as long as the `with` block lasts.

    `properties_or_config` is a mapping of the node's properties, or a configuration file (its path, or its
    `Settings`): then the file's trigger node is taken, `node_id` says which one when there are several. `context`
    goes with properties (see `TriggerSecurOSEvent`). `outbox` is the file events are kept in; by default the
    configuration's, or one for this node and receiver in the user's state folder. `ledger` is the file decisions are
    written to; by default the configuration's, and with properties none (they are held in memory). `health` has the
    thresholds for what goes to `health_camera_ids`; by default the configuration's, and with properties the defaults
    (docs/health.md). At the end up to `drain_s` seconds are given to what is due.

    The node does not survive a fork: its threads are not in the child. A child process calls `running` itself, with an
    outbox of its own.

    Raises ConfigurationError for mistakes, OutboxOwnedError when another process uses the same outbox.
    """
    if isinstance(properties_or_config, Mapping):
        bare = TriggerSecurOSEvent(node_id=node_id or "trigger1", context=context, **properties_or_config)
        properties, identity = bare.properties, bare.context
        settings = OutboxSettings(path=_own_outbox(identity.node_id, properties))
        ledger_settings = LedgerSettings(enabled=False)
    else:
        is_read = isinstance(properties_or_config, Settings)
        config = properties_or_config if is_read else read_config(properties_or_config)  # type: ignore[arg-type]
        assert isinstance(config, Settings)
        properties, identity, settings = _only_trigger(config, node_id)
        ledger_settings = config.ledger
        health = health or config.health
    if outbox is not None:
        settings = settings.model_copy(update={"path": outbox})
    if ledger is not None:
        ledger_settings = ledger_settings.model_copy(update={"path": ledger, "enabled": True})
    with (
        open_ledger(ledger_settings, settings.path, Announcer(observers)) as book,
        Dispatch(settings, Announcer((*observers, book.observe)), book, health) as dispatch,
    ):
        live = dispatch.add(properties, identity)
        dispatch.start()
        try:
            yield live
        except Exception:
            live.heartbeat.has_failed = True
            raise
        finally:
            dispatch.stop_watching()
            dispatch.drain(drain_s)


def _own_outbox(node_id: str, properties: TriggerProperties) -> Path:
    """A file for this node and receiver, so that several scripts on a machine do not ask for the same one."""
    name = re.sub(r"[^A-Za-z0-9.]+", "-", f"outbox-{node_id}-{properties.iss_ip}-{properties.iss_port}.sqlite")
    return default_outbox_path().with_name(name)


def _only_trigger(config: Settings, node_id: str) -> tuple[TriggerProperties, Context, OutboxSettings]:
    """The trigger node of a configuration that `node_id` names, or its only one."""
    triggers = {trigger.id: trigger for pipeline in config.pipelines for trigger in pipeline.triggers}
    if node_id and node_id not in triggers:
        raise ConfigurationError(
            [Mistake("node_id", f'there is no trigger node "{node_id}"', did_you_mean(node_id, list(triggers)))],
            config.source,
        )
    if not node_id and len(triggers) != 1:
        known = ", ".join(triggers) or "none"
        raise ConfigurationError(
            [Mistake("", f"{len(triggers)} trigger nodes stand here ({known})", "Say which with node_id=…")],
            config.source,
        )
    trigger = triggers[node_id] if node_id else next(iter(triggers.values()))
    return trigger.properties, config.context(trigger.id), config.outbox


def trust_store(settings: OutboxSettings) -> TrustStore:
    """Where the certificates that were met are remembered: beside the outbox."""
    return TrustStore(settings.path.with_name("trusted-certificates.json"))


def connection(properties: TriggerProperties) -> Connection:
    """How the receiver of a node is reached."""
    assert properties.iss_password is not None
    return Connection(
        target=properties.target,
        token=properties.iss_password.get_secret_value(),
        certificate_sha256=properties.iss_certificate_sha256,
        ca_file=Path(properties.iss_ca_file) if properties.iss_ca_file else None,
    )
