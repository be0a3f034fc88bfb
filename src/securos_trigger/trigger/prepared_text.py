"""Prepares a text of a trigger node: only one with a template in it loads Jinja2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from securos_trigger.trigger.texts import MAX_SOURCE_CHARACTERS, FixedText, has_template

if TYPE_CHECKING:
    from securos_trigger.trigger.templates import Template


def text_of(source: str | None, max_characters: int, fallback: str = "") -> Template | FixedText | None:
    """Prepare a text, and compile its template; None where none is given. TemplateError: it cannot be compiled."""
    if source is None:
        return None
    if not has_template(source) and len(source) <= MAX_SOURCE_CHARACTERS:
        return FixedText(source, max_characters=max_characters)
    from securos_trigger.trigger.templates import Template

    return Template(source, max_characters=max_characters, fallback=fallback)
