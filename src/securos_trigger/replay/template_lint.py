"""Finds what is probably wrong with a template: paths that a sample never had, failures, texts that come out empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from securos_trigger.conditions.lint import missing_path
from securos_trigger.conditions.sample import Miss, Sample
from securos_trigger.errors import Mistake
from securos_trigger.errors.wording import counted
from securos_trigger.model import Metadata
from securos_trigger.model.event_texts import MAX_DESCRIPTION_CHARACTERS
from securos_trigger.trigger.template_paths import template_paths
from securos_trigger.trigger.templates import Template


class TemplateLint:
    """Checks one template on the events of a sample."""

    def __init__(self, source: str) -> None:
        self._template = Template(source, max_characters=MAX_DESCRIPTION_CHARACTERS)
        self._paths = template_paths(source)
        self._rendered = 0
        self._failed = 0
        self._error = ""
        self._empty = 0

    def see(self, variables: Mapping[str, Any], metadata: Metadata) -> None:
        """Render the text of one event."""
        rendering = self._template.render(variables, metadata)
        self._rendered += 1
        if rendering.error:
            self._failed += 1
            self._error = self._error or rendering.error
        elif not rendering.text:
            self._empty += 1

    def mistakes(self, sample: Sample) -> list[Mistake]:
        """List what the events showed; `sample` has seen the same frames."""
        found = [
            missing_path(steps, miss, sample.frames)
            for steps in self._paths
            if isinstance(miss := sample.find(steps), Miss)
        ]
        if self._failed:
            found.append(Mistake("", f"the template failed on {self._of_events(self._failed)}", self._error))
        if self._empty:
            found.append(Mistake("", f"the text was empty on {self._of_events(self._empty)}"))
        return found

    def _of_events(self, part: int) -> str:
        of_all = "all of the" if part == self._rendered else f"{part:,} of the"
        return f"{of_all} {counted(self._rendered, 'event')}"
