"""Lost sources, mutes and other times in which something held, in words. Many of one thing are one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import inf
from typing import Final

from securos_trigger.errors.wording import counted, printable
from securos_trigger.ledger.deliveries import without_target
from securos_trigger.ledger.node_answer import Asked, NodeAnswer
from securos_trigger.ledger.periods import MUTED, PIPELINE_FAILED, SOURCE_LOST, Period
from securos_trigger.ledger.phrases import clock, day, instant, seconds

#: Kinds in which no frame, or no message of a camera, gets to the node.
WITHOUT_FRAMES: Final = (
    PIPELINE_FAILED,
    SOURCE_LOST,
    "pipeline_ended",
    "camera_offline",
    "input_held_up",
    "camera_unknown",
    "messages_too_old",
    "message_malformed",
    "node_failed",
)
_MOST_REASONS = 3


def period_lines(periods: Sequence[Period], asked: Asked) -> list[str]:
    """A sentence for each thing that held, however often, by its first beginning; one for each mute."""
    groups: dict[tuple[object, ...], list[Period]] = {}
    for one in periods:
        which = one.from_at_s if one.kind == MUTED else None  # each is of another person, reason or end
        key = one.kind, one.pipeline, one.source, one.node, one.target, one.cameras, which
        groups.setdefault(key, []).append(one)
    return [f"{sentence(group, asked)}." for group in groups.values()]


def sentence(periods: Sequence[Period], asked: Asked) -> str:
    """What held, when and why: periods of one thing, oldest first. Without the full stop."""
    if periods[0].kind == MUTED:
        return _muted(periods[-1], asked)
    what = f"{_what(periods[0])} {_times(periods, asked)}"
    why = _reasons(periods)
    return f"{what}: {why}" if why else what


def _what(period: Period) -> str:
    source, pipeline = printable(period.source), printable(period.pipeline)
    target = f"the target {printable(period.target)}"
    match period.kind:
        case "source_lost":
            return f"the source {source} was lost"
        case "pipeline_failed":
            return f"the pipeline {pipeline} failed"
        case "pipeline_ended":
            return f"the pipeline {pipeline} had come to its end"
        case "pipeline_reloaded":
            return f"a save or a reload ended the pipeline {pipeline}, to begin it again or to remove it,"
        case "source_frozen":
            return f"the source {source} gave the same image again and again"
        case "source_times_unusable":
            return f"the time stamps of {source} could not be used"
        case "source_behind":
            return f"the source {source} came faster than this machine takes it"
        case "messages_too_old":
            of_camera = f" of camera {printable(period.cameras)}" if period.cameras else ""
            return f"messages{of_camera} were too old to raise an event"
        case "camera_offline":
            return f"the source {source} said that its camera {printable(period.cameras)} is offline".replace("  ", " ")
        case "camera_unknown":
            return f"messages came of camera {printable(period.cameras)}, which is not in the camera map"
        case "input_held_up":
            return f"messages of {source} could not be written to the disk"
        case "message_malformed":
            return f"messages of {source} could not be read"
        case "node_failed":
            return f"the node {printable(period.node)} failed on frames"
        case "reload_refused":
            return "the changed configuration was refused and the one before it went on"
        case "target_unauthorized":
            return f"{target} refused the password"
        case "target_untrusted":
            return f"{target} showed a certificate that is not trusted"
    return f"{target} took no events"


def _times(periods: Sequence[Period], asked: Asked) -> str:
    first, last = periods[0], periods[-1]
    if len(periods) == 1:
        return _span(first, asked)
    begin = instant(first.from_at_s, asked.from_at_s)
    lengths = [one.until_at_s - one.from_at_s for one in periods if one.until_at_s < inf]
    longest = max(lengths, default=0.0)
    end = last.from_at_s if last.until_at_s == inf else last.until_at_s
    text = f"{len(periods):,} times between {begin} and {instant(end, asked.from_at_s)}"
    if longest > 0:
        which = next(one for one in periods if one.until_at_s - one.from_at_s == longest)
        began = instant(which.from_at_s, asked.from_at_s)
        text += f", the longest for {seconds(longest)} at {began}, {seconds(sum(lengths))} in all"
    return f"{text}, and it lasts since {instant(end, asked.from_at_s)}" if last.until_at_s == inf else text


def _span(period: Period, asked: Asked) -> str:
    begin = instant(period.from_at_s, asked.from_at_s)
    if period.kind in (PIPELINE_FAILED, "pipeline_ended", "pipeline_reloaded"):
        return f"at {begin}"
    if period.until_at_s == inf:
        return f"since {begin}"
    if period.until_at_s == period.from_at_s:
        return f"at {begin}"
    until = instant(period.until_at_s, asked.from_at_s)
    return f"from {begin} to {until} ({seconds(period.until_at_s - period.from_at_s)})"


def _reasons(periods: Sequence[Period]) -> str:
    """Each reason once; with several, how often, if one came again."""
    counts = Counter(
        printable(reason) for one in periods if (reason := without_target(one.last_reason or one.reason, one.target))
    )
    if len(counts) < 2:
        return "".join(counts)
    more = f" and {len(counts) - _MOST_REASONS} other reasons" if len(counts) > _MOST_REASONS else ""
    has_counts = max(counts.values()) > 1
    often = [
        f"{reason} ({counted(count, 'time')})" if has_counts else reason
        for reason, count in counts.most_common(_MOST_REASONS)
    ]
    return ", ".join(often) + more


def _muted(mute: Period, asked: Asked) -> str:
    begin = instant(mute.from_at_s, asked.from_at_s)
    why = f" ({printable(mute.reason)})" if mute.reason else ""
    if mute.until_at_s == inf:
        return f"the node is muted since {begin}{mute_end(mute, asked.from_at_s)}{why}"
    return f"the node was muted from {begin}{mute_end(mute, asked.from_at_s)}{why}"


def mute_end(mute: Period, near_s: float) -> str:
    """` until 14:10:20, when a person ended it; it was to last until 16:00:00`."""
    planned = "" if mute.planned_until_at_s is None else instant(int(mute.planned_until_at_s), near_s)
    if mute.until_at_s == inf:
        return f" until {planned}" if planned else ""
    is_early = mute.planned_until_at_s is not None and mute.planned_until_at_s - mute.until_at_s > 2
    text = f" until {instant(mute.until_at_s, near_s)}"
    if not is_early:
        return text
    return f"{text}, when {printable(mute.ended) or 'it was ended'}; it was to last until {planned}"


def stopped_sentence(node: NodeAnswer) -> str:
    """Since when and why no frames come: its source is lost, or its pipeline has failed. Without the full stop."""
    note = node.stopped
    if note is None:
        return ""
    why = printable(note.reason).removesuffix(".")
    if not note.source:
        return f"The pipeline {printable(note.pipeline)} failed on {day(note.at_s)}, {clock(note.at_s)}: {why}"
    since_s = node.last_frame_before(note.at_s)
    return f"No frame since {day(since_s)}, {clock(since_s)}: the source {printable(note.source)} was lost: {why}"
