"""The texts of a trigger node: what a template may name, and a text without a template in it.

Only a text with a template in it loads Jinja2 (`templates`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from securos_trigger.model.event_texts import clean_text

MAX_SOURCE_CHARACTERS = 32_768

#: Variables that every template has beside the metadata's own top level (and `event` with `built_in`).
KNOWN_VARIABLES = (
    "deployment_id",
    "deployment_name",
    "application_id",
    "application_name",
    "gateway_id",
    "gateway_name",
    "node_id",
    "source_name",
    "frame_time",
    "meta",
    "event",
)


@dataclass(frozen=True, slots=True)
class Rendering:
    """A rendered text, and whether something undefined was printed in it or the template failed (`error`)."""

    text: str
    has_undefined: bool = False
    error: str = ""


class FixedText:
    """A text that is the same for every event. It is used as a `Template` is."""

    def __init__(self, source: str, *, max_characters: int) -> None:
        self.source = source
        self._rendering = Rendering(clean_text(source, max_characters))

    def require_possible(self) -> None:
        """Do nothing: such a text fails on no frame."""

    def render(self, variables: Mapping[str, Any], metadata: Mapping[Any, Any]) -> Rendering:
        """Give the text, cut at a character boundary."""
        return self._rendering


def has_template(text: str) -> bool:
    """True when Jinja2 would change the text: every template begins with a brace, and line ends are made alike."""
    return "{" in text or "\r" in text
