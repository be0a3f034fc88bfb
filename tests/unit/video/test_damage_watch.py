"""A live stream of which a part cannot be decoded: said when it lasts, and not any more when it is whole again."""

from __future__ import annotations

from itertools import islice, repeat
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from securos_trigger.model.source_figures import SourceFigures
from securos_trigger.video import damage_watch
from securos_trigger.video.containers import live_images_of
from securos_trigger.video.damage_watch import DamageWatch


class Camera:
    """25 packets a second, from 1,000 s of the clock on."""

    def __init__(self) -> None:
        self.figures, self.now_ticks = SourceFigures(), 1000.0
        self.watch = DamageWatch(self.figures, self.now_ticks)

    def give(self, seconds: float, every: int = 0) -> float | None:
        """Every so many packets are damaged; 0: none is."""
        for number in range(round(seconds * 25)):
            self.now_ticks += 0.04
            self.watch.note(is_damaged=every != 0 and number % every == 0, now_ticks=self.now_ticks)
        return self.figures.damaged_since_at_ticks


def test_damage_that_lasts_is_said_with_its_beginning_and_ends_with_whole_video() -> None:
    camera = Camera()
    assert camera.give(100) is None
    began_ticks = camera.now_ticks
    since = camera.give(45, every=4)
    assert since == pytest.approx(began_ticks, abs=11.0)
    assert camera.figures.damaged_share == pytest.approx(0.25, abs=0.02)
    assert camera.give(30) is None
    assert camera.figures.damaged_share == 0.0


def test_what_begins_between_two_key_frames_or_loses_a_packet_now_and_then_is_no_damage() -> None:
    camera = Camera()
    assert camera.give(19, every=1) is None
    assert camera.give(300, every=20) is None


def test_a_reconnect_does_not_end_it() -> None:
    camera = Camera()
    assert camera.give(60, every=2) is not None
    camera.watch = DamageWatch(camera.figures, camera.now_ticks)
    assert camera.give(9, every=2) is not None


def test_packets_that_a_real_decoder_refuses_are_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(damage_watch, "_BLOCK_S", 0.0)
    assert share_of(tmp_path / "whole.mkv", broken_every=0) == (False, 0.0)
    is_damaged, share = share_of(tmp_path / "broken.mkv", broken_every=4)
    assert is_damaged and share == pytest.approx(0.25, abs=0.03)


def share_of(path: Path, broken_every: int) -> tuple[bool, float]:
    """Read 200 images of which some are no JPEG; whether damage was seen, and its share."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for number, black in enumerate(islice(repeat(np.zeros((48, 64, 3), np.uint8)), 200)):
            frame = av.VideoFrame.from_ndarray(black, format="rgb24").reformat(format="yuvj420p")
            frame.pts = number
            for packet in stream.encode(frame):
                container.mux(broken(packet) if broken_every and number % broken_every == 0 else packet)
    figures = SourceFigures()
    with av.open(str(path)) as read:
        for _ in live_images_of(read, figures, "yard", 60.0):
            pass
    return figures.damaged_since_at_ticks is not None, figures.damaged_share


def broken(packet: Any) -> Any:
    """The packet with nothing of a JPEG in it."""
    made = av.Packet(b"\x00" * 200)
    made.pts, made.dts, made.time_base, made.stream = packet.pts, packet.dts, packet.time_base, packet.stream
    return made
