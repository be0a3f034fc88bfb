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
from itertools import islice
from typing import Any, Final

#: `PyGILState_LOCKED`: the lock was held before, and stays held.
_LOCKED: Final = 0
#: `PTHREAD_KEYS_MAX` of Linux.
_MOST_KEYS: Final = 1024
_found_keys: Final[list[int]] = []


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
    state = _python().PyThreadState_Get()
    if _key_of_python(state) is None:
        return False
    key = _exit_key()
    if key is None or _c_library().pthread_setspecific(key, state) != 0:
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


def _key_of_python(state: int) -> int | None:
    """The key of POSIX threads under which Python finds the state of each thread; None: there is none.

    `state` is the state of this thread, by which the key is found the first time.
    """
    if not _found_keys:
        try:
            get = _c_library().pthread_getspecific
        except (OSError, AttributeError, TypeError):  # Windows
            return None
        _found_keys.extend(islice((key for key in range(_MOST_KEYS) if get(key) == state), 1))
    return _found_keys[0] if _found_keys else None


@cache
def _c_library() -> Any:
    found = ctypes.CDLL(None)
    found.pthread_key_create.argtypes = (POINTER(c_uint), c_void_p)
    found.pthread_setspecific.argtypes = (c_uint, c_void_p)
    found.pthread_getspecific.argtypes, found.pthread_getspecific.restype = (c_uint,), c_void_p
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
    """Free a thread state at the end of its thread.

    Python may have forgotten it by then, and have made a new one for this call. From Python 3.12 on, to
    delete the former one makes Python forget the new one, too, and it aborts the process when it does not find it after
    this call: so it is put back.
    """
    new = _python().PyThreadState_Get()
    if state == new:
        _python().PyGILState_Release(_LOCKED)  # it is freed when this call returns
    else:
        _python().PyThreadState_Clear(state)
        _python().PyThreadState_Delete(state)
        _c_library().pthread_setspecific(_key_of_python(new), new)


_AT_THREAD_EXIT: Final = CFUNCTYPE(None, c_void_p)(_free)
