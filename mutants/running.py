"""A mutation run: a sample of the mutants of each file, side by side, each against the tests of its file."""

from __future__ import annotations

import itertools
import math
import queue
import random
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from mutants.copies import Copy
from mutants.explained import Explanations
from mutants.javascript_operators import is_javascript, javascript_mutants
from mutants.mutant import Fate, Mutant, Outcome
from mutants.python_operators import is_python, python_mutants
from mutants.report import survivor
from mutants.subjects import Stage, Subject


@dataclass(frozen=True, slots=True)
class Plan:
    """Which mutants to try: `sample` for each hundred lines of a file, or all (None)."""

    sample: int | None
    seed: int
    workers: int

    def chosen(self, tree: Path, subject: Subject) -> list[Mutant]:
        """The subject's mutants of this plan. The choice depends on the seed and the file alone."""
        source = (tree / subject.path).read_bytes()
        is_script = subject.path.endswith(".js")
        mutants = mutants_of(tree, subject)
        wanted = len(mutants) if self.sample is None else self.sample * math.ceil(source.count(b"\n") / 100)
        random.Random(f"{self.seed}:{subject.path}").shuffle(mutants)
        readable = (one for one in mutants if (is_javascript if is_script else is_python)(one.applied(source)))
        return sorted(itertools.islice(readable, wanted), key=lambda one: (one.start, one.replacement))


def mutants_of(tree: Path, subject: Subject) -> list[Mutant]:
    """Every change of the subject; a few of them cannot be read as code."""
    find = javascript_mutants if subject.path.endswith(".js") else python_mutants
    return find(subject.path, (tree / subject.path).read_bytes())


def run(
    tree: Path,
    subjects: Iterable[Subject],
    plan: Plan,
    explanations: Explanations,
    note: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Try the mutants of the plan and give their fates. BrokenTestsError when tests fail as they are."""
    work = [(subject, mutant) for subject in subjects for mutant in plan.chosen(tree, subject)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mutants-", ignore_cleanup_errors=True)))
        copies: queue.SimpleQueue[Copy] = queue.SimpleQueue()
        for number in range(plan.workers):
            copies.put(stack.enter_context(Copy(tree, folder / str(number))))
        pool = stack.enter_context(ThreadPoolExecutor(plan.workers))

        seconds: dict[Stage, float] = {}

        def try_out(subject: Subject, mutant: Mutant) -> Outcome:
            copy = copies.get()
            try:
                fate = copy.fate_of(mutant, subject.stages_for(mutant.function), seconds)
            finally:
                copies.put(copy)
            reason = explanations.reason_for(mutant) if fate is Fate.SURVIVED else ""
            outcome = Outcome(mutant, fate, reason)
            note(outcome)
            return outcome

        return list(pool.map(lambda pair: try_out(*pair), work))


def show_progress(outcome: Outcome) -> None:
    """A dot for each mutant on the error stream, and at once what survived: a run takes minutes."""
    text = f"\n{survivor(outcome)}\n" if outcome.is_unexplained else "."
    print(text, end="", file=sys.stderr, flush=True)
