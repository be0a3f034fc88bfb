"""An event loop in which no time is waited for: when nothing else is to do, its clock jumps to the next timer."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.SelectSelector):
    now_at = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now_at += timeout or 0.0
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._skipping = _Selector()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.now_at


def run(work: Coroutine[Any, Any, T]) -> T:
    """What `asyncio.run` gives, without its waits."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)
