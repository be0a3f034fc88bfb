"""The debug category `securostrigger`: `GST_DEBUG=securostrigger:5` shows every notice of the element."""

from __future__ import annotations

import logging
from functools import cache

from gi.repository import Gst

from securos_trigger.gst.c_interface import log, new_debug_category
from securos_trigger.notices import Notice


@cache
def _category() -> int:
    return new_debug_category("securostrigger", "events for SecurOS")


def log_for_debugging(element: str, notice: Notice) -> None:
    """Write a notice of an element, at the level of GStreamer that fits its own."""
    if notice.level >= logging.ERROR:
        level = Gst.DebugLevel.ERROR
    elif notice.level >= logging.WARNING:
        level = Gst.DebugLevel.WARNING
    else:
        level = Gst.DebugLevel.INFO
    log(_category(), int(level), "securostrigger", f"{element}: {notice}")
