"""What is wrong with the pipelines and nodes of a running service: each trouble in one sentence. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from securos_trigger.errors.source_fixes import REFUSED_LOGIN, source_fix
from securos_trigger.errors.wording import counted, sentence, why_muted
from securos_trigger.model.node_ids import SINK_ID
from securos_trigger.operations.image_troubles import FIX_TIMES, image_troubles
from securos_trigger.operations.input_troubles import input_troubles
from securos_trigger.operations.speed_troubles import leaves_most_out, speed_troubles
from securos_trigger.operations.trouble import Headline, Rank, Trouble, age_s, clock, since
from securos_trigger.system.durations import duration_text

#: A live source that has given no frame for this long is a trouble, in seconds.
SILENT_AFTER_S: Final = 30.0
# One that counts as silent is said to be after this long, in seconds.
_SILENCE_SAID_AFTER_S: Final = 5.0
# A node that has failed on fewer frames in a row is not called failing.
_FAILS_AFTER_FRAMES: Final = 3
# A node that works again is still named for this long after its last fault, in seconds.
_FAILED_LATELY_S: Final = 600.0
# A condition is judged after this many frames.
_JUDGED_AFTER_FRAMES: Final = 100
# One that was unknown on fewer frames may still wait for what it reads: no car has come since the start at night.
_UNKNOWN_TOO_LONG_AFTER_FRAMES: Final = 25_000
#: What to do about a source that is lost: video, or a broker, a device or a sender of messages.
_FIX_VIDEO: Final = "Look at the camera, its address and its password. It is being reconnected."
_FIX_ENDED: Final = (
    "A file is read once. To repeat it, set loop = true in its source, then `securos-trigger reload CONFIG`. Is it not "
    "needed any more? Then remove the pipeline."
)
_FIX_INPUT: Final = (
    "Look at the broker, the device or the sender. `securos-trigger doctor CONFIG` tries the connection."
)
_FIX_BUSY: Final = "A function, a disk or this machine hangs. Correct it, then `securos-trigger reload CONFIG`."
_FIX_BUSY_SINK: Final = "Look at the disk of its file: when that answers again, the pipeline goes on."
_FIX_UNKNOWN: Final = "`securos-trigger explain CONFIG` shows which fields its condition reads, and which are there."
_FIX_NOT_BOOLEAN: Final = (
    'Compare it with something, as in nodes.lpr.plate == "AB 123". `securos-trigger explain CONFIG` says what is there.'
)


def pipeline_troubles(pipeline: Mapping[str, Any], now: datetime, *, is_held_up: bool = False) -> Iterator[Trouble]:
    """The troubles of one pipeline in the answer to `status`.

    `is_held_up`: its messages wait for the disk, which is a trouble of its own, and the reason of its silence.
    """
    name, source = f"Pipeline {pipeline['name']}", pipeline["source"]
    if pipeline["state"] == "failed":
        yield Trouble(
            f"{name} has failed: {pipeline['reason']}",
            "Correct that, then start the service again. The log has more.",
            True,
            rank=Rank.CAMERA,
        )
    elif pipeline["state"] == "restarting":
        text = f"{name} has a fault and is being restarted"
        yield Trouble(text, "The log has the traceback.", True, rank=Rank.CAMERA)
    elif pipeline["source_lost_reason"]:
        lost = since(pipeline["source_lost_since"], now)
        is_input = pipeline.get("input") is not None
        what = "sends no messages" if is_input else "gives no frames"
        reason = pipeline["source_lost_reason"]
        text = f"{name}: {source} {what} {lost}: {reason}"
        fix = source_fix(reason, _FIX_INPUT, where="its source") if is_input else source_fix(reason, _FIX_VIDEO)
        headline = _no_images(pipeline, pipeline["source_lost_since"], now)
        is_red = _is_lost_for_long(pipeline, now) or _was_red(pipeline)
        yield Trouble(text, fix, is_red, headline=headline, rank=Rank.CAMERA)
    elif pipeline["state"] == "running" and _is_busy(pipeline):
        yield _busy(name, pipeline)
    elif pipeline["state"] == "running" and pipeline["is_live"] and not is_held_up:
        yield from _silence(name, pipeline, now)
        yield from image_troubles(name, pipeline, now)
    if pipeline["state"] in ("running", "ended"):
        yield from _failing_nodes(name, pipeline, now)
    if pipeline["state"] == "running":
        yield from speed_troubles(name, pipeline)
        yield from _files_changed(name, pipeline)
        yield from input_troubles(name, pipeline.get("input") or {}, now)
        for drawing in pipeline.get("drawings_outside", ()):
            text = f"{name}, node {drawing['node']}: {drawing['reason']}; nothing is ever there"
            yield Trouble(text, drawing["fix"], True, about={"node": drawing["node"]}, rank=Rank.NODE)


def _is_busy(pipeline: Mapping[str, Any]) -> bool:
    """Whether a node, or the sink, has kept the present frame too long, so that no other one goes on."""
    busy_s = pipeline.get("busy_s") or 0.0
    return bool(busy_s >= SILENT_AFTER_S or (_is_silent(pipeline) and busy_s >= _SILENCE_SAID_AFTER_S))


def _is_silent(pipeline: Mapping[str, Any]) -> bool:
    """Whether no frame has been read for longer than the source's own pace explains. Older versions do not say it."""
    return bool(pipeline.get("silent_since")) and (pipeline["last_frame_age_s"] or 0.0) >= _SILENCE_SAID_AFTER_S


