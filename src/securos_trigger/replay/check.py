"""Checks trigger nodes against recorded metadata: what would never fire, always fire, or fire badly."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from securos_trigger.conditions.lint import ConditionWatch
from securos_trigger.conditions.sample import Sample
from securos_trigger.config.settings import Settings
from securos_trigger.errors import Mistake
from securos_trigger.errors.wording import counted
from securos_trigger.metadata.recorded_frames import RecordedFrame
from securos_trigger.metadata.recordings import Recording
from securos_trigger.metadata.upstream_events import started_events
from securos_trigger.model import Decision, EventSource, Reason, TriggerMode
from securos_trigger.replay.nodes import ReplayedNode
from securos_trigger.replay.replay import Replay, renamed_fix
from securos_trigger.replay.template_lint import TemplateLint
from securos_trigger.trigger.boxes import usable_size
from securos_trigger.trigger.node import TriggerSecurOSEvent

#: This many true frames in a row, each an event, are a flood.
FLOOD_FRAMES = 10
# An upstream node raised an event.
_RAISED = frozenset({Reason.FIRED, Reason.INTERVAL, Reason.PAUSE_AFTER_LOSS, Reason.DUPLICATE})


def check_metadata(settings: Settings, path: Path) -> tuple[Mistake, ...]:
    """Check the triggers of a configuration against a recording. RecordingError when there is no frame in it."""
    check, recording = MetadataCheck(settings), Recording(path)
    for frame in recording:
        check.process(frame)
    recording.require_frames()
    return check.warnings()


class MetadataCheck:
    """The trigger nodes of a configuration over a recording. `process` every frame, then ask for `warnings`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._replay = Replay(settings)
        self._samples: dict[str, Sample] = {}
        self._watches: dict[int, _NodeLint] = {}

    def process(self, frame: RecordedFrame) -> None:
        """Decide about one frame, and collect what it shows."""
        decided = self._replay.process(frame)
        if not decided:
            return
        sample = self._samples.setdefault(frame.source_name, Sample())
        sample.add(frame.metadata)
        for replayed, position_s, decision in decided:
            watch = self._watches.get(id(replayed))
            if watch is None:
                watch = self._watches[id(replayed)] = _NodeLint(replayed, sample)
            watch.see(frame, position_s, decision)

    def warnings(self) -> tuple[Mistake, ...]:
        """List what is probably not meant, source by source. `where` is pipeline, node and property."""
        found = [mistake for watch in self._watches.values() for mistake in watch.warnings()]
        known = ", ".join(f'"{pipeline.source.source_name}"' for pipeline in self._settings.pipelines)
        for name, count in self._replay.unread_sources.items():
            fix = f"They read {known}. {renamed_fix(self._settings, name)}".strip()
            found.append(Mistake("pipelines", f'none reads the {count:,} frames of the source "{name}"', fix))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class _Streak:
    """Frames in a row on which an event fired, and where they began and ended (seconds)."""

    frames: int = 0
    began_at_s: float = 0.0
    ended_at_s: float = 0.0

    def longer(self, position_s: float) -> _Streak:
        """The streak with one frame more."""
        return _Streak(self.frames + 1, self.began_at_s if self.frames else position_s, position_s)


class _NodeLint:
    """Collects what one trigger node decides on the frames of one source."""

    def __init__(self, replayed: ReplayedNode, sample: Sample) -> None:
        node: TriggerSecurOSEvent = replayed.node
        properties = node.properties
        self._name = f"pipeline {replayed.pipeline}, node {node.node_id}"
        self._properties = properties
        self._sample = sample
        self._variables = asdict(node.context)
        is_custom = properties.event_source is EventSource.CUSTOM
        self._condition = ConditionWatch(properties.trigger) if is_custom and properties.trigger else None
        texts = {"event_name": properties.event_name if is_custom else None}
        texts["event_description"] = properties.event_description
        self._templates = {name: TemplateLint(text) for name, text in texts.items() if text is not None}
        self._raised = 0
        self._without_size = 0
        self._streak = _Streak()
        self._longest_streak = _Streak()

    def see(self, frame: RecordedFrame, position_s: float, decision: Decision) -> None:
        """Take one frame and the decision of the node on it."""
        if self._condition is not None:
            self._condition.see(frame.metadata)
            self._count_streak(position_s, decision)
        self._raised += decision.reason in _RAISED
        if self._properties.send_bounding_boxes and usable_size(frame.frame_size) is None:
            self._without_size += len(decision.events)
        if decision.events and self._templates:
            self._render(frame, decision)

    def warnings(self) -> list[Mistake]:
        """List what the frames showed, property by property."""
        found = []
        if self._condition is not None:
            found += [replace(mistake, where="trigger") for mistake in self._condition.mistakes(self._sample)]
        elif not self._raised:
            found.append(self._no_upstream_event())
        for name, watch in self._templates.items():
            found += [replace(mistake, where=name) for mistake in watch.mistakes(self._sample)]
        if self._without_size:
            events = counted(self._without_size, "event")
            what = f"{events} of this recording had no boxes, for it does not have the size of the frames"
            found.append(Mistake("send_bounding_boxes", what, "A recording of this version has it, as frame_size."))
        found += self._flood()
        return [replace(mistake, where=f"{self._name}, {mistake.where}") for mistake in found]

    def _render(self, frame: RecordedFrame, decision: Decision) -> None:
        """Render the texts of the frame's events again, each template alone, to find which of them fails and why."""
        variables: dict[str, Any] = {**self._variables, "meta": frame.metadata, "source_name": frame.source_name}
        if frame.captured_at is not None:
            variables["frame_time"] = frame.captured_at
        records: list[Any] = [None] * len(decision.events)
        if decision.verdicts:
            raised = zip(started_events(frame.metadata), decision.verdicts, strict=False)
            records = [upstream.record for upstream, verdict in raised if verdict.event is not None]
        for record in records:
            for watch in self._templates.values():
                watch.see(variables if record is None else {**variables, "event": record}, frame.metadata)

    def _count_streak(self, position_s: float, decision: Decision) -> None:
        if decision.reason is not Reason.FIRED:
            self._streak = _Streak()
            return
        self._streak = self._streak.longer(position_s)
        if self._streak.frames > self._longest_streak.frames:
            self._longest_streak = self._streak

    def _flood(self) -> list[Mistake]:
        is_limited = self._properties.interval > 0 or self._properties.trigger_mode is not TriggerMode.LEVEL
        if is_limited or self._longest_streak.frames < FLOOD_FRAMES:
            return []
        streak = self._longest_streak
        length_s = streak.ended_at_s - streak.began_at_s
        frames = f"{streak.frames:,} frames in a row ({length_s:.1f} s)"
        what = f"is 0, and the condition was true on {frames}: each is an event"
        return [Mistake("interval", what, 'Set interval (seconds), or trigger_mode = "rising_edge".')]

    def _no_upstream_event(self) -> Mistake:
        nodes = self._sample.find(("nodes",))
        names = sorted({key for place in nodes for key in place.keys}) if isinstance(nodes, tuple) else []
        what = f'is "built_in", and no upstream node raised an event on the {self._sample.frames:,} frames'
        there = f"Nodes in the recording: {', '.join(names)}." if names else "There are no nodes in the recording."
        return Mistake("event_source", what, there)
