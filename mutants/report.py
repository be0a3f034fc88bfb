"""What a mutation run prints and writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from mutants.explained import Explanations
from mutants.mutant import Fate, Outcome
from mutants.subjects import Subject

_HEAD = ("module", "mutants", "killed", "timed out", "survived", "of them explained", "score")
Row = tuple[str, int, int, int, int, int, float]


def row(name: str, outcomes: Iterable[Outcome]) -> Row:
    """The figures of these outcomes. The score is the share that was killed, timed out, or is explained."""
    listed = list(outcomes)
    fates = Counter(outcome.fate for outcome in listed)
    explained = sum(bool(outcome.explanation) for outcome in listed)
    held = fates[Fate.KILLED] + fates[Fate.TIMED_OUT] + explained
    score = held / len(listed) if listed else 1.0
    return (
        name, len(listed), fates[Fate.KILLED], fates[Fate.TIMED_OUT], fates[Fate.SURVIVED], explained, score
    )  # fmt: skip


def rows(subjects: Iterable[Subject], outcomes: list[Outcome]) -> tuple[list[Row], list[Row]]:
    """The figures of each file, and of each package."""
    listed = list(subjects)
    files = [row(one.path, [found for found in outcomes if found.mutant.path == one.path]) for one in listed]
    package_of = {one.path: one.package for one in listed}
    packages = [
        row(name, [found for found in outcomes if package_of[found.mutant.path] == name])
        for name in dict.fromkeys(package_of.values())
    ]
    return [one for one in files if one[1]], [one for one in packages if one[1]]


def table(lines: list[Row]) -> str:
    """A Markdown table that is aligned for a terminal, too."""
    cells = [_HEAD, *((name, *map(str, figures[:-1]), f"{figures[-1]:.0%}") for name, *figures in lines)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEAD))]

    def drawn(line: tuple[str, ...]) -> str:
        first, *others = (cell.ljust(width) if place == 0 else cell.rjust(width)
                          for place, (cell, width) in enumerate(zip(line, widths, strict=True)))  # fmt: skip
        return f"| {' | '.join([first, *others])} |"

    rule = "|".join(["", "-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:]), ""])
    return "\n".join([drawn(cells[0]), rule, *map(drawn, cells[1:])])


def survivors(outcomes: Iterable[Outcome]) -> str:
    """Each unexplained survivor with its place and its lines before and after."""
    return "\n".join(survivor(found) for found in outcomes if found.is_unexplained)


def survivor(outcome: Outcome) -> str:
    """Its place, its operator, and its lines before and after."""
    mutant = outcome.mutant
    return f"{mutant.path}:{mutant.line} {mutant.function} ({mutant.operator})\n  - {mutant.was}\n  + {mutant.now}"


def below_their_floor(packages: list[Row], explanations: Explanations) -> list[str]:
    """A sentence for each package whose score is lower than its floor."""
    return [
        f"{name}: {score:.1%} killed or explained, the floor is {explanations.floors[name]:.0%}"
        for name, *_, score in packages
        if score < explanations.floors.get(name, 0.0)
    ]


def as_json(outcomes: Iterable[Outcome], packages: list[Row], **about: Any) -> dict[str, Any]:
    """Everything, for programs."""
    keys = [name.replace(" ", "_") for name in _HEAD]
    listed = []
    for found in outcomes:
        mutant = asdict(found.mutant)
        mutant["replacement"] = found.mutant.replacement.decode("utf-8")
        listed.append({**mutant, "fate": str(found.fate), "explanation": found.explanation})
    return {**about, "packages": [dict(zip(keys, one, strict=True)) for one in packages], "mutants": listed}
