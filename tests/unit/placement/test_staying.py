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
#: It notes which text it was given, prints what a file says, and has the exit codes that another one says; then 0.
_PLACES = """
import pathlib, sys
folder = pathlib.Path(sys.argv[1])
with (folder / "ran").open("a") as file:
    file.write(sys.stdin.read() + chr(10))
sys.stderr.write((folder / "prints").read_text())
codes, ran = (folder / "codes").read_text().split(), len((folder / "ran").read_text().splitlines())
sys.exit(int(codes[ran - 1]) if ran <= len(codes) else 0)
"""
_TEXT = "the site, é"


def wait_for(claim: Callable[[], object], what: Callable[[], object]) -> None:
    deadline_at = time.monotonic() + LIMIT_S
    while not claim():
        assert time.monotonic() < deadline_at, what()
        time.sleep(0.02)


def listening(port: int = 0) -> socket.socket:
    return socket.create_server(("127.0.0.1", port), reuse_port=False)


def placed_in(folder: Path) -> staying.PlacedText:
    return staying.PlacedText(folder / "site.toml", _TEXT)


class Staying:
    """It runs in a thread. `said` has what it told a person."""

    def __init__(self, folder: Path, address: str) -> None:
        self._placed = placed_in(folder)
        self._ran = folder / "ran"
        self._stop = threading.Event()
        self.said: list[str] = []
        command = [sys.executable, "-c", _PLACES, str(folder)]
        self._thread = threading.Thread(target=self._run, args=(command, address))
        self._thread.start()

    def _run(self, command: list[str], address: str) -> None:
        staying.stay_placed(command, self._placed, address, self._stop, self.said.append)

    def texts(self) -> list[str]:
        return self._ran.read_text().splitlines() if self._ran.exists() else []

    def runs(self) -> int:
        return len(self.texts())

    def close(self) -> None:
        self._stop.set()
        self._thread.join(LIMIT_S)
        assert not self._thread.is_alive()


@contextmanager
def stayed(folder: Path, address: str, codes: str = "", prints: str = "") -> Iterator[Staying]:
    (folder / "codes").write_text(codes)
    (folder / "prints").write_text(prints)
    (folder / "site.toml").write_text(_TEXT)
    with closing(Staying(folder, address)) as one:
        yield one


def test_pipelines_are_placed_again_when_the_head_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staying, "_LOOK_EVERY_S", 0.02)
    head = listening()
    port = head.getsockname()[1]
    with stayed(tmp_path, f"127.0.0.1:{port}") as one:
        wait_for(one.runs, lambda: one.said)
        assert one.said == []
        head.close()
        wait_for(lambda: one.said, one.runs)
        assert one.said == [f"The head of the Ray cluster, 127.0.0.1:{port}, cannot be reached: Connection refused."]
        assert one.runs() == 1, "it waits for the head"
        with listening(port):
            wait_for(lambda: one.runs() == 2, lambda: one.said)


def test_what_could_not_be_placed_is_tried_again_without_a_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staying, "_AGAIN_AFTER_S", 0.02)
    with listening() as head, stayed(tmp_path, f"127.0.0.1:{head.getsockname()[1]}", codes="1 1") as one:
        wait_for(lambda: one.runs() == 3, lambda: one.said)


def test_a_head_that_is_seen_all_the_time_is_asked_again_once_in_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staying, "_LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(staying, "PLACED_EVERY_S", 0.1)
    with listening() as head, stayed(tmp_path, f"127.0.0.1:{head.getsockname()[1]}") as one:
        wait_for(lambda: one.runs() == 3, lambda: one.said)
        assert one.said == []


def test_a_text_that_is_changed_while_it_stays_is_not_placed_and_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staying, "_LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(staying, "PLACED_EVERY_S", 0.1)
    site = tmp_path / "site.toml"
    with listening() as head, stayed(tmp_path, f"127.0.0.1:{head.getsockname()[1]}") as one:
        wait_for(lambda: one.runs() == 1, lambda: one.said)
        site.write_bytes(b"\xff half")
        wait_for(lambda: one.said, one.texts)
        runs = one.runs()
        wait_for(lambda: one.runs() >= runs + 3, lambda: one.said)
        [said] = one.said
        assert said.startswith(f"{site} was changed. The pipelines go on as they are.\n"), said
        site.unlink()
        wait_for(lambda: len(one.said) == 2, one.texts)
        assert one.said[1].startswith(f"{site} cannot be read now: No such file or directory. ")
        assert set(one.texts()) == {_TEXT}


