"""Compares two readings of a configuration: which settings differ, in a person's words, without secrets."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from securos_trigger.config.settings import PipelineSettings, Settings, TriggerSettings
from securos_trigger.config.settings_json import value_json
from securos_trigger.validation.masked_address import is_secret_of, own_table_without_secrets
from securos_trigger.validation.masking import MASK

#: What `Settings` has beside the tables of the file.
_NO_TABLES: Final = ("pipelines", "source", "placed_warnings", "digest", "secret_files", "console")
#: Stands for a setting, a node or a pipeline that is not there.
_NOT_THERE: Final = "not there"
#: A longer value is not shown in a step.
_STEP_CHARACTERS: Final = 60


class SettingChange(NamedTuple):
    """One setting with two values, as texts: `pipeline yard, node alarm, interval`."""

    setting: str
    in_force: str
    in_file: str

    def to_json(self) -> dict[str, str]:
        """Plain data."""
        return self._asdict()


class _Value(NamedTuple):
    """What is compared, and what is shown."""

    compared: object
    shown: str


def changes_between(in_force: Settings, in_file: Settings) -> list[SettingChange]:
    """The settings that differ, in the order of the settings in force. A whole node or pipeline counts as one."""
    return list(_compared(_all_of(in_force), _all_of(_reduced_like(in_force, in_file))))


def names_that_differ(before: BaseModel, after: BaseModel) -> list[str]:
    """The names of the settings in which two tables of one model differ."""
    return [name for name in type(before).model_fields if getattr(before, name) != getattr(after, name)]


def step_between(before: object, after: object) -> str:
    """One value before and after: `30 -> 5`. Of a secret, and of what is long, only that it changed."""
    values = [value_json(value, "url") for value in (before, after)]
    shown = ["nothing" if value in (None, "") else _text(value) for value in values]
    if any(MASK in text or len(text) > _STEP_CHARACTERS or not text.isprintable() for text in shown):
        return "changed"
    return " -> ".join(shown)


def _reduced_like(in_force: Settings, in_file: Settings) -> Settings:
    """The settings of the file, with one trigger node alone where only that one runs (`securos_trigger.running`)."""
    [*pipelines] = in_force.pipelines
    if len(pipelines) != 1 or pipelines[0].source is not None:
        return in_file
    ids = {trigger.id for trigger in pipelines[0].triggers}
    nodes = tuple(one for pipeline in in_file.pipelines for one in pipeline.triggers if one.id in ids)
    return dataclasses.replace(in_file, pipelines=(dataclasses.replace(pipelines[0], nodes=nodes),))


def _compared(in_force: Mapping[str, Any], in_file: Mapping[str, Any], before: str = "") -> Iterator[SettingChange]:
    """Compare two trees of values. Keys that end in a comma-separated word are places; others get a point between."""
    for name in dict.fromkeys((*in_force, *in_file)):
        setting = f"{before}{name}"
        one, other = in_force.get(name), in_file.get(name)
        if isinstance(one, dict) and isinstance(other, dict):
            yield from _compared(one, other, f"{setting}, " if _is_place(name) else f"{setting}.")
        elif one is None or other is None:
            yield SettingChange(setting, _shown(one), _shown(other))
        elif isinstance(one, _Value) and isinstance(other, _Value) and one.compared != other.compared:
            yield SettingChange(setting, one.shown, other.shown)
        elif isinstance(one, dict) != isinstance(other, dict):
            yield SettingChange(setting, _shown(one), _shown(other))


def _is_place(name: str) -> bool:
    return name.startswith(("pipeline ", "node ")) or name in ("source", "sink")


def _shown(value: object) -> str:
    return _NOT_THERE if value is None else value.shown if isinstance(value, _Value) else "there"


def _all_of(settings: Settings) -> dict[str, Any]:
    names = [one.name for one in dataclasses.fields(settings) if one.name not in _NO_TABLES]
    found: dict[str, Any] = {name: _tree(getattr(settings, name)) for name in names}
    for pipeline in settings.pipelines:
        own = _of_pipeline(pipeline)
        found |= {f"pipeline {pipeline.name}": own} if pipeline.source is not None else own
    return found


def _of_pipeline(pipeline: PipelineSettings) -> dict[str, Any]:
    ids = [node.id for node in pipeline.nodes]
    found: dict[str, Any] = {"source": _tree(pipeline.source), "nodes": _Value(tuple(ids), ", ".join(ids))}
    for node in pipeline.nodes:
        own = node.properties if isinstance(node, TriggerSettings) else node
        found[f"node {node.id}"] = _tree(own)
    found["sink"] = _tree(pipeline.sink)
    found["placement"] = _tree(pipeline.placement)
    return found


def _tree(value: object, name: str = "") -> Any:
    """A model as a mapping of its settings, whatever else as one value: that of the setting `name`."""
    match value:
        case BaseModel():
            return {key: _tree(item, key) for key, item in value}
        case Mapping():  # of a person's own keys
            own = {str(key): item for key, item in value.items()}
            return {key: _hidden(item) if is_secret_of(key, item) else _own(item) for key, item in own.items()}
    if dataclasses.is_dataclass(value):
        return {one.name: _tree(getattr(value, one.name), one.name) for one in dataclasses.fields(value)}
    return _Value(value, _text(value_json(value, name)))


def _own(value: object) -> Any:
    """A value of a person's own key."""
    if isinstance(value, Mapping):
        return _tree(value)
    return _Value(value, _text(own_table_without_secrets(value_json(value))))


def _hidden(value: object) -> _Value:
    return _Value(value, MASK)


def _text(value: object) -> str:
    """A value as it may stand in the file, without quotes."""
    match value:
        case None:
            return "not set"
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:g}"
        case list() | tuple():
            return f"[{', '.join(map(_text, value))}]"
    return str(value)
