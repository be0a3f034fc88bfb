"""What `status` says about an input: its connection, its messages by verdict, its cameras."""

from __future__ import annotations

import time
from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from securos_trigger.inputs.feed import Feed
from securos_trigger.inputs.happening import Verdict
from securos_trigger.inputs.known import KEPT_S
from securos_trigger.inputs.lane import Lane
from securos_trigger.inputs.source import InputSource
from securos_trigger.system.timestamps import rfc3339

#: Lanes and unknown cameras that are listed; the counts are of all.
MOST_LISTED: Final = 200


def _with_qos_0(feed: Feed) -> int | None:
    """How many of the last messages came with QoS 0; None: it is no broker."""
    last = getattr(feed, "last_qos", None)
    return None if last is None else int(last.count(0))


def _refused_posts(feed: Feed, now: float) -> list[dict[str, Any]]:
    """Posts that were refused before they were read; none where nothing is posted."""
    refused = getattr(feed, "refused_posts", None)
    return [] if refused is None else refused.answer(now, time.monotonic())


def _clock_offset_s(lane: Lane, now: float) -> float | None:
    """How far the clock of a camera is behind ours; None: it says no time, or has said nothing for a day."""
    offset_s = lane.time.offset_s
    return None if offset_s is None or now - lane.time.arrived_at > KEPT_S else round(offset_s, 3)


def messages_by_camera(source: InputSource, most: int) -> dict[str, dict[str, int]]:
    """What the messages of an input have said, by camera and verdict; beyond `most` cameras `…` has their sum.

    Every camera that is known has every verdict, so that a count begins at 0.
    """
    intake = source.intake
    if intake is None:
        return {}
    names = list(intake.lanes)
    shown: dict[str, Mapping[Verdict, int]] = {name: intake.counts.get(name) or {} for name in ("", *names[:most])}
    found = {name: {one.value: counted.get(one, 0) for one in Verdict} for name, counted in shown.items()}
    if rest := [counted for name in names[most:] if (counted := intake.counts.get(name)) is not None]:
        found["…"] = {one.value: sum(counted[one] for counted in rest) for one in Verdict}
    return found


def input_status(source: InputSource) -> dict[str, Any]:
    """The input as plain data. Any thread may ask while the pipeline's thread works."""
    feed, intake = source.feed, source.intake
    if feed is None or intake is None:
        reason = "it has not been started yet"
        return {"is_connected": False, "reason": reason, "waiting": 0, "last_message_age_s": None, "messages": {}}
    reader, heard_at_ticks = intake.reader, source.heard_at_ticks
    lanes, unheard_s = list(intake.lanes.values()), source.unheard_s()
    now = time.time()
    unknown = dict(islice(reader.unknown.counts(now).items(), MOST_LISTED))
    return {
        "is_connected": feed.state.is_connected,
        "reason": feed.state.reason,
        "waiting": len(feed.queue),
        "last_message_age_s": None if heard_at_ticks is None else round(time.monotonic() - heard_at_ticks, 3),
        "unheard_s": None if unheard_s is None else round(unheard_s, 1),
        "messages": {verdict.value: reader.counts[verdict] for verdict in Verdict},
        "unusable": source.unusable.answer(now),
        "refused_posts": _refused_posts(feed, now),
        "qos_0": _with_qos_0(feed),
        "known": len(reader.known),
        "lanes": len(lanes),
        "unknown_cameras": unknown,
        "unknown_cameras_heard": {name: rfc3339(reader.unknown.heard_at(name) or now) for name in unknown},
        "cameras": [
            {
                "name": lane.name,
                "camera_ids": list(lane.cameras),
                "frames": lane.frames_made,
                "present": len(lane.memory),
                "last_at": rfc3339(lane.time.now) if lane.time.now else None,
                "clock_offset_s": _clock_offset_s(lane, now),
            }
            for lane in lanes[:MOST_LISTED]
        ],
    }
