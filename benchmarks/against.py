"""Compare the figures of this checkout with those of another: is a change no worse than the commit before?

Each side runs its own benchmarks with its own code, in processes that take turns; only the figures of rows with the
same name are compared. A figure is no worse when its median lies within the spread of the other side's runs.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from rich.table import Table

from benchmarks.table import console

#: Row by name -> its figure in each run, and the unit.
Figures = dict[str, tuple[list[float], str]]

_FIGURE = re.compile(r"([+-]?[\d,]*\.?\d+)\s*(\S*)")
_TO_US = {"ns": 1e-3, "us": 1.0, "ms": 1e3, "s": 1e6}


def compare(names: Sequence[str], here: Path, other: Path, out: Path, rounds: int, passed_on: Sequence[str]) -> int:
    """Run the benchmarks on both sides, in turn, and print the table. 1 when a figure is worse, or there is none."""
    has_failed = False
    for name in names:
        sides: dict[Path, Figures] = {here.resolve(): {}, other.resolve(): {}}
        for number in range(rounds):
            for checkout in list(sides)[:: 1 if number % 2 else -1]:
                figures = (out / "against" / f"{name}.json").resolve()
                _run(checkout, name, figures, passed_on)
                for measure, (value, unit) in figures_in(figures).items():
                    sides[checkout].setdefault(measure, ([], unit))[0].append(value)
        ours, theirs = sides.values()
        worse = _show(name, ours, theirs)
        has_failed |= worse > 0 or not ours.keys() & theirs.keys()
    return int(has_failed)


def _run(checkout: Path, name: str, figures: Path, passed_on: Sequence[str]) -> None:
    """Run a checkout's benchmark with its own code. A missed bar is no failure here; figures must be there."""
    figures.parent.mkdir(parents=True, exist_ok=True)
    figures.unlink(missing_ok=True)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(checkout / "src"), str(checkout)])}
    command = [sys.executable, "-m", f"benchmarks.bench_{name}", "--json", str(figures), *passed_on]
    done = subprocess.run(command, check=False, cwd=checkout, env=environment, capture_output=True, text=True)
    if not figures.is_file():
        raise SystemExit(f"bench_{name} of {checkout} gave no figures (exit {done.returncode}):\n{done.stderr}")


def figures_in(path: Path) -> dict[str, tuple[float, str]]:
    """The figure and the unit of each row of a benchmark's JSON. Times are in microseconds, whatever they were in."""
    report = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(report, Mapping):  # as bench_conditions wrote it before it had rows
        return {measure: (value / 1000, "us") for measure, value in report["medians_ns"].items()}
    figures = {}
    for row in report:
        found = _FIGURE.match(row["ours"])
        if found is not None:
            value, unit = float(found[1].replace(",", "")), found[2]
            figures[row["measure"]] = (value * _TO_US[unit], "us") if unit in _TO_US else (value, unit)
    return figures


def is_better_when_higher(unit: str) -> bool:
    """True for rates (`/s`, `frames/s`, `MB/s`); times, shares and sizes are better when lower."""
    return unit.endswith("/s")


def verdict(ours: Sequence[float], theirs: Sequence[float], unit: str) -> str:
    """`better`, `no worse` (the median lies within the other side's spread) or `worse`."""
    middle = median(ours)
    if min(theirs) <= middle <= max(theirs):
        return "no worse"
    return "better" if (middle > max(theirs)) is is_better_when_higher(unit) else "worse"


def _show(name: str, ours: Figures, theirs: Figures) -> int:
    """Print one benchmark's table. Returns how many figures are worse."""
    table = Table(title=f"{name}: this checkout against the other", title_justify="left")
    for head in ("measure", "unit", "here", "there", "there, lowest to highest", "here / there", ""):
        table.add_column(head, overflow="fold")
    worse = 0
    for measure, (here, unit) in ours.items():
        if measure not in theirs or theirs[measure][1] != unit:
            table.add_row(measure, unit, f"{median(here):,.3g}", "", "", "", "only here")
            continue
        there = theirs[measure][0]
        said = verdict(here, there, unit)
        worse += said == "worse"
        times = f"{median(here) / median(there):.2f}" if median(there) else ""
        spread = f"{min(there):,.4g} to {max(there):,.4g}"
        table.add_row(measure, unit, f"{median(here):,.4g}", f"{median(there):,.4g}", spread, times, said)
    console().print(table)
    return worse
