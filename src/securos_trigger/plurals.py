"""Counts as a person reads them: `1 event`, `2,010 events`."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str = "") -> str:
    """`number` and its noun. `plural` is the noun's plural where it is not the noun and an s."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
