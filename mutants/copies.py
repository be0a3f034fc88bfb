"""Copies of the tree, in which mutants live: the tree itself is only read."""

from __future__ import annotations

import compileall
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from mutants.mutant import Fate, Mutant
from mutants.subjects import Stage

_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".nodes", ".hypothesis", ".*_cache", "__pycache__", "bench-out", "demo-out", "dist", "*.sqlite*"
)
# A mutant may take this much longer than the tests need without it, on a machine that does other work too.
_SLOWER = 5.0
_AT_LEAST_S = 20.0
_FIRST_LIMIT_S = 300.0


class BrokenTestsError(Exception):
    """Tests fail without any mutant, so they can say nothing about one."""


class Copy:
    """A copy of the tree in `folder`, with a server for its Python tests. Use it in one thread."""

    def __init__(self, tree: Path, folder: Path) -> None:
        self._root = folder / "tree"
        self._output = folder / "output.txt"
        shutil.copytree(tree, self._root, ignore=_LEFT_OUT, symlinks=True)
        for name in ("src", "tests"):
            compileall.compile_dir(self._root / name, quiet=2)
        self._server: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._server is not None:
            self._server.communicate()  # the end of its input ends it
        for line in Path("/proc/mounts").read_text().splitlines():
            place = line.split(" ")[1]
            if place.startswith(f"{self._output.parent}/"):  # left by a test that was cut off
                subprocess.run(["umount", place], check=False)

    def run(self, stage: Stage, limit_s: float = _FIRST_LIMIT_S) -> int | None:
        """The exit code of the tests, or None when they took longer."""
        if stage[0].endswith(".js"):
            return self._run_node(stage, limit_s)
        return self._run_pytest(stage, limit_s)

    def fate_of(self, mutant: Mutant, stages: tuple[Stage, ...], seconds: dict[Stage, float]) -> Fate:
        """What the tests make of the mutant.

        `seconds` is what each stage takes without one; a stage that no copy has run yet is timed and noted there.
        BrokenTestsError when its tests fail without a mutant.
        """
        file = self._root / mutant.path
        source = file.read_bytes()
        for stage in stages:
            if stage not in seconds:
                seconds[stage] = self._seconds(stage)
            self._write(file, mutant.applied(source))
            try:
                code = self.run(stage, max(_AT_LEAST_S, seconds[stage] * _SLOWER))
            finally:
                self._write(file, source)
            if code != 0:
                return Fate.TIMED_OUT if code is None else Fate.KILLED
        return Fate.SURVIVED

    def _seconds(self, stage: Stage) -> float:
        began_at = time.monotonic()
        if self.run(stage) != 0:
            tests = " ".join(stage)
            raise BrokenTestsError(f"These tests fail without any mutant: {tests}\n{self.output()[-4000:]}")
        return time.monotonic() - began_at

    def output(self) -> str:
        """What the last tests printed."""
        return self._output.read_text(errors="replace")

    def _write(self, file: Path, source: bytes) -> None:
        """Change a file. Its compiled form may have the same size and second, and would be taken for it."""
        file.write_bytes(source)
        if file.suffix == ".py":
            Path(importlib.util.cache_from_source(file)).unlink(missing_ok=True)

    def _environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(self._root / "src"), str(self._root)])
        return {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}

    def _run_pytest(self, stage: Stage, limit_s: float) -> int | None:
        if self._server is None:
            program = Path(__file__).with_name("pytest_server.py")
            self._server = subprocess.Popen(
                [sys.executable, "-P", program],
                cwd=self._root,
                env=self._environment(),
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps([stage, limit_s, str(self._output)]) + "\n")
        self._server.stdin.flush()
        code: int | None = json.loads(self._server.stdout.readline())
        return code

    def _run_node(self, stage: Stage, limit_s: float) -> int | None:
        # The runner's directory of tests is the receiver's own; a group of its own ends with all its children.
        with self._output.open("wb") as output:
            process = subprocess.Popen(
                ["node", "--test", "--test-reporter=tap", "--test-concurrency=4", *stage],
                cwd=self._root,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            try:
                return process.wait(limit_s)
            except subprocess.TimeoutExpired:
                return None
            finally:
                _end_group(process.pid)
                process.wait()


def _end_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
