"""The disk of a running service becomes read-only, as the system makes it after a fault: video goes on, and it is said."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_status import asked, running
from tests.integration.test_stream import motion_jpeg, served

_TOOLS = ("mkfs.ext4", "e2fsck", "losetup", "mount", "umount")
_DISK_BYTES = 64 * 1024**2
SITE = """\
[outbox]
path = "disk/outbox.sqlite"

[[pipelines]]
name = "gate"
source = {{ type = "stream", url = "{address}/gate.mjpg", frozen_after_s = 0 }}

[[pipelines.nodes]]
type = "metadata_recorder"
id = "seen"
path = "disk/seen.jsonl"

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
event_source = "custom"
trigger = "1 == 1"
event_name = "Person"
interval = 1
iss_ip = "127.0.0.1"
iss_port = "9"
iss_password = "token"
iss_camera_ids = "1"
"""


class Disk:
    """An ext4 file system at `place` that turns read-only at its first fault."""

    def __init__(self, device: str, place: Path) -> None:
        self.place = place
        self._device = device
        self._fault = Path("/sys/fs/ext4", Path(device).name, "trigger_fs_error")

    def mount(self) -> None:
        _do("mount", "-o", "errors=remount-ro", self._device, str(self.place))

    def break_down(self) -> None:
        self._fault.write_text("a test")

    def repair(self) -> None:
        _do("umount", str(self.place))
        subprocess.run(["e2fsck", "-fy", self._device], capture_output=True, check=False)
        self.mount()

    @property
    def can_break(self) -> bool:
        return self._fault.exists()


def _do(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    if os.geteuid() != 0 or any(shutil.which(tool) is None for tool in _TOOLS):
        pytest.skip("a disk of one's own needs root and mkfs.ext4, e2fsck, losetup, mount, umount")
    image, place = tmp_path / "image", tmp_path / "disk"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(_DISK_BYTES)
    _do("mkfs.ext4", "-q", "-F", str(image))
    with _device_of(image) as device:
        made = Disk(device, place)
        made.mount()
        try:
            if not made.can_break:
                pytest.skip("this kernel cannot be asked for a fault of a file system")
            yield made
        finally:
            _do("umount", "--lazy", str(place))


@contextmanager
def _device_of(image: Path) -> Iterator[str]:
    done = subprocess.run(["losetup", "--find", "--show", str(image)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"this machine gives no loop device: {done.stderr.strip()}")
    device = done.stdout.strip()
    try:
        yield device
    finally:
        _do("losetup", "--detach", device)


def until(folder: Path, is_so: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """The first status that is so."""
    until_s = time.monotonic() + 120
    while True:
        seen: dict[str, Any] = json.loads(asked(folder, "--json")[1])
        if seen["verdict"] not in ("not_running", "starting") and is_so(seen):
            return seen
        assert time.monotonic() < until_s, seen
        time.sleep(0.2)


@pytest.mark.timeout(400)
def test_video_goes_on_losses_are_counted_and_what_was_kept_is_there_after_the_repair(
    tmp_path: Path, disk: Disk
) -> None:
    with served(motion_jpeg(images=100_000, every_s=0.1)) as address:
        (tmp_path / "site.toml").write_text(SITE.format(address=address))
        with running(tmp_path) as service:
            until(tmp_path, lambda seen: seen["outbox"]["counts"]["waiting"] >= 2)
            disk.break_down()
            losing = until(tmp_path, lambda seen: seen["losses"]["is_losing"] and seen["unwritten"])
            frames, lost = losing["pipelines"][0]["frames"], losing["losses"]["count"]
            until(tmp_path, lambda seen: seen["pipelines"][0]["frames"] > frames and seen["losses"]["count"] > lost)
            code, text = asked(tmp_path)
            assert code == 1 and text.startswith("! LOSING EVENTS since "), text
            folded = " ".join(text.split())
            assert "it is read-only, broken or gone" in folded
            assert "The frames of the recording are not written since " in folded
            kept = json.loads(asked(tmp_path, "--json")[1])["nodes"][0]["kept"]
            service.send_signal(signal.SIGTERM)
            service.wait(120)
        log = (tmp_path / "log.txt").read_text()
        assert "service_stopped" in log and "Traceback" not in log, log
        disk.repair()
        with running(tmp_path):
            waiting = until(tmp_path, lambda seen: seen["losses"]["count"] == 0 and seen["nodes"][0]["kept"])
        assert sum(waiting["outbox"]["counts"][state] for state in ("waiting", "sending")) > kept >= 2
