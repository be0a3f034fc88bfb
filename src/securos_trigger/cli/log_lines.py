"""A log line as a person reads it on a terminal: broken between its fields, with short ids."""

from __future__ import annotations

import os
import re
import textwrap
from typing import Final, TextIO

#: An id of an event; its first eight characters are enough for every command.
_ID: Final = re.compile(r"(\b\w*id=[0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f-]{22}\b")
#: What stays in one line: a command, and a field whose value is in quotes.
_WHOLE: Final = re.compile(r"`[^`]*`|\b\w+=\"(?:[^\"\\]|\\.)*\"")
#: Stands for a space in them while lines are broken. It is for private use, so no text has it.
_KEPT_SPACE: Final = "\ue000"
_INDENT: Final = "    "
_USUAL_WIDTH: Final = 80
#: A narrower terminal, such as one that is not laid out yet, breaks the lines itself.
_LEAST_WIDTH: Final = 20


def terminal_width(stream: TextIO | None) -> int | None:
    """The columns of the terminal that this stream is; None: it is none."""
    if stream is None or not stream.isatty():
        return None
    try:
        return os.get_terminal_size(stream.fileno()).columns or _USUAL_WIDTH
    except OSError:  # it has been closed
        return None


def terminal_line(line: str, width: int) -> str:
    """The line for a terminal of this width. A longer word, path or command stays whole; it can be copied."""
    width = max(width, _LEAST_WIDTH)

    def kept(found: re.Match[str]) -> str:
        is_whole = found[0].startswith("`") or len(found[0]) < width - len(_INDENT)
        return found[0].replace(" ", _KEPT_SPACE) if is_whole else found[0]

    text = _WHOLE.sub(kept, _ID.sub(r"\1", line))
    lines = textwrap.TextWrapper(width - 1, "", _INDENT, break_long_words=False, break_on_hyphens=False)
    return lines.fill(text).replace(_KEPT_SPACE, " ")
