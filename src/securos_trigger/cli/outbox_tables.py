"""How the terminal shows deliveries of an outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from securos_trigger.operations.outbox import OutboxListing, Row

_HEADS = ("no.", "state", "age", "cameras", "event", "attempts", "target", "reason")
_NUMBERS = ("no.", "age", "attempts")


def new_console() -> Console:
    """A console that prints texts of events as they are."""
    return Console(markup=False, highlight=False, emoji=False)


def show_listing(console: Console, listing: OutboxListing, *, now: datetime, limit: int) -> None:
    """The counts, and a row for each delivery with its age at the present moment `now` (aware)."""
    counts = ", ".join(f"{count} {state}" for state, count in listing.counts.items())
    console.print(f"{listing.outbox}: {counts}", soft_wrap=True)
    if listing.rows:
        console.print(_table(listing.rows, now))
    if listing.is_more:
        console.print(f"There are more; --limit shows more than {limit} of a state.", soft_wrap=True)


def show_rows(console: Console, rows: Sequence[Row]) -> None:
    """Everything about each delivery, a line for each of its fields."""
    for row in rows:
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        for name, value in row.items():
            table.add_row(name, ", ".join(value) if isinstance(value, list) else str(value or ""))
        console.print(table)


def age(span: timedelta) -> str:
    """A time span for a person: `40 s`, `12 min`, `5 h`, `3 d`."""
    seconds = max(0.0, span.total_seconds())
    for unit, length_s in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length_s:
            return f"{int(seconds // length_s)} {unit}"
    return f"{int(seconds)} s"


def _table(rows: Sequence[Row], now: datetime) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False)
    for head in _HEADS:
        table.add_column(head, overflow="fold", justify="right" if head in _NUMBERS else "left")
    for row in rows:
        table.add_row(
            str(row["number"]),
            row["state"],
            age(now - datetime.fromisoformat(row["captured_at"])),
            ", ".join(row["camera_ids"]) or "none",
            row["name"],
            str(row["attempts"]),
            row["target"],
            row["reason"],
        )
    return table
