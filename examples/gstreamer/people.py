"""People in a video become events in SecurOS: a detector and a tracker in Python, then `securostrigger`.

    python people.py yard.mp4 --metadata region 'config=site.toml node=yard'
    python people.py rtsp://camera/1 --metadata side-table 'iss-ip=10.0.0.7 iss-password-env=TOKEN
        iss-camera-ids=1 event-source=custom event-name=Person trigger-mode=rising_edge trigger="len(objects) > 0"'

The last argument has the properties of the element, as gst-launch-1.0 takes them. `--metadata` says which of the four
ways the detector uses to attach what it found; each is a function below. Needs the extra `video` and, from the system,
python3-gi, python3-gst-1.0 and gstreamer1.0-libav (docs/gstreamer.md).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import av
import gi
import numpy as np

gi.require_version("Gst", "1.0")
gi.require_version("GstVideo", "1.0")
from gi.repository import GLib, Gst, GstVideo  # noqa: E402

from securos_trigger.analytics import build  # noqa: E402
from securos_trigger.analytics.settings import DetectorSettings, TrackerSettings  # noqa: E402
from securos_trigger.gst import attach, register  # noqa: E402
from securos_trigger.model import Frame, Moment  # noqa: E402

Gst.init(None)

Object = dict[str, Any]


def attach_analytics(buffer: Any, objects: list[Object]) -> None:
    """`GstAnalyticsRelationMeta`: GStreamer 1.24 and later."""
    gi.require_version("GstAnalytics", "1.0")
    from gi.repository import GstAnalytics

    meta = GstAnalytics.buffer_add_analytics_relation_meta(buffer)
    for one in objects:
        label = GLib.quark_from_string(one["label"])
        box = [round(one["rect"][side]) for side in ("left", "top", "width", "height")]
        _, detection = meta.add_od_mtd(label, *box, one["probability"])
        if one["id"] is not None:
            _, tracking = meta.add_tracking_mtd(one["id"], buffer.pts)
            meta.set_relation(GstAnalytics.RelTypes.RELATE_TO, detection.id, tracking.id)


def attach_region(buffer: Any, objects: list[Object]) -> None:
    """`GstVideoRegionOfInterestMeta`, with the parameters that Intel's gva elements write."""
    for one in objects:
        box = [max(0, round(one["rect"][side])) for side in ("left", "top", "width", "height")]
        region = GstVideo.buffer_add_video_region_of_interest_meta(buffer, one["label"], *box)
        region.add_param(structure("detection", confidence=float(one["probability"])))
        if one["id"] is not None:
            region.add_param(structure("object_id", id=int(one["id"])))


def attach_mapping(buffer: Any, objects: list[Object]) -> None:
    """The whole mapping as JSON, in a region that is no object: also `nodes`, events, anything else."""
    region = GstVideo.buffer_add_video_region_of_interest_meta(buffer, "securos-trigger", 0, 0, 0, 0)
    mapping = {"objects": objects, "nodes": {"people": {"count": len(objects)}}}
    region.add_param(structure("securos-trigger", json=json.dumps(mapping)))


def attach_to_side_table(buffer: Any, objects: list[Object]) -> None:
    """The side table: nothing is added to the buffer."""
    attach("people", buffer.pts, {"objects": objects, "nodes": {"people": {"count": len(objects)}}})


WAYS: dict[str, Callable[[Any, list[Object]], None]] = {
    "analytics": attach_analytics,
    "region": attach_region,
    "mapping": attach_mapping,
    "side-table": attach_to_side_table,
}


def structure(name: str, **fields: Any) -> Any:
    """A `GstStructure`."""
    made = Gst.Structure.new_empty(name)
    for field, value in fields.items():
        made.set_value(field, value)
    return made


