"""Takes from this process what Windows' Python lacks, before the program begins.

Python runs it at its start when PYTHONPATH begins with this folder and names the repository too. What the standard
library has looked up by then keeps working. `msvcrt` is a stand-in that locks a byte as the real one does, but for the
enforcement; selectors know sockets only; a file that a process holds open cannot be replaced, renamed or removed.
"""

from __future__ import annotations

import asyncio

# They take what they need when they are imported, as each of them does on Windows in its own way.
import concurrent.futures.thread
import errno
import fcntl
import importlib
import logging.handlers
import multiprocessing.util
import os
import random
import selectors
import shutil
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import types
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs.unix

from tests.without_posix.missing import MODULES, NAMES

_EXCLUSIVE_LOCK = fcntl.F_WRLCK
_LK_NBLCK = 2
# The libraries and the standard library that are installed here are those for Linux, and call these themselves.
_KEPT = {"statvfs", "uname"}
_lock_of_open_file, _set_lock = fcntl.fcntl, fcntl.F_OFD_SETLK


def _locking(descriptor: int, mode: int, count: int) -> None:
    """`msvcrt.locking`: lock bytes from the present position on, for this open file."""
    assert mode == _LK_NBLCK
    begin = os.lseek(descriptor, 0, os.SEEK_CUR)
    lock = struct.pack("hhqqixxxx", _EXCLUSIVE_LOCK, os.SEEK_SET, begin, count, 0)
    try:
        _lock_of_open_file(descriptor, _set_lock, lock)
    except (BlockingIOError, PermissionError):
        raise PermissionError(errno.EACCES, "Permission denied") from None


def _socketpair(*_arguments: Any) -> tuple[socket.socket, socket.socket]:
    """Two connected sockets over loopback, as Python makes them on Windows."""
    with socket.socket(socket.AF_INET) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        near = socket.create_connection(listening.getsockname())
        return near, listening.accept()[0]


class _SocketSelector(selectors.SelectSelector):
    """`select` on Windows: sockets only."""

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        descriptor = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            raise OSError(errno.ENOTSOCK, "An operation was attempted on something that is not a socket")
        return super().register(fileobj, events, data)


def _refusing_open_files(function: Callable[..., Any], paths: int) -> Callable[..., Any]:
    """`os.replace`, `rename`, `unlink` for the first `paths` arguments: a file that is open stays."""

    def refusing(*arguments: Any, **options: Any) -> Any:
        for path in arguments[:paths]:
            if not options and _is_open(path):
                raise PermissionError(errno.EACCES, "The process cannot access the file", str(path))
        return function(*arguments, **options)

    return refusing


def _is_open(path: Any) -> bool:
    """True when this process or another one of this kind has the file open."""
    try:
        wanted = os.lstat(path)
    except OSError:
        return False
    if not stat.S_ISREG(wanted.st_mode):
        return False
    return any(_holds(process, wanted) for process in Path("/proc").glob("[0-9]*") if _is_of_this_kind(process))


def _is_of_this_kind(process: Path) -> bool:
    try:
        return (process / "comm").read_bytes().startswith(b"python") and os.access(process / "fd", os.R_OK)
    except OSError:  # it has ended
        return False


def _holds(process: Path, wanted: os.stat_result) -> bool:
    try:
        return any(_is_file(descriptor, wanted) for descriptor in (process / "fd").iterdir())
    except OSError:
        return False


def _is_file(descriptor: Path, wanted: os.stat_result) -> bool:
    try:
        return os.path.samestat(descriptor.stat(), wanted)
    except OSError:  # closed meanwhile
        return False


def _take_away() -> None:
    socket.socketpair = _socketpair  # type: ignore[assignment]
    selectors.DefaultSelector = _SocketSelector  # type: ignore[misc,assignment]
    shutil._use_fd_functions = False  # type: ignore[attr-defined]
    subprocess.Popen.kill = lambda self: self.send_signal(9)  # type: ignore[method-assign]
    for name, paths in (("replace", 2), ("rename", 2), ("unlink", 1), ("remove", 1)):
        setattr(os, name, _refusing_open_files(getattr(os, name), paths))
    for loop in (asyncio.SelectorEventLoop, asyncio.BaseEventLoop):
        for name in ("add_signal_handler", "create_unix_connection", "create_unix_server"):
            if name in vars(loop):
                setattr(loop, name, vars(asyncio.AbstractEventLoop)[name])
    for module in MODULES:
        sys.modules[module] = None  # type: ignore[assignment]
    for module, names in NAMES.items():
        for name in set(names) - _KEPT:
            vars(importlib.import_module(module)).pop(name, None)
    msvcrt = types.ModuleType("msvcrt")
    vars(msvcrt).update(locking=_locking, LK_NBLCK=_LK_NBLCK)
    sys.modules["msvcrt"] = msvcrt


_LOADED = (
    concurrent.futures.thread,
    logging.handlers,
    multiprocessing.util,
    random,
    tempfile,
    threading,
    urllib.request,
    platformdirs.unix,
)

_take_away()
