"""Why no event came, or what became of those that did: what is said of one node first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Cause:
    """`kind` is a reason, a period's kind, a silence's, or how a delivery stands.

    `lines` are sentences, one thing each: the first is the cause, what holds now before what was. `fix` is what to do
    about the first; empty where there is nothing to do.
    """

    kind: str
    lines: tuple[str, ...]
    fix: str = ""

    @property
    def text(self) -> str:
        """The sentences as one text."""
        return " ".join((self.lines[0], *map(capital, self.lines[1:])))

    def to_json(self, said: Callable[[str], str]) -> dict[str, Any]:
        """Plain data. `said` writes commands as they are to be typed."""
        lines = [said(line) for line in self.lines]
        return {"kind": self.kind, "text": said(self.text), "next": said(self.fix), "lines": lines}


def capital(sentence: str) -> str:
    """The sentence with a capital letter first."""
    return sentence[:1].upper() + sentence[1:]


def small(sentence: str) -> str:
    """The sentence with a small letter first, to stand after a name and a colon."""
    return sentence[:1].lower() + sentence[1:]
