"""Which stream of a container is the video, and what happens where it cannot be decoded any more."""

from __future__ import annotations

import re
import struct
import threading
import time
from fractions import Fraction
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.stream import Disposition
from PIL import Image

from securos_trigger.errors import VideoError
from securos_trigger.model import Frame
from securos_trigger.model.source_figures import SourceFigures
from securos_trigger.notices import Announcer, Notice
from securos_trigger.video.containers import UnreadableStreamError, live_images_of, video_of
from securos_trigger.video.settings import FileSourceSettings
from securos_trigger.video.sources import FileSource

# A time stamp of MPEG-TS has 33 bits and counts 90,000 a second.
WRAP_S = 2**33 / 90_000


def image(number: int) -> av.VideoFrame:
    made = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number * 8 % 256, np.uint8), format="rgb24")
    made.pts, made.time_base = number, Fraction(1, 10)
    return made


def write(path: Path, frames: int = 20, *, b_frames: int = 0, from_s: float = 0.0, sound_s: float = 0.0) -> Path:
    """A video of ten frames a second, whose sound, if it has any, is its first stream."""
    with av.open(str(path), "w") as container:
        sound: Any = container.add_stream("aac", rate=8000, layout="mono") if sound_s else None
        video: Any = container.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        video.options = {"bf": str(b_frames), "g": "10"}
        packets = [packet for number in range(frames) for packet in video.encode(image(number))]
        for packet in [*packets, *video.encode(None)]:
            shift = round(from_s / packet.time_base)
            packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
            container.mux(packet)
        for number in range(round(sound_s * 8000 / 1024)):
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            silence.sample_rate, silence.pts = 8000, number * 1024
            container.mux(sound.encode(silence))
        if sound is not None:
            container.mux(sound.encode(None))
    return path


def read(path: Path, **settings: Any) -> list[Frame]:
    return list(FileSource(FileSourceSettings(path=path, **settings)).frames(threading.Event()))


def steps_of(frames: list[Frame]) -> set[float]:
    return {round(after.at - before.at, 3) for before, after in pairwise(frames)}


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("b_frames.mp4", {"b_frames": 3}),
        ("sound_first.mp4", {"sound_s": 5.0}),
        ("wraps.ts", {"from_s": WRAP_S - 1}),
        ("wraps_later.ts", {"from_s": WRAP_S - 70, "frames": 800}),
    ],
)
def test_every_frame_comes_in_order_and_at_its_time(tmp_path: Path, name: str, options: dict[str, Any]) -> None:
    frames = read(write(tmp_path / name, **options))
    assert len(frames) == options.get("frames", 20)
    assert steps_of(frames) == {0.1}


def test_a_cover_image_is_not_the_video_also_when_it_is_the_first_stream(tmp_path: Path) -> None:
    cover_first = with_cover(write(tmp_path / "plain.mp4"))
    with av.open(str(cover_first)) as container:
        assert [bool(one.disposition & Disposition.attached_pic) for one in container.streams] == [True, False]
        assert video_of(container).index == 1
    assert len(read(cover_first)) == 20


def test_a_file_with_nothing_but_a_cover_has_no_video(tmp_path: Path) -> None:
    path = with_cover(write(tmp_path / "song.mp4", sound_s=1.0), has_video=False)
    with pytest.raises(VideoError, match=r"song-cover\.mp4 has no video in it"):
        read(path)


def with_cover(path: Path, *, has_video: bool = True) -> Path:
    """The same with a cover image, which is put first."""
    new = path.with_name(f"{path.stem}-cover.mp4")
    with av.open(str(path)) as source, av.open(str(new), "w") as container:
        kept = source.streams.video[0] if has_video else source.streams.audio[0]
        copy = container.add_stream_from_template(kept)
        cover: Any = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        for packet in source.demux(kept):
            if packet.dts is not None:
                packet.stream = copy
                container.mux(packet)
        container.mux([*cover.encode(image(0)), *cover.encode(None)])
    content = bytearray(new.read_bytes())
    place = content.index(b"moov") - 4
    end = place + struct.unpack(">I", content[place : place + 4])[0]
    boxes = {
        content[at + 4 : at + 8].decode(): bytes(content[at:next_at]) for at, next_at in _boxes(content, place + 8, end)
    }
    in_order = ["mvhd", "udta", *(name for name in boxes if name not in ("mvhd", "udta"))]
    content[place + 8 : end] = b"".join(boxes[name] for name in in_order)
    new.write_bytes(content)
    return new


def _boxes(content: bytearray, start: int, end: int) -> list[tuple[int, int]]:
    found = []
    while start < end:
        length = struct.unpack(">I", content[start : start + 4])[0]
        found.append((start, start + length))
        start += length
    return found


def test_numbered_images_have_the_rate_of_the_settings(tmp_path: Path) -> None:
    for number in range(5):
        pixels = np.full((48, 64, 3), number * 8, np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"seen{number:03}.jpg")
    frames = read(tmp_path / "seen%03d.jpg", frames_per_s=5)
    assert (len(frames), steps_of(frames)) == (5, {0.2})


