"""Pipelines are placed again after each loss of Ray's head. Its port is a real one; the command is a small program."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from securos_trigger.placement import staying

LIMIT_S = 60.0
#: It notes that it ran, and fails as often as a file says.
_PLACES = """
import pathlib, sys
ran, fails = pathlib.Path(sys.argv[1], "ran"), pathlib.Path(sys.argv[1], "fails")
with ran.open("a") as file:
    file.write("x")
sys.exit(1 if len(ran.read_text()) <= int(fails.read_text()) else 0)
"""


def wait_for(claim: Callable[[], object], what: Callable[[], object]) -> None:
    deadline_at = time.monotonic() + LIMIT_S
    while not claim():
        assert time.monotonic() < deadline_at, what()
        time.sleep(0.02)


def listening(port: int = 0) -> socket.socket:
    return socket.create_server(("127.0.0.1", port), reuse_port=False)


class Staying:
    """It runs in a thread. `said` has what it told a person."""

    def __init__(self, folder: Path, address: str) -> None:
        self._ran = folder / "ran"
        self._stop = threading.Event()
        self.said: list[str] = []
        self.codes: list[int] = []
        command = [sys.executable, "-c", _PLACES, str(folder)]
        self._thread = threading.Thread(target=self._run, args=(command, address))
        self._thread.start()

    def _run(self, command: list[str], address: str) -> None:
        self.codes.append(staying.stay_placed(command, address, self._stop, self.said.append))

    def runs(self) -> int:
        return len(self._ran.read_text()) if self._ran.exists() else 0

    def close(self) -> None:
        self._stop.set()
        self._thread.join(LIMIT_S)
        assert not self._thread.is_alive()


@contextmanager
def stayed(folder: Path, address: str, fails: int = 0) -> Iterator[Staying]:
    (folder / "fails").write_text(str(fails))
    with closing(Staying(folder, address)) as one:
        yield one


def test_pipelines_are_placed_again_when_the_head_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staying, "_LOOK_EVERY_S", 0.02)
    head = listening()
    port = head.getsockname()[1]
    with stayed(tmp_path, f"127.0.0.1:{port}") as one:
        wait_for(one.runs, lambda: one.codes)
        assert one.said == []
        head.close()
        wait_for(lambda: one.said, one.runs)
        assert one.said == [f"The head of the Ray cluster, 127.0.0.1:{port}, cannot be reached: Connection refused."]
        assert one.runs() == 1, "it waits for the head"
        with listening(port):
            wait_for(lambda: one.runs() == 2, lambda: one.said)
    assert one.codes == [0]


def test_what_could_not_be_placed_is_tried_again_without_a_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staying, "_AGAIN_AFTER_S", 0.02)
    with listening() as head, stayed(tmp_path, f"127.0.0.1:{head.getsockname()[1]}", fails=2) as one:
        wait_for(lambda: one.runs() == 3, lambda: one.codes)


def test_a_head_that_is_seen_all_the_time_is_asked_again_once_in_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staying, "_LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(staying, "PLACED_EVERY_S", 0.1)
    with listening() as head, stayed(tmp_path, f"127.0.0.1:{head.getsockname()[1]}") as one:
        wait_for(lambda: one.runs() == 3, lambda: one.codes)
        assert one.said == []


def test_a_mistake_in_the_configuration_ends_it_at_the_start() -> None:
    command = [sys.executable, "-c", "raise SystemExit(2)"]
    assert staying.stay_placed(command, "127.0.0.1:1", threading.Event(), pytest.fail) == 2


def test_a_command_that_hangs_is_ended_with_it(tmp_path: Path) -> None:
    stop, codes = threading.Event(), list[int]()
    began = tmp_path / "began"
    hangs = f"import pathlib, time\npathlib.Path({str(began)!r}).touch()\ntime.sleep({10 * LIMIT_S})"
    command = [sys.executable, "-c", hangs]
    thread = threading.Thread(
        target=lambda: codes.append(staying.stay_placed(command, "127.0.0.1:1", stop, lambda _text: None))
    )
    thread.start()
    wait_for(began.exists, lambda: codes)
    stop.set()
    thread.join(LIMIT_S)
    assert codes == [0]
