"""A terminal for what the command line prints."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TextIO

import pytest


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[TextIO]:
    """The writing end of a pseudo-terminal."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    ours, theirs = os.openpty()
    with open(theirs, "w", encoding="utf-8") as stream:  # noqa: PTH123  a descriptor, not a path
        yield stream
    os.close(ours)
