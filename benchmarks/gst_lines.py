"""GStreamer pipelines that `bench_gst` measures; each prints one JSON value. Its arguments are one JSON text."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from statistics import quantiles
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstBase", "1.0")
gi.require_version("GstVideo", "1.0")
from gi.repository import Gst, GstBase, GstVideo  # noqa: E402

from securos_trigger.gst import attach, register  # noqa: E402

register()

FEW, MANY = 2_000, 10_000
VIDEO_FRAMES = 1_500
FRAMES_PER_S = 60
LIVE_FRAMES = 480
_CAPS = Gst.Caps.new_any()


class Empty(GstBase.BaseTransform):  # type: ignore[misc]
    """An element in Python that lets frames pass."""

    __gtype_name__ = "BenchEmpty"
    __gstmetadata__ = ("Empty", "Filter", "Lets frames pass", "benchmarks")
    __gsttemplates__ = (
        Gst.PadTemplate.new("sink", Gst.PadDirection.SINK, Gst.PadPresence.ALWAYS, _CAPS),
        Gst.PadTemplate.new("src", Gst.PadDirection.SRC, Gst.PadPresence.ALWAYS, _CAPS),
    )

    def __init__(self) -> None:
        super().__init__()
        self.set_passthrough(True)

    def do_transform_ip(self, _buffer: Any) -> Any:
        return Gst.FlowReturn.OK


Gst.Element.register(None, "empty", Gst.Rank.NONE, Empty)


def trigger_element(
    folder: str, port: int = 9, token: str = "token", trigger: str = "len(objects) > 100", **more: Any
) -> str:
    """The element for gst-launch, by default with a condition that reads metadata and never fires."""
    values = {
        "name": "t",
        "iss-ip": "127.0.0.1",
        "iss-port": port,
        "iss-scheme": "http",
        "iss-password": token,
        "iss-camera-ids": "1",
        "event-source": "custom",
        "trigger": trigger,
        "event-name": "Event",
        "outbox": f"{folder}/outbox.sqlite",
        "drain-timeout": 0,
        **more,
    }
    return " ".join(["securostrigger", *(f'{name}="{value}"' for name, value in values.items())])


def play(line: str, count: int = 0, boxes: int = 0) -> float:
    """Play a line to its end; the seconds of processor time that this process has used meanwhile."""
    playing = Gst.parse_launch(line)
    if boxes:
        push(playing.get_by_name("in"), count, boxes)
    playing.set_state(Gst.State.PAUSED)
    playing.get_state(Gst.CLOCK_TIME_NONE)
    began_at_s = time.process_time()
    playing.set_state(Gst.State.PLAYING)
    playing.get_bus().timed_pop_filtered(Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    took_s = time.process_time() - began_at_s
    playing.set_state(Gst.State.NULL)
    return took_s


def buffer_us(element: str, folder: str, boxes: int = 0) -> float:
    """Microseconds of processor time for a buffer, from the difference of a long and a short run."""
    middle = trigger_element(folder) if element == "securostrigger" else f"{element} name=t"
    took = []
    few, many = (FEW, MANY) if not boxes else (FEW // 8, MANY // 8)
    for count in (few, many):
        if boxes:
            took.append(play(f"appsrc name=in format=time max-bytes=0 ! {middle} ! fakesink sync=false", count, boxes))
        else:
            source = f"videotestsrc pattern=black num-buffers={count} ! video/x-raw,width=16,height=16,framerate=25/1"
            took.append(play(f"{source} ! {middle} ! fakesink sync=false"))
    return (took[1] - took[0]) / (many - few) * 1e6


def push(source: Any, count: int, boxes: int) -> None:
    """Queue frames with boxes, before the line plays."""
    caps = Gst.Caps.from_string("video/x-raw,format=GRAY8,width=16,height=16,framerate=25/1")
    for number in range(count):
        buffer = Gst.Buffer.new_allocate(None, 256, None)
        buffer.pts = number * Gst.SECOND // 25
        for _ in range(boxes):
            region = GstVideo.buffer_add_video_region_of_interest_meta(buffer, "person", 1, 2, 3, 4)
            for text in ("detection, confidence=(double)0.9;", "object_id, id=(int)7;"):
                region.add_param(Gst.Structure.from_string(text)[0])
        source.emit("push-sample", Gst.Sample.new(buffer, caps, None, None))
    source.emit("end-of-stream")


def write_video(path: str) -> int:
    """Write a minute of H.264 in 720p."""
    size = "video/x-raw,width=1280,height=720,framerate=25/1"
    source = f"videotestsrc pattern=smpte num-buffers={VIDEO_FRAMES} ! {size}"
    play(f"{source} ! x264enc speed-preset=ultrafast ! matroskamux ! filesink location={path}")
    return 0


def frames_per_s(video: str, folder: str, rounds: int) -> dict[str, list[float]]:
    """Frames/s of a line that decodes a file of a minute, with and without the element, in turn.

    The file is long, so that what the element does once, in other threads after its start, does not count for a tenth.
    """
    decode = f"filesrc location={video} ! matroskademux ! h264parse ! avdec_h264 max-threads=1"
    middles = {"ours": f"{trigger_element(folder)} ! ", "without": ""}
    found: dict[str, list[float]] = {side: [] for side in middles}
    for number in range(rounds):
        for side in sorted(middles, reverse=number % 2 == 1):
            playing = Gst.parse_launch(f"{decode} ! {middles[side]} fakesink sync=false")
            playing.set_state(Gst.State.PAUSED)
            playing.get_state(Gst.CLOCK_TIME_NONE)
            began_at_s = time.monotonic()
            playing.set_state(Gst.State.PLAYING)
            playing.get_bus().timed_pop_filtered(Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
            found[side].append(VIDEO_FRAMES / (time.monotonic() - began_at_s))
            playing.set_state(Gst.State.NULL)
    return found


def latency_p99_ms(has_element: bool, port: int, token: str, folder: str) -> float:
    """p99 of the time from the source pad of a live source to the sink, in milliseconds.

    With the element two nodes fire on 50 of 60 frames each second: 100 events.
    """
    ours = "".join(
        trigger_element(folder, port, token, "fires", name=f"t{number}", stream=f"live{number}") + " ! "
        for number in range(2)
    )
    size = "video/x-raw,width=320,height=240"
    line = (
        f"videotestsrc is-live=true num-buffers={LIVE_FRAMES} ! {size},framerate={FRAMES_PER_S}/1 ! identity name=a ! "
    )
    playing = Gst.parse_launch(f"{line} {ours if has_element else ''} fakesink name=b sync=false")
    left_at: dict[int, int] = {}
    took_ms: list[float] = []

    def leave(_pad: Any, info: Any) -> Any:
        pts = info.get_buffer().pts
        for number in range(2):
            attach(f"live{number}" if has_element else "none", pts, {"fires": len(left_at) % 6 != 0})
        left_at[pts] = time.monotonic_ns()
        return Gst.PadProbeReturn.OK

    def arrive(_pad: Any, info: Any) -> Any:
        took_ms.append((time.monotonic_ns() - left_at[info.get_buffer().pts]) / 1e6)
        return Gst.PadProbeReturn.OK

    playing.get_by_name("a").get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, leave)
    playing.get_by_name("b").get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, arrive)
    playing.set_state(Gst.State.PLAYING)
    playing.get_bus().timed_pop_filtered(Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    playing.set_state(Gst.State.NULL)
    return quantiles(took_ms[FRAMES_PER_S:], n=100)[98]  # without the first second


LINES: dict[str, Callable[..., Any]] = {
    one.__name__: one for one in (buffer_us, write_video, frames_per_s, latency_p99_ms)
}

if __name__ == "__main__":
    print(json.dumps(LINES[sys.argv[1]](**json.loads(sys.argv[2]))))
