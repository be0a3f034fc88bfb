"""The sample video: found where it is, refused when it is another, explained when it cannot be had."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from securos_trigger.demo import sample_video as module
from securos_trigger.demo.sample_video import sample_video
from securos_trigger.errors import MissingPartError
from securos_trigger.system.user_folders import user_cache_folder


def test_without_apt_it_asks_for_a_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if (Path("/") / module._PATH_IN_PACKAGE).exists():
        pytest.skip("the package is installed on this machine")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingPartError) as found:
        sample_video(tmp_path)
    assert str(found.value) == (
        "The sample video cannot be fetched (there is no apt-get here); give a video with --video."
    )


def test_a_damaged_copy_in_the_cache_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if (Path("/") / module._PATH_IN_PACKAGE).exists():
        pytest.skip("the package is installed on this machine")
    (tmp_path / "vtest.avi").write_bytes(b"half of a download")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingPartError):
        sample_video(tmp_path)


def test_the_demo_counts_to_the_frames_that_the_video_has() -> None:
    places = (user_cache_folder() / module._NAME, Path("/") / module._PATH_IN_PACKAGE)
    found = next((place for place in places if place.is_file() and module._is_genuine(place)), None)
    if found is None:
        pytest.skip("the sample video is not on this machine")
    with av.open(str(found)) as video:
        assert video.streams.video[0].frames == module.SAMPLE_FRAMES
