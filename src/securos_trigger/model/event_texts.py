"""The texts of an event as an operator can read them: their greatest lengths, and where they are cut."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MAX_NAME_CHARACTERS = 256
MAX_DESCRIPTION_CHARACTERS = 4_096

# Control characters but for line ends and tabs, and the signs that turn the direction of writing.
_UNREADABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_JOINER: Final = "\u200d"
_MODIFIERS: Final = frozenset(map(chr, (*range(0x1F3FB, 0x1F400), *range(0xE0020, 0xE0080))))  # skin tones, tags
_FLAG_LETTERS: Final = frozenset(map(chr, range(0x1F1E6, 0x1F200)))
#: Parts of one character, as a person sees it, that are kept together. A family is 7.
_LONGEST_CHARACTER: Final = 32


def clean_text(text: str, max_characters: int) -> str:
    """`text` as an operator can read it: cut to `max_characters`, without spaces at its ends.

    Control characters are left out, and so are the signs that turn the direction of what follows them: the text of a
    number plate must not turn the line of a log. Lone surrogates (not sendable as UTF-8) are replaced.
    """
    if not text.isprintable():
        text = _UNREADABLE.sub("", text)
    text = (text if len(text) <= max_characters else text[: _end_of_last(text, max_characters)]).strip()
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _end_of_last(text: str, most: int) -> int:
    """Where the last whole character ends within `most`: no accent, emoji or flag is torn from what it belongs to."""
    for end in range(most, max(most - _LONGEST_CHARACTER, 0), -1):
        if not _belongs_to_the_one_before(text, end):
            return end
    return most


def _belongs_to_the_one_before(text: str, place: int) -> bool:
    before, sign = text[place - 1], text[place]
    if before == _JOINER or sign == _JOINER or sign in _MODIFIERS or unicodedata.category(sign)[0] == "M":
        return True
    if sign not in _FLAG_LETTERS:
        return False
    first = place
    while first and place - first < _LONGEST_CHARACTER and text[first - 1] in _FLAG_LETTERS:
        first -= 1
    return (place - first) % 2 == 1
