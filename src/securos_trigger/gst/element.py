"""The element `securostrigger`: lets every frame pass, reads its metadata, and has a trigger node decide about it."""

from __future__ import annotations

import logging
import weakref
from contextlib import nullcontext
from typing import Any, ClassVar, Final

from gi.repository import Gst, GstBase

from securos_trigger.gst import side_table
from securos_trigger.gst.bus import EventPoster, post_warning
from securos_trigger.gst.c_interface import address_of
from securos_trigger.gst.debug_log import log_for_debugging
from securos_trigger.gst.element_host import ElementHost
from securos_trigger.gst.frame_metadata import FrameMetadata
from securos_trigger.gst.gobject_properties import gobject_property, plain_value
from securos_trigger.gst.properties import element_properties
from securos_trigger.gst.thread_state import keep_thread_state
from securos_trigger.gst.time_segment import TimeSegment
from securos_trigger.notices import Notice

NAME: Final = "securostrigger"
_PROPERTIES: Final = element_properties()
_CAPS: Final = Gst.Caps.from_string("video/x-raw(ANY)")
_PADS: Final = (("sink", Gst.PadDirection.SINK), ("src", Gst.PadDirection.SRC))
_NO_TIME: Final = Gst.CLOCK_TIME_NONE
_OK: Final = Gst.FlowReturn.OK


class SecurosTrigger(GstBase.BaseTransform):  # type: ignore[misc]
    """A pass-through element for raw video, any format and memory. Its properties are those of the trigger node."""

    __gtype_name__ = "SecurosTrigger"
    __gstmetadata__ = (
        "SecurOS trigger",
        "Filter/Analyzer/Video",
        "Turns what elements before it found on the frames into events, recordings and subtitles in ISS SecurOS",
        "The securos-trigger maintainers",
    )
    __gsttemplates__ = tuple(
        Gst.PadTemplate.new(name, direction, Gst.PadPresence.ALWAYS, _CAPS) for name, direction in _PADS
    )
    __gproperties__: ClassVar = {name: gobject_property(one) for name, one in _PROPERTIES.items()}

    def __init__(self) -> None:
        super().__init__()
        self.set_passthrough(True)
        observe = weakref.WeakMethod(self._observe)
        self._host = ElementHost(lambda notice: _call(observe, notice))
        self._poster: EventPoster | None = None
        self._metadata = FrameMetadata()
        self._segment: TimeSegment | None = None
        self._size: tuple[int, int] | None = None
        self._stream = ""
        self._is_live: bool | None = None  # None: it was not asked since the stream has begun

    # -- properties

    def do_get_property(self, spec: Any) -> Any:
        """The value that was set, or the default; a choice as its word."""
        value = self._host.value(spec.name)
        return _PROPERTIES[spec.name].default if value is None else value

    def do_set_property(self, spec: Any, value: Any) -> None:
        """Take a value; it counts from the next frame on."""
        self._host.set_value(spec.name, plain_value(value))

    # -- states

    def do_start(self) -> bool:
        """Open the outbox and start the couriers, or join those that other elements have started."""
        self._is_live = None
        pipeline = _top(self)
        self._poster = EventPoster(self.get_name(), self._host.announcer)
        self._host.start(self.get_name(), pipeline.get_name())
        self._stream = self._host.stream
        return True

    def do_stop(self) -> bool:
        """Leave the outbox; the last element gives what is due some time, and closes it."""
        drain_s = self._host.value("drain-timeout")
        if self._poster is not None:
            self._poster.close()
        self._host.stop(_PROPERTIES["drain-timeout"].default if drain_s is None else drain_s)
        side_table.forget(self._stream)
        return True

    def do_change_state(self, transition: Gst.StateChange) -> Gst.StateChangeReturn:
        """Change the state; while it pauses, no frames are expected."""
        if transition == Gst.StateChange.PLAYING_TO_PAUSED:
            self._host.pause(is_paused=True)
        result = GstBase.BaseTransform.do_change_state(self, transition)
        if transition == Gst.StateChange.PAUSED_TO_PLAYING:
            self._host.pause(is_paused=False)
        return result

    # -- the stream

    def do_set_caps(self, caps: Gst.Caps, _out_caps: Gst.Caps) -> bool:
        """Note the size of the frames, for bounding boxes. Any caps are accepted."""
        found = caps.get_structure(0)
        with found if hasattr(found, "__enter__") else nullcontext(found) as structure:  # GStreamer 1.26, and before
            width, height = structure.get_value("width"), structure.get_value("height")
        self._size = (width, height) if width and height else None
        return True

    def do_sink_event(self, event: Gst.Event) -> bool:
        """Follow the segment, from which media time is made; it begins again after a flushing seek."""
        if event.type == Gst.EventType.SEGMENT:
            self._segment = _time_segment(event.parse_segment())
            self._is_live = None
        elif event.type == Gst.EventType.FLUSH_STOP:
            self._host.begin_again()
        elif event.type == Gst.EventType.EOS:
            self._host.pause(is_paused=True)
            if self._poster is not None:
                self._poster.flush()  # a program may stop to read the bus at the end of the stream
        return bool(GstBase.BaseTransform.do_sink_event(self, event))

    def do_transform_ip(self, buffer: Gst.Buffer) -> Gst.FlowReturn:
        """See a frame and let it pass, whatever happens here."""
        try:
            keep_thread_state()
            self._see(buffer)
        except Exception as error:  # noqa: BLE001  the bulkhead of the streaming thread: the frame passes
            self._host.note_failure(error)
        return _OK

    def _see(self, buffer: Gst.Buffer) -> None:
        pts_ns = buffer.pts
        if self._is_live is None:
            self._is_live = self._ask_for_live()
        metadata = self._metadata.read(address_of(buffer), self._stream, pts_ns)
        decision = self._host.decide(self._stamp_s(pts_ns), metadata, self._size, is_live=self._is_live)
        if decision is not None and decision.events and self._poster is not None:
            for event in decision.events:
                self._poster.put(self, event, self._host.address, pts_ns)

    def _stamp_s(self, pts_ns: int) -> float | None:
        """The running time of a frame in seconds; None: it has no time stamp."""
        if pts_ns == _NO_TIME or self._segment is None:
            return None
        return self._segment.running_time_s(pts_ns)

    def _ask_for_live(self) -> bool:
        """True when the elements before this one say that they are live: their frames come as time passes."""
        query = Gst.Query.new_latency()
        return bool(self.get_static_pad("sink").peer_query(query) and query.parse_latency()[0])

    def _observe(self, notice: Notice) -> None:
        """Hand a notice to GST_DEBUG, and trouble to the bus."""
        name = self.get_name()
        log_for_debugging(name, notice)
        if notice.level >= logging.WARNING:
            post_warning(self, str(notice), notice.kind.meaning)


def _call(method: weakref.WeakMethod[Any], notice: Notice) -> None:
    """Call a method of an element that is still there."""
    observe = method()
    if observe is not None:
        observe(notice)


def _time_segment(segment: Gst.Segment) -> TimeSegment | None:
    """The segment as plain numbers; None for one that is not in units of time."""
    if segment.format != Gst.Format.TIME:
        return None
    return TimeSegment(segment.rate, segment.start, segment.stop, segment.base, segment.offset)


def _top(element: Gst.Object) -> Gst.Object:
    """The pipeline that an element is in, or the element itself."""
    while (parent := element.get_parent()) is not None:
        element = parent
    return element
