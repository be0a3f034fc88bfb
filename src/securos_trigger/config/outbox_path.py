"""Finds the outbox of a configuration alone: a mistake in the file does not hide it, and it takes no time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from securos_trigger.config.encoding import bytes_of
from securos_trigger.config.quick_tables import quick_tables
from securos_trigger.system.files import is_there
from securos_trigger.system.user_folders import below, user_state_folder

#: What stands behind the = of a line, without quotes and comments. A quote may be missing.
_VALUE: Final = re.compile(r"""=\s*["']*([^"'#\n]+)""")

#: The path in the table `[outbox]`, line by line.
_OUTBOX_PATH: Final = re.compile(
    r"""
    ^\[outbox\] [ \t]* (?:\#.*)? \n
    (?: (?!\[) .* \n )*?
    [ \t]* path [ \t]* = [ \t]* (["']) (?P<path>[^"'\\\n]+) \1 [ \t]* (?:\#.*)? $
    """,
    re.MULTILINE | re.VERBOSE,
)


def default_outbox_path() -> Path:
    """The outbox file when the configuration names none: in the user's state folder of this system."""
    return user_state_folder() / "outbox.sqlite"


def named_outbox(config: Path, *, or_default: bool = False) -> Path | None:
    """The file that `[outbox] path` names, or with `or_default` the default one where it names none.

    None: it names none, or the file must be read whole to say what is wrong.
    """
    try:
        outbox = quick_tables(config).get("outbox", {})
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(outbox, dict):
        return None
    if or_default and "path" not in outbox:
        return default_outbox_path()
    path = outbox.get("path")
    return below(config.parent, path) if isinstance(path, str) and path else None


def written_outbox(config: Path) -> Path | None:
    """The existing file that the lines of `[outbox]` name, where a mistake elsewhere makes the whole no TOML.

    None: they name none, or there is no such file yet.
    """
    try:
        found = _OUTBOX_PATH.search(bytes_of(config).decode(errors="replace").replace("\r\n", "\n"))
        path = below(config.parent, found["path"]) if found else None
        return path if path is not None and is_there(path) else None
    except (OSError, ValueError):
        return None


def values_in(config: Path) -> Iterator[str]:
    """Every value of the file that may be a path, each once, line by line: also where the file is not TOML."""
    try:
        text = bytes_of(config).decode(errors="replace")
    except (OSError, ValueError):
        return
    yield from dict.fromkeys(value for one in _VALUE.findall(text) if "\0" not in one and (value := one.strip()))
