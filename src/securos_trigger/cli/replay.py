"""Replays a recording: reads it once, whatever is asked, and shows what would have fired."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from securos_trigger.cli.replay_tables import show_comparison, show_replay
from securos_trigger.config.reader import read_config
from securos_trigger.config.settings import Settings
from securos_trigger.errors import MissingPartError
from securos_trigger.metadata.recordings import Recording
from securos_trigger.replay import Firing, NodeReport, Occasion, Replay, ReplayComparison, Side


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """A recording that was replayed: the reports of the configuration's nodes, and of the changed one's, if any."""

    recording: Recording
    reports: tuple[NodeReport, ...]
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
            "nodes": [_report_json(report) for report in self.reports],
        }
        if self.comparison is not None:
            plain["changed_nodes"] = [_report_json(report) for report in self.changed_reports]
            plain["comparison"] = {
                "tolerance_s": self.comparison.tolerance_s,
                "before": _side_json(self.comparison.before),
                "after": _side_json(self.comparison.after),
                "lost": [_occasion_json(occasion) for occasion in self.comparison.before.unmet],
                "new": [_occasion_json(occasion) for occasion in self.comparison.after.unmet],
            }
        return plain


def replay_recording(
    recording: Recording,
    settings: Settings,
    *,
    node_ids: Collection[str] = (),
    changed: Settings | None = None,
    tolerance_s: float = 2.0,
) -> ReplayResult:
    """Run the trigger nodes of `settings`, and those of `changed` beside them, over the recording.

    RecordingError when there is no frame in it, ConfigurationError when there is no node of `node_ids`.
    """
    replay = Replay(settings, node_ids=node_ids)
    other = Replay(changed, node_ids=node_ids) if changed is not None else None
    comparison = (
        ReplayComparison(tolerance_s, is_by_node=_has_several(settings, changed, node_ids)) if changed else None
    )
    began_at_s = time.perf_counter()
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
        unread_sources=dict(replay.unread_sources),
        elapsed_s=time.perf_counter() - began_at_s,
        changed_reports=other.reports() if other is not None else (),
        comparison=comparison,
    )


def run_replay(
    path: Path,
    config: Path,
    *,
    node_ids: Collection[str] = (),
    compare: Path | None = None,
    tolerance_s: float = 2.0,
    png: Path | None = None,
    json_path: Path | None = None,
    console: Console | None = None,
) -> int:
    """The command `replay`: run, show, and write the files that were asked for. 1: no pipeline reads the recording."""
    console = console or Console()
    settings = read_config(config, has_secrets=False)
    changed = read_config(compare, has_secrets=False) if compare is not None else None
    recording = Recording(path)
    with console.status(f"Replaying {path}"):
        result = replay_recording(recording, settings, node_ids=node_ids, changed=changed, tolerance_s=tolerance_s)
    show_replay(console, result.reports, str(config))
    if result.comparison is not None:
        show_replay(console, result.changed_reports, str(compare))
        show_comparison(console, result.comparison)
    _show_reading(console, result, settings)
    if json_path is not None:
        json_path.write_text(json.dumps(result.to_json(), indent=2) + "\n", encoding="utf-8")
    if png is not None:
        _draw(png, result)
    return 0 if result.reports else 1


def _draw(path: Path, result: ReplayResult) -> None:
    try:
        from securos_trigger.cli.replay_chart import draw_timelines
    except ModuleNotFoundError as error:
        if error.name != "PIL":
            raise
        raise MissingPartError('A picture needs Pillow: pip install "securos-trigger[video]"') from None
    draw_timelines(path, result.reports, result.changed_reports, title=result.recording.path.name)


def _show_reading(console: Console, result: ReplayResult, settings: Settings) -> None:
    """Say how much was read, what could not be, and what nobody looked at."""
    recording = result.recording
    speed = f"{result.frames_per_s:,.0f} frames a second"
    console.print(f"{recording.frames:,} frames in {result.elapsed_s:.1f} s ({speed}); nothing was sent.")
    for line in recording.broken:
        console.print(f"[yellow]left out[/] {line}", highlight=False)
    if recording.broken_count > len(recording.broken):
        console.print(f"[yellow]left out[/] {recording.broken_count - len(recording.broken):,} more lines")
    if recording.is_torn:
        console.print("The end of the recording is torn: the writing was interrupted.")
    if not result.reports:
        console.print("[yellow]No trigger node looked at a frame.[/]")
    known = ", ".join(f'"{pipeline.source.source_name}"' for pipeline in settings.pipelines)
    for name, count in result.unread_sources.items():
        console.print(
            f'[yellow]not looked at[/] {count:,} frames of source "{name}": the pipelines read {known}',
            highlight=False,
        )


def _has_several(settings: Settings, changed: Settings | None, node_ids: Collection[str]) -> bool:
    """True when a side has several nodes: then the node's id decides which events belong together."""
    counts = [
        sum(not node_ids or trigger.id in node_ids for trigger in pipeline.triggers)
        for side in (settings, changed)
        for pipeline in (side.pipelines if side is not None else ())
    ]
    return any(count > 1 for count in counts)


def _report_json(report: NodeReport) -> dict[str, Any]:
    return {
        "pipeline": report.pipeline,
        "node_id": report.node_id,
        "source_name": report.source_name,
        "length_s": round(report.length_s, 3),
        "frames": {str(reason): count for reason, count in report.frames.items()},
        "flags": {str(flag): count for flag, count in report.flags.items()},
        "events": report.events,
        "first_events": [_firing_json(firing) for firing in report.firings],
    }


def _firing_json(firing: Firing) -> dict[str, Any]:
    event = firing.event
    return {
        "position_s": round(firing.position_s, 3),
        "line": firing.line,
        "source_name": firing.source_name,
        "node_id": event.node_id,
        "at": event.at,
        "captured_at": event.captured_at.isoformat() if event.captured_at else None,
        "name": event.name,
        "description": event.description,
        "camera_ids": list(event.camera_ids),
        "flags": sorted(event.flags),
    }


def _side_json(side: Side) -> dict[str, int]:
    return {"events": side.events, "occasions": side.occasions, "not_met": side.unmet_count}


def _occasion_json(occasion: Occasion) -> dict[str, Any]:
    length_s = occasion.ends_at_s - occasion.first.position_s
    return {"first_event": _firing_json(occasion.first), "events": occasion.events, "length_s": round(length_s, 3)}
