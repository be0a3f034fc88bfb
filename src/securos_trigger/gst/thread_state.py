"""Keeps the thread state that Python has made for a streaming thread, from one buffer to the next.

Python makes a thread state for a thread that is not its own whenever C code calls a Python function, and frees it when
that function returns. For each buffer that is a system call to get memory, one to give it back, and a page fault:
together more than the element's own work. A thread state that is kept is freed when its thread ends.
"""

from __future__ import annotations

import atexit
import ctypes
import sys
import threading
from ctypes import CFUNCTYPE, POINTER, byref, c_uint, c_void_p
from functools import cache
from typing import Any, Final

#: `PyGILState_LOCKED`: the lock was held before, and stays held.
_LOCKED: Final = 0


class _Here(threading.local):
    """What is known of the thread that asks."""

    is_kept = False


_here: Final = _Here()


def keep_thread_state() -> None:
    """Keep the state of this thread, when the function that calls this one was called by C code in a foreign thread.

    A second call does nothing. Without POSIX threads nothing is kept, which only takes more time.
    """
    if not _here.is_kept and sys._getframe(1).f_back is None:
        _here.is_kept = _keep()


def _keep() -> bool:
    key = _exit_key()
    if key is None or _c_library().pthread_setspecific(key, _python().PyThreadState_Get()) != 0:
        return False
    _python().PyGILState_Ensure()  # without its release: `_free` comes when the thread ends
    return True


@cache
def _exit_key() -> int | None:
    """A key of POSIX threads that calls `_free` at the end of each thread that has set it; None: there is none."""
    key = c_uint()
    try:
        problem = _c_library().pthread_key_create(byref(key), _AT_THREAD_EXIT)
    except (OSError, AttributeError, TypeError):  # Windows
        return None
    if problem:
        return None
    atexit.register(_c_library().pthread_key_delete, key.value)  # threads that outlive Python must not call it
    return key.value


@cache
def _c_library() -> Any:
    found = ctypes.CDLL(None)
    found.pthread_key_create.argtypes = (POINTER(c_uint), c_void_p)
    found.pthread_setspecific.argtypes = (c_uint, c_void_p)
    found.pthread_key_delete.argtypes = (c_uint,)
    return found


@cache
def _python() -> Any:
    found = ctypes.PyDLL(None)  # not `pythonapi`, whose types belong to everybody
    found.PyThreadState_Get.restype = c_void_p
    for name in ("PyThreadState_Clear", "PyThreadState_Delete"):
        getattr(found, name).argtypes = (c_void_p,)
    return found


def _free(state: int) -> None:
    """Free a thread state at the end of its thread. Python may have forgotten it, and have made a new one for this."""
    if state == _python().PyThreadState_Get():
        _python().PyGILState_Release(_LOCKED)  # it is freed when this call returns
    else:
        _python().PyThreadState_Clear(state)
        _python().PyThreadState_Delete(state)


_AT_THREAD_EXIT: Final = CFUNCTYPE(None, c_void_p)(_free)
