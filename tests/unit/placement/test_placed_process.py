"""The process of a placed pipeline is started again, whatever ended it, until its source has come to its end."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from securos_trigger.placement import placed_process
from securos_trigger.placement.assignment import Assignment
from securos_trigger.placement.place import Place
from securos_trigger.placement.placed_process import PlacedProcess, pause_after

LIMIT_S = 60.0
_SITE = """
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
#: A process that ends with code 0: as after SIGTERM, or at the end of its source.
_ENDS = """
import json, os, sys
with open(sys.argv[1] + "/state.json", "w") as file:
    json.dump({"state": sys.argv[2], "pid": os.getpid()}, file)
"""


class ShortProcess(PlacedProcess):
    """Starts a process that writes a state and ends with code 0; the states come one after the other."""

    def __init__(self, base: Path, *states: str) -> None:
        super().__init__(Assignment("yard", _SITE, str(base), "0"), "a")
        self.states = list(states)

    def _started(self, place: Place) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-S", "-c", _ENDS, str(place.folder), self.states.pop(0)]
        return subprocess.Popen(command, stdin=subprocess.PIPE)


def wait_for(claim: Callable[[], bool], process: PlacedProcess) -> None:
    deadline_at = time.monotonic() + LIMIT_S
    while not claim():
        assert time.monotonic() < deadline_at, process.state()
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placed_process, "FIRST_PAUSE_S", 0.05)


def test_a_process_that_a_signal_ended_starts_again_and_one_at_the_end_of_its_source_does_not(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    process = ShortProcess(tmp_path, "runs", "waits", "ended", "runs")
    process.start()
    try:
        wait_for(lambda: process.state()["state"] == "ended", process)
        found = process.state()
    finally:
        assert process.close()
    assert (found["starts"], found["exit_code"], found["reason"]) == (3, 0, "")
    assert process.states == ["runs"], "it was not started again"


def test_a_configuration_that_cannot_be_read_yet_is_tried_again(tmp_path: Path) -> None:
    process = ShortProcess(tmp_path, "ended")
    process.start()
    try:
        wait_for(lambda: process.state()["state"] == "fails", process)
        failed = process.state()
        (tmp_path / "secret").write_text("s")
        wait_for(lambda: process.state()["state"] == "ended", process)
    finally:
        assert process.close()
    assert failed["starts"] == 0
    assert "secret" in failed["reason"]
    assert process.state()["reason"] == ""


@pytest.mark.parametrize(
    ("ran_for_s", "before_s", "after_s"), [(0.0, 0.0, 1.0), (5.0, 1.0, 2.0), (5.0, 30.0, 30.0), (60.0, 30.0, 1.0)]
)
def test_the_pause_doubles_until_a_process_has_run_well(
    monkeypatch: pytest.MonkeyPatch, ran_for_s: float, before_s: float, after_s: float
) -> None:
    monkeypatch.setattr(placed_process, "FIRST_PAUSE_S", 1.0)
    assert pause_after(ran_for_s, before_s) == after_s
