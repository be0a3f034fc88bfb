"""The known name that a person may have meant: "Did you mean …?"."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


def nearest(word: str, known: Iterable[str]) -> str:
    """The known name closest to `word`, or an empty string when none is close."""
    folded = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """The fix for an unknown name: the nearest known one, else all of them."""
    guess = nearest(word, known)
    return f'Did you mean "{guess}"?' if guess else f"Known: {', '.join(known)}."
