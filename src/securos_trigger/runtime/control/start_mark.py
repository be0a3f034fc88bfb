"""Says that a service is starting, from before its imports until its pipelines are built: seconds on a small machine.

A file beside the outbox, locked by the process that starts. The system releases the lock when that is killed, so a
file that was left behind says nothing. Imports nothing heavy: `run` makes it first of all.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Final, Self

from securos_trigger.config.outbox_path import named_outbox
from securos_trigger.errors import OutboxOwnedError
from securos_trigger.system.platform import close_and_remove, open_file, process_exists, try_lock
from securos_trigger.system.real_paths import real_path

# Who looks at the file holds its lock for a moment.
_TRIES: Final = 10
_RETRY_S: Final = 0.005


class StartMark:
    """The file of the service that starts with `config`, until `remove`, or the end of a `with`.

    There is none where the configuration does not say where the outbox is, its folder cannot be written, or another
    process starts with it: the start itself then says what is wrong.
    """

    def __init__(self, config: Path) -> None:
        self._descriptor: int | None = None
        outbox = named_outbox(config, or_default=True)
        if outbox is not None and outbox.name:
            self._path = _path(outbox)
            with contextlib.suppress(OSError):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._descriptor = _locked(self._path)

    def remove(self) -> None:
        """Remove the file: the service can be asked, or its start has failed. Again: nothing."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            with contextlib.suppress(OSError):  # a file that stays is unlocked, and says nothing
                close_and_remove(descriptor, self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.remove()


def starter_of(outbox: Path) -> tuple[int, float] | None:
    """The process that starts as the service of this outbox, and since when, in Unix seconds. None: none is known.

    A service that has started has locked its outbox (`sockets.last_owner`): look for that after this.
    """
    try:
        descriptor = open_file(_path(outbox), os.O_RDWR)
    except OSError:  # there is none, or it is another user's
        return None
    try:
        process, since = int(os.read(descriptor, 32)), os.fstat(descriptor).st_mtime
        try_lock(descriptor)
    except BlockingIOError:  # by another one who looks, where the process has ended
        return (process, since) if process_exists(process) else None
    except (OSError, ValueError):  # it is being made
        return None
    finally:
        os.close(descriptor)
    return None


def require_not_starting(outbox: Path) -> None:
    """Raise `OutboxOwnedError` while a process starts as the service of this outbox."""
    if (starter := starter_of(outbox)) is not None:
        raise OutboxOwnedError(
            f"securos-trigger is starting: process {starter[0]} loads the service of the outbox {outbox}. "
            "Ask again in some seconds."
        )


def _path(outbox: Path) -> Path:
    resolved = real_path(outbox)
    return resolved.with_name(f"{resolved.name}.starting")


def _locked(path: Path) -> int:
    """A descriptor of the locked file, which has this process id. OSError: it cannot be made, or another has it."""
    for tries_left in reversed(range(_TRIES)):
        descriptor = open_file(path, os.O_RDWR | os.O_CREAT)
        try:
            try_lock(descriptor)
            if os.path.samestat(path.stat(), os.fstat(descriptor)):
                os.ftruncate(descriptor, 0)
                os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))
                return descriptor
        except (BlockingIOError, FileNotFoundError):  # FileNotFoundError: it was removed before it was locked
            if not tries_left:
                os.close(descriptor)
                raise
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        time.sleep(_RETRY_S)
    raise BlockingIOError(f"{path} is replaced again and again")
