"""The images of events: a folder of JPEG files in which the oldest are deleted. Any process may read and purge it.

Each file says in JPEG comments at its beginning which event and cameras it belongs to, so there is no index that could
disagree with the files.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from securos_trigger.system.files import write_whole

#: Images leave this much of the disk to the outbox and the system.
LEAVE_FREE_BYTES: Final = 256 * 1024**2
#: When all images are too large together, the oldest are deleted down to this share of the limit.
_SHARE_LEFT: Final = 0.9
_BEGIN, _COMMENT, _END = b"\xff\xd8", b"\xff\xfe", b"\xff\xd9"
_MAX_COMMENT_BYTES: Final = 0xFFFF - 2


class _File(NamedTuple):
    written_at_s: float
    size_bytes: int
    path: Path


class ImageFolder:
    """One folder of images. One process writes; what another one deletes meanwhile is no trouble."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, event_id: str, camera_ids: Sequence[str], jpeg: bytes) -> int:
        """Keep the image of an event; gives its size in bytes. OSError: it cannot be kept, and nothing is left of it.

        It does not wait for the disk: a power cut may cost the newest images.
        """
        self.path.mkdir(mode=0o700, exist_ok=True)
        if shutil.disk_usage(self.path).free < LEAVE_FREE_BYTES:
            raise OSError(f"less than {LEAVE_FREE_BYTES // 1024**2} MB of the disk are free")
        text = json.dumps({"event_id": event_id, "camera_ids": list(camera_ids)}).encode()
        data = _BEGIN + b"".join(_comments(text)) + jpeg.removeprefix(_BEGIN)
        write_whole(self._path_of(event_id), data, is_synced=False, suffix=".new")
        return len(data)

    def read(self, event_id: str) -> bytes | None:
        """The image of an event; None: there is none, or a power cut left a part of it. OSError: it is unreadable."""
        try:
            data = self._path_of(event_id).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return data if data.startswith(_BEGIN) and data.endswith(_END) else None

    def tidy(self, *, now_s: float, keep_s: float, max_bytes: int) -> int:
        """Delete what is too old, and the oldest while all is too large. What is left, in bytes. `now_s`: Unix time."""
        files = sorted(self._files())
        left_bytes = sum(file.size_bytes for file in files)
        wanted_bytes = int(max_bytes * _SHARE_LEFT) if left_bytes > max_bytes else max_bytes
        for file in files:
            if left_bytes <= wanted_bytes and file.written_at_s >= now_s - keep_s:
                break
            file.path.unlink(missing_ok=True)
            left_bytes -= file.size_bytes
        return left_bytes

    def purge(self, camera_ids: Collection[str] | None) -> int:
        """Delete the images of events that name one of these cameras; None: all. How many were deleted.

        An image that does not say its cameras, after a power cut, is deleted with any of them. OSError: it cannot be.
        """
        count = 0
        for file in list(self._files()):
            own = None if camera_ids is None else _cameras_of(file.path)
            if camera_ids is None or own is None or not own.isdisjoint(camera_ids):
                file.path.unlink(missing_ok=True)
                count += 1
        return count

    def _path_of(self, event_id: str) -> Path:
        """The file of an event. Its name is made from a hash: an id may have characters that no file name may have."""
        return self.path / f"{hashlib.sha256(event_id.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}.jpg"

    def _files(self) -> Iterator[_File]:
        try:
            paths = [one for one in self.path.iterdir() if one.suffix in (".jpg", ".new")]
        except (FileNotFoundError, NotADirectoryError):
            return
        for path in paths:
            with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                found = path.stat()
                yield _File(found.st_mtime, found.st_size, path)


def _comments(text: bytes) -> Iterator[bytes]:
    """JPEG comments that hold a text, however long it is."""
    for start in range(0, len(text), _MAX_COMMENT_BYTES):
        part = text[start : start + _MAX_COMMENT_BYTES]
        yield _COMMENT + (len(part) + 2).to_bytes(2) + part


def _cameras_of(path: Path) -> set[str] | None:
    """The cameras that an image names; None: the file is not whole, or is gone."""
    text = b""
    try:
        with path.open("rb") as file:
            file.seek(len(_BEGIN))
            while file.read(2) == _COMMENT:
                text += file.read(int.from_bytes(file.read(2)) - 2)
                with contextlib.suppress(ValueError):
                    found: Any = json.loads(text)
                    return set(map(str, found["camera_ids"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return None
