"""Examines what pipelines need: whether each source gives a frame, each model can be used, each package is there."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from securos_trigger.config.drawings import drawing_warnings
from securos_trigger.config.node_mistakes import placed_mistakes
from securos_trigger.config.settings import Settings
from securos_trigger.doctor.findings import Finding, failed, ok, warning
from securos_trigger.errors.source_fixes import source_fix
from securos_trigger.runtime.opened_places import has_one_reader, is_pipe
from securos_trigger.runtime.visits import Visit, models_of, named, visit

#: A source must give its first frame within this time, in seconds.
FIRST_FRAME_WITHIN_S: Final = 12.0
#: A source whose last frame came within this time to the running service is not opened a second time, in seconds.
_READ_WITHIN_S: Final = 10.0

_SOURCE_FIX: Final = "Look at the camera or file, its address and its password."
_READ_FIX: Final = "Does the sender run? `securos-trigger status CONFIG` shows what has come."
_INPUT_FIX: Final = "Does it run? Look at the address in its source, the login and the certificate."
_CAMERAS_FIX: Final = 'Add them to cameras of the pipeline, or "*" = "…" for all others.'
_QOS_FIX: Final = "Let the sender use QoS 1 (Frigate: qos: 1 in its mqtt section): docs/inputs/broker.md."
_MOST_CAMERAS_NAMED: Final = 10


def examine_pipelines(
    settings: Settings, running: Sequence[Mapping[str, Any]] = (), *, is_running: bool = False
) -> Iterator[Finding]:
    """Examine sources, side by side, then models that are there.

    `running` is what the running service says of its pipelines: a source that gives it frames is not opened again,
    because many cameras serve few clients, and a USB camera one. `is_running`: a service runs, whether it answers or
    not; then what has one reader is never opened: what the doctor takes from a named pipe, the service does not get.
    """
    served = {one["name"]: one for one in running if _gives_frames(one) or _is_connected(one)}
    left = {one.name for one in settings.pipelines if is_running and _has_one_reader(one.source)}
    visits = {one.name: visit(one) for one in settings.pipelines if one.name not in {*served, *left}}
    silent = {one["name"]: one for one in running}
    ends_at_ticks = time.monotonic() + FIRST_FRAME_WITHIN_S
    for pipeline in settings.pipelines:
        if (seen := served.get(pipeline.name)) is not None and _is_connected(seen):
            yield ok("source", f"{pipeline.name}: the running service is connected to {seen['source']}")
            yield from remarks_on(pipeline.name, seen["input"])
        elif seen is not None:
            rate = f"{seen['frames_per_s']:.1f} frames a second"
            yield ok("source", f"{named(pipeline.name, seen['source'])} gives the running service {rate}")
        elif pipeline.name in left:
            yield replace(_not_opened(pipeline.name, silent.get(pipeline.name)), pipeline=pipeline.name)
        else:
            yield replace(_found_at(visits[pipeline.name], ends_at_ticks), pipeline=pipeline.name)
            for node in pipeline.nodes:
                for one in drawing_warnings(node, visits[pipeline.name].size):
                    yield failed("drawing", f"pipeline {pipeline.name}, node {node.id}: {one.what}", one.fix)
    for pipeline in settings.pipelines:
        for node_id, mistakes in models_of(pipeline):
            for one in placed_mistakes(mistakes, settings, pipeline.name):
                yield failed("model", f"{one.where}: {one.what}", one.fix)
            if not mistakes:
                yield ok("model", f"pipeline {pipeline.name}, node {node_id}: it runs")


def _has_one_reader(source: object) -> bool:
    return is_pipe(source) or has_one_reader(source)


def _not_opened(name: str, seen: Mapping[str, Any] | None) -> Finding:
    """What is known of a source that only the running service may read. `seen` None: the service does not say it."""
    if seen is None:
        return warning("source", f"{name}: not opened, because the running service may read it", _READ_FIX)
    age_s = seen["last_frame_age_s"]
    frames = "no frame yet" if age_s is None else f"no frame for {age_s:.0f} s"
    text = f"{named(name, seen['source'])} gives the running service {frames}. It is not opened a second time"
    return failed("source", text, _READ_FIX)


def _found_at(opened: Visit, ends_at_ticks: float) -> Finding:
    """Whether a source works: it gives a frame, or can be connected, before an instant of the monotonic clock.

    Below the reason of a part that is not installed stands the command that installs it.
    """
    reason = opened.reason(ends_at_ticks)
    if opened.is_input:
        if reason is None:
            return ok("source", f"{opened.name} can be connected")
        what, _, install = (reason or "no answer in time").partition("\n")
        fix = install.strip() or source_fix(reason, _INPUT_FIX, where="its source")
        return failed("source", f"{opened.name} cannot be connected: {what}", fix)
    if reason is None:
        return ok("source", f"{opened.name} gives frames")
    what, _, install = (reason or f"none came within {FIRST_FRAME_WITHIN_S:g} s").partition("\n")
    fix = install.strip() or source_fix(reason, _SOURCE_FIX)
    return failed("source", f"{opened.name} gives no frame: {what}", fix)


def _is_connected(pipeline: Mapping[str, Any]) -> bool:
    return pipeline["state"] == "running" and bool((pipeline.get("input") or {}).get("is_connected"))


def _gives_frames(pipeline: Mapping[str, Any]) -> bool:
    """True for video. Frames of an input say nothing: it makes some while its broker or device is gone."""
    age_s = None if pipeline.get("input") else pipeline["last_frame_age_s"]
    return pipeline["state"] == "running" and age_s is not None and age_s < _READ_WITHIN_S


def remarks_on(name: str, seen: Mapping[str, Any]) -> Iterator[Finding]:
    """What a person should look at in what the running service says of an input."""
    if cameras := list(seen.get("unknown_cameras") or ()):
        some = ", ".join(cameras[:_MOST_CAMERAS_NAMED]) + (", …" if len(cameras) > _MOST_CAMERAS_NAMED else "")
        yield warning("cameras", f"{name}: not in the camera map: {some}", _CAMERAS_FIX)
    if count := seen.get("qos_0"):
        what = f"{name}: {count} of its last messages came with QoS 0: in an outage such messages are lost"
        yield warning("source", what, _QOS_FIX)
