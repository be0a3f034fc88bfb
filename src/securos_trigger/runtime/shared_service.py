"""One outbox with its couriers for trigger nodes that come and go in one process, as elements of GStreamer do.

The first node that joins opens the service of its outbox file; the last one that leaves closes it.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from securos_trigger.config.agreement import SHARED_BY_TARGET
from securos_trigger.config.settings import Settings, TriggerSettings
from securos_trigger.model import Address
from securos_trigger.model.source_figures import SourceFigures
from securos_trigger.notices import Announcer, Notice, Observer, kinds, log_notice
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.live_node import LiveNode
from securos_trigger.runtime.open_ledger import open_ledger
from securos_trigger.runtime.status import ServiceStatus
from securos_trigger.trigger.properties import TriggerProperties
from securos_trigger.video.live_times import LiveTimes

_services: Final[dict[Path, _Service]] = {}
_locks: Final[dict[Path, threading.Lock]] = {}  # one for each outbox file: held while a node joins or leaves
_finding = threading.Lock()


@dataclass(frozen=True, slots=True)
class SharedNode:
    """A trigger node in a service that it shares. `live` decides; `change` and `leave` are called from one thread.

    `times` gives each frame its moment, in the thread that decides; what it says of the stamps stands in the status.
    """

    live: LiveNode
    times: LiveTimes
    _service: _Service
    _observer: Observer

    def change(self, settings: Settings) -> None:
        """Decide with the node of these settings from the next frame on. What waits for a former receiver still goes.

        ConfigurationError: nothing has changed. Waits for the couriers when the receiver is another one.
        """
        self._service.change(self.live, settings)

    def leave(self, drain_s: float) -> None:
        """Give the node up. The last one gives what is due `drain_s` seconds, then closes the outbox."""
        with _lock_of(self._service.path):
            self._service.remove(self)
            if not self._service.nodes:
                _services.pop(self._service.path)
                self._service.close(drain_s)


def join(settings: Settings, observer: Observer, *, pipeline: str, element: str, stream: str = "") -> SharedNode:
    """A live node in the service of the outbox that `settings` name; their only trigger node is the one.

    Outbox, ledger and health settings are those of the first node that joins. `observer` gets every notice of the
    service. The node's address begins with `pipeline`; where another node has that address, `element` makes it its own.
    `stream` is what its video is called; empty: as the element.

    Raises ConfigurationError, and OutboxError when the outbox cannot be opened (OutboxOwnedError: another process
    uses it).
    """
    path = settings.outbox.path.absolute()
    with _lock_of(path):
        service = _services.get(path) or _Service(path, settings, observer)
        try:
            node = service.add(settings, observer, pipeline, element, stream or element)
        except BaseException:
            if path not in _services:
                service.close(0.0)
            raise
        _services[path] = service
        return node


def _lock_of(path: Path) -> threading.Lock:
    with _finding:
        return _locks.setdefault(path, threading.Lock())


class _Service:
    """The outbox, the couriers and the nodes that share them."""

    def __init__(self, path: Path, settings: Settings, first_observer: Observer) -> None:
        self.path = path
        self._health = settings.health
        self._observers = [first_observer]
        self._served: dict[str, TriggerProperties] = {}
        self._changing = threading.Lock()
        status = ServiceStatus(settings)
        with ExitStack() as stack:
            early = Announcer((log_notice, self._observe, status.observe))
            records = stack.enter_context(open_ledger(settings.ledger, path, early, settings.file))
            self._announcer = Announcer((log_notice, self._observe, records.observe, status.observe))
            self._dispatch = stack.enter_context(
                Dispatch(settings.outbox, self._announcer, records, settings.health, status, settings.relay)
            )
            self._stack = stack.pop_all()
        self._has_started = False

    @property
    def nodes(self) -> list[LiveNode]:
        """The nodes that are there now."""
        return list(self._dispatch.nodes)

    def add(self, settings: Settings, observer: Observer, pipeline: str, element: str, stream: str) -> SharedNode:
        """Take a node in; the first one starts the couriers."""
        [trigger] = settings.pipelines[0].triggers
        name = self._free_pipeline(pipeline, element, trigger)
        context = settings.context(trigger.id, name)
        with self._changing:
            if not self._has_started:
                live = self._dispatch.add(trigger.properties, context, name)
                self._dispatch.start()
                self._has_started = True
                self._served[live.origin.target] = trigger.properties
            else:
                live = self._dispatch.node_builder.node(trigger.properties, context, name)
                try:
                    self._serve([*self.nodes, live], trigger.properties, live)
                except BaseException:
                    live.end()
                    raise
                self._finish([*self.nodes])
                self._observers.append(observer)
        return SharedNode(live, self._times(live, stream), self, observer)

    def change(self, live: LiveNode, settings: Settings) -> None:
        """Let a node have other properties."""
        [trigger] = settings.pipelines[0].triggers
        new, old = trigger.properties, live.node.properties
        changed = tuple(name for name in type(new).model_fields if getattr(new, name) != getattr(old, name))
        context = settings.context(live.address.node, live.address.pipeline)
        if not changed and context == live.node.context:
            return
        with self._changing:
            take_new_form = self._dispatch.node_builder.new_form(live, new, context, changed)
            self._serve(self.nodes, new, live)
            take_new_form()
            self._finish(self.nodes)

    def remove(self, node: SharedNode) -> None:
        """Take a node out; the others go on."""
        with self._changing:
            left = [live for live in self.nodes if live is not node.live]
            label = node.live.label
            self._finish(left, () if label in {live.label for live in left} else (label,))
            if left:  # the last one learns what is left at the end
                self._observers.remove(node._observer)

    def close(self, drain_s: float) -> None:
        """Give what is due `drain_s` seconds; what is left then goes out at the next start."""
        with self._stack:
            if self._has_started:
                self._dispatch.end(drain_s)

    def _times(self, live: LiveNode, stream: str) -> LiveTimes:
        """The moments of a node's frames, with what status says of them."""
        live.source_figures = SourceFigures()
        announcer = self._announcer.of_pipeline(live.label)
        return LiveTimes(stream, live.source_figures, announcer, usual_step_s=None)  # it may be a time lapse

    def _serve(self, nodes: list[LiveNode], properties: TriggerProperties, live: LiveNode) -> None:
        """Have a courier for the receiver of these properties. It is reached as the node says that came last."""
        target = str(properties.target)
        before = self._served.get(target)
        differing = [name for name in SHARED_BY_TARGET if getattr(before, name, None) != getattr(properties, name)]
        targets = self._dispatch.prepare_targets([properties]) if before is None or differing else []
        if before is not None and differing and any(one.origin.target == target for one in nodes if one is not live):
            names = ", ".join(differing)
            self._announcer.announce(kinds.TARGET_SETTINGS_REPLACED, target=target, node=live.address, changes=names)
        self._dispatch.serve(targets, nodes)
        self._served[target] = properties

    def _finish(self, nodes: list[LiveNode], removed_pipelines: tuple[str, ...] = ()) -> None:
        self._dispatch.finish_change(nodes, (), removed_pipelines, self._health)

    def _free_pipeline(self, pipeline: str, element: str, trigger: TriggerSettings) -> str:
        """A name of a pipeline with which the node's address is its own."""
        taken = {live.address for live in self.nodes}
        names = [pipeline, f"{pipeline}.{element}", *(f"{pipeline}.{element}.{n}" for n in range(2, len(taken) + 2))]
        return next(name for name in names if Address(name, "", trigger.id) not in taken)

    def _observe(self, notice: Notice) -> None:
        for observer in tuple(self._observers):
            observer(notice)
