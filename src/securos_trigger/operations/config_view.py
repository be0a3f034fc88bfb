"""Show a configuration file part by part, without its secrets, and say which parts a browser may change."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

from securos_trigger.config.encoding import content_of
from securos_trigger.config.outbox_path import values_in
from securos_trigger.config.pipelines import USUAL_IDS
from securos_trigger.config.reader import digest_of, parse_config
from securos_trigger.config.versions import text_of
from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.operations.edit import can_undo
from securos_trigger.operations.edit_rules import CODE_TYPES, IS_CODE, IS_REFERENCE, is_reference, shown, site_settings
from securos_trigger.system.file_stamps import FileStamp, stamp_of
from securos_trigger.system.user_folders import below

#: What was found wrong with a file, or nothing, is remembered for this long: several pages ask each second.
_JUDGED_FOR_S: Final = 2.0
#: And for this many times as long as it took to find out (a file with hundreds of pipelines takes long), but not longer
#: than a person waits who has just put a missing file in its place.
_JUDGED_FOR_TIMES: Final = 20.0
_JUDGED_FOR_AT_MOST_S: Final = 10.0
#: And for this long while no file that the configuration names has changed: a look at them is all that is done.
JUDGED_UNCHANGED_FOR_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Part:
    """A source, a node or a sink as it stands in the file; each secret is `MASK`.

    `place` is where it stands, as `pipelines[0].nodes[2]`: a `Mistake` names its place in the same way.
    `why_fixed` says why it cannot be changed in a browser (empty: it can), `fixed_keys` the same for single keys.
    """

    type: str
    id: str
    values: Mapping[str, Any]
    why_fixed: str = ""
    fixed_keys: Mapping[str, str] = field(default_factory=dict)
    place: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "type": self.type,
            "id": self.id,
            "values": dict(self.values),
            "why_fixed": self.why_fixed,
            "fixed_keys": dict(self.fixed_keys),
            "place": self.place,
        }


@dataclass(frozen=True, slots=True)
class ConfigView:
    """A configuration file. `mistakes` is a text (empty: none); `pipelines` are those that could be read."""

    path: Path
    digest: str
    mistakes: str
    warnings: Sequence[Mistake]
    can_undo: bool
    pipelines: Sequence[Mapping[str, Any]]
    folders: Sequence[Path]
    site: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "path": str(self.path),
            "digest": self.digest,
            "mistakes": self.mistakes,
            "warnings": [one.to_json() for one in self.warnings],
            "can_undo": self.can_undo,
            "pipelines": [dict(one) for one in self.pipelines],
            "folders": [str(folder) for folder in self.folders],
            "site": dict(self.site),
        }


def config_view(config: Path, folders: Sequence[Path] = ()) -> ConfigView:
    """Read the file for a page. ConfigurationError: it cannot be read at all."""
    text = config_text(config)
    judgement = _judgement(text, config)
    found = _pipelines(text)
    said = judgement.mistakes, judgement.warnings
    return ConfigView(config, digest_of(text), *said, can_undo(config), found, folders, _site(text))


def _site(text: str) -> dict[str, Any]:
    try:
        return {key: value for key, value in site_settings(tomllib.loads(text)).items() if _is_plain(value)}
    except tomllib.TOMLDecodeError:
        return {}


def warnings_of(config: Path) -> Sequence[Mistake]:
    """What is allowed in the file and probably not meant. ConfigurationError: it cannot be read at all."""
    return _judgement(config_text(config), config).warnings


def _judgement(text: str, config: Path) -> _Judgement:
    judgement = _judged(text, config)
    if not judgement.holds(config):
        _judged.cache_clear()
        judgement = _judged(text, config)
    return judgement


@dataclass(slots=True)
class _Judgement:
    """The mistakes of a text and its warnings. They depend on the disk, too, so they hold for a while only."""

    mistakes: str
    warnings: tuple[Mistake, ...]
    named_files: tuple[FileStamp | None, ...]
    began_at_ticks: float
    pause_s: float
    looked_at_ticks: float

    def holds(self, config: Path) -> bool:
        """False when a file that the configuration names has changed, or when it is too old."""
        now_ticks = time.monotonic()
        if now_ticks < self.looked_at_ticks + self.pause_s:
            return True
        if now_ticks >= self.began_at_ticks + JUDGED_UNCHANGED_FOR_S or named_files(config) != self.named_files:
            return False
        self.looked_at_ticks = now_ticks
        return True


def named_files(config: Path, more: Iterable[str] = ()) -> tuple[FileStamp | None, ...]:
    """The stamps of all files that the values of a configuration, and `more` values, may name; None: there is none."""
    values = (*values_in(config), *more)
    return tuple(stamp_of(path) for value in values if (path := _path_of(config, value)) is not None)


def _path_of(config: Path, value: str) -> Path | None:
    try:
        return below(config.parent, value)
    except ConfigurationError:  # `~` of a user who has no home folder
        return None


@lru_cache(maxsize=2)
def _judged(text: str, config: Path) -> _Judgement:
    began_at_ticks = time.monotonic()
    files = named_files(config)
    mistakes = ""
    warnings: tuple[Mistake, ...] = ()
    read = partial(
        parse_config,
        base=config.parent,
        source=str(config),
        has_secrets=False,
        has_all_warnings=True,
        may_be_empty=True,
    )
    try:
        warnings = read(text).placed_warnings
    except ConfigurationError as error:
        mistakes = str(error)
    now_ticks = time.monotonic()
    pause_s = holds_for_s(now_ticks - began_at_ticks)
    return _Judgement(mistakes, warnings, files, began_at_ticks, pause_s, now_ticks)


def holds_for_s(took_s: float) -> float:
    return max(_JUDGED_FOR_S, min(_JUDGED_FOR_TIMES * took_s, _JUDGED_FOR_AT_MOST_S))


def config_text(config: Path) -> str:
    """The text of a configuration file. ConfigurationError: it cannot be read."""
    return text_of(content_of(config), config)


def part_of(raw: Mapping[str, Any], default_id: str = "", place: str = "") -> Part:
    """One table of the file, which stands at a place, as a page shows it."""
    kind = str(raw.get("type", ""))
    values = {key: _shown(key, value) for key, value in raw.items() if key not in ("type", "id")}
    fixed = {key: IS_REFERENCE for key, value in raw.items() if is_reference(value)}
    why_fixed = IS_CODE if kind in CODE_TYPES else ""
    return Part(kind, str(raw.get("id", default_id)), values, why_fixed, fixed, place)


def _shown(key: str, value: Any) -> Any:
    found = shown(key, value)
    return found if _is_plain(found) else str(found)


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, list):
        return all(map(_is_plain, value))
    if isinstance(value, float):
        return value == value and abs(value) != float("inf")
    return isinstance(value, str | int | bool)


@lru_cache(maxsize=2)
def _pipelines(text: str) -> tuple[dict[str, Any], ...]:
    try:
        raw = tomllib.loads(text).get("pipelines")
    except tomllib.TOMLDecodeError:
        return ()
    tables = enumerate(raw) if isinstance(raw, list) else ()
    return tuple(_pipeline(one, f"pipelines[{number}]") for number, one in tables if isinstance(one, dict))


def _pipeline(raw: Mapping[str, Any], place: str) -> dict[str, Any]:
    nodes = raw.get("nodes")
    sink = raw.get("sink", {"type": "null"})
    source = raw.get("source")
    tables = enumerate(nodes) if isinstance(nodes, list) else ()
    return {
        "name": str(raw.get("name", "")),
        "source": part_of(source, place=f"{place}.source").to_json() if isinstance(source, dict) else None,
        "cameras": _camera_map(raw.get("cameras")),
        "nodes": [_node(one, f"{place}.nodes[{number}]") for number, one in tables if isinstance(one, dict)],
        "sink": part_of(sink, place=f"{place}.sink").to_json() if isinstance(sink, dict) else None,
    }


def _node(raw: Mapping[str, Any], place: str) -> dict[str, Any]:
    return part_of(raw, usual_id(str(raw.get("type", ""))), place).to_json()


def _camera_map(raw: object) -> dict[str, str] | None:
    """The camera map of an input: the ids in SecurOS as one text, by the source's name of a camera."""
    if not isinstance(raw, dict):
        return None
    return {str(name): ",".join(map(str, ids)) if isinstance(ids, list) else str(ids) for name, ids in raw.items()}


def usual_id(kind: str) -> str:
    """The id of a node that names none."""
    return USUAL_IDS.get(kind, kind)
