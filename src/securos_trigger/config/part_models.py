"""The models of a pipeline's parts, by the word in `type`: what a schema shows, and what an editor may change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from pydantic import BaseModel

from securos_trigger.analytics.settings import NodeSettings
from securos_trigger.video.settings import SinkSettings, SourceSettings

_UNIONS: Final = {"nodes": NodeSettings, "sources": SourceSettings, "sinks": SinkSettings}


def part_models() -> dict[str, Mapping[str, type[BaseModel]]]:
    """The models of `nodes` (all but the trigger node), `sources` of video and `sinks`."""
    return {name: _by_type(union) for name, union in _UNIONS.items()}


def _by_type(union: Any) -> dict[str, type[BaseModel]]:
    return {model.model_fields["type"].default: model for model in get_args(get_args(union)[0])}