def test_a_file_that_cannot_be_decoded_from_some_place_on_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "yard.mp4", 100)
    content = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        packets = container.demux(container.streams.video[0])
        places = [(packet.pos or 0, packet.size) for packet in packets if packet.size]
    for place, size in places[50:]:
        content[place : place + size] = bytes(size)
    path.write_bytes(content)
    source, frames = FileSource(FileSourceSettings(path=path)), list[Frame]()
    with pytest.raises(VideoError, match=r"cannot be read to its end: its last \d+ packets are damaged, or of another"):
        frames.extend(source.frames(threading.Event()))
    assert source.figures.decode_errors >= 40


def damaged(path: Path, packets: int) -> Path:
    """Two hundred images, of which this many packets, spread over the file, hold nothing that can be read."""
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("mjpeg", rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuvj420p"
        for number in range(200):
            for packet in video.encode(image(number)):
                if number * packets % 200 < packets:
                    packet.update(bytes(packet.size))
                container.mux(packet)
        container.mux(video.encode(None))
    return path


@pytest.mark.parametrize(("packets", "said"), [(0, ""), (19, ""), (20, "20 of its 200"), (100, "100 of its 200")])
def test_a_file_of_which_a_tenth_is_damaged_is_read_and_says_so(tmp_path: Path, packets: int, said: str) -> None:
    source = FileSource(FileSourceSettings(path=damaged(tmp_path / "yard.mkv", packets)))
    assert len(list(source.frames(threading.Event()))) == 200 - packets
    assert source.figures.damage == (f"{said} packets are damaged" if said else "")


@pytest.mark.parametrize("loop", [False, True])
def test_a_file_of_which_most_is_damaged_cannot_be_read(tmp_path: Path, loop: bool) -> None:
    source = FileSource(FileSourceSettings(path=damaged(tmp_path / "yard.mkv", 101), loop=loop))
    frames = list[Frame]()
    with pytest.raises(VideoError, match=r"yard\.mkv cannot be read: 101 of its 200 packets are damaged\.$"):
        frames.extend(source.frames(threading.Event()))
    assert len(frames) == 99, "what can be decoded is looked at all the same"


def test_a_damaged_file_whose_reading_is_stopped_is_not_judged(tmp_path: Path) -> None:
    source, stop = FileSource(FileSourceSettings(path=damaged(tmp_path / "yard.mkv", 101))), threading.Event()
    for _ in source.frames(stop):
        stop.set()
    assert source.figures.damage == ""


def test_a_stream_whose_video_stops_while_its_sound_goes_on_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = count()
    monkeypatch.setattr(time, "monotonic", lambda: next(ticks) * 0.1)
    images: list[Any] = []
    said = "no video came for 4 s, although other data of the stream did"
    with (
        av.open(str(write(tmp_path / "yard.mp4", sound_s=30.0))) as container,
        pytest.raises(UnreadableStreamError, match=said),
    ):
        images.extend(image for image, _ in live_images_of(container, SourceFigures(), "yard", timeout_s=4))
    assert len(images) == 20


def test_the_last_frames_of_a_stream_whose_sound_comes_first_are_given(tmp_path: Path) -> None:
    with av.open(str(write(tmp_path / "yard.mp4", b_frames=3, sound_s=2.0))) as container:
        assert video_of(container).index == 1
        assert len(list(live_images_of(container, SourceFigures(), "yard", timeout_s=60))) == 20


@pytest.mark.parametrize(("ticks_per_s", "rate"), [(10, 10.0), (120, 120.0), (1_000, 25.0), (90_000, 25.0)])
def test_a_raw_stream_whose_encoder_states_the_ticks_of_its_clock_has_the_usual_rate(
    tmp_path: Path, ticks_per_s: int, rate: float
) -> None:
    path = tmp_path / "phone.h264"
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        video.codec_context.time_base = Fraction(1, ticks_per_s)
        for number in range(20):
            container.mux(video.encode(image(number)))
        container.mux(video.encode(None))
    frames = read(path)
    assert (len(frames), steps_of(frames)) == (20, {round(1 / rate, 3)})


@pytest.mark.parametrize("loop", [False, True])
@pytest.mark.parametrize(("name", "size"), [("cut.mkv", 800), ("cut.h264", 600), ("cut.mp4", 1_500)])
def test_a_file_without_a_frame_that_can_be_decoded_is_no_video(
    tmp_path: Path, name: str, size: int, loop: bool
) -> None:
    path = tmp_path / name
    with av.open(
        str(path), "w", options={"movflags": "frag_keyframe+empty_moov"} if "mp4" in name else {}
    ) as container:
        video: Any = container.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for number in range(20):
            container.mux(video.encode(image(number)))
        container.mux(video.encode(None))
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(VideoError, match=rf"{name} has no frame that can be decoded: it is empty, damaged or"):
        read(path, loop=loop)


def endings(path: Path, **settings: Any) -> tuple[int, list[Any]]:
    """The frames of a file, and what is said about its end."""
    notices: list[Notice] = []
    source = FileSource(FileSourceSettings(path=path, **settings), Announcer([notices.append]))
    frames = sum(1 for _ in source.frames(threading.Event()))
    assert source.figures.ended_early == "".join(str(one.fields["reason"]) for one in notices)
    assert {one.name for one in notices} <= {"source_ended_early"}
    return frames, [one.fields["reason"] for one in notices]


def noise(path: Path, seconds: int, options: dict[str, str] | None = None, sound_s: float = 0.0) -> Path:
    """A video of ten images a second, with nothing in them that could be packed."""
    random = np.random.default_rng(1)
    with av.open(str(path), "w", options=options or {}) as container:
        video: Any = container.add_stream("flv" if path.suffix == ".flv" else "mpeg4", rate=10)
        sound: Any = container.add_stream("mp3", rate=44_100) if sound_s else None
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for number in range(seconds * 10):
            made = av.VideoFrame.from_ndarray(random.integers(0, 255, (48, 64, 3), np.uint8), format="rgb24")
            made.pts, made.time_base = number, Fraction(1, 10)
            container.mux(video.encode(made))
        container.mux(video.encode(None))
        for number in range(round(sound_s * 44_100 / 1152)):
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 1152), np.float32), format="fltp", layout="mono")
            silence.sample_rate, silence.pts = 44_100, number * 1152
            container.mux(sound.encode(silence))
        if sound is not None:
            container.mux(sound.encode(None))
    return path


