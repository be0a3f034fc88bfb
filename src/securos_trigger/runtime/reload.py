"""Hot reload: the running service takes a changed configuration without losing a frame or an event (docs/reload.md).

All or nothing: everything that may fail is done before anything is changed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path

from securos_trigger.config.reader import may_lose_all_pipelines, read_config
from securos_trigger.config.settings import Settings
from securos_trigger.delivery import PreparedTarget
from securos_trigger.errors import SecurosTriggerError
from securos_trigger.errors.wording import one_line
from securos_trigger.model import Address
from securos_trigger.notices import Announcer, kinds
from securos_trigger.notices.bugs import name_of_bug
from securos_trigger.runtime.control import Answer
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.live_node import LiveNode
from securos_trigger.runtime.output_mistakes import output_mistakes
from securos_trigger.runtime.pipelines import BuiltPipeline, Pipelines
from securos_trigger.runtime.reload_plan import ReloadPlan, plan_reload, target_properties
from securos_trigger.system.file_stamps import FileStamp, stamp_of
from securos_trigger.system.real_paths import real_path

_log = logging.getLogger("securos_trigger")

UNDER_WAY = "Another reload is under way. Ask again when it has ended."
ENDING = "The service is ending."


@dataclass(frozen=True, slots=True)
class ReloadResult:
    """How a reload ended: what changed, as sentences; or why nothing did (`reason`, empty when it is done).

    `receivers` are those that are new, reached otherwise or asked for other cameras: nothing was sent to them yet.
    """

    changes: tuple[str, ...] = ()
    reason: str = ""
    receivers: tuple[str, ...] = ()

    def to_json(self) -> Answer:
        """Plain data."""
        receivers = list(self.receivers)
        return {
            "is_done": not self.reason,
            "changes": list(self.changes),
            "reason": self.reason,
            "receivers": receivers,
        }


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Everything that a change needs and that might have failed."""

    live_nodes: dict[Address, LiveNode]
    new_forms: tuple[Callable[[], None], ...]
    targets: tuple[PreparedTarget, ...]
    pipelines: tuple[BuiltPipeline, ...]


class _RefusedError(SecurosTriggerError):
    """The reload is refused; the text says why."""


