"""The folder of the demo: a second demo leaves nothing of the first one."""

from __future__ import annotations

import re
import socket
import stat
from pathlib import Path

import pytest

from securos_trigger.config.versions import previous_of
from securos_trigger.demo.run import _ANY_PORT, _configuration, _console_port, run_demo, time_left
from securos_trigger.errors import ArgumentError

OLD = ("demo.toml", "demo.toml.previous", "demo.toml.saved", "demo.toml.broken", "outbox.sqlite", "outbox.audit.jsonl")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an old demo with a file of a person; the new demo ends before its video is opened."""

    def end(*_given: object, **_named: object) -> None:
        raise InterruptedError

    monkeypatch.setattr("securos_trigger.demo.run.stopped_by_signals", end)
    for name in (*OLD, "notes.txt"):
        (tmp_path / name).write_text("old", encoding="utf-8")
    return tmp_path


def test_nothing_of_an_earlier_demo_can_be_undone_to(folder: Path) -> None:
    video = folder / "notes.txt"
    assert previous_of(folder / "demo.toml").exists(), "the name of the version that an undo brings back"
    with pytest.raises(InterruptedError):
        run_demo(video=str(video), out=folder, is_kept=False, is_forced=True)
    assert sorted(one.name for one in folder.iterdir()) == ["notes.txt", "recordings"]
    assert stat.S_IMODE((folder / "recordings").stat().st_mode) == 0o700


@pytest.mark.parametrize(("level", "way"), [("1", "`make demo ARGS=--force`"), (None, "replace it: --force.")])
def test_a_second_demo_says_how_it_is_started_before_it_gets_a_video(
    folder: Path, monkeypatch: pytest.MonkeyPatch, level: str | None, way: str
) -> None:
    if level is None:
        monkeypatch.delenv("MAKELEVEL", raising=False)
    else:
        monkeypatch.setenv("MAKELEVEL", level)
    with pytest.raises(ArgumentError, match=re.escape(way)):
        run_demo(video=str(folder / "no-such-video.mp4"), out=folder, is_kept=False)


def test_without_force_everything_stays(folder: Path) -> None:
    with pytest.raises(ArgumentError, match="--force"):
        run_demo(video=str(folder / "notes.txt"), out=folder, is_kept=False)
    assert all((folder / name).exists() for name in OLD)


@pytest.mark.parametrize(
    ("read", "of", "per_s", "text"),
    [
        (29, 795, 10.0, ""),  # too early to judge
        (30, 795, 10.0, ", about 75 s left"),
        (395, 795, 10.0, ", about 40 s left"),
        (794, 795, 10.0, ", about 5 s left"),
        (795, 795, 10.0, ""),
        (395, None, 10.0, ""),  # a video of one's own
    ],
)
def test_the_time_that_is_left_is_said_when_it_is_known(read: int, of: int | None, per_s: float, text: str) -> None:
    assert time_left(read, of, per_s) == text


def test_the_console_of_the_demo_gets_a_port_that_it_keeps() -> None:
    assert len(re.findall(_ANY_PORT, _configuration({"type": "file", "path": "a.mp4"}, ""))) == 1
    with socket.socket() as found:
        found.bind(("127.0.0.1", _console_port()))
