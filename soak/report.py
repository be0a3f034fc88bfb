"""What a soak gives back."""

from __future__ import annotations

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
