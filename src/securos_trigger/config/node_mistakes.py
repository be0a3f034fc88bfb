"""Gives mistakes that show only when a node is built, such as a model that cannot be used, their place in the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from securos_trigger.config.places import placed
from securos_trigger.config.reader import text_as_read
from securos_trigger.config.settings import Settings
from securos_trigger.errors import ConfigurationError, Mistake


@contextmanager
def mistakes_of_nodes(settings: Settings, pipeline: str) -> Iterator[None]:
    """Raise a ConfigurationError about nodes of this pipeline, which begins with the id of one, as `check` would."""
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(placed_mistakes(error.mistakes, settings, pipeline), settings.source) from error


def placed_mistakes(mistakes: Iterable[Mistake], settings: Settings, pipeline: str) -> list[Mistake]:
    """The mistakes, each with its line, pipeline, node and setting. Without the line where the file has changed."""
    raw = {
        "pipelines": [
            {"name": one.name, "nodes": [{"id": node.id} for node in one.nodes]} for one in settings.pipelines
        ]
    }
    return placed([_at_node(one, settings, pipeline) for one in mistakes], text_as_read(settings) or "", raw, {})


def _at_node(mistake: Mistake, settings: Settings, pipeline: str) -> Mistake:
    """The mistake, with `pipelines[0].nodes[2].model` in the place of `detector1.model`."""
    for number, one in enumerate(settings.pipelines):
        for index, node in enumerate(one.nodes):
            if one.name == pipeline and f"{mistake.where}.".startswith(f"{node.id}."):
                rest = mistake.where.removeprefix(node.id)
                return replace(mistake, where=f"pipelines[{number}].nodes[{index}]{rest}")
    return mistake
