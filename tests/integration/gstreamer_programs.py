"""Programs that run GStreamer pipelines with the element; tests start each in a process of its own.

python -m tests.integration.gstreamer_programs NAME '{"argument": "value"}'

Each prints JSON values, one on a line.
"""

from __future__ import annotations

import json
import logging
import os
import random
import resource
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from itertools import count as count_from
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstVideo", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer, GstVideo  # noqa: E402

from securos_trigger.gst import attach, bus, element_host, register  # noqa: E402
from securos_trigger.gst.time_segment import TimeSegment  # noqa: E402
from securos_trigger.model import Event  # noqa: E402
from securos_trigger.runtime.node_status import node_answer  # noqa: E402
from tests.thread_states import count_thread_states  # noqa: E402

register()

PERSON: dict[str, Any] = {"id": 7, "label": "person", "rect": {"left": 1, "top": 2, "width": 30, "height": 40}}
_LIMIT_S = 60.0
_EVERYTHING = (
    Gst.BufferCopyFlags.FLAGS | Gst.BufferCopyFlags.TIMESTAMPS | Gst.BufferCopyFlags.META | Gst.BufferCopyFlags.MEMORY
)


class Detector(Gst.Element):  # type: ignore[misc]
    """Attaches a person to every `every`-th frame, in the `way` that is asked for."""

    __gtype_name__ = "TestDetector"
    __gstmetadata__ = ("Test detector", "Filter/Analyzer/Video", "Finds a person", "tests")
    __gsttemplates__ = tuple(
        Gst.PadTemplate.new(name, direction, Gst.PadPresence.ALWAYS, Gst.Caps.new_any())
        for name, direction in (("sink", Gst.PadDirection.SINK), ("src", Gst.PadDirection.SRC))
    )
    __gproperties__ = {  # noqa: RUF012
        "way": (str, "way", "region, mapping, side-table or analytics", "region", Gst.PARAM_MUTABLE_PLAYING | 3),
        "every": (int, "every", "every how many frames", 1, 10_000, 10, Gst.PARAM_MUTABLE_PLAYING | 3),
        "stream": (str, "stream", "stream of the side table", "", Gst.PARAM_MUTABLE_PLAYING | 3),
        "stamp": (int, "stamp", "ms of each frame; -1: none, -2: as they come", -2, 10_000, -2, 3),
    }

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, Any] = {"way": "region", "every": 10, "stream": "", "stamp": -2}
        self.count = 0
        templates = self.__gsttemplates__
        self.sink = Gst.Pad.new_from_template(templates[0], "sink")
        self.source = Gst.Pad.new_from_template(templates[1], "src")
        self.sink.set_chain_function_full(self._chain)
        for pad in (self.sink, self.source):
            self.add_pad(pad)
        Gst.Pad.set_event_function_full(self.sink, lambda _pad, _parent, event: self.source.push_event(event))
        Gst.Pad.set_event_function_full(self.source, lambda _pad, _parent, event: self.sink.push_event(event))

    def do_get_property(self, spec: Any) -> Any:
        return self.values[spec.name]

    def do_set_property(self, spec: Any, value: Any) -> None:
        self.values[spec.name] = value

    def _chain(self, _pad: Any, _parent: Any, buffer: Any) -> Any:
        self.count += 1
        if self.values["stamp"] != -2:
            buffer = buffer.copy_region(_EVERYTHING, 0, buffer.get_size())
            buffer.pts = Gst.CLOCK_TIME_NONE if self.values["stamp"] == -1 else self.values["stamp"] * Gst.MSECOND
        if self.count % int(self.values["every"]) == 0:
            buffer = self._with_person(buffer)
        return self.source.push(buffer)

    def _with_person(self, buffer: Any) -> Any:
        if self.values["way"] == "side-table":
            attach(str(self.values["stream"]), buffer.pts, {"objects": [PERSON]})
            return buffer
        copy = buffer.copy_region(_EVERYTHING, 0, buffer.get_size())  # ours alone: only then a meta can be added
        if self.values["way"] == "analytics":
            add_analytics(copy)
            return copy
        add_region(copy, "securos-trigger" if self.values["way"] == "mapping" else "person")
        return copy


def add_region(buffer: Any, kind: str) -> None:
    """Add a region with everything that is read from one; of the kind `securos-trigger` only the mapping."""
    region = GstVideo.buffer_add_video_region_of_interest_meta(buffer, kind, 1, 2, 30, 40)
    if kind == "securos-trigger":
        parameter = Gst.Structure.new_empty("securos-trigger")
        parameter.set_value("json", json.dumps({"objects": [PERSON], "speed": 12.5}))
        region.add_param(parameter)
        return
    for text in (
        "detection, confidence=(double)0.9, label_id=(int)3;",
        "object_id, id=(int)7;",
        "color, label=(string)red, confidence=(double)0.75;",
    ):
        region.add_param(Gst.Structure.from_string(text)[0])


