"""What the node costs a frame: `process` when nothing fires, and the whole loop with and without it."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import av
import numpy as np

from benchmarks.alternate import alternate, ratio
from benchmarks.table import Row, json_path, report
from securos_trigger import TriggerSecurOSEvent
from securos_trigger.model import Decision, Frame
from securos_trigger.pipeline.loop import Pipeline
from securos_trigger.pipeline.null_sink import NullSink
from securos_trigger.pipeline.steps import TriggerStep
from securos_trigger.video import open_source
from securos_trigger.video.settings import FileSourceSettings

ROUNDS = 9
VIDEO_ROUNDS = 40
CALLS = 20_000
FRAMES = 240
CONDITION = (
    "nodes.annotate_line_counter1.lines.line1.total_objects_crossed_delta > 0 "
    "and nodes.annotate_presence1.rois.fullframe.current_objects >= 2"
)
REQUIRED: dict[str, Any] = {"iss_ip": "vms.example", "iss_password": "token"}


def metadata(unrelated: int = 0) -> dict[str, Any]:
    """A frame's metadata: two nodes, ten objects, and `unrelated` nodes that the condition does not read."""
    objects = [{"id": n, "label": "car", "rect": {"left": n, "top": n, "width": 40, "height": 40}} for n in range(10)]
    nodes: dict[str, Any] = {f"function{n}": {"value": n} for n in range(unrelated)}
    nodes["annotate_line_counter1"] = {"lines": {"line1": {"total_objects_crossed_delta": 0}}}
    nodes["annotate_presence1"] = {"rois": {"fullframe": {"current_objects": 1}}}
    return {"nodes": nodes, "objects": objects}


def nothing(_metadata: dict[str, Any], at: float) -> None:
    """The empty function of the comparison."""


def frame_us(call: Callable[..., object], frame_metadata: dict[str, Any]) -> float:
    """Microseconds of one call over a run, with media time going on."""
    began_at_s = time.thread_time()
    for number in range(CALLS):
        call(frame_metadata, at=number * 0.04)
    return (time.thread_time() - began_at_s) / CALLS * 1e6


def process_rows() -> list[Row]:
    """`process` when nothing fires, against an empty function."""
    custom = TriggerSecurOSEvent(**REQUIRED, event_source="custom", trigger=CONDITION, event_name="x").process
    built_in = TriggerSecurOSEvent(**REQUIRED).process
    silent = metadata()
    del silent["nodes"]["annotate_line_counter1"]
    many = {"nodes": {f"function{n}": {"value": n} for n in range(100)}}
    sides: dict[str, tuple[Callable[..., object], dict[str, Any]]] = {
        "empty": (nothing, metadata()),
        "custom": (custom, metadata()),
        "path missing": (custom, silent),
        "custom, 1,000 nodes": (custom, metadata(1000)),
        "built_in": (built_in, metadata()),
        "built_in, 100 nodes": (built_in, many),
    }
    samples = alternate({name: partial(frame_us, *side) for name, side in sides.items()}, ROUNDS)
    middle = {name: median(values) for name, values in samples.items()}
    each = (middle["built_in, 100 nodes"] - middle["built_in"]) / 98
    empty = f"empty function {middle['empty']:.2f} us"
    unrelated = ratio(samples, "custom, 1,000 nodes", "custom")
    return [
        Row(
            "process, custom, nothing fires",
            f"{middle['custom']:.2f} us",
            empty,
            f"{ratio(samples, 'custom', 'empty'):.0f}",
            "under 2 us",
            middle["custom"] < 2,
        ),
        Row(
            "process, custom, a path missing",
            f"{middle['path missing']:.2f} us",
            empty,
            f"{ratio(samples, 'path missing', 'empty'):.0f}",
            "under 3 us",
            middle["path missing"] < 3,
        ),
        Row(
            "the same with 1,000 unrelated nodes",
            f"{middle['custom, 1,000 nodes']:.2f} us",
            f"without them {middle['custom']:.2f} us",
            f"{unrelated:.2f}",
            "constant (within 1.2)",
            unrelated < 1.2,
        ),
        Row("process, built_in, each node more", f"{each:.3f} us", "", "", "under 0.2 us", each < 0.2),
    ]


def make_video(path: Path) -> None:
    """A 1080p H.264 file with a moving gradient."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        ramp = np.add.outer(np.arange(1080), np.arange(1920))
        for number in range(FRAMES):
            picture = np.repeat(((ramp + 5 * number) % 256).astype(np.uint8)[:, :, None], 3, axis=2)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def frames_per_s(path: Path, node: TriggerSecurOSEvent | None) -> float:
    """Frames a second of decode -> (node) -> null sink."""
    frame_metadata = metadata()
    seen: list[int] = []

    def decide(frame: Frame) -> Decision:
        assert node is not None
        before = id(frame.image)
        decision = node.process(frame_metadata, at=frame.at)
        seen.append(before == id(frame.image))
        return decision

    steps = [TriggerStep("trigger1", decide)] if node else []
    pipeline = Pipeline(open_source(FileSourceSettings(path=path)), steps, NullSink())
    result = pipeline.run(threading.Event())
    assert result.frames_written == FRAMES
    assert all(seen)
    return result.frames_per_s


def video_rows() -> list[Row]:
    """Pass-through at 1080p with and without the node."""
    node = TriggerSecurOSEvent(**REQUIRED, event_source="custom", trigger=CONDITION, event_name="x")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "1080p.mp4"
        make_video(path)
        frames_per_s(path, None)
        with_node: list[float] = []
        without: list[float] = []
        for number in range(VIDEO_ROUNDS):  # each side goes first as often as the other
            for is_ours in (True, False) if number % 2 else (False, True):
                (with_node if is_ours else without).append(frames_per_s(path, node if is_ours else None))
    ours, bare = median(with_node), median(without)
    ratio = median(one / other for one, other in zip(with_node, without, strict=True))
    return [
        Row(
            "1080p decode -> node -> null sink",
            f"{ours:.0f} frames/s",
            f"without the node {bare:.0f} frames/s",
            f"{ratio:.3f}",
            "at least 0.99",
            ratio >= 0.99,
        )
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and write JSON if asked. 1 when a bar is not reached."""
    path = json_path(__doc__ or "", argv)
    rows = process_rows() + video_rows()
    return report("The node", rows, path)


if __name__ == "__main__":
    raise SystemExit(main())
