"""What `cluster run` and `cluster status` print."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from securos_trigger.cli.trouble_text import folded, lines_of
from securos_trigger.errors.wording import counted
from securos_trigger.operations.pipeline_place import PipelinePlace
from securos_trigger.operations.placement import PlacementReport

_STATES: Final = {
    "runs": "runs on {node}",
    "waits": "waits on {node} for the lease",
    "starts": "starts on {node}",
    "ended": "has come to the end of its source on {node}",
    "fails": "fails on {node}",
    "no_place": "has no machine now",
    "not_placed": "is not placed",
    "no_holder": "no machine runs it now",
    "no_answer": "does not answer on {node}",
    "not_known": "it is not known whether a machine runs it",
}


def text_of(report: PlacementReport) -> str:
    """For each pipeline a line, and what `status` says of it on its machine; then what a person has to know."""
    lines = [line for one in report.pipelines for line in _lines(one)]
    if report.cluster_reason:
        lines.append(f"How they are, and how often they moved, is not known: {report.cluster_reason}")
    if report.file_mistake:
        lines.append(f"The file has a mistake, and would not be placed again: {report.file_mistake}")
    return "\n".join(lines)


def _lines(one: PipelinePlace) -> Iterator[str]:
    state = _STATES[one.state].format(node=one.node)
    since = f" since {one.since}" if one.since else ""
    silent = f"; it said something last at {one.no_answer_since}" if one.no_answer_since else ""
    history = f" ({counted(one.moves, 'move')}, {counted(one.starts, 'start')})" if one.starts else ""
    yield folded(f"{one.pipeline}: {state}{since}{silent}{history}{f': {one.reason}' if one.reason else ''}", "  ")
    for trouble in one.troubles:
        yield from lines_of(trouble, "  ")