@pytest.mark.parametrize("name", ["a.mkv", "a.flv", "a.avi", "fast.mp4"])
def test_a_file_that_was_cut_says_once_that_it_ends_early(tmp_path: Path, name: str) -> None:
    path = noise(tmp_path / name, 10, {"movflags": "faststart"} if name == "fast.mp4" else {})
    assert endings(path) == (100, [])
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    frames, [reason] = endings(path)
    assert 50 <= frames <= 60
    assert re.fullmatch(r"its header says 10\.0 s, and its video ends after 5\.\d s", reason)


@pytest.mark.parametrize("name", ["a.mp4", "a.flv", "fast.mp4"])
def test_of_files_that_were_joined_by_cat_it_is_said_that_only_the_first_is_read(tmp_path: Path, name: str) -> None:
    path = noise(tmp_path / name, 10, {"movflags": "faststart"} if name == "fast.mp4" else {})
    path.write_bytes(path.read_bytes() * 2)
    frames, [reason] = endings(path)
    assert (frames, reason.partition(":")[0]) == (100, "only the first of several parts is read")


FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}


@pytest.mark.parametrize("name", ["a.mkv", "a.flv", "a.ts", "frag.mp4"])
def test_a_file_with_a_hole_says_so_once(tmp_path: Path, name: str) -> None:
    path = noise(tmp_path / name, 20, FRAGMENTED if name == "frag.mp4" else {})
    content = bytearray(path.read_bytes())
    begin, length = len(content) // 2, len(content) // 4
    content[begin : begin + length] = bytes(length)
    path.write_bytes(content)
    frames, [reason] = endings(path)
    assert 90 <= frames <= 160
    if name == "frag.mp4":
        assert re.fullmatch(r"its last [45]\d% cannot be read", reason)
    else:
        assert re.fullmatch(r"[4-6]\.\d s of video in its middle cannot be read", reason)


def test_a_whole_file_in_a_place_that_was_reserved_for_more_is_whole(tmp_path: Path) -> None:
    path = noise(tmp_path / "a.mp4", 4)
    path.write_bytes(path.read_bytes() + bytes(path.stat().st_size))
    assert endings(path) == (40, [])


def test_a_gap_in_time_with_nothing_in_it_is_no_hole(tmp_path: Path) -> None:
    """A recorder that records motion alone."""
    path = tmp_path / "motion.mkv"
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("mpeg4", rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for number in range(40):
            made = image(number)
            made.pts = number + (600 if number >= 20 else 0)
            container.mux(video.encode(made))
        container.mux(video.encode(None))
    assert endings(path) == (40, [])


@pytest.mark.parametrize(
    ("name", "sound_s", "options"),
    [
        *((name, 30.0, {}) for name in ("a.mkv", "a.flv", "a.avi", "a.mp4")),
        *((name, 0.0, {}) for name in ("a.mkv", "a.flv", "a.avi", "a.mp4", "a.ts")),
        ("a.mp4", 0.0, {"movflags": "frag_keyframe+empty_moov+default_base_moof"}),
        ("a.mp4", 0.0, {"movflags": "faststart"}),
    ],
)
def test_a_whole_file_is_not_said_to_end_early(
    tmp_path: Path, name: str, sound_s: float, options: dict[str, str]
) -> None:
    assert endings(noise(tmp_path / name, 4, options, sound_s)) == (40, [])


@pytest.mark.parametrize("name", ["a.mkv", "a.ts", "a.avi"])
def test_files_joined_by_cat_that_are_read_on_are_whole(tmp_path: Path, name: str) -> None:
    path = noise(tmp_path / name, 4)
    path.write_bytes(path.read_bytes() * 2)
    assert endings(path) == (80, [])
