"""A placed process that is a short child of its own: it writes a state and ends with a code, 0 unless said."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from securos_trigger.placement import placed_process
from securos_trigger.placement.assignment import Assignment
from securos_trigger.placement.place import Place
from securos_trigger.placement.placed_process import PlacedProcess

LIMIT_S = 60.0
SITE = """
[outbox]
path = "outbox.sqlite"
[relay]
servers = ["nats://127.0.0.1:4222"]
gateway = "site"
user = "gate"
password = { file = "secret" }
[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4" }
"""
#: As after SIGTERM, or at the end of its source.
_ENDS = """
import json, os, sys
with open(sys.argv[1] + "/state.json", "w") as file:
    state, _, code = sys.argv[2].partition(" ")
    json.dump({"state": state, "pid": os.getpid()}, file)
sys.exit(int(code or 0))
"""


class ShortProcess(PlacedProcess):
    """The processes write these states, one after the other; "ended 1" ends with code 1."""

    def __init__(self, assignment: Assignment, *states: str) -> None:
        super().__init__(assignment, "a")
        self.states = list(states)

    def _started(self, place: Place) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-S", "-c", _ENDS, str(place.folder), self.states.pop(0)]
        return subprocess.Popen(command, stdin=subprocess.PIPE)


def wait_for(claim: Callable[[], bool], what: Callable[[], object]) -> None:
    deadline_at = time.monotonic() + LIMIT_S
    while not claim():
        assert time.monotonic() < deadline_at, what()
        time.sleep(0.02)


def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placed_process, "FIRST_PAUSE_S", 0.05)
