"""How `status --cluster` reads on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from securos_trigger.cli.trouble_text import folded, works_text
from securos_trigger.system.durations import duration_text

if TYPE_CHECKING:
    from securos_trigger.operations.cluster import ClusterReport


def text_of(report: ClusterReport) -> str:
    """The whole text, without the line break at its end."""
    view = report.view
    lines = [folded(f"! {trouble}", "  ") for trouble in report.troubles]
    if view is None:
        return "\n".join(lines)
    if not lines:
        lines.append(f"{works_text(report.remarks)}: {sum(one.waiting for one in view.receivers):,} waiting")
    lines += [folded(f"- {remark}", "  ") for remark in report.remarks]
    copies = "server" if view.copies == 1 else "servers"
    away = f", of which {len(view.away)} away" if view.away else ""
    lines += ["", f"{view.server} answers; each event is on {view.copies} {copies}{away}"]
    receivers = [
        (
            one.name,
            f"{one.waiting:,}",
            _oldest(one.waiting, one.oldest_s),
            f"{one.pending:,}",
            f"{one.dead:,}",
            one.owner or "no process",
        )
        for one in view.receivers
    ]
    lines += ["", *table(("receiver", "waiting", "oldest", "at hand", "dead letters", "served by"), receivers)]
    gateways = [
        (one.name, "connected" if one.is_connected else "not connected", f"{one.outcomes_waiting:,}")
        for one in view.gateways
    ]
    if gateways:
        lines += ["", *table(("gateway", "state", "outcomes waiting"), gateways)]
    return "\n".join([*lines, *_pipelines(report)])


def _pipelines(report: ClusterReport) -> Iterator[str]:
    """The pipelines that several machines may run; nothing where there are none."""
    if not report.may_see_pipelines:
        what = "This login has no right to see which machine runs placed pipelines (examples/nats/nats-server.conf)."
        yield from ("", folded(what, ""))
    elif report.pipelines:
        rows = [(one.name, one.state, one.node, one.said_at) for one in report.pipelines]
        yield from ("", *table(("pipeline", "state", "machine", "last said"), rows))


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a table whose columns are as wide as they must be."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def _oldest(waiting: int, oldest_s: float | None) -> str:
    if oldest_s is None:
        return "no right" if waiting else "-"
    return duration_text(oldest_s)
