"""Colours on a terminal: never in a file or a pipe, and not where NO_COLOR is set (no-color.org)."""

from __future__ import annotations

import os
from typing import TextIO

import click

BAD, DOUBTFUL = "red", "yellow"


def shows_colours(stream: TextIO | None) -> bool:
    """True when the stream is a terminal that shows colours and its user wants them."""
    is_wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return is_wanted and stream is not None and stream.isatty()


def coloured(text: str, colour: str, stream: TextIO | None) -> str:
    """The text, in this colour where the stream shows colours."""
    return click.style(text, fg=colour) if shows_colours(stream) else text
