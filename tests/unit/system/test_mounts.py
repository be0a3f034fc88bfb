"""Which file system a folder is on."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from securos_trigger.system.mounts import IN_MEMORY, file_system_in, file_system_of, mount_of, what_uses_space

MOUNTS = [
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
    "30 22 0:26 / /run rw,nosuid - tmpfs tmpfs rw,size=10%",
    r"31 22 8:2 / /my\040disk rw master:1 - xfs /dev/sdb1 rw",
    "32 22 8:3 / /var rw - ext4 /dev/sdc1 rw",
    "33 32 0:27 / /var rw - tmpfs tmpfs rw",
    "34 22 8:4 / /données rw - btrfs /dev/sdd1 rw",
    "a line without a separator",
]


@pytest.mark.parametrize(
    ("path", "file_system"),
    [
        ("/home/me/outbox.sqlite", "ext4"),
        ("/run/securos/outbox.sqlite", "tmpfs"),
        ("/running/outbox.sqlite", "ext4"),
        ("/my disk/outbox.sqlite", "xfs"),
        ("/données/outbox.sqlite", "btrfs"),
        ("/var/lib/outbox.sqlite", "tmpfs"),
    ],
)
def test_the_deepest_and_last_mount_counts(path: str, file_system: str) -> None:
    assert file_system_in(MOUNTS, Path(path)) == file_system


def test_the_shared_memory_of_this_machine_is_in_memory() -> None:
    assert file_system_of(Path("/dev/shm/outbox.sqlite")) in IN_MEMORY


def test_the_folder_at_which_a_file_system_is_mounted_holds_its_files() -> None:
    assert mount_of(Path("/dev/shm/site/outbox.sqlite")) == "/dev/shm"
    assert mount_of(Path("/outbox.sqlite")) == "/"


@pytest.mark.skipif(shutil.which("du") is None, reason="there is no du")
def test_what_takes_the_space_is_listed_by_the_printed_command_a_single_file_too(tmp_path: Path) -> None:
    folder = tmp_path / "my disk"
    (folder / "empty").mkdir(parents=True)
    (folder / "large.mp4").write_bytes(bytes(3_000_000))
    command = what_uses_space(str(folder)).split("`")[1]
    listed = subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout.splitlines()
    assert {line.split("\t")[1] for line in listed[-2:]} == {str(folder / "large.mp4"), str(folder)}