def _busy(name: str, pipeline: Mapping[str, Any]) -> Trouble:
    """A node, or the sink, does not come back from a frame."""
    node, busy = pipeline["busy_node"], duration_text(pipeline["busy_s"])
    said = f"has been busy with one frame for {busy}, and no frame goes on"
    needs_person = pipeline["busy_s"] >= SILENT_AFTER_S
    text = f"{name}: {'its sink' if node == SINK_ID else node} {said}"
    fix, about = (_FIX_BUSY_SINK, {}) if node == SINK_ID else (_FIX_BUSY, {"node": node})
    headline = Headline(f"{name} stands still", f"{name} stands still: no frame goes on for {busy}")
    return Trouble(text, fix, needs_person, about=about, headline=headline, rank=Rank.CAMERA)


def _files_changed(name: str, pipeline: Mapping[str, Any]) -> Iterator[Trouble]:
    """Files that its nodes have read, and that are others now."""
    for file in pipeline.get("files_changed", ()):
        if file["is_there"]:
            text = f"{name} goes on with what {file['path']} held before it was changed"
            yield Trouble(text, "`securos-trigger reload CONFIG` takes the new content.", False)
        else:
            text = f"{name} goes on with what {file['path']} held, but the file is not there any more"
            yield Trouble(text, "Put it back, or name another one: without it a restart would fail.", False)


def ended_trouble(pipeline: Mapping[str, Any]) -> Iterator[Trouble]:
    """A pipeline that has come to its end beside others that run: nothing starts it again."""
    ago_s = pipeline["last_frame_age_s"]
    when = "" if ago_s is None else f" {duration_text(ago_s)} ago"
    text = f"Pipeline {pipeline['name']} has ended: {pipeline['source']} came to its end{when}"
    yield Trouble(f"{text}, and no frame comes any more", _FIX_ENDED, False)


def _is_lost_for_long(pipeline: Mapping[str, Any], now: datetime) -> bool:
    """True when a lost source needs a person: what comes back within seconds does not, a refused password always does.

    A camera that answers and gives no frame has given none since its last one; messages may be rare.
    """
    silent_s = (pipeline["last_frame_age_s"] or 0.0) if pipeline.get("input") is None else 0.0
    lost_s = max(age_s(pipeline["source_lost_since"], now), silent_s)
    return lost_s >= SILENT_AFTER_S or pipeline["source_lost_reason"].startswith(REFUSED_LOGIN)


