"""Survivors that no test can kill, with the reason each, and the scores below which a run fails."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mutants.mutant import Mutant

EXPLAINED = Path(__file__).with_name("explained.toml")
_KEYS = {"module", "function", "was", "now", "why"}


@dataclass(frozen=True, slots=True)
class Explanations:
    """The contents of `explained.toml`. Survivors are known by their text and not by a line number."""

    floors: dict[str, float]  # package -> the least share that must be killed or explained
    reasons: dict[tuple[str, str, str, str], str]

    def reason_for(self, mutant: Mutant) -> str:
        """Why the mutant has no effect that a test could see; empty when nobody has said so."""
        return self.reasons.get((mutant.path, mutant.function, mutant.was, mutant.now), "")


def read_explanations(path: Path = EXPLAINED) -> Explanations:
    """Read the file. ValueError names an entry that lacks something or says nothing."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    entries: list[dict[str, Any]] = data.get("survivor", [])
    reasons = {}
    for number, entry in enumerate(entries, 1):
        if set(entry) != _KEYS or not str(entry["why"]).strip():
            raise ValueError(f"{path.name}, survivor {number}: it needs {', '.join(sorted(_KEYS))} and nothing else")
        place = (entry["module"], entry["function"], _one_line(entry["was"]), _one_line(entry["now"]))
        reasons[place] = str(entry["why"])
    return Explanations({name: float(share) for name, share in data.get("floors", {}).items()}, reasons)


def _one_line(text: str) -> str:
    return " ".join(text.split())
