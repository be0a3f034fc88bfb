r"""Paths in double quotes whose backslashes became control characters: `"D:\temp\new.mp4"` has a tab and a line end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from securos_trigger.errors import Mistake

_WORDS: Final = {
    "\t": ("\\t", "a tab"),
    "\n": ("\\n", "a line end"),
    "\r": ("\\r", "a line end"),
    "\b": ("\\b", "a backspace"),
    "\f": ("\\f", "a form feed"),
}
_PATHS: Final = ("path", "model", "file", "device", "certificate", "key", "folders")


def with_path_codes(raw: dict[str, Any], mistakes: Sequence[Mistake]) -> list[Mistake]:
    """The mistakes of a file with those of its paths that hold a control character, which no file's name has.

    What else is said of such a path follows from it, and is left out.
    """
    codes = list(_codes_below(raw, ""))
    places = {code.where for code in codes}
    return codes + [mistake for mistake in mistakes if mistake.where not in places]


def _codes_below(table: dict[str, Any], where: str) -> Iterator[Mistake]:
    for key, value in table.items():
        place = f"{where}.{key}" if where else key
        if isinstance(value, dict):
            if set(value) == {"file"} and _has_code(value["file"]):
                yield Mistake(place, *_sentences("file", value["file"], is_shown=False))
                continue
            yield from _codes_below(value, place)
        elif isinstance(value, list):
            for number, item in enumerate(value):
                if isinstance(item, dict):
                    yield from _codes_below(item, f"{place}[{number}]")
                elif key in _PATHS and _has_code(item):
                    yield Mistake(place, *_sentences(key, item))
        elif (key in _PATHS or key.endswith("_file")) and _has_code(value):
            yield Mistake(place, *_sentences(key, value))


def _has_code(value: object) -> bool:
    return isinstance(value, str) and any(sign in value for sign in _WORDS)


def _sentences(key: str, value: str, *, is_shown: bool = True) -> tuple[str, str]:
    code, word = next(_WORDS[sign] for sign in value if sign in _WORDS)
    written = "".join(_WORDS[sign][0] if sign in _WORDS else sign for sign in value) if is_shown else "…"
    what = f"{code} in double quotes is {word}, and no file name can have one"
    return what, f"Write the path in single quotes, {key} = '{written}', or with / or \\\\ for each \\."
