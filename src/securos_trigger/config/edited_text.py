"""Writes changes into the text of a configuration, with its comments and its layout.

To read a text with its layout takes long: seconds for hundreds of pipelines. So only the one pipeline that is changed
is read in that way where that is possible; what comes out is compared with what it must say in any case.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from securos_trigger.errors import missing_part

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_HEADING: Final = re.compile(r"^[ \t]*\[\[[ \t]*pipelines[ \t]*\]\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of what stands at the end of `steps` from the top of a document. `make` gets that table or list."""

    steps: Sequence[str | int]
    make: Callable[[Any], None]

    def apply(self, data: Any, skipped: int = 0) -> None:
        """Change a document, or the table in it that these first steps lead to."""
        for step in self.steps[skipped:]:
            data = data[step]
        self.make(data)


def changed_text(before: str, changes: Sequence[Change], wanted: Mapping[str, Any]) -> str | None:
    """The text with the changes. None: it would not say what is wanted.

    ValueError: it is not TOML. MissingPartError: tomlkit is not installed.
    """
    one = _with_one_pipeline_changed(before, changes, wanted)
    if one is not None and _says(one, wanted):
        return one
    document = _parsed(before)
    for change in changes:
        change.apply(document)
    written: str = document.as_string()
    return written if _says(written, wanted) else None


def _with_one_pipeline_changed(before: str, changes: Sequence[Change], wanted: Mapping[str, Any]) -> str | None:
    """The text, of which only one pipeline was read. None: more is changed, or its place is not certain."""
    numbers = {tuple(change.steps[:2]) for change in changes}
    if len(numbers) != 1:
        return None
    match numbers.pop():
        case ("pipelines", int(number)):
            starts = [found.start() for found in _HEADING.finditer(before)]
        case _:
            return None
    if len(starts) != len(wanted["pipelines"]):  # an array, or a text over several lines that has such a line
        return None
    start, end = starts[number], [*starts, len(before)][number + 1]
    try:
        document = _parsed(before[start:end])
        for change in changes:
            change.apply(document["pipelines"][0], skipped=2)
    except (ValueError, LookupError):
        return None
    return before[:start] + document.as_string() + before[end:]


def _says(text: str, wanted: Mapping[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _parsed(text: str) -> TOMLDocument:
    """The document with its layout. ValueError: it is not TOML."""
    try:
        import tomlkit
        from tomlkit.exceptions import TOMLKitError
    except ModuleNotFoundError:
        raise missing_part("console", "tomlkit") from None
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise ValueError(str(error)) from None