class People(Gst.Element):  # type: ignore[misc]
    """Finds and follows people with the detector and the tracker of this package. Frames are RGB."""

    __gtype_name__ = "ExamplePeople"
    __gstmetadata__ = ("People", "Filter/Analyzer/Video", "Finds and follows people", "securos-trigger")
    __gsttemplates__ = (
        Gst.PadTemplate.new(
            "sink", Gst.PadDirection.SINK, Gst.PadPresence.ALWAYS, Gst.Caps.from_string("video/x-raw,format=RGB")
        ),
        Gst.PadTemplate.new(
            "src", Gst.PadDirection.SRC, Gst.PadPresence.ALWAYS, Gst.Caps.from_string("video/x-raw,format=RGB")
        ),
    )
    way = "region"  # one for the process: this is an example

    def __init__(self) -> None:
        super().__init__()
        self.steps = [build(DetectorSettings(), {}), build(TrackerSettings(), {})]
        self.size = (0, 0)
        sink, source = (
            Gst.Pad.new_from_template(template, template.name_template) for template in self.__gsttemplates__
        )
        sink.set_chain_function_full(lambda _pad, _parent, buffer: source.push(self.with_people(buffer)))
        sink.set_event_function_full(lambda _pad, _parent, event: self.pass_on(source, event))
        source.set_event_function_full(lambda _pad, _parent, event: sink.push_event(event))
        self.add_pad(sink)
        self.add_pad(source)

    def pass_on(self, source: Any, event: Any) -> bool:
        """Note the size of the frames, and let the event go on."""
        if event.type == Gst.EventType.CAPS:
            info = GstVideo.VideoInfo.new_from_caps(event.parse_caps())
            self.size = (info.width, info.height)
        return bool(source.push_event(event))

    def with_people(self, buffer: Any) -> Any:
        """The frame with what was found on it. A meta can only be added to a buffer that is ours alone: a copy of it,
        whose memory is shared."""
        frame = Frame(Moment(buffer.pts / 1e9), self.image(buffer))
        for step in self.steps:
            step.process(frame)
        parts = Gst.BufferCopyFlags
        everything = parts.FLAGS | parts.TIMESTAMPS | parts.META | parts.MEMORY
        copy = buffer.copy_region(everything, 0, buffer.get_size())
        WAYS[self.way](copy, frame.metadata["objects"])
        return copy

    def image(self, buffer: Any) -> av.VideoFrame:
        """The pixels, as the detector takes them."""
        width, height = self.size
        row_bytes = (width * 3 + 3) // 4 * 4  # GStreamer's default: rows begin at a multiple of four
        data = np.frombuffer(buffer.extract_dup(0, row_bytes * height), np.uint8).reshape(height, row_bytes)
        return av.VideoFrame.from_ndarray(
            np.ascontiguousarray(data[:, : width * 3]).reshape(height, width, 3), format="rgb24"
        )


def main() -> int:
    """Play the video to its end and print each event."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", help="a file, or the address of a stream")
    parser.add_argument("properties", help="properties of securostrigger")
    parser.add_argument("--metadata", choices=WAYS, default="region", help="how it is attached (default: region)")
    arguments = parser.parse_args()
    register()
    Gst.Element.register(None, "people", Gst.Rank.NONE, People)
    People.way = arguments.metadata
    address = arguments.video if "://" in arguments.video else Gst.filename_to_uri(arguments.video)
    pipeline = Gst.parse_launch(
        f'uridecodebin uri="{address}" ! videoconvert ! video/x-raw,format=RGB ! people ! '
        f"securostrigger name=people {arguments.properties} ! fakesink"
    )
    pipeline.set_state(Gst.State.PLAYING)
    bus = pipeline.get_bus()
    failed = False
    while True:
        message = bus.timed_pop(Gst.CLOCK_TIME_NONE)
        if message.type == Gst.MessageType.ELEMENT and message.has_name("securos-trigger-event"):
            found = message.get_structure()
            with found if hasattr(found, "__enter__") else nullcontext(found) as event:  # GStreamer 1.26, and before
                print(f"{event.get_value('media-time'):.2f} s  {event.get_value('event-name')}", flush=True)  # noqa: T201
        elif message.type == Gst.MessageType.WARNING:
            print(message.parse_warning()[0].message, file=sys.stderr)  # noqa: T201
        elif message.type in (Gst.MessageType.EOS, Gst.MessageType.ERROR):
            failed = message.type == Gst.MessageType.ERROR
            break
    if failed:
        print(message.parse_error()[0].message, file=sys.stderr)  # noqa: T201
    pipeline.set_state(Gst.State.NULL)
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
