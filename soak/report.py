"""What a soak gives back."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one soak, and the promises it found broken, each as a sentence (none: all held).

    `skipped` says why it could not be run on this machine.
    """

    figures: Mapping[str, object] = field(default_factory=dict)
    broken: tuple[str, ...] = ()
    skipped: str = ""


def seeded(seed: int | None) -> tuple[int, random.Random]:
    """The seed of a run, drawn where none is given, and the random choices that follow from it."""
    chosen = random.SystemRandom().randrange(2**32) if seed is None else seed
    return chosen, random.Random(chosen)
