"""What is opened for a source, and how many programs may open it at a time. Opens nothing."""

from __future__ import annotations

from typing import Any

from securos_trigger.inputs.file_settings import FileSettings
from securos_trigger.inputs.http_settings import HttpSettings
from securos_trigger.inputs.source_settings import InputSourceSettings
from securos_trigger.system.path_kinds import PathKind, kind_of
from securos_trigger.system.real_paths import real_path
from securos_trigger.video.settings import FileSourceSettings, StreamSourceSettings, UsbSourceSettings


def place_of(source: Any) -> tuple[str, Any]:
    """What is opened for a source: equal for two that open the same."""
    if isinstance(source, InputSourceSettings):
        return source.type, source.transport
    if isinstance(source, FileSourceSettings):
        return source.type, real_path(source.path)
    if isinstance(source, UsbSourceSettings):
        return source.type, real_path(source.device)
    return source.type, source.url


def is_file(source: Any) -> bool:
    """True for what any number of programs may read."""
    if isinstance(source, InputSourceSettings):
        return isinstance(source.transport, FileSettings)
    return isinstance(source, FileSourceSettings) and not is_pipe(source)


def listens(source: Any) -> bool:
    """True for an input that waits for senders at an address of this machine."""
    return isinstance(source, InputSourceSettings) and isinstance(source.transport, HttpSettings)


def is_pipe(source: Any) -> bool:
    """True for video that comes from a named pipe."""
    is_special = isinstance(source, FileSourceSettings) and kind_of(source.path) is PathKind.OTHER
    return is_special and source.path.is_fifo()


def has_one_reader(source: Any) -> bool:
    """True for a USB camera, and for a port of this machine that a stream is sent to."""
    if isinstance(source, UsbSourceSettings):
        return True
    return isinstance(source, StreamSourceSettings) and source.url.get_secret_value().lower().startswith("udp:")
