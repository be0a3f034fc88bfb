"""Reads the `[[pipelines]]` of a configuration: each with its source, its nodes in order, and its sink."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, Field

from securos_trigger.analytics.labels import label_mistakes
from securos_trigger.analytics.settings import DetectorSettings
from securos_trigger.config.other_types import with_right_types
from securos_trigger.config.part_models import part_models
from securos_trigger.config.placement_settings import PipelinePlacement
from securos_trigger.config.settings import PipelineSettings, Table, TriggerSettings
from securos_trigger.config.source_names import with_distinct_names
from securos_trigger.config.table_slips import with_table
from securos_trigger.config.tables import numbered_tables, read_table, rooted
from securos_trigger.config.time_zone import with_place_of_time_zone
from securos_trigger.errors import Mistake
from securos_trigger.errors.suggestions import did_you_mean
from securos_trigger.system.user_folders import below
from securos_trigger.trigger.property_check import check_properties
from securos_trigger.validation.masking import without_login
from securos_trigger.validation.mistakes import name_problem, shown_name

TRIGGER_TYPE = "trigger_securos_event"

_MODELS: Final = part_models()
_SOURCES, _SINKS, _NODES = (_MODELS[name] for name in ("sources", "sinks", "nodes"))
#: The id of a node that has none in the file.
USUAL_IDS: dict[str, str] = {TRIGGER_TYPE: "trigger1"} | {
    kind: model.model_fields["id"].default for kind, model in _NODES.items()
}


class _Pipeline(Table):
    name: Annotated[str, Field(min_length=1), AfterValidator(shown_name)]
    source: dict[str, Any]
    cameras: dict[str, Any] | None = None
    nodes: list[dict[str, Any]] = Field(default_factory=list)
    sink: dict[str, Any] = Field(default_factory=lambda: {"type": "null"})
    placement: PipelinePlacement | None = None


def read_pipelines(raw: dict[str, Any], base: Path, mistakes: list[Mistake]) -> list[tuple[int, PipelineSettings]]:
    """Read all pipelines; those without a mistake, each with its number in the file."""
    read = (
        (number, _pipeline(table, f"pipelines[{number}]", base, mistakes))
        for number, table in numbered_tables(raw.get("pipelines"))
    )
    found = [(number, pipeline) for number, pipeline in read if pipeline is not None]
    named = with_distinct_names([pipeline for _, pipeline in found])
    return [(number, pipeline) for (number, _), pipeline in zip(found, named, strict=True)]


def _pipeline(raw: dict[str, Any], where: str, base: Path, mistakes: list[Mistake]) -> PipelineSettings | None:
    """Read one pipeline; add its mistakes, and those of everything in it, to `mistakes`."""
    before = len(mistakes)
    table = read_table(_Pipeline, raw, where, mistakes)
    mistakes[before:] = [with_table(mistake, raw, where) for mistake in mistakes[before:]]
    source = _source(raw, where, base, mistakes)
    nodes = [
        _node(table, f"{where}.nodes[{number}]", base, mistakes) for number, table in numbered_tables(raw.get("nodes"))
    ]
    sink = _part(_SINKS, raw.get("sink", {"type": "null"}), f"{where}.sink", base, mistakes)
    if len(mistakes) > before or table is None:
        return None
    return PipelineSettings(raw["name"], source, tuple(nodes), sink, table.placement)


def _source(raw: dict[str, Any], where: str, base: Path, mistakes: list[Mistake]) -> Any:
    """Read a pipeline's source; None when it has mistakes (added to `mistakes`)."""
    table, place = raw.get("source"), f"{where}.source"
    if not isinstance(table, dict) or not isinstance(table.get("type"), str) or table["type"] in _SOURCES:
        if raw.get("cameras") is not None and table is not None:
            fix = "Set iss_camera_ids of the trigger node: a source of video is one camera."
            mistakes.append(Mistake(f"{where}.cameras", "is for inputs, whose messages name their cameras", fix))
        return _part(_SOURCES, table, place, base, mistakes)
    from securos_trigger.config.input_sources import input_types, read_input_source  # no video needs it

    if table["type"] not in input_types():
        return _part(_SOURCES, table, place, base, mistakes, *input_types())
    source = read_input_source(table, raw.get("cameras"), place, mistakes)
    if source is None:
        return None
    rooted_parts = {"transport": rooted(source.transport, base), "reads": rooted(source.reads, base)}
    return source.model_copy(update=rooted_parts)


