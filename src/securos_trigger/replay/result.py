"""Replays a whole recording with one configuration, or with two beside each other."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from securos_trigger.config.settings import Settings
from securos_trigger.metadata.recordings import Recording
from securos_trigger.replay.compare import DEFAULT_TOLERANCE_S, ReplayComparison
from securos_trigger.replay.nodes import Firing, NodeReport
from securos_trigger.replay.recorded_messages import RecordedMessages, kind_of_messages
from securos_trigger.replay.replay import Replay, chosen_triggers


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """A recording that was replayed: the reports of the configuration's nodes, and of the changed one's, if any.

    `source_names` are the sources that the configuration's pipelines read; `unread_sources` counts the frames of
    the others.
    """

    recording: Recording | RecordedMessages
    reports: tuple[NodeReport, ...]
    source_names: tuple[str, ...]
    unread_sources: Mapping[str, int]
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
) -> ReplayResult:
    """Run the trigger nodes of `settings`, and those of `changed` beside them, over the recording at `path`.

    It is a recording of metadata, or one of the messages of an input (a file of `record`, a folder with expected.json),
    which are read with the settings of the first pipeline that has this kind of input.

    RecordingError when there is no frame in it, ConfigurationError when there is no node of `node_ids`.
    """
    replay = Replay(settings, node_ids=node_ids)
    kind = kind_of_messages(path)
    recording = RecordedMessages(path, kind, settings, replay.is_waiting) if kind else Recording(path)
    other = Replay(changed, node_ids=node_ids) if changed is not None else None
    is_by_node = _has_several(settings, changed, node_ids)
    comparison = ReplayComparison(tolerance_s, is_by_node=is_by_node) if changed is not None else None
    began_at_ticks = time.perf_counter()
    for frame in recording:
        decided = replay.process(frame)
        if other is None or comparison is None:
            continue
        for _, position_s, decision in decided:
            for event in decision.events:
                comparison.add_before(Firing(position_s, frame.line, frame.source_name, event))
        for _, position_s, decision in other.process(frame):
            for event in decision.events:
                comparison.add_after(Firing(position_s, frame.line, frame.source_name, event))
    recording.require_frames()
    if comparison is not None:
        comparison.finish()
    return ReplayResult(
        recording=recording,
        reports=replay.reports(),
        source_names=tuple(pipeline.source.source_name for pipeline in settings.pipelines),
        unread_sources=dict(replay.unread_sources),
        elapsed_s=time.perf_counter() - began_at_ticks,
        changed_reports=other.reports() if other is not None else (),
        comparison=comparison,
    )


def _has_several(settings: Settings, changed: Settings | None, node_ids: Collection[str]) -> bool:
    """True when a side has several nodes: then the node's id decides which events belong together."""
    sides = (settings, changed) if changed is not None else (settings,)
    return any(len(chosen_triggers(pipeline, node_ids)) > 1 for side in sides for pipeline in side.pipelines)
