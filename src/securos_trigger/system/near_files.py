"""Which file was meant, where the one that is named cannot be read: one of nearly the same name, or one in a folder."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from securos_trigger.errors.suggestions import nearest

_MOST_NAMED: Final = 4
_NEARLY: Final = 0.7
#: Files beside a configuration that hold no secret.
_OF_THE_SERVICE: Final = frozenset({".toml", ".sqlite", ".jsonl", ".json", ".lock", ".control"})


def meant_file(path: Path, error: OSError, patterns: Sequence[str], wanted: str, otherwise: str = "") -> str:
    """A sentence that names the file to take instead of `path`, which could not be opened for `error`.

    `patterns` are those of the names of such files (`*.toml`), `wanted` is what a person calls one. `otherwise` is
    given where none is found; without it, the files of its folder are named.
    """
    try:
        if path.is_dir():
            return _file_of(path, patterns) or otherwise or f"Name {wanted}, not its folder."
        if not isinstance(error, FileNotFoundError):
            return ""
        if not path.parent.is_dir():
            return f'There is no folder "{path.parent}".'
        names = sorted(one.name for one in _files(path.parent, patterns))
        stem = nearest(_stem(path.name), map(_stem, names))
        alike = [one for one in names if stem and _stem(one).lower() == stem.lower()]
        guess = nearest(path.name, alike) or min(alike, key=len, default="")
    except OSError:  # a folder that this user may not list: there is nothing to guess from
        return otherwise
    if guess:
        return f'Did you mean "{path.parent / guess}"?'
    return otherwise or _all_of(path.parent.absolute(), names, patterns)


def alike_file(path: Path) -> str:
    """`Did you mean "site.token"?` of a file that is not there, where one beside it has nearly its name; else empty."""
    try:
        names = [one.name for one in path.parent.iterdir() if one.suffix not in _OF_THE_SERVICE and one.is_file()]
    except OSError:
        return ""
    found = difflib.get_close_matches(path.name, names, n=1, cutoff=_NEARLY)
    return f'Did you mean "{path.parent / found[0]}"?' if found and found[0] != path.name else ""


def _stem(name: str) -> str:
    """The name up to its first dot: endings are alike anyway."""
    return name.partition(".")[0]


def _files(folder: Path, patterns: Sequence[str]) -> Iterator[Path]:
    return (one for pattern in patterns for one in folder.glob(pattern))


def _file_of(folder: Path, patterns: Sequence[str]) -> str:
    """What to name instead of a folder; empty: it has no such file."""
    found = sorted(map(str, _files(folder, patterns)))
    return f"Name the file: {_named(found)}." if found else ""


def _all_of(folder: Path, names: Sequence[str], patterns: Sequence[str]) -> str:
    """What is in the folder where none of its files has nearly the same name: it may be the wrong folder."""
    return f'The folder "{folder}" has {_named(names) or f"no {patterns[0]}"}.'


def _named(names: Sequence[str]) -> str:
    return ", ".join(f'"{one}"' for one in names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")
