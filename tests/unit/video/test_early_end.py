"""Files of which a part is lost, with sound and without a length in their header: each says so, and a whole one not."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from securos_trigger.notices import Announcer, Notice
from securos_trigger.video.settings import FileSourceSettings
from securos_trigger.video.sources import FileSource
from securos_trigger.video.torn_end import is_torn

FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
CUT = "it ends in the middle of a part: it was cut"


class Pipe:
    """A file that cannot be written twice at one place: no header gets its length."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._file = path.open("wb")
        self.write, self.close = self._file.write, self._file.close


def film(
    path: Path,
    seconds: int = 20,
    *,
    kind: str = "",
    sound: bool = True,
    options: dict[str, str] | None = None,
    without: range = range(0),
) -> Path:
    """A video of ten images a second with nothing in them that could be packed, interleaved with its sound.

    `kind`: the format of one that is written into a pipe. `without`: images whose packets are lost.
    """
    random = np.random.default_rng(1)
    target = Pipe(path) if kind else str(path)
    with av.open(target, "w", format=kind or None, options=options or {}) as container:
        video: Any = container.add_stream("flv" if path.suffix == ".flv" else "mpeg4", rate=10)
        heard: Any = container.add_stream("mp3", rate=44_100) if sound else None
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sounds = 0
        for number in range(seconds * 10):
            made = av.VideoFrame.from_ndarray(random.integers(0, 255, (48, 64, 3), np.uint8), format="rgb24")
            made.pts, made.time_base = number, Fraction(1, 10)
            packets = video.encode(made)
            if number not in without:
                container.mux(packets)
            while heard is not None and sounds * 1152 < (number + 1) * 4_410:
                silence = av.AudioFrame.from_ndarray(np.zeros((1, 1152), np.float32), format="fltp", layout="mono")
                silence.sample_rate, silence.pts = 44_100, sounds * 1152
                sounds += 1
                container.mux(heard.encode(silence))
        container.mux(video.encode(None))
        if heard is not None:
            container.mux(heard.encode(None))
    if isinstance(target, Pipe):
        target.close()
    return path


def said(path: Path) -> list[Any]:
    notices: list[Notice] = []
    for _ in FileSource(FileSourceSettings(path=path), Announcer([notices.append])).frames(threading.Event()):
        pass
    return [one.fields["reason"] for one in notices]


def zeroed(path: Path, begin: float, length: float) -> Path:
    content = bytearray(path.read_bytes())
    start, end = round(len(content) * begin), round(len(content) * (begin + length))
    content[start:end] = bytes(end - start)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", ["a.mkv", "a.flv", "a.ts"])
def test_a_hole_in_a_file_with_sound_is_said(tmp_path: Path, name: str) -> None:
    [reason] = said(zeroed(film(tmp_path / name), 0.5, 0.25))
    assert reason.endswith(" s of video in its middle cannot be read")
    assert 4.0 < float(reason.split()[0]) < 7.0


def test_a_hole_in_an_mp4_of_fragments_with_sound_is_said(tmp_path: Path) -> None:
    [reason] = said(zeroed(film(tmp_path / "a.mp4", options=FRAGMENTED), 0.5, 0.25))
    assert reason.startswith("its last ") and reason.endswith("% cannot be read")


@pytest.mark.parametrize("name", ["a.mkv", "a.flv", "a.ts", "a.mp4", "fragments.mp4"])
def test_video_that_is_missing_while_the_sound_goes_on_is_said(tmp_path: Path, name: str) -> None:
    options = FRAGMENTED if name == "fragments.mp4" else {}
    [reason] = said(film(tmp_path / name, options=options, without=range(90, 150)))
    assert reason in {
        f"{seconds} s of video in its middle are missing, while its sound goes on" for seconds in (6.0, 6.1)
    }


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mkv", {}),
        ("a.flv", {}),
        ("a.avi", {}),
        ("a.ts", {}),
        ("a.m2ts", {}),
        ("a.mp4", {}),
        ("fragments.mp4", FRAGMENTED),
    ],
)
@pytest.mark.parametrize("sound", [False, True])
def test_a_whole_file_is_said_to_be_whole(tmp_path: Path, name: str, options: dict[str, str], sound: bool) -> None:
    assert said(film(tmp_path / name, 6, sound=sound, options=options)) == []


