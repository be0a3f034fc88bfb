"""Find a real video to try things on: people walking over a square, 80 seconds, from Debian's `opencv-doc` package.

It is fetched once, through apt, checked against a known sum and kept in the user's cache.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from securos_trigger.errors import MissingPartError
from securos_trigger.system.platform import is_root
from securos_trigger.system.user_folders import user_cache_folder

_NAME = "vtest.avi"
_PATH_IN_PACKAGE = Path("usr/share/doc/opencv-doc/examples/data") / _NAME
_SHA256 = "45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf"
_LONGEST_COMMAND_S = 300
#: Frames of the video with this sum.
SAMPLE_FRAMES: Final = 795


def sample_video(cache: Path | None = None) -> Path:
    """Give the path of the sample video, fetched if need be. `cache`: where to keep it (default: the user's cache).

    Raises `MissingPartError` where it cannot be had: on systems without apt, or without a network.
    """
    folder = cache or user_cache_folder()
    kept = folder / _NAME
    for place in (kept, Path("/") / _PATH_IN_PACKAGE):
        if place.is_file() and _is_genuine(place):
            return place
    reason = _fetch(kept)
    if reason:
        raise MissingPartError(f"The sample video cannot be fetched ({reason}); give a video with --video.")
    return kept


def _fetch(kept: Path) -> str:
    """Download the package, take the video out, keep it. Returns why not, or an empty text."""
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            return f"there is no {tool} here"
    with tempfile.TemporaryDirectory(prefix="securos-trigger-") as scratch:
        work = Path(scratch)
        # apt drops its privileges to download, and must be able to write here.
        work.chmod(0o777 if is_root() else 0o755)
        if not _download(work):
            return "apt-get download opencv-doc failed"
        package = next(work.glob("opencv-doc_*.deb"))
        if not _succeeds(["dpkg", "-x", str(package), "extracted"], work):
            return "the package cannot be extracted"
        video = work / "extracted" / _PATH_IN_PACKAGE
        if not video.is_file() or not _is_genuine(video):
            return "the package holds another video"
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(".part")
        shutil.copyfile(video, partial)
        partial.replace(kept)
    return ""


def _download(work: Path) -> bool:
    """Have apt fetch the package; refresh its lists only when it does not know the package and we may."""
    fetch = ["apt-get", "download", "opencv-doc"]
    if _succeeds(fetch, work):
        return True
    return is_root() and _succeeds(["apt-get", "update"], work) and _succeeds(fetch, work)


def _succeeds(command: list[str], work: Path) -> bool:
    try:
        done = subprocess.run(command, cwd=work, capture_output=True, timeout=_LONGEST_COMMAND_S, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _is_genuine(path: Path) -> bool:
    with path.open("rb") as video:
        return hashlib.file_digest(video, "sha256").hexdigest() == _SHA256
