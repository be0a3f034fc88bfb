"""A disk that becomes full while a video is written, on a small file system of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from tests import commands
from tests.made_videos import write_video
from tests.small_disks import mounted_disk

SITE = """\
[outbox]
path = "outbox.sqlite"

[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4" }

[pipelines.sink]
type = "file"
path = "small/out.mp4"
"""
FRAMES = 600


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1.5 MB."""
    with mounted_disk(tmp_path / "small", "1500k") as disk:
        yield disk


def test_what_was_written_before_the_disk_was_full_can_be_played_and_is_named(small_disk: Path, tmp_path: Path) -> None:
    noise = np.random.default_rng(1)
    images = [noise.integers(0, 255, (64, 96, 3), dtype=np.uint8) for _ in range(FRAMES)]
    write_video(tmp_path / "yard.mp4", images)
    (tmp_path / "site.toml").write_text(SITE)
    done = commands.run("run", "site.toml", cwd=tmp_path)
    assert done.returncode == 1
    left = small_disk / "out.mp4.partial"
    assert "the disk is full; its images until then are in small/out.mp4.partial" in done.stderr
    [lost] = re.findall(r"pipeline_ended .* failures=sink:(\d+) ", done.stderr)
    with av.open(str(left)) as container:  # to its last byte, without an error
        kept = sum(1 for _ in container.decode(video=0))
    assert 0 < kept < FRAMES
    assert kept == FRAMES - int(lost) + 1, "that the file could not be finished counts as a fault, too"
