"""Alternate the sides of a comparison in one run, so that a machine whose speed drifts is fair to all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median

#: Side by name -> what was measured in each round.
Samples = dict[str, list[float]]


def alternate(sides: Mapping[str, Callable[[], float]], rounds: int, *, warm_up: int = 1) -> Samples:
    """Measure every side once in each round. Another side goes first in each; the warm-up rounds do not count."""
    samples: Samples = {name: [] for name in sides}
    order = list(sides)
    for number in range(warm_up + rounds):
        for name in order:
            figure = sides[name]()
            if number >= warm_up:
                samples[name].append(figure)
        order.append(order.pop(0))
    return samples


def ratio(samples: Samples, ours: str, other: str) -> float:
    """The median of the rounds' ratios."""
    return median(one / another for one, another in zip(samples[ours], samples[other], strict=True))


def call_us(function: Callable[..., object], *arguments: object, repeats: int) -> Callable[[], float]:
    """A side that calls a function `repeats` times: microseconds of one call."""

    def measure() -> float:
        began_at_s = time.thread_time()
        for _ in range(repeats):
            function(*arguments)
        return (time.thread_time() - began_at_s) / repeats * 1e6

    return measure
