"""Try a change of a trigger node that is not saved: what is wrong with it, and what it would say on a real frame."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from securos_trigger.conditions import Condition
from securos_trigger.config.never_fires import NEVER_FIRES
from securos_trigger.config.settings import Settings, TriggerSettings
from securos_trigger.doctor.texts import trial_deliveries
from securos_trigger.errors import ConditionError, ConfigurationError, Mistake, NotFoundError, TemplateError
from securos_trigger.model import Moment
from securos_trigger.model.event_texts import MAX_DESCRIPTION_CHARACTERS, MAX_NAME_CHARACTERS
from securos_trigger.operations.config_view import warnings_of
from securos_trigger.operations.drafts import DRAFTS
from securos_trigger.operations.edit import ConfigEditor, PartChange
from securos_trigger.operations.frames import ShownFrame
from securos_trigger.trigger.event_writer import EventWriter
from securos_trigger.trigger.prepared_text import text_of

_LIMITS = {"event_name": MAX_NAME_CHARACTERS, "event_description": MAX_DESCRIPTION_CHARACTERS}


def check_change(editor: ConfigEditor, change: PartChange, frame: ShownFrame | None) -> dict[str, Any]:
    """The mistakes of the file with a change, its warnings, and what its trigger says on the newest frame.

    The warnings are those about the pipeline, and those that the file does not have yet: a large one has thousands.
    NotFoundError: there is no such part.
    """
    trigger = change.values.get("trigger")
    verdict = check_trigger(trigger, frame) if isinstance(trigger, str) else None
    found = _found(editor, change.pipeline, lambda: DRAFTS.settings(editor, change))
    return {**found, "trigger": verdict}


def check_removal(editor: ConfigEditor, pipeline: str, node: str) -> dict[str, Any]:
    """What `check_change` finds for the file without a node. NotFoundError: there is no such node."""
    return {**_found(editor, pipeline, lambda: editor.draft_without_node(pipeline, node)), "trigger": None}


def _found(editor: ConfigEditor, pipeline: str, draft: Callable[[], Settings]) -> dict[str, Any]:
    """What is wrong with the settings of a draft, without the warnings about other pipelines that the file has."""
    mistakes: tuple[Mistake, ...] = ()
    warnings: tuple[Mistake, ...] = ()
    try:
        settings = draft()
        places = [f"pipelines[{at}]" for at, one in enumerate(settings.pipelines) if one.name == pipeline]
        known = {(one.what, one.place) for one in warnings_of(editor.config)}
        warnings = tuple(
            one
            for one in settings.placed_warnings
            if (one.what, one.place) not in known or one.place.partition(".")[0] in ("", *places)
        )
    except ConfigurationError as error:
        mistakes = error.mistakes
    return {
        "mistakes": [one.to_json() for one in mistakes],
        "warnings": [one.to_json() for one in warnings],
        "never_firing": [one.to_json() for one in warnings if one.what == NEVER_FIRES],
    }


def check_trigger(text: str, frame: ShownFrame | None) -> dict[str, Any]:
    """Whether a condition can be read, where not (offsets in characters), and its truth on a frame."""
    try:
        condition = Condition(text)
    except ConditionError as error:
        return {
            "is_valid": False,
            "error": error.message,
            "start": error.position,
            "end": error.end,
            "shown": str(error),
            "paths": [],
            "missing_paths": [],
            "now": None,
            "frame_number": None,
            **_age_of(None),
        }
    metadata = {} if frame is None else frame.metadata
    has_frame = frame is not None and frame.number is not None
    return {
        "is_valid": True,
        "error": "",
        "start": None,
        "end": None,
        "shown": "",
        "paths": list(condition.paths),
        "missing_paths": list(condition.missing_paths(metadata)) if has_frame else [],
        "now": condition.explain(metadata).to_json() if has_frame else None,
        "frame_number": frame.number if frame is not None else None,
        **_age_of(frame),
    }


def _age_of(frame: ShownFrame | None) -> dict[str, Any]:
    """When the frame that something was tried on was read, and whether it is not of now."""
    if frame is None:
        return {"frame_read_at": None, "is_frame_old": False}
    return {"frame_read_at": frame.read_at, "is_frame_old": frame.is_old(datetime.now(UTC))}


def preview(editor: ConfigEditor, change: PartChange, frame: ShownFrame | None) -> dict[str, Any]:
    """The texts of a node with a change, on the newest frame, and at their worst: beyond ASCII.

    `is_sample`: there was no frame, so that what it would name is empty. ConfigurationError: the change has mistakes.
    """
    settings = DRAFTS.settings(editor, change)
    trigger = trigger_of(settings, change)
    has_frame = frame is not None and frame.number is not None
    metadata: Mapping[str, Any] = frame.metadata if frame is not None and has_frame else {}
    source_name = str(frame.answer.get("source") or "") if frame is not None else ""
    moment = Moment(0.0, datetime.now(UTC), source_name)
    variables = EventWriter(trigger.properties, settings.context(trigger.id)).variables(metadata, moment)
    beyond_ascii = next(trial_deliveries(trigger.properties, settings.context(trigger.id), time.time()))
    samples = {"event_name": beyond_ascii.name, "event_description": beyond_ascii.description}
    texts = {
        key: {**_rendered(getattr(trigger.properties, key), limit, variables, metadata), "beyond_ascii": samples[key]}
        for key, limit in _LIMITS.items()
    }
    return {**texts, "is_sample": not has_frame, **_age_of(frame)}


def trigger_of(settings: Settings, change: PartChange) -> TriggerSettings:
    """The trigger node that a change is about. NotFoundError: it is another kind of node."""
    for pipeline in settings.pipelines:
        for trigger in pipeline.triggers if pipeline.name == change.pipeline else ():
            if trigger.id == change.node:
                return trigger
    raise NotFoundError("node", f'there is no trigger node "{change.node[:80]}" in the pipeline')


def _rendered(
    source: str | None, limit: int, variables: Mapping[str, Any], metadata: Mapping[str, Any]
) -> dict[str, Any]:
    """A text with its length, whether it was cut, and why it failed."""
    try:
        text = text_of(source, limit)
    except TemplateError as error:
        return {"text": "", "length": 0, "limit": limit, "is_cut": False, "has_undefined": False, "error": str(error)}
    rendering = None if text is None else text.render(variables, metadata)
    found = "" if rendering is None else rendering.text
    return {
        "text": found,
        "length": len(found),
        "limit": limit,
        "is_cut": len(found) >= limit,
        "has_undefined": rendering is not None and rendering.has_undefined,
        "error": "" if rendering is None else rendering.error,
    }
