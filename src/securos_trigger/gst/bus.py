"""What the element posts on the bus of its pipeline: a message for each event that fired, and warnings. Never an error.

The structure of a message is named `securos-trigger-event`; docs/gstreamer.md has its fields.
"""

from __future__ import annotations

from typing import Any, Final

from gi.repository import GLib, GObject, Gst

from securos_trigger.model import Event

MESSAGE_NAME: Final = "securos-trigger-event"


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
