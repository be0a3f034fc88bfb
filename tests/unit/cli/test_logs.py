"""Log lines of a command that runs for long."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import pytest

from securos_trigger.cli.logs import log_to_stderr
from securos_trigger.notices import Notice, kinds, log_notice
from tests.terminals import read_to_end


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


@pytest.mark.skipif(os.name == "nt", reason="it has no pseudo-terminals")
def test_only_what_is_wrong_has_the_colour_of_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    mine, terminal = os.openpty()
    monkeypatch.setattr(logging.getLogger("securos_trigger"), "parent", log := logging.RootLogger(logging.WARNING))
    monkeypatch.setattr(logging, "root", log)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with os.fdopen(terminal, "w") as stream, monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", stream)
        log_to_stderr()
        logging.captureWarnings(False)
        for kind in (kinds.TARGET_RECOVERED, kinds.RELOAD_DONE, kinds.SOURCE_LOST, kinds.RELOAD_REFUSED):
            log_notice(Notice(kind, {}))
    colours = [line[:5] for line in read_to_end(mine).splitlines() if line.startswith("\x1b[3")]
    assert colours == ["\x1b[32m", "\x1b[32m", "\x1b[33m", "\x1b[31m"]
