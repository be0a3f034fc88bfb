"""How the commands that we print begin: a shell has to find this program by the word that stands there."""

from __future__ import annotations

import os
import re
import sys
from functools import lru_cache
from pathlib import Path
from typing import Final

_NAME: Final = "securos-trigger"
_COMMAND: Final = re.compile(rf"(?<=`){_NAME}(?= [^`]*`)")


def program() -> str:
    """How a shell finds this program, quoted for it.

    `securos-trigger` where that name on PATH is this one; else what was typed, such as `.venv/bin/securos-trigger`.
    """
    return _program(sys.argv[0], sys.orig_argv[0], os.environ.get("PATH", ""))


def typed_command() -> str:
    """The command of this program as it was typed, for a shell; empty in another program that uses this one."""
    called = Path(sys.argv[0])
    is_module = called.name == "__main__.py" and called.parent.name == "securos_trigger"
    if not is_module and _stem(called.name) != _NAME:
        return ""
    return " ".join((program(), *map(_quoted, sys.argv[1:])))


def as_called(text: str) -> str:
    """The text with `program()` in its commands between backticks that begin with `securos-trigger`."""
    return _COMMAND.sub(lambda _: program(), text) if "`securos-trigger " in text else text


@lru_cache(maxsize=16)
def _program(called: str, python: str, path: str) -> str:
    is_module = Path(called).name == "__main__.py"
    script = str(Path(sys.executable).with_name(_NAME)) if is_module else called
    if Path(_stem(script)).name != _NAME or Path(script).name == script:
        return _NAME  # another program that uses this one
    from shutil import which  # most commands print none

    found = which(_NAME, path=path)
    if found is not None and _stem(os.path.realpath(found)) == _stem(os.path.realpath(script)):
        return _NAME
    if is_module and which(script) is None:
        return f"{_quoted(python)} -m securos_trigger"
    return _quoted(script)


def _stem(path: str) -> str:
    return path.removesuffix(".exe")


def _quoted(word: str) -> str:
    if os.name == "nt":
        return f'"{word}"' if " " in word else word
    from shlex import quote

    return quote(word)
