"""What `cluster run` and `cluster status` print."""

from __future__ import annotations

from typing import Final

from securos_trigger.errors.wording import counted
from securos_trigger.operations.placement import PipelinePlace, PlacementReport

_STATES: Final = {
    "runs": "runs on {node}",
    "waits": "waits on {node} for the lease",
    "starts": "starts on {node}",
    "ended": "has come to the end of its source on {node}",
    "fails": "fails on {node}",
    "no_place": "has no machine now",
    "not_placed": "is not placed",
    "no_holder": "no machine runs it now",
    "not_known": "it is not known whether a machine runs it",
}


def text_of(report: PlacementReport) -> str:
    """One line for each pipeline, then what a person has to know."""
    lines = [_line(one) for one in report.pipelines]
    if report.cluster_reason:
        lines.append(f"How often they moved is not known: {report.cluster_reason}")
    if report.file_mistake:
        lines.append(f"The file has a mistake, and would not be placed again: {report.file_mistake}")
    return "\n".join(lines)


def _line(one: PipelinePlace) -> str:
    state = _STATES[one.state].format(node=one.node)
    since = f" since {one.since}" if one.since else ""
    history = f" ({counted(one.moves, 'move')}, {counted(one.starts, 'start')})" if one.starts else ""
    return f"{one.pipeline}: {state}{since}{history}{f': {one.reason}' if one.reason else ''}"
