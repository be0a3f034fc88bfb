"""Every benchmark can be imported, and the one of the cold start runs its commands to their end."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import benchmarks
from benchmarks.bench_cold_start import EMPTY, Processes, commands_in, rows_of

NAMES = sorted(path.stem for path in Path(benchmarks.__path__[0]).glob("bench_*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_can_be_imported(name: str) -> None:
    assert callable(importlib.import_module(f"benchmarks.{name}").main)


def test_the_commands_of_the_cold_start_end_as_they_must(tmp_path: Path) -> None:
    processes = Processes(commands_in(tmp_path))
    elapsed = {name: [processes.side(name)()] for name in processes.commands}
    assert [row.measure for row in rows_of(elapsed, processes.cpu_s)] == [n for n in processes.commands if n != EMPTY]
