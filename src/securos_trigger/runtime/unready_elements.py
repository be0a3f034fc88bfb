"""The elements of GStreamer in this process that have no trigger node, or not the one of their properties: why not."""

from __future__ import annotations

import threading
import time
from typing import Any, Final

from securos_trigger.system.timestamps import rfc3339

_unready: Final[dict[str, tuple[float, str, bool]]] = {}
_changing: Final = threading.Lock()


def note_unready(element: str, reason: str, *, decides: bool) -> None:
    """Note why an element cannot be what its properties say. `decides`: it does so with its former ones. Any thread."""
    with _changing:
        since_s, _, _ = _unready.get(element, (time.time(), "", False))
        _unready[element] = (since_s, reason, decides)


def note_ready(element: str) -> None:
    """Note that the element is what its properties say, or that it has stopped. Any thread."""
    with _changing:
        _unready.pop(element, None)


def unready_elements() -> list[dict[str, Any]]:
    """Plain data: `element`, `since`, `reason`, `decides`. Any thread."""
    with _changing:
        return [
            {"element": element, "since": rfc3339(since_s), "reason": reason, "decides": decides}
            for element, (since_s, reason, decides) in _unready.items()
        ]
