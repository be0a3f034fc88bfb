"""A video file that the disk does not take, or that somebody removes while it is written."""

from __future__ import annotations

import errno
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest

from securos_trigger.errors import FramesLostError, VideoError
from securos_trigger.model import Frame, Moment
from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.model.node_ids import SINK_ID
from securos_trigger.notices import Announcer, Notice
from securos_trigger.pipeline.node_faults import NodeFaults
from securos_trigger.system.output_file import Existing
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


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "small", str(place)], check=False).returncode:
        pytest.skip("mounting needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def noise(count: int, frames_per_s: float, from_s: float = 0.0) -> Iterator[Frame]:
    """Images that cannot be compressed well: some 5 KB each."""
    random = np.random.default_rng(1)
    for number in range(count):
        image = av.VideoFrame.from_ndarray(random.integers(0, 255, (64, 96, 3), dtype=np.uint8), format="rgb24")
        yield Frame(Moment(from_s + number / frames_per_s), image=image)


def fill(disk: Path, but: int) -> None:
    found = os.statvfs(disk)
    (disk / "other").write_bytes(bytes(found.f_bavail * found.f_frsize - but))


def images_in(folder: Path) -> int:
    count = 0
    for path in folder.iterdir():
        with av.open(path, format="mp4") as container:
            count += sum(1 for packet in container.demux(video=0) if packet.size)
    return count


@pytest.mark.parametrize("frames_per_s", [2.0, 5.0, 10.0, 25.0])
def test_a_disk_that_stays_full_is_red_for_good_and_well_when_images_are_on_it(disk: Path, frames_per_s: float) -> None:
    """All by media time: the sink tries again with each frame, and the judge's clock is that of the frames."""
    fill(disk, but=150_000)
    sink = open_sink(FileSinkSettings(path=disk / "v.mp4"))
    now_s = 0.0
    heartbeat, heard = Heartbeat(), list[Notice]()
    faults = NodeFaults([SINK_ID], "yard", Announcer([heard.append]), heartbeat, lambda: now_s)
    turns: list[bool] = []
    written = 0

    def write(frame: Frame) -> None:
        nonlocal now_s, written
        now_s = frame.at
        before = faults.counts[SINK_ID]
        try:
            sink.write(frame, ())
        except VideoError as error:
            faults.note_fault((SINK_ID, 0), error)
        else:
            if getattr(sink, "has_worked", True) and faults.has_trouble:
                faults.note_success((SINK_ID, 0))
        written += 1 - (faults.counts[SINK_ID] - before)
        turns.append(heartbeat.failing is not None)

    for frame in noise(1000, frames_per_s):  # four times the usual distance of key frames
        write(frame)
    first = turns.index(True)
    assert all(turns[first:]), f"red on {sum(turns[first:])} of {len(turns) - first} frames"
    assert "node_recovered" not in [one.name for one in heard]
    assert len(list(disk.glob("v*"))) <= 2, "no litter"
    (disk / "other").unlink()
    for frame in noise(60 + int(15 * frames_per_s), frames_per_s, from_s=now_s + 1 / frames_per_s):
        write(frame)
    assert heartbeat.failing is None and faults.failing() == {}
    assert [one.name for one in heard].count("node_recovered") == 1
    with pytest.raises(VideoError, match="is not whole: 1 part of it could not be finished: the disk is full"):
        sink.close()
    # Of the last fragment before the fault a part may be there.
    assert 0 <= images_in(disk) - written <= max(2.0, frames_per_s)


def test_a_disk_that_is_full_at_the_end_says_what_to_do(disk: Path) -> None:
    sink = open_sink(FileSinkSettings(path=disk / "v.mp4"))
    for frame in noise(10, 25.0):
        sink.write(frame, ())
    fill(disk, but=8_192)
    with pytest.raises(FramesLostError, match="cannot be finished: the disk is full") as found:
        sink.close()
    assert found.value.fix == f"free some space on the disk of {disk}, or a quota"
    assert found.value.earlier_frames == 10
    assert not list(disk.glob("v*"))


FILE_BYTES = 100_000


@contextmanager
def limited(name: str, most: int) -> Iterator[None]:
    """A limit of this process: a real one that needs no rights."""
    resource = pytest.importorskip("resource", reason="Windows has no limits of a process")
    kind = getattr(resource, name)
    before = resource.getrlimit(kind)
    resource.setrlimit(kind, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(kind, before)


def images_played(path: Path) -> int:
    """The images of a file that is decoded to its last byte, without an error."""
    with av.open(str(path), format="mp4") as container:
        return sum(1 for _ in container.decode(video=0))


def test_what_was_written_before_the_disk_took_no_more_can_be_played_to_its_end(tmp_path: Path) -> None:
    sink = open_sink(FileSinkSettings(path=tmp_path / "v.mp4"))
    taken = 0
    with limited("RLIMIT_FSIZE", FILE_BYTES), pytest.raises(FramesLostError) as found:
        for frame in noise(1000, 25.0):
            sink.write(frame, ())
            taken += 1
    partial = tmp_path / "v.mp4.partial"
    assert f"cannot be written: File too large; its images until then are in {partial}" in str(found.value)
    assert 0 < partial.stat().st_size < FILE_BYTES, "what the disk took of the last fragment is cut off"
    assert images_played(partial) == taken - found.value.earlier_frames > 0
    for frame in noise(5, 25.0, from_s=100.0):
        sink.write(frame, ())
    with pytest.raises(VideoError, match="is not whole: 1 part of it could not be finished: File too large"):
        sink.close()
    assert images_played(tmp_path / "v-2.mp4") == 5


@pytest.mark.parametrize("existing", [Existing.REPLACE, Existing.REFUSE])
def test_a_whole_video_whose_name_was_taken_meanwhile_stays_whole(existing: Existing, tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    sink = open_sink(FileSinkSettings(path=path, existing=existing))
    for frame in noise(10, 25.0):  # less than a fragment
        sink.write(frame, ())
    path.write_bytes(b"of another program")
    with pytest.raises(VideoError) as found:
        sink.close()
    left = f"{path}.partial"
    assert str(found.value) == f"The video {path} cannot be finished: File exists; its images until then are in {left}"
    assert found.value.fix == 'name another file, or write existing = "number"'
    assert (path.read_bytes(), images_played(Path(left))) == (b"of another program", 10)


def test_a_disk_that_is_full_when_the_file_is_synced_costs_no_image_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "v.mp4"
    sink = open_sink(FileSinkSettings(path=path))
    for frame in noise(10, 25.0):
        sink.write(frame, ())
    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(VideoError, match="cannot be finished: the disk is full; its images until then are in"):
        sink.close()
    assert images_played(tmp_path / "v.mp4.partial") == 10


def test_the_reason_is_that_of_the_disk_also_when_no_descriptor_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sinks, "_TRY_AGAIN_AFTER_S", 3_600.0)
    sink, frames = open_sink(FileSinkSettings(path=tmp_path / "v.mp4")), noise(1000, 25.0)
    sink.write(next(frames), ())
    free = os.dup(0)
    os.close(free)
    with limited("RLIMIT_FSIZE", FILE_BYTES), limited("RLIMIT_NOFILE", free):
        with pytest.raises(OSError, match="Too many open files"):
            os.dup(0)
        with pytest.raises(VideoError, match="File too large") as found:
            for frame in frames:
                sink.write(frame, ())
    with pytest.raises(VideoError) as again:
        sink.write(next(frames), ())
    assert str(again.value) == str(found.value), "no other file is begun at once"
    assert images_played(tmp_path / "v.mp4.partial") > 0


def test_a_file_without_an_image_is_removed_also_where_no_open_file_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows."""
    unlink = Path.unlink

    def unlink_closed(path: Path, missing_ok: bool = False) -> None:
        held = {os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()}
        if str(path) in held:
            raise PermissionError(errno.EACCES, "it is open in another place", str(path))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink_closed)
    sink = open_sink(FileSinkSettings(path=tmp_path / "v.mp4"))
    with limited("RLIMIT_FSIZE", 2_000), pytest.raises(VideoError, match="File too large"):
        for frame in noise(1000, 25.0):
            sink.write(frame, ())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("size", [(1, 1), (1, 8), (8, 1), (16_386, 2)])
def test_images_of_a_size_that_cannot_be_encoded_are_not_blamed_on_the_disk(
    frames: list[Frame], tmp_path: Path, size: tuple[int, int]
) -> None:
    width, height = size
    sink = open_sink(FileSinkSettings(path=tmp_path / "out.mp4"))
    image = av.VideoFrame.from_ndarray(np.zeros((height, width, 3), np.uint8), format="rgb24")
    with pytest.raises(VideoError, match=rf"its images have {width} x {height} pixels; H\.264 takes 2 to") as found:
        sink.write(Frame(frames[0].moment, image), ())
    assert found.value.fix.startswith("take the sink out, or set another size")
    assert list(tmp_path.iterdir()) == []
    sink.close()
