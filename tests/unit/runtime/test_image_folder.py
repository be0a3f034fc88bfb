"""The images of events on disk: whole, bounded, private, and deleted by camera."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from securos_trigger.runtime import image_folder
from securos_trigger.runtime.image_folder import ImageFolder

DAY_S = 86_400.0


def jpeg(size_bytes: int = 100) -> bytes:
    return b"\xff\xd8" + b"." * (size_bytes - 4) + b"\xff\xd9"


@pytest.fixture
def folder(tmp_path: Path) -> ImageFolder:
    return ImageFolder(tmp_path / "outbox.images")


def test_an_image_is_found_by_its_event_and_only_its_owner_may_read_it(folder: ImageFolder) -> None:
    assert folder.read("a/../b \ud800") is None
    folder.write("a/../b \ud800", ["1"], jpeg())
    found = folder.read("a/../b \ud800")
    assert found is not None
    assert (found[:2], found[-2:]) == (b"\xff\xd8", b"\xff\xd9")
    assert folder.read("another") is None
    [file] = folder.path.iterdir()
    assert [stat.S_IMODE(one.stat().st_mode) for one in (folder.path, file)] == [0o700, 0o600]


def test_what_a_power_cut_left_of_an_image_is_none(folder: ImageFolder) -> None:
    folder.write("a", ["1"], jpeg())
    [file] = folder.path.iterdir()
    for left in (b"", file.read_bytes()[:40]):
        file.write_bytes(left)
        assert folder.read("a") is None
        assert folder.purge({"of nothing"}) == 1, "its cameras are not known, so it goes with any"
        folder.write("a", ["1"], jpeg())


def test_images_are_deleted_by_the_cameras_of_their_events(folder: ImageFolder) -> None:
    many = [f"camera {number} " + "x" * 60 for number in range(2_000)]  # longer than one comment of JPEG may be
    for event_id, cameras in {"one": ["1"], "both": ["1", "2"], "two": ["2"], "many": many, "none": []}.items():
        folder.write(event_id, cameras, jpeg())
    assert folder.purge({"1", "11"}) == 2
    assert [name for name in ("one", "both", "two", "many", "none") if folder.read(name)] == ["two", "many", "none"]
    assert folder.purge({many[-1]}) == 1
    assert folder.purge(None) == 2
    assert folder.purge(None) == 0
    assert ImageFolder(folder.path / "not there").purge(None) == 0


def test_the_oldest_make_way_and_what_is_too_old_goes(folder: ImageFolder) -> None:
    for number in range(10):
        size_bytes = folder.write(str(number), ["1"], jpeg(1_000))
        [file] = [one for one in folder.path.iterdir() if one == folder._path_of(str(number))]
        os.utime(file, (number * DAY_S, number * DAY_S))
    all_bytes = 10 * size_bytes
    assert folder.tidy(now_s=9 * DAY_S, keep_s=30 * DAY_S, max_bytes=all_bytes) == all_bytes
    assert folder.tidy(now_s=9 * DAY_S, keep_s=6.5 * DAY_S, max_bytes=all_bytes) == 7 * size_bytes
    assert folder.tidy(now_s=9 * DAY_S, keep_s=30 * DAY_S, max_bytes=5 * size_bytes) == 4 * size_bytes
    assert [number for number in range(10) if folder.read(str(number))] == [6, 7, 8, 9]


def test_a_disk_that_is_nearly_full_is_left_to_the_outbox(folder: ImageFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    free_bytes = shutil.disk_usage(folder.path.parent).free
    monkeypatch.setattr(image_folder, "LEAVE_FREE_BYTES", free_bytes * 2)
    with pytest.raises(OSError, match="MB of the disk are free"):
        folder.write("a", ["1"], jpeg())
    assert list(folder.path.iterdir()) == []
