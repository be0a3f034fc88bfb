"""The sample video: found where it is, refused when it is another, explained when it cannot be had."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.demo import sample_video as module
from securos_trigger.demo.sample_video import sample_video
from securos_trigger.errors import MissingPartError


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
