"""Colours: on a terminal only, and not against its user's wish."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import TextIO

import pytest

from securos_trigger.cli.colours import BAD, coloured


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[TextIO]:
    """The writing end of a pseudo-terminal."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    ours, theirs = os.openpty()
    with open(theirs, "w", encoding="utf-8") as stream:  # noqa: PTH123  a descriptor, not a path
        yield stream
    os.close(ours)


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
