"""How one trouble reads on a terminal of 80 columns: its sentence, and what to do about it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from securos_trigger.operations.trouble import Trouble

_WIDTH: Final = 79
_COMMAND: Final = re.compile(r"`[^`]*`")
#: Stands for a space in a command while lines are broken. It is for private use, so no text has it.
_KEPT_SPACE: Final = "\ue000"


def lines_of(trouble: Trouble, config: str) -> Iterator[str]:
    """The lines of a trouble. `config` stands in commands in place of CONFIG, so that they can be copied."""
    yield folded(f"{'!' if trouble.needs_person else '-'} {trouble.text}", "  ")
    if trouble.fix:
        yield folded(f"  -> {trouble.fix.replace('CONFIG', config)}", "     ")


def folded(text: str, indent: str) -> str:
    """The text in lines of at most 79 characters, or of one longer word. A command between backticks is one word."""
    kept = _COMMAND.sub(lambda command: command[0].replace(" ", _KEPT_SPACE), text)
    lines = textwrap.fill(kept, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return lines.replace(_KEPT_SPACE, " ")
