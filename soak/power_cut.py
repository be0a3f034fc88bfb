"""A power cut under the outbox: a file system that forgets, at a random moment, whatever was not synced.

The file system is ext4 in an image of its own, shut down as `xfs_io -c shutdown` does. The same is done to a writer
with `synchronous=NORMAL`, which must lose events: else the cut would prove nothing.
"""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from soak.books import read_kept
from soak.report import Report

FOLDER = Path(__file__).parent.parent
IMAGE_BYTES = 64 * 1024**2

#: linux/fs/ext4/ext4.h: _IOR('X', 125, __u32), and the flag that does not even flush the journal.
EXT4_IOC_SHUTDOWN = 0x8004587D
NOLOGFLUSH = 2


def why_not() -> str:
    """Why this machine cannot do it; empty when it can."""
    if os.geteuid() != 0:
        return "mounting an image needs root"
    if missing := [name for name in ("mkfs.ext4", "losetup", "mount", "umount") if shutil.which(name) is None]:
        return f"{', '.join(missing)} is not installed"
    if not Path("/dev/loop-control").exists():
        return "there are no loop devices"
    return ""


def run(*, is_long: bool, cuts: int = 0, control_cuts: int = 0) -> Report:
    """Cut the power under the product's outbox, then under one that syncs less."""
    if reason := why_not():
        return Report(skipped=reason)
    cuts, control_cuts = cuts or (100 if is_long else 4), control_cuts or (20 if is_long else 2)
    kept, lost, damaged = _many_cuts(cuts, "FULL")
    control_kept, control_lost, _ = _many_cuts(control_cuts, "NORMAL")
    broken: list[str] = []
    if lost:
        broken.append(f"{lost} of {kept} kept events were lost")
    if damaged:
        broken.append(f"the database did not open, or was not sound, after {damaged} cuts")
    if kept < cuts:
        broken.append("hardly anything was kept: this run proves nothing")
    if not control_lost:
        broken.append("the control run lost nothing: the cut proves nothing")
    figures = {
        "power cuts": cuts,
        "events kept": kept,
        "kept and lost": lost,
        "databases that did not open or were not sound": damaged,
        "control: power cuts with synchronous=NORMAL": control_cuts,
        "control: kept and lost": f"{control_lost} of {control_kept}",
    }
    return Report(figures, tuple(broken))


def _many_cuts(cuts: int, synchronous: str) -> tuple[int, int, int]:
    """Events kept, those of them that were lost, and files that were damaged, over some cuts."""
    chance = random.Random()
    kept_count = lost_count = damaged_count = 0
    for _ in range(cuts):
        with tempfile.TemporaryDirectory() as folder:
            kept, found = _one_cut(Path(folder), synchronous, chance.uniform(0.05, 0.6))
        kept_count += len(kept)
        lost_count += len(kept - (found or set()))
        damaged_count += found is None
    return kept_count, lost_count, damaged_count


def _one_cut(folder: Path, synchronous: str, cut_after_s: float) -> tuple[frozenset[str], set[str] | None]:
    """What was kept before the cut, and what the database holds after it (None: it is not sound)."""
    book = folder / "kept.jsonl"
    with _loop_device(folder / "disk.img") as device:
        with _mounted(device, folder / "mnt") as mount:
            _write_until_the_cut(mount, book, synchronous, cut_after_s)
        with _mounted(device, folder / "mnt") as mount:
            found = _events_in(mount / "outbox.sqlite")
    return read_kept(book)[1], found


def _write_until_the_cut(mount: Path, book: Path, synchronous: str, cut_after_s: float) -> None:
    command = [sys.executable, "-m", "soak.power_cut_writer", str(mount / "outbox.sqlite"), str(book), synchronous]
    with subprocess.Popen(command, cwd=FOLDER) as writer:
        try:
            give_up_at_s = time.monotonic() + 30
            while not (book.exists() and b'"kept"' in book.read_bytes()):
                if time.monotonic() > give_up_at_s:
                    raise TimeoutError("the writer did not begin to work")
                time.sleep(0.005)
            time.sleep(cut_after_s)
            _cut_the_power(writer, mount)
        finally:
            writer.kill()


def _cut_the_power(writer: subprocess.Popen[bytes], mount: Path) -> None:
    """Stop the writer wherever it is, and in the same moment drop what its disk has not synced.

    It must stop first, as in a real cut. A program that goes on can be told by the kernel that a sync of that very
    moment went well when it did not: a plain write and fdatasync, without any database, shows the same.
    """
    descriptor = os.open(mount, os.O_RDONLY | os.O_DIRECTORY)
    try:
        writer.send_signal(signal.SIGSTOP)
        fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", NOLOGFLUSH))
    finally:
        with suppress(OSError):  # the file system under it has just been shut down
            os.close(descriptor)


def _events_in(database: Path) -> set[str] | None:
    """The events that a database holds, or None when it cannot be read or fails SQLite's own check."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                return None
            return {row[0] for row in connection.execute("SELECT event_id FROM delivery")}
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return set()  # a sound database, from which even its first commit is gone
        return None
    except sqlite3.DatabaseError:
        return None


@contextmanager
def _loop_device(image: Path) -> Iterator[str]:
    """A loop device with a fresh ext4."""
    with image.open("wb") as file:
        file.truncate(IMAGE_BYTES)
    _do("mkfs.ext4", "-q", "-F", str(image))
    device = _do("losetup", "--find", "--show", str(image)).strip()
    try:
        yield device
    finally:
        _do("losetup", "--detach", device)


@contextmanager
def _mounted(device: str, mount: Path) -> Iterator[Path]:
    mount.mkdir(exist_ok=True)
    _do("mount", "-t", "ext4", device, str(mount))
    try:
        yield mount
    finally:
        _do("umount", str(mount))


def _do(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
