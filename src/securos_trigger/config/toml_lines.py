"""Finds the line of a TOML file on which a setting stands. The standard library's reader does not keep lines."""

from __future__ import annotations

import re
from typing import Final

Steps = tuple[str | int, ...]

_SPACE: Final = re.compile(r"[ \t]+")
_SPACE_AND_COMMENTS: Final = re.compile(r"(?:[\s,]+|#[^\n]*)+")
_STRING: Final = re.compile(
    r"""
    \"{3} (?: \\. | [^\\] )*? \"{3,5}
    | '{3} .*? '{3,5}
    | " (?: \\. | [^"\\\n] )* "
    | ' [^'\n]* '
    """,
    re.DOTALL | re.VERBOSE,
)
_BARE_KEY: Final = re.compile(r"[\w-]+")
_SCALAR: Final = re.compile(r"[^,\]}#\n]+")
_STEP: Final = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def steps_of(where: str) -> Steps:
    """The steps of a place: `pipelines[0].name` is `("pipelines", 0, "name")`."""
    return tuple(name or int(number) for name, number in _STEP.findall(where))


class TomlLines:
    """The lines of all settings and tables of a text that is valid TOML."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = self._counted_to = 0
        self._line_here = 1
        self._lines: dict[Steps, int] = {}
        self._arrays: dict[Steps, int] = {}
        self._read()

    def line_of(self, where: str) -> int | None:
        """The line of a place such as `pipelines[0].nodes[2].iss_port`: of its key, else of what it stands in."""
        steps = steps_of(where)
        return next((self._lines[steps[:n]] for n in range(len(steps), 0, -1) if steps[:n] in self._lines), None)

    def _read(self) -> None:
        table: Steps = ()
        while True:
            self._skip(_SPACE_AND_COMMENTS)
            if self._at >= len(self._text):
                return
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._setting(table)

    def _header(self) -> Steps:
        """Read `[a.b]` or `[[a.b]]`; give the path of the table, with the numbers of the lists on the way."""
        is_array = self._text.startswith("[[", self._at)
        line = self._line()
        self._at += 2 if is_array else 1
        keys = self._keys()
        self._at += 2 if is_array else 1
        path = self._with_numbers((), keys[:-1])
        path = (*path, keys[-1]) if is_array else self._with_numbers(path, keys[-1:])
        if is_array:
            self._arrays[path] = number = self._arrays.get(path, -1) + 1
            self._lines.setdefault(path, line)
            path = (*path, number)
        self._note(path, line)
        return path

    def _with_numbers(self, path: Steps, keys: list[str]) -> Steps:
        for key in keys:
            path = (*path, key)
            if path in self._arrays:
                path = (*path, self._arrays[path])
        return path

    def _setting(self, table: Steps) -> None:
        line = self._line()
        path = (*table, *self._keys())
        self._note(path, line)
        self._at += 1  # the =
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: Steps) -> None:
        opening = self._text[self._at : self._at + 1]
        if opening == "[":
            self._items(path)
        elif opening == "{":
            self._at += 1
            while not self._closes("}"):
                self._setting(path)
        else:
            self._skip(_STRING if opening in ('"', "'") else _SCALAR)

    def _items(self, path: Steps) -> None:
        self._at += 1
        number = 0
        while not self._closes("]"):
            self._note((*path, number), self._line())
            self._value((*path, number))
            number += 1

    def _closes(self, sign: str) -> bool:
        """Skip to the next item. True, and past the sign, when there is none."""
        self._skip(_SPACE_AND_COMMENTS)
        has_ended = self._at >= len(self._text) or self._text[self._at] == sign
        self._at += has_ended
        return has_ended

    def _keys(self) -> list[str]:
        """Read `a."b c".d`, up to what follows it."""
        keys = []
        while True:
            self._skip(_SPACE)
            is_quoted = self._text[self._at] in ('"', "'")
            start = self._at
            self._skip(_STRING if is_quoted else _BARE_KEY)
            keys.append(self._text[start + is_quoted : self._at - is_quoted])
            self._skip(_SPACE)
            if self._text[self._at] != ".":
                return keys
            self._at += 1

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _line(self) -> int:
        """The line of the present place, counted on from the place that was asked for before."""
        self._line_here += self._text.count("\n", self._counted_to, self._at)
        self._counted_to = self._at
        return self._line_here

    def _note(self, path: Steps, line: int) -> None:
        """Keep the first line of a path, and of the tables around a dotted key."""
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], line)
