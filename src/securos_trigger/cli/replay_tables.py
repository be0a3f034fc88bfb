"""How the terminal shows a replay: a table by reason, a timeline, the events, and a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from securos_trigger.errors.wording import counted
from securos_trigger.replay import (
    DEFAULT_TOLERANCE_S,
    MAX_FIRINGS,
    Firing,
    NodeReport,
    Occasion,
    ReplayComparison,
    ReplayResult,
)

#: Events and occasions that are listed; the rest stands in the JSON file.
MAX_ROWS = 20
#: One colour for each reason, the strongest first.
COLOURS = {
    "fired": "green",
    "interval": "yellow",
    "pause_after_loss": "yellow",
    "holding": "cyan",
    "not_risen": "blue",
    "duplicate": "blue",
    "not_boolean": "magenta",
    "condition_unknown": "magenta",
    "condition_false": "bright_black",
    "no_event": "bright_black",
    "inactive_hours": "cyan",
    "muted": "cyan",
    "disabled": "bright_black",
}
_BARS = "▁▂▃▄▅▆▇█"
_LABEL_COLUMNS = 36
#: A longer name of a node goes on in the next line: the text of the event needs the space.
_NODE_COLUMNS = 20
FLAG_WORDS = {
    "template_error": "its template failed",
    "undefined": "printed something undefined",
    "truncated": "more events on this frame",
}


def clock_text(seconds: float) -> str:
    """Seconds as `m:ss.s`, or `h:mm:ss.s` from an hour on."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    tail = f"{rest // 10:02}.{rest % 10}"
    return f"{hours}:{minutes:02}:{tail}" if hours else f"{minutes}:{tail}"


def show_replay(console: Console, reports: Sequence[NodeReport], title: str) -> None:
    """Each node with its reasons over time, then the events in the order of the recording."""
    console.rule(f"[bold]{escape(title)}", align="left")
    for report in reports:
        head = f"{report.pipeline} / {report.node_id}"
        if report.source_name != report.pipeline:
            head += f" on {report.source_name}"
        console.print(f"[bold]{escape(head)}[/]: {counted(report.events, 'event')} in {clock_text(report.length_s)}")
        console.print(_timeline(report, console.width))
    rows = _together([firing for report in reports for firing in report.firings])[:MAX_ROWS]
    if rows:
        console.print(_events_table(rows, has_nodes=len(reports) > 1))
    more = sum(report.events for report in reports) - sum(row.events for row in rows)
    if more:
        console.print(f"… and {counted(more, 'event')} more (--json FILE has the first {MAX_FIRINGS:,} of each node).")
    console.print()


def show_comparison(console: Console, comparison: ReplayComparison) -> None:
    """What the change adds and loses."""
    console.rule("[bold]The change", align="left")
    console.print("\n".join(comparison_lines(comparison)))
    for title, colour, side in (("lost", "red", comparison.before), ("new", "green", comparison.after)):
        for occasion in side.unmet[:MAX_ROWS]:
            console.print(f"[{colour}]{title:<4}[/]  {escape(occasion_text(occasion))}")
        if side.unmet_count > MAX_ROWS:
            console.print(f"… and {side.unmet_count - MAX_ROWS:,} more that are {title}")
    console.print()


def show_reading(console: Console, result: ReplayResult) -> None:
    """How much was read, what could not be, and the frames that no trigger node looked at."""
    recording = result.recording
    speed = f"{result.frames_per_s:,.0f} frames a second"
    console.print(f"{recording.frames:,} frames in {result.elapsed_s:.1f} s ({speed}); nothing was sent.")
    for line in recording.broken:
        console.print(f"[yellow]left out[/] {line}")
    if recording.broken_count > len(recording.broken):
        console.print(f"[yellow]left out[/] {recording.broken_count - len(recording.broken):,} more lines")
    if recording.is_torn:
        console.print("The recording is cut off at its end: its writer was interrupted.")
    if not result.reports:
        console.print("[yellow]No trigger node looked at a frame.[/]")
    known = ", ".join(f'"{name}"' for name in result.source_names)
    for name, count in result.unread_sources.items():
        console.print(f'[yellow]not looked at[/] {count:,} frames of source "{name}": the pipelines read {known}')
        if name in result.unread_fixes:
            console.print(escape(result.unread_fixes[name]))


def comparison_lines(comparison: ReplayComparison) -> list[str]:
    """The comparison in two sentences: the figures, and what they mean."""
    before, after = comparison.before, comparison.after
    within = f"{comparison.tolerance_s:g} s"
    kept = before.occasions - before.unmet_count
    figures = (
        f"{counted(before.events, 'event')} on {counted(before.occasions, 'occasion')} become "
        f"{counted(after.events, 'event')}: {kept:,} kept, {before.unmet_count:,} lost, {after.unmet_count:,} new."
    )
    meaning = (
        f"(Events of a node no more than {within} apart are one occasion. It is lost, or new, when the other side has "
        f"no event within {within} of it.)"
    )
    return [figures, meaning]


def occasion_text(occasion: Occasion) -> str:
    """When the occasion was, what its first event said, and how many events there were."""
    first = occasion.first
    text = f"{clock_text(first.position_s):>9}  {first.event.name}"
    return text if occasion.events == 1 else f"{text}  {_more(occasion)}"


def _timeline(report: NodeReport, width: int) -> Table:
    """A row for each reason: its count, its share, and how much of each stretch of time it had."""
    columns = report.timeline.columns(max(20, min(width, 160) - _LABEL_COLUMNS))
    whole = sum(report.frames.values())
    table = Table.grid(padding=(0, 1))
    table.add_column(min_width=max(map(len, COLOURS)) + 2)
    for reason in COLOURS:
        count = report.frames.get(reason, 0)
        if count:
            line = "".join(_bar(column[reason], column.total()) for column in columns)
            colour = COLOURS[reason]
            table.add_row(
                Text(f"  {reason}", style=colour), Text(f"{count:,}", justify="right"),
                Text(f"{count / whole:.1%}", justify="right"), Text(line, style=colour),
            )  # fmt: skip
    end = clock_text(report.length_s)
    gap = " " * max(1, len(columns) - len("0:00") - len(end))
    table.add_row("", "", "", Text(f"0:00{gap}{end}", style="dim"))
    return table


def _bar(part: int, whole: int) -> str:
    return _BARS[max(0, round(part / whole * len(_BARS)) - 1)] if part else " "


def _events_table(occasions: Sequence[Occasion], *, has_nodes: bool) -> Table:
    """The events, with as much space for their texts as there is. `has_nodes`: each names its node."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column("at", justify="right", no_wrap=True)
    table.add_column("wall clock (UTC)", no_wrap=True)
    if has_nodes:
        table.add_column("node", overflow="fold", max_width=_NODE_COLUMNS)
    table.add_column("event", overflow="fold")
    table.show_header, table.header_style = True, "dim"
    for occasion in occasions:
        event = occasion.first.event
        text = Text(event.name)
        if occasion.events > 1:
            text.append(f"  {_more(occasion)}", style="dim")
        if event.description:
            text.append(f"\n{event.description}", style="dim")
        if event.boxes:
            text.append(f"\n({counted(len(event.boxes), 'bounding box', 'bounding boxes')})", style="dim")
        for flag in sorted(event.flags):
            text.append(f"\n({FLAG_WORDS[flag]})", style="yellow")
        wall_clock = f"{event.captured_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if event.captured_at else ""
        node = (event.node_id,) if has_nodes else ()
        table.add_row(clock_text(occasion.first.position_s), wall_clock, *node, text)
    return table


def _more(occasion: Occasion) -> str:
    return f"({counted(occasion.events, 'event')} in {occasion.length_s:.1f} s)"


def _together(firings: Sequence[Firing]) -> list[Occasion]:
    """The events of a node that follow each other closely as one row, in the order of the recording."""
    occasions: list[Occasion] = []
    latest: dict[tuple[str, str], Occasion] = {}
    for firing in sorted(firings, key=lambda firing: (firing.position_s, firing.line)):
        key = (firing.source_name, firing.event.node_id)
        current = latest.get(key)
        if current is not None and firing.position_s - current.ends_at_s <= DEFAULT_TOLERANCE_S:
            current.ends_at_s = firing.position_s
            current.events += 1
        else:
            latest[key] = Occasion(firing, firing.position_s)
            occasions.append(latest[key])
    return occasions