@pytest.mark.parametrize("name", ["a.mkv", "a.ts"])
def test_a_gap_of_image_and_sound_is_no_hole(tmp_path: Path, name: str) -> None:
    """A recorder that records motion alone, with its sound."""
    path = tmp_path / name
    first, second = film(tmp_path / f"1{name}", 4), film(tmp_path / f"2{name}", 4)
    with av.open(str(path), "w") as made:
        copies: dict[str, Any] = {}
        for part, shift_s in ((first, 0), (second, 60)):
            with av.open(str(part)) as source:
                for one in source.streams:
                    copies.setdefault(one.type, None)
                    copies[one.type] = copies[one.type] or made.add_stream_from_template(one)
                for packet in source.demux():
                    if packet.dts is None or packet.pts is None:
                        continue
                    kind = packet.stream.type
                    packet.pts += round(shift_s / packet.time_base)
                    packet.dts += round(shift_s / packet.time_base)
                    packet.stream = copies[kind]
                    made.mux(packet)
    assert said(path) == []


def test_a_slide_show_with_sound_has_no_hole(tmp_path: Path) -> None:
    kept = {0, 50, 110, 150}
    path = film(tmp_path / "a.mkv", without=range(0))
    slides = tmp_path / "slides.mkv"
    with av.open(str(path)) as source, av.open(str(slides), "w") as made:
        copies = {one.index: made.add_stream_from_template(one) for one in source.streams}
        for packet in source.demux():
            if packet.dts is None or packet.pts is None:
                continue
            if packet.stream.type == "audio" or round(packet.pts * packet.time_base * 10) in kept:
                packet.stream = copies[packet.stream.index]
                made.mux(packet)
    assert [reason for reason in said(slides) if "sound" in reason] == []


@pytest.mark.parametrize("sound", [False, True])
@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [
        ("a.ts", "", {}),
        ("a.m2ts", "", {}),
        ("a.mp4", "", FRAGMENTED),
        ("a.mkv", "matroska", {}),
        ("a.flv", "flv", {"flvflags": "no_duration_filesize"}),
    ],
)
def test_a_file_without_a_length_that_was_cut_in_a_part_of_it_says_so(
    tmp_path: Path, name: str, kind: str, options: dict[str, str], sound: bool
) -> None:
    whole = film(tmp_path / name, 6, kind=kind, sound=sound, options=options)
    assert said(whole) == []
    content = whole.read_bytes()
    for length in (len(content) * 6 // 10 // 188 * 188 + 50, len(content) * 7 // 10 // 192 * 192 + 100):
        whole.write_bytes(content[:length])
        assert said(whole) == [CUT]


@pytest.mark.parametrize("tail", [b"", bytes(4096), b"\xff" * 500])
@pytest.mark.parametrize(
    ("name", "kind"), [("a.ts", "mpegts"), ("a.mkv", "matroska"), ("a.mp4", "mov"), ("a.flv", "flv")]
)
def test_what_stands_behind_the_last_part_makes_no_file_torn(tmp_path: Path, name: str, kind: str, tail: bytes) -> None:
    path = film(tmp_path / name, 2, options=FRAGMENTED if kind == "mov" else {})
    path.write_bytes(path.read_bytes() + tail)
    assert not is_torn(kind, path) or (kind == "flv" and tail == b"\xff" * 500)


def test_a_file_that_is_gone_and_one_of_another_kind_are_not_torn(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\x47" * 300)
    assert not is_torn("mpegts", tmp_path / "gone.ts")
    assert not is_torn("avi", tmp_path / "a.bin")
