"""Outputs that a pipeline cannot begin once more, because its file is there and must not be replaced."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from securos_trigger.config.settings import PipelineSettings
from securos_trigger.system.output_file import Existing


def output_mistakes(starting: Iterable[PipelineSettings]) -> list[str]:
    """A sentence for each output with `existing = "refuse"` whose file is there, or is being written."""
    return [
        f'{pipeline.name}: {part.path} is there already, and existing = "refuse" forbids another one. '
        'Give it another path, or write existing = "number".'
        for pipeline in starting
        for part in (*pipeline.nodes, pipeline.sink)
        if getattr(part, "existing", None) is Existing.REFUSE and _is_taken(part)
    ]


def _is_taken(part: Any) -> bool:
    return os.path.lexists(part.path) or os.path.lexists(part.path.with_name(part.path.name + ".partial"))
