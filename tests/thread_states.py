"""Counts the threads that this Python has a state for."""

from __future__ import annotations

import ctypes
from ctypes import c_void_p


def count_thread_states() -> int:
    """How many threads this Python has a state for."""
    api = ctypes.pythonapi
    api.PyInterpreterState_Get.restype = api.PyInterpreterState_ThreadHead.restype = c_void_p
    api.PyThreadState_Next.restype = c_void_p
    api.PyInterpreterState_ThreadHead.argtypes = api.PyThreadState_Next.argtypes = (c_void_p,)
    count, state = 0, api.PyInterpreterState_ThreadHead(api.PyInterpreterState_Get())
    while state:
        count, state = count + 1, api.PyThreadState_Next(state)
    return count
