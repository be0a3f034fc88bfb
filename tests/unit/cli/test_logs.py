"""Log lines of a command that runs for long."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from securos_trigger.cli.logs import log_to_stderr


def test_a_log_line_is_in_utc_and_steers_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = logging.RootLogger(logging.WARNING)
    monkeypatch.setattr(logging, "root", log)
    log_to_stderr()
    logging.captureWarnings(False)
    log.warning("a camera named \u202egnp.exe and \x1b[31mred, Tür")
    try:
        raise ValueError("a \u2066 bug\r")
    except ValueError:
        log.exception("a fault")
    first, second, *traceback = capsys.readouterr().err.splitlines()
    assert first[23:] == r"Z WARNING a camera named \u202egnp.exe and \x1b[31mred, Tür"
    assert second[23:] == "Z ERROR a fault"
    assert traceback[-1] == r"ValueError: a \u2066 bug\r"
    assert len(traceback) > 2, "the lines of a traceback stay lines"


def test_our_commands_have_the_path_and_what_others_say_of_config_stays(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = logging.RootLogger(logging.WARNING)
    monkeypatch.setattr(logging, "root", log)
    log_to_stderr(Path("/etc/my CONFIG x/site.toml"))
    logging.captureWarnings(False)
    log.warning("the camera says `set CONFIG` and CONFIG: `securos-trigger trust CONFIG`; x")
    [line] = capsys.readouterr().err.splitlines()
    said = "the camera says `set CONFIG` and CONFIG: `securos-trigger trust '/etc/my CONFIG x/site.toml'`; x"
    assert line[23:] == f"Z WARNING {said}"
