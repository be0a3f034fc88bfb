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
from dataclasses import dataclass
from pathlib import Path

from soak.books import read_acknowledged, read_kept
from soak.report import Report

FOLDER = Path(__file__).parent.parent
IMAGE_BYTES = 64 * 1024**2

#: An acknowledgement must be on the disk after this long: the writer's second, and the time of a slow disk.
SYNCED_AFTER_S = 3.0
PAUSE_S = 4.0

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


@dataclass(slots=True)
class Found:
    """What some cuts left: of events that were kept, and of acknowledgements that should have been on the disk."""

    kept: int = 0
    lost: int = 0
    damaged: int = 0
    acknowledged: int = 0
    taken_back: int = 0


def run(*, is_long: bool, cuts: int = 0, control_cuts: int = 0) -> Report:
    """Cut the power under the product's outbox, then under one that syncs less."""
    if reason := why_not():
        return Report(skipped=reason)
    cuts, control_cuts = cuts or (100 if is_long else 4), control_cuts or (20 if is_long else 2)
    found = _many_cuts(cuts, "FULL")
    control = _many_cuts(control_cuts, "NORMAL")
    broken: list[str] = []
    if found.lost:
        broken.append(f"{found.lost} of {found.kept} kept events were lost")
    if found.damaged:
        broken.append(f"the database did not open, or was not sound, after {found.damaged} cuts")
    if found.taken_back:
        broken.append(f"{found.taken_back} acknowledgements older than {SYNCED_AFTER_S:g} s were taken back")
    if found.kept < cuts or not found.acknowledged:
        broken.append("hardly anything was kept or acknowledged: this run proves nothing")
    if not control.lost:
        broken.append("the control run lost nothing: the cut proves nothing")
    figures = {
        "power cuts": cuts,
        "events kept": found.kept,
        "kept and lost": found.lost,
        "databases that did not open or were not sound": found.damaged,
        f"acknowledgements older than {SYNCED_AFTER_S:g} s": found.acknowledged,
        "of those taken back": found.taken_back,
        "control: power cuts with synchronous=NORMAL": control_cuts,
        "control: kept and lost": f"{control.lost} of {control.kept}",
    }
    return Report(figures, tuple(broken))


def _many_cuts(cuts: int, synchronous: str) -> Found:
    """Some cuts while events stream, and every third one in a pause, when only acknowledgements are on their way."""
    chance = random.Random()
    found = Found()
    for number in range(cuts):
        is_pause = synchronous == "FULL" and number % 3 == 0
        cut_after_s = chance.uniform(SYNCED_AFTER_S, PAUSE_S) if is_pause else chance.uniform(0.05, 0.6)
        with tempfile.TemporaryDirectory() as folder:
            _one_cut(Path(folder), synchronous, cut_after_s, PAUSE_S if is_pause else 0.0, found)
    return found


def _one_cut(folder: Path, synchronous: str, cut_after_s: float, pause_s: float, found: Found) -> None:
    """Adds what was kept before the cut, and what the database holds after it."""
    book = folder / "kept.jsonl"
    with loop_device(folder / "disk.img") as device:
        with mounted(device, folder / "mnt") as mount:
            cut_at_s = _write_until_the_cut(mount, book, synchronous, cut_after_s, pause_s)
        with mounted(device, folder / "mnt") as mount:
            states = _states_in(mount / "outbox.sqlite")
    kept = read_kept(book)[1]
    synced = {event_id for event_id, at_s in read_acknowledged(book).items() if at_s < cut_at_s - SYNCED_AFTER_S}
    found.kept += len(kept)
    found.damaged += states is None
    states = states or {}
    found.lost += len(kept - states.keys())
    found.acknowledged += len(synced)
    found.taken_back += sum(states.get(event_id) != "delivered" for event_id in synced)


def _write_until_the_cut(mount: Path, book: Path, synchronous: str, cut_after_s: float, pause_s: float) -> float:
    """Gives the instant of the cut on the monotonic clock."""
    writing = ("-m", "soak.power_cut_writer", str(mount / "outbox.sqlite"), str(book), synchronous, str(pause_s))
    with subprocess.Popen([sys.executable, *writing], cwd=FOLDER) as writer:
        try:
            give_up_at_s = time.monotonic() + 90
            while not (book.exists() and b'"kept"' in book.read_bytes()):
                if time.monotonic() > give_up_at_s:
                    raise TimeoutError("the writer did not begin to work")
                time.sleep(0.005)
            time.sleep(cut_after_s)
            cut_the_power(writer, mount)
            return time.monotonic()
        finally:
            writer.kill()


def cut_the_power(writer: subprocess.Popen[bytes], mount: Path) -> None:
    """Stop the writer wherever it is, and in the same moment drop what its disk has not synced.

    It must stop first, as in a real cut. The kernel may say to a program that goes on that a sync of that very
    moment went well when it did not: a plain write and fdatasync, without any database, shows the same.
    """
    descriptor = os.open(mount, os.O_RDONLY | os.O_DIRECTORY)
    try:
        writer.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, writer.pid, os.WSTOPPED | os.WNOWAIT)  # each of its threads stands still only now
        fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", NOLOGFLUSH))
    finally:
        with suppress(OSError):  # the file system under it has just been shut down
            os.close(descriptor)


def _states_in(database: Path) -> dict[str, str] | None:
    """The state of each event that a database holds, or None when it cannot be read or fails SQLite's own check."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                return None
            return dict(connection.execute("SELECT event_id, state FROM delivery").fetchall())
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return {}  # a sound database, from which even its first commit is gone
        return None
    except sqlite3.DatabaseError:
        return None


@contextmanager
def loop_device(image: Path) -> Iterator[str]:
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
def mounted(device: str, mount: Path) -> Iterator[Path]:
    mount.mkdir(exist_ok=True)
    _do("mount", "-t", "ext4", device, str(mount))
    try:
        yield mount
    finally:
        _do("umount", str(mount))


def _do(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