def add_analytics(buffer: Any) -> None:
    """Add a person with everything that is read from analytics, a car whose tracking is related to it, and a dog."""
    gi.require_version("GstAnalytics", "1.0")
    from gi.repository import GstAnalytics

    meta = GstAnalytics.buffer_add_analytics_relation_meta(buffer)
    related = GstAnalytics.RelTypes.RELATE_TO
    _, person = meta.add_od_mtd(GLib.quark_from_string("person"), 1, 2, 30, 40, 0.9)
    _, car = meta.add_od_mtd(GLib.quark_from_string("car"), 50, 60, 10, 20, 0.8)
    _, _dog = meta.add_od_mtd(GLib.quark_from_string("dog"), 70, 60, 10, 20, 0.7)
    _, of_person = meta.add_tracking_mtd(7, buffer.pts)
    _, of_car = meta.add_tracking_mtd(8, buffer.pts)
    _, colour = meta.add_cls_mtd([0.25, 0.75], [GLib.quark_from_string(name) for name in ("blue", "red")])
    meta.set_relation(related, person.id, of_person.id)
    meta.set_relation(related, of_car.id, car.id)
    meta.set_relation(related, person.id, colour.id)


Gst.Element.register(None, "testdetector", Gst.Rank.NONE, Detector)


class Seen:
    """What a pipeline has posted on its bus."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.warnings: list[str] = []
        self.errors: list[str] = []

    def until(self, bus: Any, types: Any, limit_s: float = _LIMIT_S) -> bool:
        """Read the bus until a message of these types. False: none came in time, or the pipeline failed."""
        until = time.monotonic() + limit_s
        while (left_s := until - time.monotonic()) > 0:
            message = bus.timed_pop(int(left_s * 1e9))
            if message is None:
                return False
            if message.type == Gst.MessageType.ELEMENT and message.has_name("securos-trigger-event"):
                self.events.append(fields_of(message.get_structure()))
            elif message.type == Gst.MessageType.WARNING:
                self.warnings.append(message.parse_warning()[0].message)
            elif message.type == Gst.MessageType.ERROR:
                self.errors.append(" ".join(map(str, message.parse_error())))
                return False
            if message.type & types:
                return True
        return False

    def as_json(self) -> dict[str, Any]:
        return {"events": self.events, "warnings": self.warnings, "errors": self.errors}


def fields_of(found: Any) -> dict[str, Any]:
    """The fields of a structure."""
    with found if hasattr(found, "__enter__") else nullcontext(found) as structure:  # GStreamer 1.26, and before
        names = [structure.nth_field_name(number) for number in range(structure.n_fields())]
        return {name: structure.get_value(name) for name in names}


def say(value: Any) -> None:
    print(json.dumps(value), flush=True)  # noqa: T201  what the test reads


def play(
    pipeline: str, changes: Mapping[str, Mapping[str, Any]] | None = None, *, has_broken_message: bool = False
) -> None:
    """Play a pipeline to its end. `changes` are properties that the element gets before a frame of this number.

    With `has_broken_message` a bug is thrown where the message of the first event is posted.
    """
    element_host.CHANGE_WITHIN_S = _LIMIT_S  # on a machine that is slow
    if has_broken_message:
        break_first_message()
    playing = Gst.parse_launch(pipeline)
    frames: Counter[str] = Counter()
    element = playing.get_by_name("yard")

    def on_frame(pad: Any, _info: Any) -> Any:
        if pad.get_direction() == Gst.PadDirection.SINK:
            for name, value in (changes or {}).get(str(frames["in"]), {}).items():
                element.set_property(name, value)
            frames["in"] += 1
        else:
            frames["out"] += 1
        return Gst.PadProbeReturn.OK

    if element is not None:
        for pad in ("sink", "src"):
            element.get_static_pad(pad).add_probe(Gst.PadProbeType.BUFFER, on_frame)
    seen = Seen()
    playing.set_state(Gst.State.PLAYING)
    has_ended = seen.until(playing.get_bus(), Gst.MessageType.EOS)
    playing.set_state(Gst.State.NULL)
    say({**seen.as_json(), "has_ended": has_ended, "frames_in": frames["in"], "frames_out": frames["out"]})


def break_first_message() -> None:
    """Throw a bug where the message of the first event of the process is posted."""
    post, numbers = bus.post_event, count_from()

    def post_or_raise(element: Any, event: Event, node: str, pts_ns: int) -> None:
        if next(numbers) == 0:
            raise LookupError("a bug")
        post(element, event, node, pts_ns)

    bus.post_event = post_or_raise


def odd_stamps(pipeline: str, events: int, *, until_reported: bool = False) -> None:
    """Play until there are this many events, and until odd stamps are reported; then what the status says."""
    playing = Gst.parse_launch(pipeline)
    element = playing.get_by_name("yard")
    seen = Seen()
    types = Gst.MessageType.ELEMENT | Gst.MessageType.WARNING | Gst.MessageType.EOS
    playing.set_state(Gst.State.PLAYING)
    while len(seen.events) < events or (until_reported and "source_times" not in str(seen.warnings)):
        assert seen.until(playing.get_bus(), types), seen.errors
    node = node_answer(element._host._node.live)  # read here: the element gives no status itself
    playing.set_state(Gst.State.NULL)
    say({**seen.as_json(), "node": node, "is_live": element._is_live})


def states(pipeline: str, turns: int) -> None:
    """Take a pipeline through all of its states, several times; the number of events of each turn."""
    playing = Gst.parse_launch(pipeline)
    counts = []
    for _ in range(turns):
        seen = Seen()
        for state in (Gst.State.READY, Gst.State.PAUSED, Gst.State.READY, Gst.State.PAUSED, Gst.State.PLAYING):
            playing.set_state(state)
            assert playing.get_state(int(_LIMIT_S * 1e9))[0] != Gst.StateChangeReturn.FAILURE
        while len(seen.events) < 3 and seen.until(playing.get_bus(), Gst.MessageType.ELEMENT):
            pass
        playing.set_state(Gst.State.PAUSED)
        playing.set_state(Gst.State.PLAYING)
        playing.set_state(Gst.State.NULL)
        counts.append([len(seen.events), seen.errors])
    say(counts)


def seek(pipeline: str) -> None:
    """Play a file to its end, seek back with a flush, play again at double speed; the events of each part."""
    playing = Gst.parse_launch(pipeline)
    playing.set_state(Gst.State.PLAYING)
    parts: list[list[float]] = []
    for rate in (1.0, 1.0, 2.0):
        if parts:
            flags = Gst.SeekFlags.FLUSH | Gst.SeekFlags.ACCURATE
            assert playing.seek(rate, Gst.Format.TIME, flags, Gst.SeekType.SET, Gst.SECOND, Gst.SeekType.NONE, 0)
        seen = Seen()
        assert seen.until(playing.get_bus(), Gst.MessageType.EOS), seen.errors
        parts.append([event["media-time"] for event in seen.events])
    playing.set_state(Gst.State.NULL)
    say(parts)


def many(pipeline: str, count: int) -> None:
    """Play `count` pipelines at once, each to its end; events and errors of each."""
    playing = [Gst.parse_launch(pipeline.replace("NUMBER", str(number))) for number in range(count)]
    for one in playing:
        one.set_state(Gst.State.PLAYING)
    seen = [Seen() for _ in playing]
    for one, what in zip(playing, seen, strict=True):
        assert what.until(one.get_bus(), Gst.MessageType.EOS), what.errors
    for one in playing:
        one.set_state(Gst.State.NULL)
    say({"events": [len(one.events) for one in seen], "nodes": sorted({e["node"] for one in seen for e in one.events})})


def rtsp(pipeline: str, events: int) -> None:
    """Serve a live stream, and play it until there are this many events."""
    server = GstRtspServer.RTSPServer.new()
    server.set_address("127.0.0.1")
    server.set_service("0")
    factory = GstRtspServer.RTSPMediaFactory.new()
    factory.set_launch(
        "( videotestsrc is-live=true ! video/x-raw,width=160,height=120,framerate=20/1 ! "
        "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=20 ! rtph264pay name=pay0 pt=96 )"
    )
    server.get_mount_points().add_factory("/yard", factory)
    server.attach(None)
    threading.Thread(target=GLib.MainLoop().run, daemon=True).start()
    playing = Gst.parse_launch(pipeline.replace("URL", f"rtsp://127.0.0.1:{server.get_bound_port()}/yard"))
    seen = Seen()
    playing.set_state(Gst.State.PLAYING)
    while len(seen.events) < events and seen.until(playing.get_bus(), Gst.MessageType.ELEMENT):
        pass
    before, behind = Gst.Query.new_latency(), Gst.Query.new_latency()
    element = playing.get_by_name("yard")
    has_answered = element.get_static_pad("sink").peer_query(before) and element.get_static_pad("src").query(behind)
    latencies = [list(query.parse_latency()) for query in (before, behind)]
    playing.set_state(Gst.State.NULL)
    say({**seen.as_json(), "latencies": latencies if has_answered else []})
    os._exit(0)  # the main loop of the server goes on


def forever(pipeline: str) -> None:
    """Play until it is killed, and print the name of each event that is on disk."""

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            text = record.getMessage()
            if text.startswith("event_kept "):
                say(text.split()[1].removeprefix("event_name="))

    logging.getLogger("securos_trigger").addHandler(Kept())
    logging.getLogger("securos_trigger").setLevel(logging.INFO)
    playing = Gst.parse_launch(pipeline)
    playing.set_state(Gst.State.PLAYING)
    Seen().until(playing.get_bus(), Gst.MessageType.EOS)


def running_times(count: int) -> None:
    """Compare running times of our own arithmetic with GStreamer's; prints those that differ."""
    chance = random.Random(4)
    differing = []
    for _ in range(count):
        segment = Gst.Segment()
        segment.init(Gst.Format.TIME)
        segment.rate = chance.choice([1.0, 2.0, 0.5, -1.0, -2.0])
        segment.start = chance.randrange(10**10)
        segment.stop = segment.start + chance.randrange(10**9, 10**11)
        segment.base, segment.offset = chance.randrange(10**10), chance.choice([0, 0, 10**8])
        pts = chance.randrange(segment.start, segment.stop)
        expected = segment.to_running_time(Gst.Format.TIME, pts)
        own = TimeSegment(segment.rate, segment.start, segment.stop, segment.base, segment.offset)
        if expected != Gst.CLOCK_TIME_NONE and abs(own.running_time_s(pts) - expected / 1e9) > 1e-6:
            differing.append([segment.rate, pts, expected, own.running_time_s(pts)])
    say(differing)


