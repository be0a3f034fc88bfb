"""Answers requests for the newest frame of a pipeline: objects, lines, zones, metadata, and its image as JPEG."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from securos_trigger.analytics import overlays_of
from securos_trigger.metadata.objects import objects_of, track_id_of
from securos_trigger.metadata.plain import plain
from securos_trigger.model import Frame
from securos_trigger.model.overlays import Overlay
from securos_trigger.runtime.control import Answer, FrameWish
from securos_trigger.runtime.pipeline_thread import PipelineThread
from securos_trigger.system.timestamps import rfc3339, rfc3339_of_ticks

#: Objects of one frame that are given.
MAX_OBJECTS: Final = 200
#: A label is cut at this length.
MAX_LABEL_CHARACTERS: Final = 100
_SIDES: Final = (("left", 0), ("top", 1), ("width", 0), ("height", 1))


def frame_answer(threads: Sequence[PipelineThread], wish: FrameWish) -> Answer:
    """The newest frame of a pipeline. `number` is null when there was none; nothing else is given for frame `after`."""
    thread = next((one for one in threads if one.pipeline_name == wish.pipeline), None)
    if thread is None:
        return {"is_known": False, "number": None}
    kept = thread.pipeline.newest_frames.of(wish.camera)
    if kept is None:
        return {"number": None}
    number, frame = kept
    if number == wish.after:
        return {"number": number}
    return {
        "number": number,
        "source": frame.source_name,
        "captured_at": None if frame.captured_at is None else rfc3339(frame.captured_at.timestamp()),
        "read_at": rfc3339_of_ticks(thread.heartbeat.last_at_ticks),
        "silent_after_s": thread.silence()["silent_after_s"],
        "size": frame.size,
        "has_image": frame.image is not None,
        "jpeg": base64.b64encode(jpeg_of_frame(frame, wish.max_width)).decode("ascii") if wish.max_width else "",
        **(_seen(thread, frame) if wish.has_metadata else {}),
    }


def _seen(thread: PipelineThread, frame: Frame) -> Answer:
    """What the nodes have found on a frame."""
    overlays = overlays_of(thread.pipeline.steps_of(frame))
    return {
        "objects": list(_objects(frame)),
        "lines": [_shape(frame, one, "lines") for one in overlays if one.is_line and _is_placed(frame, one)],
        "zones": [_shape(frame, one, "rois") for one in overlays if not one.is_line and _is_placed(frame, one)],
        "metadata": plain(frame.metadata),
    }


def jpeg_of_frame(frame: Frame, max_width: int) -> bytes:
    """The image as JPEG, no wider than `max_width` pixels; empty: the frame has none."""
    if frame.image is None:
        return b""
    from securos_trigger.video.jpeg import jpeg_of

    return jpeg_of(frame.image, max_width)


def _objects(frame: Frame) -> Iterator[dict[str, Any]]:
    """The objects with their boxes as fractions of the frame; none where its size is not known."""
    if (size := frame.size) is None:
        return
    for thing in objects_of(frame.metadata)[:MAX_OBJECTS]:
        probability = thing.get("probability")
        is_number = isinstance(probability, int | float) and not isinstance(probability, bool)
        rect = {side: round(thing["rect"][side] / size[axis], 4) for side, axis in _SIDES}
        yield {
            "id": track_id_of(thing),
            "label": str(thing.get("label", ""))[:MAX_LABEL_CHARACTERS],
            "probability": plain(probability) if is_number else None,
            **rect,
        }


def _is_placed(frame: Frame, overlay: Overlay) -> bool:
    return overlay.in_fractions or frame.size is not None


def _shape(frame: Frame, overlay: Overlay, key: str) -> dict[str, Any]:
    """A line or a zone with its points as fractions, and what its node has counted, which it writes below `key`."""
    width, height = (1, 1) if overlay.in_fractions or frame.size is None else frame.size
    return {
        "node": overlay.node_id,
        "name": overlay.name,
        "points": [[round(x / width, 4), round(y / height, 4)] for x, y in overlay.points],
        "counts": _numbers(frame.metadata, ("nodes", overlay.node_id, key, overlay.name)),
    }


def _numbers(metadata: Any, path: Sequence[str]) -> dict[str, int | float]:
    for key in path:
        metadata = metadata.get(key) if isinstance(metadata, Mapping) else None
    if not isinstance(metadata, Mapping):
        return {}
    return {
        str(key): value
        for key, value in metadata.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and plain(value) is not None
    }
