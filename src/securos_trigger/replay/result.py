"""Replays a whole recording with one configuration, or with two beside each other."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from securos_trigger.config.settings import Settings
from securos_trigger.metadata.recorded_frames import RecordedFrame
from securos_trigger.metadata.recordings import BrokenLine, Recording
from securos_trigger.replay.compare import DEFAULT_TOLERANCE_S, ReplayComparison
from securos_trigger.replay.nodes import Firing, NodeReport
from securos_trigger.replay.partial_frames import frame_reader
from securos_trigger.replay.replay import Replay, chosen_triggers, renamed_fix
from securos_trigger.trigger.properties import TriggerProperties


class FrameReader(Protocol):
    """A recording as a replay reads it: of metadata, or of the messages of an input."""

    path: Path
    frames: int
    broken: list[BrokenLine]
    broken_count: int
    is_torn: bool

    def __iter__(self) -> Iterator[RecordedFrame]: ...

    def require_frames(self) -> None:
        """RecordingError when the last iteration found no frame."""


#: Opens what stands at a path. It gets the settings, and what says of a camera whether a condition of it holds on.
OpenRecording = Callable[[Path, Settings, Callable[[str], bool]], FrameReader]


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """A recording that was replayed: the reports of the configuration's nodes, and of the changed one's, if any.

    `source_names` are the sources that the configuration's pipelines read; `unread_sources` counts the frames of
    the others, and `unread_fixes` says what to do about some of them.
    """

    recording: FrameReader
    reports: tuple[NodeReport, ...]
    source_names: tuple[str, ...]
    unread_sources: Mapping[str, int]
    unread_fixes: Mapping[str, str]
    elapsed_s: float
    changed_reports: tuple[NodeReport, ...] = ()
    comparison: ReplayComparison | None = None

    @property
    def frames_per_s(self) -> float:
        """Frames read for each second of the replay."""
        return self.recording.frames / self.elapsed_s if self.elapsed_s else 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        plain: dict[str, Any] = {
            "recording": str(self.recording.path),
            "frames": self.recording.frames,
            "broken_lines": self.recording.broken_count,
            "is_torn": self.recording.is_torn,
            "nodes": [report.to_json() for report in self.reports],
        }
        if self.comparison is not None:
            plain["changed_nodes"] = [report.to_json() for report in self.changed_reports]
            plain["comparison"] = self.comparison.to_json()
        return plain


def replay_recording(
    path: Path,
    settings: Settings,
    *,
    node_ids: Collection[str] = (),
    changed: Settings | None = None,
    tolerance_s: float = DEFAULT_TOLERANCE_S,
    open_recording: OpenRecording = lambda path, _settings, _is_waiting: Recording(path),
) -> ReplayResult:
    """Run the trigger nodes of `settings`, and those of `changed` beside them, over the recording at `path`.

    RecordingError when there is no frame in it, ConfigurationError when there is no node of `node_ids`.
    """
    replay = Replay(settings, node_ids=node_ids)
    other = Replay(changed, node_ids=node_ids) if changed is not None else None
    sides = [replay] if other is None else [replay, other]
    recording = open_recording(path, settings, lambda camera: any(side.is_waiting(camera) for side in sides))
    _read_partially(recording, _triggers(settings, changed, node_ids))
    is_by_node = _has_several(settings, changed, node_ids)
    comparison = ReplayComparison(tolerance_s, is_by_node=is_by_node) if changed is not None else None
    began_at_ticks = time.perf_counter()
    for frame in recording:
        if other is None or comparison is None:
            replay.process(frame)
        else:
            _compare(frame, replay, other, comparison)
    recording.require_frames()
    if comparison is not None:
        comparison.finish()
    return ReplayResult(
        recording=recording,
        reports=replay.reports(),
        source_names=tuple(pipeline.source.source_name for pipeline in settings.pipelines),
        unread_sources=dict(replay.unread_sources),
        unread_fixes={name: fix for name in replay.unread_sources if (fix := renamed_fix(settings, name))},
        elapsed_s=time.perf_counter() - began_at_ticks,
        changed_reports=other.reports() if other is not None else (),
        comparison=comparison,
    )


def _compare(frame: RecordedFrame, before: Replay, after: Replay, comparison: ReplayComparison) -> None:
    """Have the nodes of both sides decide about a frame."""
    for firing in _firings(before, frame):
        comparison.add_before(firing)
    for firing in _firings(after, frame):
        comparison.add_after(firing)


def _firings(side: Replay, frame: RecordedFrame) -> list[Firing]:
    """Have the nodes of one side decide about a frame; gives its events."""
    return [
        Firing(position_s, frame.line, frame.source_name, event)
        for _, position_s, decision in side.process(frame)
        for event in decision.events
    ]


def _read_partially(recording: FrameReader, triggers: Iterable[TriggerProperties]) -> None:
    """Have a recording of metadata read no more than the triggers look at."""
    if isinstance(recording, Recording):
        recording.read_frame = frame_reader(triggers)


def _triggers(settings: Settings, changed: Settings | None, node_ids: Collection[str]) -> Iterator[TriggerProperties]:
    """The properties of every trigger node that looks at the frames."""
    for side in (settings,) if changed is None else (settings, changed):
        for pipeline in side.pipelines:
            yield from (trigger.properties for trigger in chosen_triggers(pipeline, node_ids))


def _has_several(settings: Settings, changed: Settings | None, node_ids: Collection[str]) -> bool:
    """True when a side has several nodes: then the node's id decides which events belong together."""
    sides = (settings, changed) if changed is not None else (settings,)
    return any(len(chosen_triggers(pipeline, node_ids)) > 1 for side in sides for pipeline in side.pipelines)