def changing_caps(settings: str) -> None:
    """Push frames whose caps change in mid-stream, in memory that the element cannot map; the size at each event."""
    playing = Gst.parse_launch(f"appsrc name=in format=time ! testdetector every=1 ! {settings} ! fakesink")
    source = playing.get_by_name("in")
    playing.set_state(Gst.State.PLAYING)
    sizes: Sequence[tuple[str, int, int]] = (
        ("video/x-raw, format=I420", 64, 48),
        ("video/x-raw(memory:SomeDevice), format=NV12", 128, 96),
        ("video/x-raw, format=RGBA", 32, 24),
    )
    for number, (kind, width, height) in enumerate(sizes):
        caps = Gst.Caps.from_string(f"{kind}, width={width}, height={height}, framerate=25/1")
        buffer = Gst.Buffer.new_allocate(None, width * height * 4, None)
        buffer.pts = number * Gst.SECOND
        source.emit("push-sample", Gst.Sample.new(buffer, caps, None, None))
    source.emit("end-of-stream")
    seen = Seen()
    seen.until(playing.get_bus(), Gst.MessageType.EOS)
    playing.set_state(Gst.State.NULL)
    say(seen.as_json())


def thread_states(pipeline: str, times: int, frames: int) -> None:
    """Play a pipeline some times; the page faults for each frame of the last time, and Python's thread states.

    The states are counted before the first time and after the last, when the streaming threads have ended.
    """
    counts, faults = [], 0.0
    for _ in range(times):
        playing = Gst.parse_launch(pipeline)
        playing.set_state(Gst.State.PAUSED)
        playing.get_state(Gst.CLOCK_TIME_NONE)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        seen = Seen()
        playing.set_state(Gst.State.PLAYING)
        assert seen.until(playing.get_bus(), Gst.MessageType.EOS), seen.errors
        faults = (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / frames
        playing.set_state(Gst.State.NULL)
        del playing
        counts.append(count_thread_states())
    say({"faults": faults, "states": counts})


def inspect() -> None:
    """The properties of the element as GObject knows them, and whether the password can be read."""
    element = Gst.ElementFactory.make("securostrigger")
    element.set_property("iss-password", "s3cret")
    element.set_property("trigger-mode", "rising_edge")
    try:
        read = element.get_property("iss-password")
    except TypeError:
        read = None
    mode = element.get_property("trigger-mode")
    say({"names": sorted(spec.name for spec in element.list_properties()), "password": read, "mode": mode})


def has_analytics() -> None:
    """Whether GStreamer has analytics metadata."""
    try:
        gi.require_version("GstAnalytics", "1.0")
    except ValueError:
        say(False)
    else:
        say(True)


PROGRAMS: dict[str, Callable[..., None]] = {
    one.__name__: one
    for one in (
        play,
        odd_stamps,
        states,
        seek,
        many,
        rtsp,
        forever,
        running_times,
        changing_caps,
        inspect,
        has_analytics,
        thread_states,
    )
}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](**json.loads(sys.argv[2]))
