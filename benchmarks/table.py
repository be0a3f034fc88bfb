"""How every benchmark shows its figures: a table for people, JSON for machines."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure, the other side of the comparison, and the bar it must reach (all as text with units).

    A figure without a bar is for information.
    """

    measure: str
    ours: str
    against: str
    ratio: str
    bar: str
    is_reached: bool


def show(title: str, rows: Sequence[Row]) -> None:
    """Print the rows as a table."""
    table = Table(title=title, title_justify="left")
    for head in ("measure", "ours", "against", "ratio", "bar", ""):
        table.add_column(head, overflow="fold")
    for row in rows:
        reached = "[green]reached[/]" if row.is_reached else "[red]not reached[/]"
        table.add_row(row.measure, row.ours, row.against, row.ratio, row.bar, reached if row.bar else "")
    console().print(table)


def console() -> Console:
    """The terminal; wide enough for a table when the output goes to a file."""
    return Console(width=None if sys.stdout.isatty() else 150)


def json_path(description: str, argv: Sequence[str] | None) -> Path | None:
    """The file that `--json` names, if any."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    path: Path | None = parser.parse_args(argv).json
    return path


def write(path: Path | None, rows: Sequence[Row]) -> None:
    """Write the rows as JSON, if a file was asked for."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")


def report(title: str, rows: Sequence[Row], path: Path | None) -> int:
    """Print the rows, and write them to `path` if there is one. The exit code: 1 when a bar is not reached."""
    show(title, rows)
    write(path, rows)
    return 0 if all(row.is_reached for row in rows) else 1
