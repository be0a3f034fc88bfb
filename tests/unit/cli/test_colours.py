"""Colours: on a terminal only, and not against its user's wish."""

from __future__ import annotations

import io
from typing import TextIO

import pytest

from securos_trigger.cli.colours import BAD, coloured, coloured_report


def test_a_terminal_shows_them(terminal: TextIO) -> None:
    assert coloured("failed", BAD, terminal) == "\x1b[31mfailed\x1b[0m"


def test_a_pipe_and_a_missing_stream_do_not(terminal: TextIO) -> None:
    assert coloured("failed", BAD, io.StringIO()) == "failed"
    assert coloured("failed", BAD, None) == "failed"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_user_who_wants_none_gets_none(
    name: str, value: str, terminal: TextIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    assert coloured("failed", BAD, terminal) == "failed"


REPORT = """\
! LOSING EVENTS since 03:12:44: 2 lost, the last at 03:12:45: the
  disk is full
  -> Free 64 MB.
works, with 1 remark
- Events lost
  -> `securos-trigger explain`

securos-trigger 0.2.0"""


def test_a_report_has_its_troubles_in_red_and_its_remarks_in_yellow(terminal: TextIO) -> None:
    red, yellow, plain = "\x1b[31m", "\x1b[33m", "\x1b[0m"
    assert coloured_report(REPORT, "", terminal).split("\n") == [
        f"{red}! LOSING EVENTS since 03:12:44: 2 lost, the last at 03:12:45: the{plain}",
        f"{red}  disk is full{plain}",
        "  -> Free 64 MB.",
        "works, with 1 remark",
        f"{yellow}- Events lost{plain}",
        "  -> `securos-trigger explain`",
        "",
        "securos-trigger 0.2.0",
    ]
    stopped = "! A mistake\n  -> Fix it.\nsecuros-trigger is not\nrunning\n-> start it\n   with run"
    assert coloured_report(stopped, BAD, terminal).split("\n") == [
        f"{red}! A mistake{plain}",
        "  -> Fix it.",
        f"{red}securos-trigger is not{plain}",
        f"{red}running{plain}",
        "-> start it",
        "   with run",
    ]
    assert coloured_report(REPORT, BAD, io.StringIO()) == REPORT
