"""docs/nodes.md has every setting as the code has it, and its examples are valid."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, TypeAdapter

from securos_trigger.analytics.settings import NodeSettings
from securos_trigger.video.settings import SinkSettings, SourceSettings

PAGE = (Path(__file__).parents[2] / "docs" / "nodes.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def models_of(union: Any) -> list[type[BaseModel]]:
    return list(get_args(get_args(union)[0]))


def item_of(model: type[BaseModel], name: str) -> str:
    field = model.model_fields[name]
    is_none = field.is_required() or field.default in (None, "", {}, [], ())
    default = "" if is_none else f", by default `{json.dumps(field.default, default=str)}`"
    return f"* `{name}`{', required' if field.is_required() else default}: {field.description}"


@pytest.mark.parametrize("union", [NodeSettings, SourceSettings, SinkSettings], ids=["nodes", "sources", "sinks"])
def test_every_setting_stands_on_the_page(union: Any) -> None:
    for model in models_of(union):
        kind = model.model_fields["type"].default
        sections = re.findall(rf"^## {kind}\n(.*?)(?=^##? |\Z)", PAGE, re.DOTALL | re.MULTILINE)
        missing = [
            item_of(model, name)
            for name in model.model_fields
            if name != "type" and not any(item_of(model, name) in " ".join(section.split()) for section in sections)
        ]
        assert missing == []


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_valid(example: str) -> None:
    pipelines = tomllib.loads(example)["pipelines"]
    for pipeline in pipelines if isinstance(pipelines, list) else [pipelines]:
        for table in pipeline.get("nodes", []):
            TypeAdapter(NodeSettings).validate_python(table)
        unions: dict[str, TypeAdapter[Any]] = {"source": TypeAdapter(SourceSettings), "sink": TypeAdapter(SinkSettings)}
        for key in unions.keys() & pipeline.keys():
            unions[key].validate_python(pipeline[key])
