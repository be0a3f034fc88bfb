"""A limit of the system is told from a bug, and the fix names the setting."""

from __future__ import annotations

import errno

import pytest

from securos_trigger.errors.limits import limit_reached


@pytest.mark.parametrize(
    ("error", "what", "setting"),
    [
        (OSError(errno.EMFILE, "Too many open files"), "this process cannot open more files", "ulimit -n"),
        (OSError(errno.ENFILE, "Too many open files in system"), "this machine cannot open more files", "fs.file-max"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "there is not enough memory", "ulimit -v"),
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full", "write elsewhere"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "the disk quota of this user is used up", "write elsewhere"),
        (MemoryError(), "there is not enough memory", "ulimit -v"),
        (RuntimeError("can't start new thread"), "no more threads can be started", "ulimit -u"),
        (ImportError("x.so: failed to map segment from shared object"), "there is not enough memory", "ulimit -v"),
        (ImportError("x.so: cannot open: Too many open files"), "this process cannot open more files", "ulimit -n"),
    ],
)
def test_a_limit_of_the_system_is_named_with_its_setting(error: BaseException, what: str, setting: str) -> None:
    words = limit_reached(error)
    assert words is not None
    assert words[0] == what
    assert setting in words[1]


@pytest.mark.parametrize(
    "error",
    [OSError("no number"), OSError(errno.EACCES, "no"), RuntimeError("else"), ImportError("no module"), KeyError("a")],
)
def test_any_other_error_is_none(error: BaseException) -> None:
    assert limit_reached(error) is None
