"""Change a configuration file from a page: checked, saved with the version before it kept, then taken into force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from securos_trigger.config.editing import ConfigurationEdit, previous_of, restore_previous
from securos_trigger.config.pipelines import USUAL_IDS
from securos_trigger.config.reader import parse_config
from securos_trigger.config.settings import Settings
from securos_trigger.errors import ArgumentError, ConfigurationChangedError, ConfigurationError, Mistake, NotFoundError
from securos_trigger.operations.edit_rules import edit_mistakes, without_masks
from securos_trigger.operations.reload import Reloaded, reload_service
from securos_trigger.system.reasons import reason_of


@dataclass(frozen=True, slots=True)
class PartChange:
    """Other values for a node of a pipeline, or for its source (`node` empty).

    `removes` are keys that go back to their defaults. A secret that reads `***` stays as it is.
    """

    pipeline: str
    node: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    removes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved file: its digest, what is allowed and probably not meant, and how the service took it.

    `reloaded` is None when no service runs.
    """

    digest: str
    warnings: tuple[str, ...]
    reloaded: Reloaded | None

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        reloaded = None if self.reloaded is None else self.reloaded.to_json()
        return {"digest": self.digest, "warnings": list(self.warnings), "reload": reloaded}


@dataclass(frozen=True, slots=True)
class ConfigEditor:
    """Changes the file at `config`. Files may be named below `folders` only.

    Each change needs the `digest` of the text that the person has seen. ConfigurationChangedError: the file is another
    one by now. ConfigurationError: the changed file would have mistakes; nothing is saved. NotFoundError: there is no
    such part.
    """

    config: Path
    folders: Sequence[Path] = ()

    def change(self, change: PartChange, digest: str) -> Saved:
        """Save other values for a node or a source."""
        return self._save(self._changed(change, digest))

    def add_node(self, pipeline: str, values: Mapping[str, Any], before: str, digest: str) -> Saved:
        """Save a new node of a pipeline, before the node with this id (empty: at the end)."""
        edit = self._open(digest)
        place = _pipeline_place(edit, pipeline)
        self._require_allowed({}, values)
        index = None if not before else _node_number(edit, place, before)
        edit.append((*place, "nodes"), values, index=index)
        return self._save(edit)

    def remove_node(self, pipeline: str, node: str, digest: str) -> Saved:
        """Save the pipeline without a node."""
        edit = self._open(digest)
        place = _pipeline_place(edit, pipeline)
        number = _node_number(edit, place, node)
        self._require_allowed(edit.get((*place, "nodes", number)), {})
        edit.remove((*place, "nodes", number))
        return self._save(edit)

    def add_pipeline(
        self, name: str, source: Mapping[str, Any], nodes: Sequence[Mapping[str, Any]], digest: str
    ) -> Saved:
        """Save a new pipeline at the end."""
        edit = self._open(digest)
        for part in (source, *nodes):
            self._require_allowed({}, part)
        edit.append(("pipelines",), {"name": name, "source": source})
        number = len(edit.get(("pipelines",))) - 1
        for node in nodes:
            edit.append(("pipelines", number, "nodes"), node)
        return self._save(edit)

    def undo(self, digest: str) -> Saved:
        """Put the version before the last save back; a second undo takes that back."""
        self._open(digest)
        try:
            restore_previous(self.config)
        except ArgumentError as error:
            raise NotFoundError("config", str(error)) from None
        except OSError as error:
            raise _unwritable(self.config, error) from None
        settings = parse_config(ConfigurationEdit(self.config).text(), base=self.config.parent, has_secrets=False)
        return Saved(ConfigurationEdit(self.config).digest, settings.warnings, _reloaded(self.config))

    def draft(self, change: PartChange, *, has_secrets: bool = False) -> Settings:
        """The settings that the file would have with a change, which is not saved."""
        return self._settings(self._changed(change, None), has_secrets=has_secrets)

    def _changed(self, change: PartChange, digest: str | None) -> ConfigurationEdit:
        edit = self._open(digest)
        place: tuple[str | int, ...] = _pipeline_place(edit, change.pipeline)
        place += ("nodes", _node_number(edit, place, change.node)) if change.node else ("source",)
        old = edit.get(place)
        values = without_masks(change.values, old)
        self._require_allowed(old, values, change.removes)
        for key, value in values.items():
            if old.get(key) != value or key not in old:
                edit.set((*place, key), value)
        for key in change.removes:
            if key in old:
                edit.remove((*place, key))
        return edit

    def _open(self, digest: str | None) -> ConfigurationEdit:
        edit = ConfigurationEdit(self.config)
        if digest is not None and edit.digest != digest:
            raise ConfigurationChangedError(str(self.config))
        return edit

    def _require_allowed(self, old: Any, values: Mapping[str, Any], removes: Sequence[str] = ()) -> None:
        known = old if isinstance(old, dict) else {}
        mistakes = edit_mistakes(known, values, removes, base=self.config.parent, folders=self.folders)
        if mistakes:
            raise ConfigurationError(mistakes, str(self.config))

    def _settings(self, edit: ConfigurationEdit, *, has_secrets: bool) -> Settings:
        return parse_config(edit.text(), base=self.config.parent, source=str(self.config), has_secrets=has_secrets)

    def _save(self, edit: ConfigurationEdit) -> Saved:
        settings = self._settings(edit, has_secrets=False)
        try:
            digest = edit.save()
        except OSError as error:
            raise _unwritable(self.config, error) from None
        return Saved(digest, settings.warnings, _reloaded(self.config))


def can_undo(config: Path) -> bool:
    """True when there is a version before the last change."""
    return previous_of(config.resolve()).exists()


def _reloaded(config: Path) -> Reloaded | None:
    """How the running service took the file; None: no service runs."""
    reloaded = reload_service(config)
    return reloaded if reloaded.is_running else None


def _pipeline_place(edit: ConfigurationEdit, name: str) -> tuple[str | int, ...]:
    tables = edit.get(("pipelines",))
    numbers = [number for number, one in enumerate(tables) if isinstance(one, dict) and one.get("name") == name]
    if not numbers:
        raise NotFoundError("pipeline", f'there is no pipeline "{name[:80]}" in the configuration')
    return ("pipelines", numbers[0])


def _node_number(edit: ConfigurationEdit, place: tuple[str | int, ...], node: str) -> int:
    """The number of the node with this id; one that has none goes by the usual id of its type."""
    pipeline = edit.get(place)
    for number, one in enumerate(pipeline.get("nodes", ())):
        if isinstance(one, dict) and one.get("id", USUAL_IDS.get(str(one.get("type")), "")) == node:
            return number
    raise NotFoundError("node", f'there is no node "{node[:80]}" in the pipeline')


def _unwritable(config: Path, error: OSError) -> ConfigurationError:
    fix = "Start the console as the user to whom the file belongs."
    return ConfigurationError(
        [Mistake("", f"the file cannot be written: {reason_of(error).lower()}", fix)], str(config)
    )
