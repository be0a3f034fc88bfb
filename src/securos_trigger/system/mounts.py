"""Which file system a folder is on, and how little space makes a disk almost full."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path
from typing import Final

from securos_trigger.system.real_paths import real_path

#: File systems whose files are gone after a power cut or a restart of the machine.
IN_MEMORY: Final = frozenset({"tmpfs", "ramfs"})

#: With less space than this, in megabytes (2**20 bytes), a disk is almost full.
LEAST_FREE_MB: Final = 64

_MOUNTS: Final = Path("/proc/self/mountinfo")


def free_mb_of(file: Path) -> int | None:
    """Megabytes that are free on the disk of a file; None: it cannot be asked."""
    try:
        return shutil.disk_usage(file.parent).free // 1024**2
    except OSError:
        return None


def total_mb_of(file: Path) -> int | None:
    """Megabytes that the disk of a file has in all, used or free; None: it cannot be asked."""
    try:
        return shutil.disk_usage(file.parent).total // 1024**2
    except OSError:
        return None


def space_of(file: Path) -> dict[str, int | str | None]:
    """`free_mb` and `total_mb` of the file system of a file (None: not known), and where it is `mounted_at`."""
    return {"free_mb": free_mb_of(file), "total_mb": total_mb_of(file), "mounted_at": mount_of(file)}


def mount_of(file: Path) -> str:
    """The folder at which the file system of a file is mounted: `/`, `/var` …; on Windows the drive."""
    folder = file.absolute().parent
    while not os.path.ismount(folder) and folder != folder.parent:
        folder = folder.parent
    return str(folder)


def space_to_free(where: str, total_mb: int | None) -> str:
    """What gives the file system at `where` the space that an outbox needs: a larger disk, if it never can have it."""
    if total_mb is None or total_mb >= 2 * LEAST_FREE_MB:
        return f"Free {LEAST_FREE_MB} MB on {where}"
    return (
        f"{where} is too small ({total_mb} MB in all; {LEAST_FREE_MB} MB must be free): set outbox.path to a folder on "
        "a larger disk, then restart the service"
    )


def what_uses_space(mount: str) -> str:
    """A sentence with the command that lists the largest files and folders on the file system of this folder."""
    return f"`du -axh {shlex.quote(mount)} | sort -h | tail` shows what uses the space."


def file_system_of(path: Path) -> str:
    """The type of the file system that holds `path`, or would: `ext4`, `tmpfs` …; empty when it is not known."""
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    return file_system_in(lines, real_path(path))


def file_system_in(mountinfo: list[str], path: Path) -> str:
    """The same, from the lines of `/proc/self/mountinfo`. The last of several mounts at one place counts."""
    found, longest = "", -1
    for line in mountinfo:
        before, separator, after = line.partition(" - ")
        fields = before.split(" ")
        if not separator or len(fields) < 5:
            continue
        mount = Path(re.sub(r"\\(\d{3})", lambda match: chr(int(match[1], 8)), fields[4]))
        if path.is_relative_to(mount) and len(mount.parts) >= longest:
            found, longest = after.split(" ")[0], len(mount.parts)
    return found
