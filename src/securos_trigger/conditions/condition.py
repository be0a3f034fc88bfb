"""A trigger condition: read once, asked on every frame."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from securos_trigger.conditions.compile import ConditionCode
from securos_trigger.conditions.evaluate import evaluator
from securos_trigger.conditions.grammar import parse
from securos_trigger.conditions.paths import path_steps, paths_of
from securos_trigger.conditions.syntax import path_text
from securos_trigger.conditions.truth import Truth, truth_of
from securos_trigger.model import Metadata

if TYPE_CHECKING:
    from securos_trigger.conditions.explain import Clause, Explainer, Explanation


#: Conditions that are compiled at a time; a site has a few.
_MOST_SHARED: Final = 256


@lru_cache(maxsize=_MOST_SHARED)
def condition_of(text: str) -> Condition:
    """The condition of a text, the same one each time. Raises as `Condition`.

    A thousand cameras with one condition compile it once, and all their frames run the same code, which the caches of
    the processor hold. A condition has no state, so any thread may use it.
    """
    return Condition(text)


class Condition:
    """A condition over a frame's metadata, in the language of docs/conditions.md.

    `Condition(text)` raises `ConditionError` for a text that is no condition, TypeError for anything but a text.
    Nothing else here raises, whatever the metadata: what cannot be read is unknown. Two conditions with the same text
    are equal.

    `truth(metadata)` is the answer for one frame, as a `Truth`; `fires(metadata)` is the same as a boolean, true for
    `Truth.TRUE` only. Both are functions and not methods, made for this condition: they cost a fraction of a
    microsecond (benchmarks/bench_conditions.py). `paths` are the paths that the condition reads, in their plainest
    spelling; the items of a loop appear as a wildcard (`objects.*.label`).
    """

    __slots__ = ("_exact_truth", "_explainer", "fires", "paths", "text", "truth")

    text: Final[str]
    paths: Final[tuple[str, ...]]
    truth: Final[Callable[[Metadata], Truth]]
    fires: Final[Callable[[Metadata], bool]]

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError(f'a condition is a text, such as "count > 0"; this is {type(text).__name__}')
        tree = parse(text)
        evaluate = evaluator(tree)
        code = ConditionCode(tree)

        def exact_truth(metadata: Any) -> Truth:
            return truth_of(evaluate((metadata,)))

        self.text = text
        self.paths = paths_of(tree)
        self.truth = code.function(Truth.TRUE, Truth.FALSE, Truth.UNKNOWN, truth_of)
        self.fires = code.function(True, False, False, lambda value: truth_of(value) is Truth.TRUE)
        self._exact_truth = exact_truth
        self._explainer: Explainer | None = None

    def explain(self, metadata: Metadata) -> Explanation:
        """Every clause with its truth and the values it saw. For a person, not for every frame."""
        return self._made_explainer().explain(metadata)

    def clauses(self, metadata: Metadata) -> tuple[Clause, ...]:
        """The clauses of `explain` alone, which takes half as long."""
        return self._made_explainer().clauses(metadata)

    def _made_explainer(self) -> Explainer:
        if self._explainer is None:
            from securos_trigger.conditions.explain import Explainer

            self._explainer = Explainer(self.text, parse(self.text), self._exact_truth)
        return self._explainer

    def missing_paths(self, metadata: Metadata) -> tuple[str, ...]:
        """The paths of the condition that lead nowhere in this metadata. For a person, not for every frame."""
        from securos_trigger.conditions.sample import Miss, Sample

        sample = Sample()
        sample.add(dict(metadata))
        steps = path_steps(parse(self.text))
        return tuple(path_text(path) for path in steps if isinstance(sample.find(path), Miss))

    def __eq__(self, other: object) -> bool:
        return self.text == other.text if isinstance(other, Condition) else NotImplemented

    def __hash__(self) -> int:
        return hash((Condition, self.text))

    def __repr__(self) -> str:
        return f"Condition({self.text!r})"

    def __reduce__(self) -> tuple[type[Condition], tuple[str]]:
        return Condition, (self.text,)
