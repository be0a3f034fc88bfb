"""Counts what happened in the demo, and shows it as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import quantiles
from typing import Any

from rich.table import Table
from rich.text import Text

from securos_trigger.errors.wording import counted
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.live_node import LiveNode
from securos_trigger.runtime.node_status import words_of
from securos_trigger.runtime.pipeline_thread import PipelineThread


@dataclass(frozen=True, slots=True)
class DemoFigures:
    """The end of a demo. Latency is from the frame being read to the SecurOS call, in milliseconds.

    `failed` are the nodes, and the sink, that did not do their work, each with the reason.
    """

    frames: int
    frames_per_s: float
    decisions: Mapping[str, Mapping[str, int]]
    events_kept: int
    events_not_kept: int
    deliveries: Mapping[str, int]
    securos_events: int
    recordings: int
    subtitles: int
    latency_p50_ms: float | None
    latency_p99_ms: float | None
    failed: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """True when every kept event was delivered and is in the simulated SecurOS, and no node has failed."""
        is_through = self.events_kept == self.securos_events == self.deliveries["delivered"]
        return is_through and self.events_not_kept == 0 and not self.failed

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    def table(self) -> Table:
        """The table at the end of the demo."""
        table = Table(title="What happened", title_justify="left", show_header=False, min_width=60)
        table.add_row("frames", f"{self.frames}  ({self.frames_per_s:.1f} a second, detector and drawing included)")
        for node_id, reason in self.failed.items():
            table.add_row(f"{node_id} has failed", Text(reason))
        for node_id, reasons in self.decisions.items():
            lines = (f"{words_of(name)}: {counted(count, 'frame')}" for name, count in reasons.items())
            table.add_row(f"decisions of {node_id}", "\n".join(lines))
        lost = f", not kept: {self.events_not_kept}" if self.events_not_kept else ""
        table.add_row("events kept", f"{self.events_kept}{lost}")
        table.add_row("deliveries", ", ".join(f"{count} {state}" for state, count in self.deliveries.items() if count))
        table.add_row("SecurOS events", str(self.securos_events))
        table.add_row("recordings", str(self.recordings))
        table.add_row("subtitles", str(self.subtitles))
        if self.latency_p50_ms is not None:
            latency = f"p50 {self.latency_p50_ms:.0f} ms, p99 {self.latency_p99_ms:.0f} ms"
            table.add_row("frame read -> SecurOS call", f"{latency}  (detector included)")
        return table


def collect_figures(thread: PipelineThread, dispatch: Dispatch, calls: Sequence[Mapping[str, Any]]) -> DemoFigures:
    """Count what the pipeline, the outbox and the simulated SecurOS (`calls`, in order) say."""
    events = [call for call in calls if call["action"] == "VCA_EVENT"]
    latencies_ms = sorted((event["at_s"] - event["happened_at_s"]) * 1000 for event in events)
    cuts = quantiles(latencies_ms, n=100, method="inclusive") if len(latencies_ms) > 1 else latencies_ms * 99
    return DemoFigures(
        frames=thread.result.frames_read,
        frames_per_s=round(thread.result.frames_per_s, 1),
        decisions={live.address.node: _by_count(live) for live in dispatch.nodes},
        events_kept=dispatch.kept,
        events_not_kept=dispatch.not_kept,
        deliveries={state.value: count for state, count in dispatch.counts().items()},
        securos_events=len(events),
        recordings=_recordings(calls),
        subtitles=sum(call["action"] == "ADD_SUBTITLES" for call in calls),
        latency_p50_ms=round(cuts[49], 1) if cuts else None,
        latency_p99_ms=round(cuts[98], 1) if cuts else None,
        failed={node_id: one.reason for node_id, one in thread.result.not_well.items()},
    )


def _by_count(live: LiveNode) -> dict[str, int]:
    return {str(reason): count for reason, count in live.node.decisions.most_common()}


def _recordings(calls: Sequence[Mapping[str, Any]]) -> int:
    """How often a camera began to record: a REC while it already records makes the same recording longer."""
    recording: set[str] = set()
    count = 0
    for call in calls:
        if call["action"] == "REC" and call["id"] not in recording:
            recording.add(call["id"])
            count += 1
        elif call["action"] == "REC_STOP":
            recording.discard(call["id"])
    return count
