"""Colours on a terminal: never in a file or a pipe, and not where NO_COLOR is set (no-color.org)."""

from __future__ import annotations

import os
from typing import TextIO

import click

BAD, DOUBTFUL, GOOD = "red", "yellow", "green"


def is_terminal(stream: TextIO | None) -> bool:
    """True for a terminal. None: the program was started with this stream closed (`>&-`)."""
    return stream is not None and stream.isatty()


def shows_colours(stream: TextIO | None) -> bool:
    """True when the stream is a terminal that shows colours and its user wants them."""
    is_wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return is_wanted and is_terminal(stream)


def coloured(text: str, colour: str, stream: TextIO | None) -> str:
    """The text, in this colour where the stream shows colours."""
    return click.style(text, fg=colour) if shows_colours(stream) else text


def coloured_report(text: str, beginning: str, stream: TextIO | None) -> str:
    """A report of a service where the stream shows colours: what needs a person in red, remarks in yellow.

    `beginning` is the colour of other lines, until a remedy that is no trouble's or an empty line; "": none.
    """
    if not shows_colours(stream):
        return text
    shown, colour = [], beginning
    for line in text.split("\n"):
        if line.startswith(("! ", "- ")):
            colour = BAD if line[0] == "!" else DOUBTFUL
        elif not line or line.startswith("-> "):
            beginning = colour = ""
        elif line.lstrip().startswith("-> "):
            colour = ""
        elif not line.startswith("  "):
            colour = beginning
        shown.append(click.style(line, fg=colour) if colour else line)
    return "\n".join(shown)
