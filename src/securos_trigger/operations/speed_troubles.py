"""What is wrong with the speed of a pipeline: it falls behind, leaves frames out, or looks too seldom. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from securos_trigger.errors.wording import sentence
from securos_trigger.model.looks import LEAST_LOOKS_PER_S, LOOKS_PRICE
from securos_trigger.operations.trouble import Headline, Trouble
from securos_trigger.system.durations import duration_text

#: The speed of a pipeline needs a person, or is called too low, after this many seconds of reading.
JUDGED_AFTER_S: Final = 30.0
# Of frames that come faster than they are read: this part is worth knowing, and this one leaves most of a scene out.
_LEFT_OUT_SOME: Final = 0.1
_LEFT_OUT_MOST: Final = 0.8
#: With this number of looks a second a tracker keeps to people who walk.
_ENOUGH_LOOKS_PER_S: Final = 3.0
#: Events of a pipeline that is this far behind come late enough to be the first word about a service, in seconds.
_LATE_S: Final = 60.0
_PRICE: Final = sentence(LOOKS_PRICE)
#: Where it is not known how often a detector looks, or no tracker guesses in between.
_FIX_LEFT_OUT: Final = (
    "This machine is too slow for it: give it fewer cameras, lower the frame rate of the camera, or set `every` of the "
    f"detector higher. {_PRICE}"
)
_FIX_FILE_BEHIND: Final = (
    "Its events come late. Give this machine fewer cameras, leave out nodes, or set `every` of the detector higher. "
    f"{_PRICE}"
)
_FIX_MESSAGES_BEHIND: Final = (
    "They wait at the broker or the sender, and their events come late. Give this machine a faster disk or fewer "
    "cameras."
)


def speed_troubles(name: str, pipeline: Mapping[str, Any]) -> Iterator[Trouble]:
    """The troubles of one running pipeline, which a sentence calls `name`."""
    yield from _left_out(name, pipeline)
    yield from _behind(name, pipeline)


def leaves_most_out(pipeline: Mapping[str, Any]) -> bool:
    """Whether the pipeline reads so few of the frames that a person must act; of a lost source, whether it did."""
    return _has_run_long(pipeline) and _left_out_level(pipeline) == "most"


def _left_out_level(pipeline: Mapping[str, Any]) -> str:
    """`some`, `most`, or empty. A service of an older version does not say it: the present part counts."""
    if (level := pipeline.get("left_out_level")) is not None:
        return str(level)
    left_out_per_s = pipeline.get("left_out_per_s", 0.0)
    comes_per_s = left_out_per_s + pipeline["frames_per_s"]
    if left_out_per_s < max(_LEFT_OUT_SOME * comes_per_s, 0.1):
        return ""
    return "most" if left_out_per_s >= _LEFT_OUT_MOST * comes_per_s else "some"


def _has_run_long(pipeline: Mapping[str, Any]) -> bool:
    return bool(pipeline.get("running_s", JUDGED_AFTER_S) >= JUDGED_AFTER_S)


def _behind(name: str, pipeline: Mapping[str, Any]) -> Iterator[Trouble]:
    """A file that is read more slowly than it plays, or messages that come faster than they are written."""
    if not (behind_s := pipeline.get("behind_s")):  # a service of an older version does not say it
        return
    source, lasts = pipeline["source"], duration_text(behind_s)
    is_input = pipeline.get("input") is not None
    late = f"Messages of {name} wait for the disk for {lasts}" if is_input else f"Events of {name} come {lasts} late"
    headline = Headline("Events come late", late.replace("Pipeline ", "pipeline ", 1)) if behind_s > _LATE_S else None
    if is_input:
        text = f"{name}: messages of {source} come faster than they are written to the disk, for {lasts}"
        yield Trouble(text, _FIX_MESSAGES_BEHIND, False, headline=headline)
        return
    text = f"{name}: this machine is too slow to read {source} at its own speed: it is {lasts} behind"
    yield Trouble(text, _FIX_FILE_BEHIND, False, about={"node_type": "detector"}, headline=headline)


def _left_out(name: str, pipeline: Mapping[str, Any]) -> Iterator[Trouble]:
    """A live source whose frames come faster than the pipeline reads them, or of which too few are looked at.

    The first seconds say little: the machine is busy with the start.
    """
    left_out_per_s = pipeline.get("left_out_per_s", 0.0)
    read_per_s = pipeline.get("read_beside_per_s", pipeline["frames_per_s"])  # an older version does not say it
    comes_per_s = left_out_per_s + read_per_s
    if not comes_per_s or pipeline["source_lost_reason"] or pipeline.get("silent_since"):
        return
    has_run_long = _has_run_long(pipeline)
    every = pipeline.get("guesses_between") if has_run_long else None  # an older version does not say it
    is_seldom = every is not None and read_per_s < every * LEAST_LOOKS_PER_S <= every * comes_per_s
    is_slow, detector = _left_out_level(pipeline) != "", {"node_type": "detector"}
    if is_slow:
        text = f"{name} reads {read_per_s:.1f} of {comes_per_s:.1f} frames a second and leaves the others out"
        fix = _fix_slow(read_per_s, comes_per_s, every)
        yield Trouble(text, fix, leaves_most_out(pipeline), about=detector)
    if every is not None and every > 1 and is_seldom and pipeline["is_live"]:
        looks = f"of its frames the detector looks at {read_per_s / every:.1f} a second"
        text = f"{name}: {looks}; the boxes between are guesses"
        fix = _fix_slow(read_per_s, comes_per_s, every) if is_slow else _fix_seldom(read_per_s, every)
        yield Trouble(text, fix, False, about=detector)


def _fix_slow(read_per_s: float, comes_per_s: float, every: int | None) -> str:
    """The `every` at which as many looks as now are enough for all frames that come; or that there is none.

    Where the detector takes most of the time, a machine does as many looks a second with a higher `every`.
    """
    if every is None or not read_per_s:
        return _FIX_LEFT_OUT
    enough = math.ceil(every * comes_per_s / read_per_s)
    if comes_per_s / enough >= LEAST_LOOKS_PER_S:
        return (
            f"This machine is too slow for it: give it fewer cameras, or set `every = {enough}` of the detector (it is "
            f"{every}), which then looks at about {comes_per_s / enough:.1f} frames a second. {_PRICE}"
        )
    return (
        "This machine is too slow for it: use a smaller model, or give it fewer cameras. A higher `every` does not "
        f"help: the detector looks at {read_per_s / every:.1f} frames a second, and walking people need 2 to 3."
    )


def _fix_seldom(read_per_s: float, every: int) -> str:
    """The `every` that gives enough looks a second; 1 where the camera itself sends too few frames for that."""
    enough = max(1, int(read_per_s / _ENOUGH_LOOKS_PER_S))
    looks = f"it then looks at {read_per_s / enough:.1f} frames a second, and walking people need 2 to 3"
    return f"Set `every = {enough}` of the detector (it is {every}): {looks}."