def test_the_same_text_with_other_line_ends_is_no_change(tmp_path: Path) -> None:
    placed = staying.PlacedText(tmp_path / "site.toml", "a\nb\n")
    placed.path.write_bytes(b"\xef\xbb\xbfa\r\nb\r\n")
    assert placed.difference() == ""


def test_a_mistake_that_comes_again_is_said_once_and_tried_less_and_less_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staying, "_AGAIN_AFTER_S", 0.01)
    monkeypatch.setattr(staying, "_AGAIN_AT_MOST_S", 0.04)
    waits, lost = list[float](), staying._Staying._lost

    def noted(one: staying._Staying, within_s: float) -> str:
        waits.append(within_s)
        return lost(one, within_s)

    monkeypatch.setattr(staying._Staying, "_lost", noted)
    codes, mistake = "2 2 2 2 0 1 0", "The token cannot be read."
    monkeypatch.setattr(staying, "PLACED_EVERY_S", 0.03)
    with listening() as head, stayed(tmp_path, f"127.0.0.1:{head.getsockname()[1]}", codes, mistake) as one:
        wait_for(lambda: one.runs() >= 9, lambda: one.said)
        assert one.said == [mistake]
    assert waits[:8] == [0.01, 0.02, 0.04, 0.04, 0.03, 0.01, 0.03, 0.03]


def test_what_is_placed_after_a_loss_of_the_head_is_said_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staying, "_LOOK_EVERY_S", 0.02)
    head = listening()
    port = head.getsockname()[1]
    with stayed(tmp_path, f"127.0.0.1:{port}", prints="yard: runs\n") as one:
        wait_for(lambda: one.said, lambda: one.said)
        head.close()
        wait_for(lambda: len(one.said) == 2, one.runs)
        with listening(port):
            wait_for(lambda: len(one.said) == 3, one.runs)
        assert (one.said[0], one.said[2]) == ("yard: runs", "yard: runs")


def test_a_command_that_hangs_too_long_is_ended_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staying, "_TAKES_AT_MOST_S", 0.5)
    stop, said = threading.Event(), list[str]()
    command = [sys.executable, "-c", f"import time; time.sleep({10 * LIMIT_S})"]

    def say(text: str) -> None:
        said.append(text)
        stop.set()

    staying.stay_placed(command, placed_in(tmp_path), "127.0.0.1:1", stop, say)
    assert said == ["Placing took more than 0.5 s, and was ended: it is tried again."]


def test_a_text_that_nobody_reads_holds_nothing_up(tmp_path: Path) -> None:
    """More than a pipe takes."""
    stop, said = threading.Event(), list[str]()
    placed = staying.PlacedText(tmp_path / "site.toml", "x" * 1_000_000)

    def say(text: str) -> None:
        said.append(text)
        stop.set()

    staying.stay_placed([sys.executable, "-c", "print('ran')"], placed, "127.0.0.1:1", stop, say)
    assert said == ["ran"]


def test_a_command_that_hangs_is_ended_with_it(tmp_path: Path) -> None:
    stop, began = threading.Event(), tmp_path / "began"
    hangs = f"import pathlib, time\npathlib.Path({str(began)!r}).touch()\ntime.sleep({10 * LIMIT_S})"
    arguments = ([sys.executable, "-c", hangs], placed_in(tmp_path), "127.0.0.1:1", stop, lambda _text: None)
    thread = threading.Thread(target=staying.stay_placed, args=arguments)
    thread.start()
    wait_for(began.exists, thread.is_alive)
    stop.set()
    thread.join(LIMIT_S)
    assert not thread.is_alive()


def test_a_head_that_is_not_there_yet_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As at the start of a machine: the command exits with 2."""
    monkeypatch.setattr(staying, "_LOOK_EVERY_S", 0.02)
    with listening() as free:
        port = free.getsockname()[1]
    refused = f"The head of the Ray cluster, 127.0.0.1:{port}, cannot be reached: Connection refused."
    with stayed(tmp_path, f"127.0.0.1:{port}", codes="2", prints=f"{refused}\n    Start it.") as one:
        wait_for(lambda: one.said, one.texts)
        (tmp_path / "site.toml").write_text("changed")
        wait_for(lambda: "changed" in one.said[-1], lambda: one.said)
        (tmp_path / "site.toml").unlink()
        wait_for(lambda: "cannot be read" in one.said[-1], lambda: one.said)
        assert one.runs() == 1, "it waits for the head"
        with listening(port):
            wait_for(lambda: one.runs() == 2, lambda: one.said)
        assert one.said[0] == f"{refused}\n    Start it."
        assert refused not in one.said, "it is said once"
