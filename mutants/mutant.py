"""What travels through a mutation run: a mutant, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What the tests made of a mutant."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one file: `source[start:end]` (bytes) becomes `replacement`."""

    path: str  # of the file, from the root of the tree
    function: str  # in which it stands, dotted; empty at module level
    line: int  # from 1
    operator: str
    start: int
    end: int
    replacement: bytes
    was: str  # the changed lines before, without white space around them
    now: str  # and after

    def applied(self, source: bytes) -> bytes:
        """The whole file with this change."""
        return source[: self.start] + self.replacement + source[self.end :]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A mutant and its fate; `explanation` says why a survivor has no effect that a test could see."""

    mutant: Mutant
    fate: Fate
    explanation: str = ""

    @property
    def is_unexplained(self) -> bool:
        """True for a survivor that needs a test or an explanation."""
        return self.fate is Fate.SURVIVED and not self.explanation


def mutant_at(
    path: str, function: str, operator: str, source: bytes, start: int, end: int, replacement: bytes
) -> Mutant:
    """The mutant that replaces `source[start:end]`, with its line number and the lines before and after."""
    first = source.rfind(b"\n", 0, start) + 1
    last = source.find(b"\n", end)
    tail = source[end : last if last >= 0 else len(source)]
    was = source[first:end] + tail
    now = source[first:start] + replacement + tail
    line = source.count(b"\n", 0, start) + 1
    return Mutant(path, function, line, operator, start, end, replacement, _one_line(was), _one_line(now))


def _one_line(text: bytes) -> str:
    return " ".join(text.decode("utf-8").split())
