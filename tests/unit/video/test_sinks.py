"""A video file that the disk does not take, or that somebody removes while it is written."""

from __future__ import annotations

import threading
from pathlib import Path

import av
import numpy as np
import pytest

from securos_trigger.errors import VideoError
from securos_trigger.model import Frame
from securos_trigger.video import open_sink, sinks
from securos_trigger.video.settings import FileSinkSettings, FileSourceSettings
from securos_trigger.video.sources import FileSource
from tests.made_videos import write_video


@pytest.fixture(scope="module")
def small_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 frames."""
    images = [np.full((64, 96, 3), number * 8, dtype=np.uint8) for number in range(30)]
    return write_video(tmp_path_factory.mktemp("video") / "small.mp4", images)


@pytest.fixture
def frames(small_video: Path) -> list[Frame]:
    return list(FileSource(FileSourceSettings(path=small_video)).frames(threading.Event()))


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks, "_LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(sinks, "_TRY_AGAIN_AFTER_S", 0.0)


def test_a_file_that_is_removed_while_it_is_written_is_begun_anew_and_said(frames: list[Frame], tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    sink = open_sink(FileSinkSettings(path=path))
    for frame in frames[:10]:
        sink.write(frame, ())
    (tmp_path / "out.mp4.partial").unlink()
    with pytest.raises(VideoError, match="cannot be written: No such file or directory") as found:
        sink.write(frames[10], ())
    assert found.value.fix == "find out which program removes the file while it is written"
    for frame in frames[11:]:
        sink.write(frame, ())
    with pytest.raises(VideoError, match="is not whole: 1 part of it could not be finished: No such file"):
        sink.close()
    with av.open(path) as container:
        assert sum(1 for _ in container.decode(video=0)) == len(frames) - 11


def test_a_folder_that_is_removed_and_made_again_gets_the_rest(frames: list[Frame], tmp_path: Path) -> None:
    folder = tmp_path / "videos"
    folder.mkdir()
    sink = open_sink(FileSinkSettings(path=folder / "out.mp4"))
    sink.write(frames[0], ())
    (folder / "out.mp4.partial").unlink()
    folder.rmdir()
    for frame in frames[1:4]:
        with pytest.raises(VideoError) as found:
            sink.write(frame, ())
        assert found.value.fix == f"make the folder {folder}"
    folder.mkdir()
    sink.write(frames[4], ())
    with pytest.raises(VideoError, match="is not whole"):
        sink.close()
    assert (folder / "out.mp4").exists()