class Reloading:
    """Reloads the configuration file that `settings` were read from. From any thread, one reload at a time.

    `on_settings` gets the settings that are in force from then on.
    """

    def __init__(
        self,
        settings: Settings,
        pipelines: Pipelines,
        dispatch: Dispatch,
        announcer: Announcer,
        on_settings: Callable[[Settings], None],
    ) -> None:
        self._settings = settings
        self._path = Path(settings.source).absolute()
        self._pipelines = pipelines
        self._dispatch = dispatch
        self._announcer = announcer
        self._on_settings = on_settings
        self._one_at_a_time = threading.Lock()
        self._ca_files = _ca_files(settings)

    def answer(self, path: str) -> Answer:
        """Reload for a request that means the configuration at this path."""
        if real_path(path) != real_path(self._path):
            reason = f"The service runs with {self._path}, and {path} is another file: that needs a restart."
            self._announcer.announce(kinds.RELOAD_REFUSED, path=path, reason=reason)
            return ReloadResult(reason=reason).to_json()
        return self.reload().to_json()

    def reload(self) -> ReloadResult:
        """Read the file and take what changed; announce how that ended. Never raises."""
        if not self._one_at_a_time.acquire(blocking=False):
            result = ReloadResult(reason=UNDER_WAY)
        else:
            try:
                result = self._reloaded()
            finally:
                self._one_at_a_time.release()
        if result.reason:
            reason = one_line(result.reason)
            self._announcer.announce(kinds.RELOAD_REFUSED, path=self._path, reason=reason)
        else:
            changes = "; ".join(result.changes)
            self._announcer.announce(kinds.RELOAD_DONE, path=self._path, count=len(result.changes), changes=changes)
        return result

    def _reloaded(self) -> ReloadResult:
        try:
            may_be_empty = may_lose_all_pipelines(self._settings)
            return self._take(read_config(Path(self._settings.source), has_files=True, may_be_empty=may_be_empty))
        except SecurosTriggerError as error:
            return ReloadResult(reason=str(error))
        except Exception as error:  # noqa: BLE001  the bulkhead of a reload: the service goes on
            _log.error("The reload has failed.", exc_info=error)
            return ReloadResult(reason=f"Unexpected error: {name_of_bug(error)}. The log has the traceback.")

    def _take(self, new: Settings) -> ReloadResult:
        old = self._settings
        ca_files = _ca_files(new)
        stale = [target for target, stamp in ca_files.items() if self._ca_files.get(target) != stamp]
        plan = plan_reload(old, new, stale_pipelines=self._pipelines.stale, stale_targets=stale)
        if plan.refusals:
            raise _RefusedError("\n".join(plan.refusals))
        with ExitStack() as undoing:
            file = self._dispatch.status.file
            with nullcontext() if file is None else file.noting_refusal(new):
                prepared = self._prepare(new, plan, undoing)
            with self._pipelines.changing:
                if self._pipelines.is_over:
                    raise _RefusedError(ENDING)
                undoing.pop_all()
                try:
                    self._change(new, plan, prepared)
                except Exception as error:
                    raise RuntimeError("the change was made in part: restart the service") from error
                self._ca_files = ca_files
        for warning in new.warnings:
            if warning not in old.warnings:
                _log.warning("%s", warning.replace("\n    ", ". "))
        return ReloadResult(plan.changes, receivers=plan.to_examine)

    def _prepare(self, new: Settings, plan: ReloadPlan, undoing: ExitStack) -> _Prepared:
        """Do everything that may fail; `undoing` gets what is to be done when it has failed."""
        wanted = new.trigger_nodes()
        known = {live.address: live for live in self._dispatch.nodes}
        live_nodes = {}
        for address, trigger in wanted.items():
            live = known.get(address)
            if live is None:
                live = self._dispatch.node_builder.node(
                    trigger.properties, new.context(trigger.id, address.pipeline), address.pipeline
                )
                undoing.callback(live.end)
            live_nodes[address] = live
        new_forms = tuple(
            self._dispatch.node_builder.new_form(
                known[address], wanted[address].properties, new.context(address.node, address.pipeline), changed
            )
            for address, changed in plan.nodes.items()
        )
        first = target_properties(new)
        targets = tuple(self._dispatch.prepare_targets((first[target] for target in plan.served), new.outbox))
        return _Prepared(live_nodes, new_forms, targets, tuple(self._built(new, plan, live_nodes, undoing)))

    def _built(
        self, new: Settings, plan: ReloadPlan, live_nodes: dict[Address, LiveNode], undoing: ExitStack
    ) -> Iterator[BuiltPipeline]:
        starting = [one for one in new.pipelines if one.name in (*plan.added, *plan.restarted)]
        if mistakes := output_mistakes(starting):
            raise _RefusedError("\n".join(mistakes))
        for one in starting:
            built = self._pipelines.build(one, new, live_nodes, opens_late=True)
            undoing.callback(built.discard)
            yield built

    def _change(self, new: Settings, plan: ReloadPlan, prepared: _Prepared) -> None:
        """Change everything, receivers first: an event of a new node must have a courier."""
        nodes = list(prepared.live_nodes.values())
        self._dispatch.take_limits(new.outbox)
        self._dispatch.serve(prepared.targets, nodes)
        for take_new_form in prepared.new_forms:
            take_new_form()
        self._pipelines.change(new, prepared.pipelines, prepared.live_nodes)
        self._dispatch.finish_change(nodes, plan.removed_targets, plan.removed, new.health)
        self._settings = new
        self._on_settings(new)


def _ca_files(settings: Settings) -> dict[str, FileStamp | None]:
    """The state of the CA file of each target that has one."""
    return {
        target: stamp_of(Path(properties.iss_ca_file))
        for target, properties in target_properties(settings).items()
        if properties.iss_ca_file
    }
