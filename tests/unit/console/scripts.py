"""Functions of the console's scripts, called with the real code in Node.js."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.console.app import STATIC

_ASK = """
import {{ createInterface }} from 'node:readline';
import {{ {name} }} from './shared/{script}';
for await (const line of createInterface({{ input: process.stdin }})) console.log(JSON.stringify({name}(...JSON.parse(line))));
"""


@contextmanager
def script_function(script: str, name: str, folder: Path) -> Iterator[Callable[..., Any]]:
    """The function `name` of a script in `static/shared` that needs no page. Arguments and result are JSON."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    shutil.copytree(STATIC / "shared", folder / "shared", dirs_exist_ok=True)
    (folder / "shared" / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (folder / "ask.mjs").write_text(_ASK.format(name=name, script=script), encoding="utf-8")
    with subprocess.Popen(
        [node, str(folder / "ask.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked, answered = process.stdin, process.stdout

        def call(*arguments: Any) -> Any:
            asked.write(json.dumps(arguments) + "\n")
            asked.flush()
            return json.loads(answered.readline())

        yield call
        asked.close()