def source_mistakes(table: dict[str, Any]) -> list[Mistake]:
    """What is wrong with the table of a source; each `where` ends with the name of a setting."""
    mistakes: list[Mistake] = []
    _source({"source": table}, "pipeline", Path(), mistakes)
    return mistakes


def _node(raw: dict[str, Any], where: str, base: Path, mistakes: list[Mistake]) -> Any:
    """Read one node's settings; None when it has mistakes (added to `mistakes`)."""
    if raw.get("type") != TRIGGER_TYPE:
        node = _part(_NODES, raw, where, base, mistakes, TRIGGER_TYPE)
        if isinstance(node, DetectorSettings):
            mistakes += label_mistakes(node, where)
        return node
    own = {key: value for key, value in raw.items() if key not in ("type", "id")}
    node_id = raw.get("id", "trigger1")
    if not isinstance(node_id, str) or not node_id:
        mistakes.append(Mistake(f"{where}.id", "text in quotes is expected"))
    elif problem := name_problem(node_id):
        mistakes.append(Mistake(f"{where}.id", problem))
    properties, found = check_properties(_rooted_properties(own, base), where)
    mistakes += map(with_place_of_time_zone, with_right_types(found, raw, where, _NODES))
    return None if properties is None else TriggerSettings(str(node_id), properties)


#: Words for a type of source that are no name of one, and are no slips of the pen either.
_MEANT: Final = MappingProxyType(
    {
        **dict.fromkeys(("video", "video_file", "videofile", "mp4", "recording", "movie"), "file"),
        **dict.fromkeys(("camera", "ip_camera", "ipcam", "ip", "cctv", "live", "nvr"), "rtsp"),
        **dict.fromkeys(("webcam", "v4l2", "device"), "usb"),
        **dict.fromkeys(("hls", "rtmp", "udp", "mpegts"), "stream"),
    }
)


def _part(
    models: Mapping[str, type[BaseModel]], raw: Any, where: str, base: Path, mistakes: list[Mistake], *also: str
) -> Any:
    """Read a table whose `type` says which settings it holds; None when it has mistakes (added to `mistakes`)."""
    if not isinstance(raw, dict):
        return None
    known, kind = (*models, *also), raw.get("type")
    if kind is None:
        mistakes.append(Mistake(f"{where}.type", "is required and missing", f"Known: {', '.join(known)}."))
        return None
    if not isinstance(kind, str) or kind not in models:
        meant = _MEANT.get(str(kind).lower(), "")
        fix = did_you_mean(meant if meant in models and "rtsp" in models else str(kind), known)
        is_text = isinstance(kind, str)
        what = f'there is no type "{without_login(kind)}"' if is_text else "a text in quotes is expected"
        mistakes.append(Mistake(f"{where}.type", what, fix))
        return None
    before = len(mistakes)
    part = read_table(models[kind], raw, where, mistakes, base)
    mistakes[before:] = with_right_types(mistakes[before:], raw, where, models)
    return None if part is None else rooted(part, base)


def _rooted_properties(raw: dict[str, Any], base: Path) -> dict[str, Any]:
    """A trigger node's raw properties with the CA file below `base`."""
    if isinstance(raw.get("iss_ca_file"), str) and raw["iss_ca_file"]:
        return {**raw, "iss_ca_file": str(below(base, raw["iss_ca_file"]))}
    return raw
