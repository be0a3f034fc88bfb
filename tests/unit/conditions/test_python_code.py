"""Python's own syntax trees, made in several threads."""

from __future__ import annotations

import ast
import gc
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.analytics.function_code import function_problem
from securos_trigger.conditions.python_code import literal_in, parse_python

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


def fail_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next parse fails as the fault 106905 of CPython lets it."""
    parse, calls = ast.parse, []

    def parse_with_fault(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 1:
            raise SystemError("AST constructor recursion depth mismatch (before=63, after=71)")
        return parse(*arguments, **options)

    monkeypatch.setattr(ast, "parse", parse_with_fault)


def test_code_and_literals_are_read_although_another_thread_parses_at_the_same_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fail_once(monkeypatch)
    assert literal_in("{0: 'person'}") == {0: "person"}
    (tmp_path / "mine.py").write_text("def process_frame(frame, **kwargs): ...\n")
    fail_once(monkeypatch)
    assert function_problem(tmp_path / "mine.py") == ("", "")


def test_a_mistake_in_the_source_is_an_error() -> None:
    with pytest.raises(SyntaxError):
        parse_python("a b")
