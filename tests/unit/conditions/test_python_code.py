"""Python's own syntax trees, made in several threads."""

from __future__ import annotations

import ast
import gc
import sys
import threading
import time

import pytest

from securos_trigger.conditions.python_code import parse_python

SOURCE = (
    "def decide(frame):\n    if frame.a[1] > (2 + 3 * (4 - frame.b)):\n        return [one for one in frame if one]\n"
)
THREADS = 4


def test_several_threads_parse_at_once() -> None:
    """Each garbage collection gives another thread its turn, as one with a finalizer does: in the midst of a parse."""
    failures: list[BaseException] = []
    wanted = ast.dump(ast.parse(SOURCE))

    def work() -> None:
        try:
            for _ in range(500):
                assert ast.dump(ast.Module(parse_python(SOURCE), [])) == wanted
        except BaseException as error:  # noqa: BLE001  reported below
            failures.append(error)

    def give_way(_phase: str, _figures: dict[str, int]) -> None:
        time.sleep(0)

    threshold, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(5)
    sys.setswitchinterval(1e-6)
    gc.callbacks.append(give_way)
    try:
        threads = [threading.Thread(target=work) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        gc.callbacks.remove(give_way)
        sys.setswitchinterval(interval)
        gc.set_threshold(*threshold)
    assert failures == []


def test_a_mistake_in_the_source_is_an_error() -> None:
    with pytest.raises(SyntaxError):
        parse_python("a b")
