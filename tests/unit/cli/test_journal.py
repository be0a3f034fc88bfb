"""Priorities for the journal of systemd: on its own pipe, and nowhere else."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from securos_trigger.cli.journal import for_journal

LOGS = """
import logging
from securos_trigger.cli.logs import log_to_stderr
log_to_stderr()
log = logging.getLogger("securos_trigger")
log.info("a start")
log.warning("a doubt")
try:
    raise ValueError("two\\nlines")
except ValueError:
    log.exception("a fault")
"""


def printed(*words: str, folder: Path, is_of_pipe: bool = True) -> tuple[int, list[str]]:
    """What a program writes to a pipe that JOURNAL_STREAM names, or to another one than that."""
    reading, writing = os.pipe()
    found = os.fstat(writing)
    named = f"{found.st_dev}:{found.st_ino + (0 if is_of_pipe else 1)}"
    with os.fdopen(reading) as pipe:
        environment = {**os.environ, "JOURNAL_STREAM": named}
        process = subprocess.Popen([sys.executable, *words], stderr=writing, env=environment, cwd=folder)
        os.close(writing)
        lines = pipe.read().splitlines()
    return process.wait(60), lines


def test_every_line_in_the_journal_has_its_priority(tmp_path: Path) -> None:
    _, lines = printed("-c", LOGS, folder=tmp_path)
    assert [line[:3] for line in lines[:2]] == ["<6>", "<4>"]
    assert len(lines) > 4, "the lines of a traceback are lines of their own"
    assert {line[:3] for line in lines[2:]} == {"<3>"}
    assert lines[-1] == "<3>lines"
    assert lines[1].endswith("Z WARNING a doubt")


def test_a_mistake_that_ends_the_service_is_an_error_in_the_journal(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text("[[pipelines]]\n")
    code, lines = printed("-m", "securos_trigger", "run", "site.toml", folder=tmp_path)
    assert code == 2
    assert lines[0].startswith("<3>securos-trigger: site.toml: ")
    assert {line[:3] for line in lines} == {"<3>"}


def test_what_goes_elsewhere_has_none(tmp_path: Path) -> None:
    _, lines = printed("-c", LOGS, folder=tmp_path, is_of_pipe=False)
    assert lines
    assert not [line for line in lines if line.startswith("<")]


def test_a_stream_that_is_no_file_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "1:2")
    assert for_journal("a line", logging.ERROR, None) == "a line"
