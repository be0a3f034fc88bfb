"""Cuts texts to the width that a frame has for them, at a cost that does not grow with the text.

A text is measured once, however many frames show it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

Font = Any

_ELLIPSIS = "…"
# A letter takes at least this part of the font's size; thinner ones (marks that combine) may be cut too early.
_THINNEST_LETTER = 1 / 8
_MOST_REMEMBERED = 256


class TextLayout:
    """Widths and cut texts, remembered for the texts that are shown again and again."""

    def __init__(self) -> None:
        self.width = lru_cache(_MOST_REMEMBERED)(_width)
        self.cut = lru_cache(_MOST_REMEMBERED)(self._cut)

    def _cut(self, text: str, font: Font, most_width: int) -> str:
        """`text` on one line, at most `most_width` pixels wide: whole, or its longest beginning and an ellipsis."""
        longest = max(1, int(most_width / (font.size * _THINNEST_LETTER)))
        is_whole = len(text) <= longest
        text = " ".join(text[:longest].splitlines())
        if is_whole and _width(text, font) <= most_width:
            return text
        fitting, too_long = 0, len(text) + 1
        while too_long - fitting > 1:
            middle = (fitting + too_long) // 2
            if _width(text[:middle] + _ELLIPSIS, font) <= most_width:
                fitting = middle
            else:
                too_long = middle
        return text[:fitting] + _ELLIPSIS


def _width(text: str, font: Font) -> float:
    """The width of one line of text, pixels."""
    return float(font.getlength(text))
