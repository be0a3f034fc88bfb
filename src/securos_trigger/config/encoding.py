"""The text of a configuration file, or why it has none: no file, too much text, or another encoding than UTF-8."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import Final

from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.system.near_files import meant_file
from securos_trigger.system.platform import open_without_waiting
from securos_trigger.system.reasons import reason_of

_BEGIN_BYTES: Final = 1000
_PART_BYTES: Final = 65_536
#: Until a writer opens a pipe, and then until each part comes.
PIPED_WITHIN_S: Final = 5.0
_PART_WITHIN_S: Final = 60.0
#: Space for 1,000 pipelines of 4 kB each, several nodes; a file of this size takes many seconds to read.
MAX_BYTES: Final = 4 * 1024**2


def content_of(path: Path) -> bytes:
    """The content of the file. ConfigurationError: it cannot be read, or is too large to be a configuration."""
    try:
        return bytes_of(path)
    except OSError as error:
        if error.errno == errno.EFBIG:
            require_size(MAX_BYTES + 1, str(path))
        raise ConfigurationError([unreadable(path, error)], str(path)) from None


def bytes_of(path: Path) -> bytes:
    """The same for who looks at a file that may be no configuration. OSError: also where it is too large (EFBIG)."""
    if path.is_fifo():
        content = _piped(path)
    else:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return content


def _piped(path: Path) -> bytes:
    """What comes out of a pipe until its writers have left. OSError: for long nothing comes."""
    content, has_writer = b"", False
    with os.fdopen(open_without_waiting(path), "rb", buffering=0) as pipe, DefaultSelector() as waiting:
        waiting.register(pipe, EVENT_READ)
        while len(content) <= MAX_BYTES:
            part = pipe.read(_PART_BYTES)
            if part:
                content += part
            elif part == b"" and (content or has_writer):
                break
            elif not waiting.select(PIPED_WITHIN_S if part == b"" else _PART_WITHIN_S):
                raise OSError("nothing comes out of the named pipe")
            else:
                has_writer = True
    return content


def require_size(size: int, source: str) -> None:
    """ConfigurationError: a text of this size is too large to be a configuration."""
    if size > MAX_BYTES:
        what = f"the file is larger than {MAX_BYTES // 1024**2} MB: that is no configuration"
        fix = "Name the right file, or spread its pipelines over several files, each with its own service."
        raise ConfigurationError([Mistake("", what, fix)], source)


def text_in(content: bytes) -> str:
    """The text of a file in UTF-8, without the mark that some editors put at its start. UnicodeDecodeError."""
    # Line ends may be those of Windows and of old Macs.
    is_without_mark = {content[0:4:2].count(0), content[1:4:2].count(0)} == {0, 2}  # each second byte is 0
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or is_without_mark:
        raise UnicodeDecodeError("utf-16", content, 0, 1, "it is UTF-16")
    if b"\0" in content[:4]:
        raise UnicodeDecodeError("utf-8", content, 0, 1, "it is no text")
    return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def encoding_mistake(error: UnicodeDecodeError) -> Mistake:
    """Say which encoding the file has instead, or the line that is not UTF-8. The line itself may hold a secret."""
    fix = "Save it as UTF-8: most editors ask for the encoding under Save as."
    if error.encoding == "utf-16":
        return Mistake("", "the file cannot be read: it is UTF-16 text, and UTF-8 is expected", fix)
    if b"\0" in error.object[:_BEGIN_BYTES]:
        return Mistake("", "the file cannot be read: it is no text", "Name the configuration file.")
    line = error.object.count(b"\n", 0, error.start) + 1
    return Mistake(f"line {line}", "the file cannot be read: a character here is not UTF-8", fix)


def unreadable(path: Path, error: OSError) -> Mistake:
    """Say why the file cannot be read and, where there is none, which one beside it was probably meant."""
    return Mistake(
        "",
        f"the file cannot be read: {reason_of(error)}",
        meant_file(path, error, ("*.toml",), "the configuration file"),
    )
