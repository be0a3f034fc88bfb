"""The file of a function node, looked at without running it."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.analytics.function_code import function_problem


@pytest.mark.parametrize(
    "code",
    [
        "def process_frame(frame, **kwargs):\n    return True\n",
        "class Counter:\n    def __call__(self, frame, **kwargs): ...\nprocess_frame = Counter()\n",
        "from mine import process_frame\n",
        "from mine import count as process_frame\n",
        "from mine import *\n",
        "try:\n    import torch\nexcept ImportError:\n    def process_frame(frame, **kwargs): ...\n",
        "globals()['process' + '_frame'] = print\n",
    ],
)
def test_whatever_may_define_the_function_is_not_complained_about(code: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(code)
    assert function_problem(file) == ("", "")


@pytest.mark.parametrize(
    ("code", "what", "fix"),
    [
        ("def process(frame): ...\n", "defines no process_frame", "Write: def process_frame(frame, **kwargs): …"),
        ("", "defines no process_frame", "Write: def process_frame(frame, **kwargs): …"),
        ("x = 1\ndef process_frame(frame)\n", "is not Python: line 2: expected ':'", ""),
    ],
)
def test_a_file_that_cannot_work_is_named_with_its_line(code: str, what: str, fix: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(code)
    assert function_problem(file) == (f"{file} {what}", fix)


def test_a_file_that_is_not_there_is_reported_elsewhere(tmp_path: Path) -> None:
    assert function_problem(tmp_path / "no.py") == ("", "")