def _was_red(pipeline: Mapping[str, Any]) -> bool:
    """Whether a person had to act before its source was lost, or silent: that it is worse now does not end that."""
    left_most_out = "left_out_level" in pipeline and leaves_most_out(pipeline)  # an older version says its speed of now
    return bool(pipeline.get("frozen_since")) or left_most_out


def node_troubles(node: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """The troubles of one trigger node in the answer to `status`."""
    if node["muted_until"]:
        began, person = node.get("muted_since"), node.get("muted_by", "")  # a service of an older version says neither
        why = why_muted(node.get("mute_reason", ""), person)
        why = f" ({why})" if why else ""
        lasts = f"{since(began, now)}, until" if began else "until"
        text = f"{node['address']} is muted {lasts} {clock(node['muted_until'], now)}{why}: its events are not sent"
        yield Trouble(text, f"`securos-trigger unmute CONFIG {shlex.quote(node['address'])}` ends that.", False, "mute")
    if node.get("is_enabled") is False:
        text = f"{node['address']} is switched off (enabled = false): it sends no events"
        yield Trouble(
            text,
            "To switch it on, take the line out of the file, then `securos-trigger reload CONFIG`.",
            False,
            "switched off",
        )
    if reason := node.get("time_stands_still"):  # a service of an older version does not say it
        text = f"{node['address']} gets times that cannot be used: {reason}"
        yield Trouble(text, "Correct `at` in the program that calls the node.", True, rank=Rank.NODE)
    if began := node.get("times_unusable_since"):  # the same
        text = f"{node['address']} gets time stamps that cannot be used {since(began, now)}"
        yield Trouble(f"{text}: {node['times_unusable_reason']}", FIX_TIMES, False)
    yield from _incomplete_events(node, now)
    of_condition = node.get("decisions_of_condition", node.get("decisions", {}))  # an older version has the latter
    yield from _cannot_fire(node, of_condition, now)
    if errors := node.get("flags", {}).get("template_error", 0):
        text = f"{node['address']}: {counted(errors, 'event')} went out with a text that could not be filled in"
        yield Trouble(
            text,
            "`securos-trigger explain CONFIG` shows the text. Correct it, then `securos-trigger reload CONFIG`.",
            False,
        )


def _incomplete_events(node: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """Events that go out with another time than that of their frames, or without their boxes."""
    if began := node.get("times_replaced_since"):  # a service of an older version does not say it
        text = f"{node['address']} gets times outside of the years 1970 to 2199 {since(began, now)}"
        fix = "Correct the times that the source gives."
        yield Trouble(f"{text}: its events get the present time", fix, False)
    if began := node.get("boxes_missing_since"):  # the same
        text = f"Events of {node['address']} go without bounding boxes {since(began, now)}"
        fix = "Give the size of the frame, or set send_bounding_boxes = false."
        yield Trouble(f"{text}: the size of the frame is not known", fix, False)


def _cannot_fire(node: Mapping[str, Any], decisions: Mapping[str, int], now: datetime) -> Iterator[Trouble]:
    """A condition that was neither true nor false on any frame. While its node is switched off it is not evaluated.

    `decisions` are those since the condition is what it is: before, and in an earlier run, the node may have fired.
    """
    why, began = node.get("why_unknown", ""), node.get("condition_since")  # an older version says neither
    unknown, not_boolean = decisions.get("condition_unknown", 0), decisions.get("not_boolean", 0)
    frames = sum(decisions.values()) - decisions.get("disabled", 0)
    if (frames < _JUDGED_AFTER_FRAMES and not why) or not frames or frames != unknown + not_boolean:
        return
    lasts = f" {since(began, now)}, when its condition came into force" if began else ""
    text = f"{node['address']} cannot fire{lasts}: it was"
    if not_boolean:
        yield Trouble(f"{text} neither true nor false on all {frames:,} frames", _FIX_NOT_BOOLEAN, True, rank=Rank.NODE)
    else:
        needs_person = frames >= _UNKNOWN_TOO_LONG_AFTER_FRAMES
        rank = Rank.NODE if needs_person else Rank.OTHER
        text = f"{text} unknown on all {frames:,} frames{f': {why}' if why else ''}"
        yield Trouble(text, _FIX_UNKNOWN, needs_person, rank=rank)


def _no_images(pipeline: Mapping[str, Any], since_at: str, now: datetime) -> Headline:
    """The first words about a service one of whose pipelines sees nothing."""
    name = pipeline["name"]
    if pipeline.get("input") is not None:
        text = f"The source of pipeline {name} sends no messages since {clock(since_at, now)}"
        return Headline(f"No messages of {name}", text)
    what = "camera" if pipeline["is_live"] else "source"
    return Headline(
        f"No images of {name}", f"The {what} of pipeline {name} gives no images since {clock(since_at, now)}"
    )


def _silence(name: str, pipeline: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """A live source that is not lost, and gives nothing. Video that never came is missed from the start on."""
    silent_s, source = pipeline["last_frame_age_s"], pipeline["source"]
    has_had_none = silent_s is None and pipeline.get("input") is None
    silent_s = pipeline.get("running_s", 0.0) if has_had_none else silent_s
    if silent_s is not None and (silent_s >= SILENT_AFTER_S or _is_silent(pipeline)):
        of_video = f"{name} has had no frame of {source} since it began, {duration_text(silent_s)} ago"
        text = of_video if has_had_none else f"{name} has read no frame of {source} for {duration_text(silent_s)}"
        fix = "Look at the camera, and at the load of this machine."
        headline = _no_images(pipeline, (now - timedelta(seconds=silent_s)).isoformat(), now)
        is_red = silent_s >= SILENT_AFTER_S or _was_red(pipeline)
        yield Trouble(text, fix, is_red, headline=headline, rank=Rank.CAMERA)


def _failing_nodes(name: str, pipeline: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """The nodes that fail now, or failed until the end; then those that did so lately, or now and then."""
    serious = set()
    for node in pipeline.get("failing_nodes", ()):
        of_frames = node.get("of_frames", node["frames"])  # a service of an older version does not say it
        if node.get("is_serious", node["frames"] >= _FAILS_AFTER_FRAMES):
            serious.add(node["node"])
            some = f"{node['frames']:,} of {of_frames:,} frames"
            how = "fails on every frame" if node["frames"] == of_frames else f"fails on {some}"
            text = f"{name}: {node['node']} {how} {since(node['since'], now)}: {node['reason']}"
            if not of_frames:
                text = f"{name}: {node['node']} could not be finished: {node['reason']}"
            elif pipeline["state"] == "ended":
                text = f"{name} has ended, and its {node['node']} has failed on {some}: {node['reason']}"
            fix = node.get("fix") or "The log has the traceback."
            yield Trouble(text, sentence(fix), True, about={"node": node["node"]}, rank=Rank.NODE)
    for node_id in pipeline.get("faults", {}):
        if node_id not in serious:
            yield from _failed_before(name, node_id, pipeline, now)


def _failed_before(name: str, node_id: str, pipeline: Mapping[str, Any], now: datetime) -> Iterator[Trouble]:
    """A node that fails on a frame now and then; one that works again is named for some minutes more.

    One that has ended is named with the counts of its whole run.
    """
    text = f"{name}: {node_id} has failed on {pipeline['faults'][node_id]:,} of {pipeline['frames']:,} frames"
    last, fix = pipeline.get("last_faults", {}).get(node_id), "The log says why: node_failed."
    if last is not None:  # a service of an older version does not say it
        works_again = not any(node["node"] == node_id for node in pipeline.get("failing_nodes", ()))
        if works_again and pipeline["state"] == "running" and age_s(last["at"], now) > _FAILED_LATELY_S:
            return
        when = "was failing until" if works_again else "failed last at"
        text = f"{name}: {node_id} {when} {clock(last['at'], now)}"
        text += f", on {pipeline['faults'][node_id]:,} of {pipeline['frames']:,} frames since its start"
        yield Trouble(f"{text}: {last['reason']}", fix, False, about={"node": node_id})
        return
    yield Trouble(f"{text} since its start", fix, False, about={"node": node_id})
