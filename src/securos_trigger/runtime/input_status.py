"""What `status` says about an input: its connection, its messages by verdict, its cameras."""

from __future__ import annotations

from typing import Any, Final

from securos_trigger.inputs.feed import Feed
from securos_trigger.inputs.happening import Verdict
from securos_trigger.inputs.source import InputSource
from securos_trigger.system.timestamps import rfc3339

#: Lanes and unknown cameras that are listed; the counts are of all.
MOST_LISTED: Final = 200


def _with_qos_0(feed: Feed) -> int | None:
    """Messages that came with QoS 0 since the connection was set up; None: it is no broker."""
    seen = getattr(feed, "qos_seen", None)
    return None if seen is None else int(seen[0])


def input_status(source: InputSource) -> dict[str, Any]:
    """The input as plain data. Any thread may ask while the pipeline's thread works."""
    feed, intake = source.feed, source.intake
    if feed is None or intake is None:
        return {"is_connected": False, "reason": "it has not been started yet", "waiting": 0, "messages": {}}
    reader = intake.reader
    lanes = list(intake.lanes.values())
    unknown = reader.unknown_sources.most_common(MOST_LISTED)
    return {
        "is_connected": feed.state.is_connected,
        "reason": feed.state.reason,
        "waiting": len(feed.queue),
        "messages": {verdict.value: reader.counts[verdict] for verdict in Verdict},
        "qos_0": _with_qos_0(feed),
        "known": len(reader.known),
        "lanes": len(lanes),
        "unknown_cameras": dict(unknown),
        "cameras": [
            {
                "name": lane.name,
                "camera_ids": list(lane.cameras),
                "frames": lane.frames_made,
                "present": len(lane.memory),
                "last_at": rfc3339(lane.time.now) if lane.time.now else None,
                "clock_offset_s": None if lane.time.offset_s is None else round(lane.time.offset_s, 3),
            }
            for lane in lanes[:MOST_LISTED]
        ],
    }
