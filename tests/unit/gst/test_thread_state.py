"""The state that Python keeps of a thread that is not its own."""

from __future__ import annotations

import ctypes
import threading
from ctypes import CFUNCTYPE, byref, c_size_t, c_void_p

import pytest

from securos_trigger.gst import thread_state
from securos_trigger.gst.thread_state import keep_thread_state
from tests.thread_states import count_thread_states

pytest.importorskip("fcntl", reason="there are no POSIX threads on Windows")


def in_a_foreign_thread(call: object) -> None:
    """Have C code call a function in a thread that Python has not made, and wait for its end."""
    library, thread = ctypes.CDLL(None), c_size_t()
    library.pthread_join.argtypes = (c_size_t, c_void_p)
    assert library.pthread_create(byref(thread), None, call, None) == 0
    assert library.pthread_join(thread, None) == 0


def test_the_state_of_a_foreign_thread_is_kept_until_the_thread_ends() -> None:
    seen: list[bool] = []

    def call(_argument: int) -> None:
        keep_thread_state()
        keep_thread_state()
        seen.append(thread_state._here.is_kept)

    called = CFUNCTYPE(None, c_void_p)(call)
    before = count_thread_states()
    for _ in range(50):
        in_a_foreign_thread(called)
    assert seen == [True] * 50
    assert count_thread_states() == before


def test_a_thread_of_python_keeps_its_own_state() -> None:
    seen: list[bool] = []

    def run() -> None:
        keep_thread_state()
        seen.append(thread_state._here.is_kept)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    run()
    assert seen == [False, False]
