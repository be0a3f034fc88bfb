"""Frigate's three kinds of JSON: tracked objects (`events`), reviews, and late facts (`tracked_object_update`)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from securos_trigger.inputs.boxes import Box, BoxForm, Canvas, box_from
from securos_trigger.inputs.happening import Reading, Says
from securos_trigger.inputs.kind import InputField
from securos_trigger.inputs.times import instant
from securos_trigger.inputs.values import (
    kept,
    number,
    required_table,
    required_text,
    share,
    table,
    text,
    texts,
    whole,
)

_VERIFIED: Final = "-verified"
_KEPT: Final = (
    "active",
    "area",
    "average_estimated_speed",
    "current_estimated_speed",
    "has_clip",
    "has_snapshot",
    "motionless_count",
    "position_changes",
    "stationary",
    "top_score",
    "velocity_angle",
)


def tracked_object(body: Mapping[str, Any], prefix: str, canvas: Canvas | None) -> Reading:
    """A message of `events`. `before` is what Frigate has published last, so a difference from it is a change."""
    after = required_table(body.get("after"), "after")
    before = table(body.get("before"))
    says = _says(body)
    object_id, camera = required_text(after.get("id"), "after.id"), required_text(after.get("camera"), "after.camera")
    if after.get("false_positive") is True:
        return Reading(says=Says.NOT_FOR_US, source=camera, object_ids=(object_id,), why="it may not be an object")
    compared = _compared(after)
    label = text(after.get("label")) or ""
    box = _box(after.get("box"), canvas)
    return Reading(
        says=says,
        source=camera,
        prefix=prefix,
        identity=f"{prefix}|object|{object_id}",
        compared=compared,
        before=partial(_compared, before) if before else None,
        at=instant(after.get("frame_time")),
        began_at=instant(after.get("start_time")),
        ended_at=instant(after.get("end_time")),
        labels=(label,) if label else (),
        zones=texts(after.get("current_zones")),
        entered_zones=compared["entered_zones"],
        object_ids=(object_id,),
        boxes=(box,) if box is not None else (),
        canvas=canvas,
        probability=share(after.get("score")),
        sub_label=compared["sub_label"],
        plate=compared["plate"],
        severity=compared["severity"],
        more={
            "topic": "events",
            "movement": (whole(after.get("position_changes")) or 0) > 0,
            **{name: kept(after[name]) for name in _KEPT if name in after},
        },
    )


def _says(body: Mapping[str, Any]) -> Says:
    word = required_text(body.get("type"), "type")
    if word == "new":
        return Says.BEGAN
    if word == "end":
        return Says.ENDED
    if word in ("update", "genai"):
        return Says.HERE
    return Says.NOT_FOR_US  # of a later version


def _compared(state: Mapping[str, Any]) -> dict[str, Any]:
    """What makes an update news, of many things that Frigate repeats."""
    return {
        "entered_zones": texts(state.get("entered_zones")),
        "sub_label": _name(state.get("sub_label")),
        "stationary": state.get("stationary") is True,
        "position_changes": (whole(state.get("position_changes")) or 0) > 0,
        "severity": text(state.get("max_severity")),
        "plate": _name(state.get("recognized_license_plate")),
        "attributes": tuple(sorted(texts(list(table(state.get("attributes")))))),
        "label": text(state.get("label")),
    }


def _name(value: Any) -> str | None:
    """A name that is a text in some versions, and a pair of it and its score in others; null: none, or cleared."""
    if isinstance(value, list):
        value = value[0] if value else None
    return text(value) or None


def _box(value: Any, canvas: Canvas | None) -> Box | None:
    if not isinstance(value, list):
        return None
    return box_from([number(one) for one in value[:5]], BoxForm.CORNERS, canvas=canvas)


def review(body: Mapping[str, Any], prefix: str) -> Reading:
    """A message of `reviews`: one or several objects, and sounds, of one camera, and how much they matter."""
    after = required_table(body.get("after"), "after")
    before = table(body.get("before"))
    says = _says(body)
    is_late = body.get("type") == "genai"
    data = table(after.get("data"))
    review_id = required_text(after.get("id"), "after.id")
    began_at, ended_at = instant(after.get("start_time")), instant(after.get("end_time"))
    compared = _compared_review(after)
    labels = (*(one.removesuffix(_VERIFIED) for one in texts(data.get("objects"))), *texts(data.get("audio")))
    return Reading(
        says=Says.LATE if is_late else says,
        source=required_text(after.get("camera"), "after.camera"),
        prefix=prefix,
        identity=f"{prefix}|review|{review_id}",
        about="review",
        compared={"metadata": compared["metadata"]} if is_late else compared,
        before=partial(_compared_review, before) if before else None,
        at=ended_at if says is Says.ENDED else began_at if says is Says.BEGAN else None,
        began_at=began_at,
        ended_at=ended_at if says is Says.ENDED else None,
        labels=tuple(dict.fromkeys(labels)),
        zones=compared["zones"],
        object_ids=texts(data.get("detections")),
        sub_label=next(iter(compared["sub_labels"]), None),
        severity=compared["severity"],
        more={
            "topic": "reviews",
            "review_id": review_id,
            "sub_labels": list(compared["sub_labels"]),
            "metadata": kept(data.get("metadata")),
        },
    )


def _compared_review(state: Mapping[str, Any]) -> dict[str, Any]:
    data = table(state.get("data"))
    return {
        "severity": text(state.get("severity")),
        "objects": tuple(sorted({one.removesuffix(_VERIFIED) for one in texts(data.get("objects"))})),
        "audio": texts(data.get("audio")),
        "zones": texts(data.get("zones")),
        "sub_labels": texts(data.get("sub_labels")),
        "metadata": kept(data.get("metadata")),
    }


def late_fact(body: Mapping[str, Any], prefix: str) -> Reading:
    """A message of `tracked_object_update`: a description, a face, a plate, a class, after the fact."""
    object_id = required_text(body.get("id"), "id")
    what = required_text(body.get("type"), "type")
    name = text(body.get("name"))
    sub_label = name or text(body.get("sub_label")) or None
    facts = {
        "description": text(body.get("description")),
        "sub_label": None if sub_label == "unknown" else sub_label,
        "plate": text(body.get("plate")),
        f"attributes.{(text(body.get('model')) or '')[:100]}": text(body.get("attribute")),
    }
    known = {name: value for name, value in facts.items() if value}
    return Reading(
        says=Says.LATE,
        source=text(body.get("camera")),
        prefix=prefix,
        identity=f"{prefix}|object|{object_id}",
        compared=known,
        at=instant(body.get("timestamp")),
        object_ids=(object_id,),
        probability=share(body.get("score")),
        sub_label=facts["sub_label"],
        plate=facts["plate"],
        more={"topic": "tracked_object_update", "type": what, **known},
    )


FIELDS: Final = (
    InputField("labels", ["person"], "`after.label`; `after.data.objects` of a review", "What it is."),
    InputField("zones", ["fence"], "`after.current_zones`; `after.data.zones`", "Where it is now."),
    InputField("entered_zones", ["fence"], "`after.entered_zones`", "Where it has been, in order of entry."),
    InputField("object_ids", ["1777885950.65-a1b2c3"], "`after.id`; `after.data.detections`", "Frigate's ids."),
    InputField("probability", 0.88, "`after.score`", "Of this frame, 0 to 1."),
    InputField("sub_label", "courier_a", "`after.sub_label`", "A recognised face, a breed, a company."),
    InputField("plate", "TEST001", "`after.recognized_license_plate`; `plate`", "A plate that was read."),
    InputField("severity", "alert", "`after.max_severity`; `after.severity` of a review", "alert or detection."),
    InputField("movement", True, "`after.position_changes` above 0", "False: it has not moved since it was seen."),
    InputField("stationary", False, "`after.stationary`", "True: it stands still."),
    InputField("average_estimated_speed", 4.2, "the same key", "From 0.16, in the unit of Frigate's configuration."),
    InputField("description", "A person stands …", "`description`, late", "Text of a language model."),
    InputField("metadata.title", "Delivery", "`after.data.metadata` of a review, late", "Text of a language model."),
    InputField("count", 1, "`<camera or zone>/<label>`", "How many are there. A state: it raises no event."),
    InputField("health", "offline", "`available`, `<camera>/status/<role>`", "Of Frigate, or of one camera."),
    InputField("dead_cameras", ["yard"], "`stats`: `camera_fps` is 0", "Cameras from which no frame comes."),
)
