"""Runs the trigger nodes of a configuration over recorded frames. No VMS, no outbox, no clock but the recording's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from securos_trigger.config.settings import PipelineSettings, Settings, TriggerSettings
from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.errors.suggestions import did_you_mean
from securos_trigger.metadata.recorded_frames import RecordedFrame
from securos_trigger.model import Address, Decision
from securos_trigger.replay.nodes import NodeReport, ReplayedNode
from securos_trigger.replay.timeline import SourceClock

# Sources that no pipeline reads are counted by name; a hostile file may hold any number of names.
_MAX_UNREAD_SOURCES = 100


class _Lane:
    """One source of the recording, and the nodes that look at its frames."""

    def __init__(self, nodes: list[ReplayedNode]) -> None:
        self.clock = SourceClock()
        self.nodes = nodes


class Replay:
    """The trigger nodes of a configuration, fed frame by frame.

    A frame goes to the pipelines whose source has the frame's `source_name`. A configuration with one pipeline takes
    the frames of every source, each with nodes of its own; so a recording from elsewhere can be tried. The name that a
    source had before another one of its host came still means it, where that is the only one with a chosen node.
    """

    def __init__(self, settings: Settings, *, node_ids: Collection[str] = ()) -> None:
        """`node_ids`: only these trigger nodes, by id or `pipeline/id`; none: all.

        ConfigurationError: there is no such node.
        """
        self._settings = settings
        self._node_ids = frozenset(node_ids)
        self._lanes: dict[str, _Lane] = {}
        self.unread_sources: Counter[str] = Counter()
        _check_node_ids(settings, self._node_ids)

    def process(self, frame: RecordedFrame) -> list[tuple[ReplayedNode, float, Decision]]:
        """Decide about one frame: each node that looked at it, the frame's position (seconds) and the decision."""
        lane = self._lanes.get(frame.source_name)
        if lane is None:
            lane = self._new_lane(frame.source_name)
            if lane is None:
                return []
        moment = frame.moment
        position_s = lane.clock.advance_to(moment)
        return [(node, position_s, node.process(frame, moment, position_s)) for node in lane.nodes]

    def is_waiting(self, source_name: str) -> bool:
        """True while a node of this source waits for its condition to hold long enough."""
        lane = self._lanes.get(source_name)
        return lane is not None and any(one.node.is_waiting for one in lane.nodes)

    def reports(self) -> tuple[NodeReport, ...]:
        """Report what each node decided so far, in the order of the sources and of the configuration's nodes."""
        return tuple(node.report() for lane in self._lanes.values() for node in lane.nodes)

    def _new_lane(self, source_name: str) -> _Lane | None:
        pipelines = self._pipelines_of(source_name)
        if not pipelines:
            if source_name in self.unread_sources or len(self.unread_sources) < _MAX_UNREAD_SOURCES:
                self.unread_sources[source_name] += 1
            return None
        nodes = [
            self._new_node(pipeline, trigger, source_name)
            for pipeline in pipelines
            for trigger in chosen_triggers(pipeline, self._node_ids)
        ]
        return self._lanes.setdefault(source_name, _Lane(nodes))

    def _new_node(self, pipeline: PipelineSettings, trigger: TriggerSettings, source_name: str) -> ReplayedNode:
        own = _of_camera(pipeline, trigger, source_name)
        return ReplayedNode(pipeline.name, own, self._settings.context(trigger.id), source_name)

    def _pipelines_of(self, source_name: str) -> tuple[PipelineSettings, ...]:
        pipelines = self._settings.pipelines
        named = tuple(pipeline for pipeline in pipelines if reads_source(pipeline, source_name))
        if named or len(pipelines) == 1:
            return named or pipelines
        meant = tuple(
            one for one in pipelines if _was_called(one, source_name) and chosen_triggers(one, self._node_ids)
        )
        return meant if len({one.source.source_name for one in meant}) == 1 else ()


def reads_source(pipeline: PipelineSettings, source_name: str) -> bool:
    """True when the frames of a pipeline have this source: its own name, or that of a camera of its input."""
    if not pipeline.has_input:
        return bool(pipeline.source.source_name == source_name)
    return source_name in pipeline.source.reads.cameras or "*" in pipeline.source.reads.cameras


def renamed_fix(settings: Settings, source_name: str) -> str:
    """What to do about the frames of a source that several pipelines may mean; empty: none does."""
    meant = [f'"{one.source.source_name}"' for one in settings.pipelines if _was_called(one, source_name)]
    if not meant:
        return ""
    return (
        f'One of {", ".join(dict.fromkeys(meant))} was called "{source_name}" while it was alone. Write name = '
        f'"{source_name}" in its source, or let `replay` take its trigger node only: --node PIPELINE/ID.'
    )


def _was_called(pipeline: PipelineSettings, source_name: str) -> bool:
    """True when a source without `name` would have this one, were no other of its host or file name in the file."""
    called = getattr(pipeline.source, "called", None)
    return called is not None and bool(called("").source_name == source_name)


def _of_camera(pipeline: PipelineSettings, trigger: TriggerSettings, source_name: str) -> TriggerSettings:
    """The trigger node with the ids that the camera map of an input has for a camera."""
    if not pipeline.has_input:
        return trigger
    cameras = pipeline.source.reads.cameras
    ids = cameras.get(source_name) or cameras.get("*") or ""
    return trigger.for_cameras(tuple(one.strip() for one in ids.split(",") if one.strip()))


def chosen_triggers(pipeline: PipelineSettings, node_ids: Collection[str]) -> tuple[TriggerSettings, ...]:
    """The pipeline's trigger nodes with these ids or addresses (`pipeline/node`); without any all."""
    wanted = set(node_ids)
    return tuple(
        trigger
        for trigger in pipeline.triggers
        if not wanted or wanted & {trigger.id, str(Address(pipeline.name, "", trigger.id))}
    )


def _check_node_ids(settings: Settings, node_ids: Collection[str]) -> None:
    nodes = settings.trigger_nodes().items()
    known = list(dict.fromkeys([trigger.id for _, trigger in nodes] + [str(address) for address, _ in nodes]))
    mistakes = [
        Mistake("--node", f'there is no trigger node "{node_id}"', did_you_mean(node_id, known))
        for node_id in sorted(node_ids)
        if node_id not in known
    ]
    if not known:
        mistakes.append(Mistake("", "there is no trigger node", 'Add a node of type "trigger_securos_event".'))
    if mistakes:
        raise ConfigurationError(mistakes, settings.source)
