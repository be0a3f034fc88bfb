"""What the element posts on the bus of its pipeline: a message for each event that fired, and warnings. Never an error.

The structure of a message is named `securos-trigger-event`; docs/gstreamer.md has its fields.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import Any, Final

from gi.repository import GLib, GObject, Gst

from securos_trigger.model import Event
from securos_trigger.notices import Announcer
from securos_trigger.system.worker import Worker

MESSAGE_NAME: Final = "securos-trigger-event"
#: An end of stream and a stop wait no longer than this for the messages before them.
FLUSH_WITHIN_S: Final = 1.0


class EventPoster:
    """Posts the messages of events in a thread of its own, in their order.

    A message takes some fifteen calls of PyGObject, and each gives up Python's lock. In the streaming thread, a frame
    would wait for the lock after each of them while other threads of the process compute.
    """

    def __init__(self, name: str, announcer: Announcer) -> None:
        self._waiting: SimpleQueue[tuple[Any, Event, str, int] | threading.Event | None] = SimpleQueue()
        self._worker = Worker(f"securostrigger-bus {name}", self._turn, announcer)
        self._worker.start()

    def put(self, element: Any, event: Event, node: str, pts_ns: int) -> None:
        """Have the message of an event that fired on the frame with this PTS posted. Returns at once."""
        self._waiting.put((element, event, node, pts_ns))

    def flush(self) -> bool:
        """Wait until what was put before is posted. False: it was not within `FLUSH_WITHIN_S`."""
        posted = threading.Event()
        self._waiting.put(posted)
        return posted.wait(FLUSH_WITHIN_S)

    def close(self) -> None:
        """Post what was put before, and end the thread."""
        self._waiting.put(None)
        self._worker.join(FLUSH_WITHIN_S)

    def _turn(self, _closing: threading.Event) -> bool:
        item = self._waiting.get()
        if isinstance(item, threading.Event):
            item.set()
        elif item is not None:
            post_event(*item)
        return item is not None


def post_event(element: Any, event: Event, node: str, pts_ns: int) -> None:
    """Post the message of an event that fired on the frame with this PTS."""
    structure = Gst.Structure.new_empty(MESSAGE_NAME)
    structure.set_value("event-id", event.event_id)
    structure.set_value("event-name", event.name)
    structure.set_value("event-description", event.description)
    structure.set_value("camera-ids", ",".join(event.camera_ids))
    structure.set_value("node", node)
    structure.set_value("media-time", event.at)
    if pts_ns != Gst.CLOCK_TIME_NONE:
        structure.set_value("timestamp", unsigned(pts_ns))
    element.post_message(Gst.Message.new_element(element, structure))


def post_warning(element: Any, text: str, details: str) -> None:
    """Post a warning: `text` for a person, `details` for the log."""
    error = GLib.Error.new_literal(Gst.ResourceError.quark(), text, int(Gst.ResourceError.FAILED))
    element.post_message(Gst.Message.new_warning(element, error, details))


def unsigned(number: int) -> Any:
    """A number as a guint64 value, as GStreamer writes times."""
    value = GObject.Value()
    value.init(GObject.TYPE_UINT64)
    value.set_uint64(number)
    return value
