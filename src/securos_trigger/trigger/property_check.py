"""Checks the properties of a trigger node with their condition and templates. Imports nothing that decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from securos_trigger.conditions import condition_of
from securos_trigger.conditions.path_lists import PathLists
from securos_trigger.errors import ConditionError, Mistake, TemplateError
from securos_trigger.model.event_texts import MAX_DESCRIPTION_CHARACTERS
from securos_trigger.trigger.prepared_text import text_of
from securos_trigger.trigger.properties import TriggerProperties, read_properties

# The properties that are texts in a language of their own.
_TEXTS: Final = ("trigger", "event_name", "event_description", "bounding_box_object_filter")


def check_properties(raw: Mapping[str, Any], where: str = "") -> tuple[TriggerProperties | None, list[Mistake]]:
    """The properties in `raw`, or every mistake: settings, condition and templates together."""
    properties, mistakes = read_properties(raw, where)
    prefix = f"{where}." if where else ""
    texts = {name: raw.get(name) for name in _TEXTS}
    for name, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            continue
        try:
            if name == "trigger":
                condition_of(text)
            elif name == "bounding_box_object_filter":
                PathLists(text)
            elif template := text_of(text, MAX_DESCRIPTION_CHARACTERS):
                template.require_possible()
        except (ConditionError, TemplateError) as error:
            mistakes.append(Mistake(f"{prefix}{name}", str(error)))
    return (None if mistakes else properties), mistakes
