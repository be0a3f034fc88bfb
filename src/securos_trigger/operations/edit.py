"""Change a configuration file from a page: checked, saved with the version before it kept, then taken into force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from securos_trigger.config.agreement import SHARED_BY_TARGET
from securos_trigger.config.editing import ConfigurationEdit, Place
from securos_trigger.config.pipelines import TRIGGER_TYPE
from securos_trigger.config.reader import parse_config
from securos_trigger.config.settings import Settings
from securos_trigger.config.versions import previous_of, restore_previous
from securos_trigger.errors import ArgumentError, ConfigurationChangedError, ConfigurationError, Mistake, NotFoundError
from securos_trigger.errors.wording import sentence
from securos_trigger.operations.edit_rules import (
    SITE_SETTINGS,
    edit_mistakes,
    name_mistakes,
    new_key_mistakes,
    receiver_of,
    site_settings,
    without_masks,
)
from securos_trigger.operations.edited_parts import node_number, pipeline_place, receiver_settings, with_receiver
from securos_trigger.operations.reload import Reloaded, taken_by_service
from securos_trigger.operations.undo_changes import changes_of_save, settings_before
from securos_trigger.system.real_paths import real_path
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.write_advice import advice_for


@dataclass(frozen=True, slots=True)
class PartChange:
    """Other values for a node of a pipeline, or for its source or its sink (`node` empty).

    `removes` are keys that go back to their defaults. A secret that reads `***` stays as it is. `cameras` is the new
    camera map of an input; None: it stays as it is.
    """

    pipeline: str
    node: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    removes: Sequence[str] = ()
    part: Literal["source", "sink"] = "source"
    cameras: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved file: its digest, what is allowed and probably not meant, what it changed, and how the service took it.

    `changes`: as of `changes_of_save`. `reloaded` is None when no service runs. `is_written` False: the file says so
    already, and was left as it is.
    """

    digest: str
    warnings: tuple[Mistake, ...]
    changes: list[dict[str, str]] | None
    reloaded: Reloaded | None
    is_written: bool = True

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        reloaded = None if self.reloaded is None else self.reloaded.to_json()
        return {"digest": self.digest, "warnings": [one.to_json() for one in self.warnings], "reload": reloaded}


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

    def change_site(self, values: Mapping[str, Any], removes: Sequence[str], digest: str) -> Saved:
        """Save other values for settings of the whole site, those of `SITE_SETTINGS`."""
        edit = self._open(digest)
        wrong = [key for key in (*values, *removes) if key not in SITE_SETTINGS]
        self._require_none(Mistake(key, "there is no such setting of the site") for key in wrong)
        for key, value in values.items():
            *table, last = SITE_SETTINGS[key]
            if table and table[0] not in edit.tables():
                edit.set(table, {last: value})
            else:
                edit.set((*table, last), value)
        found = site_settings(edit.tables())
        for key in removes:
            if key in found:
                edit.remove(SITE_SETTINGS[key])
        return self._save(edit)

    def add_node(
        self, pipeline: str, values: Mapping[str, Any], before: str, digest: str, receiver_of: str = ""
    ) -> Saved:
        """Save a new node of a pipeline, before the node with this id (empty: at the end).

        `receiver_of`: as of `add_pipeline`.
        """
        edit = self._open(digest)
        place = pipeline_place(edit, pipeline)
        self._require_allowed({}, values)
        if receiver_of and values.get("type") == TRIGGER_TYPE:
            values = with_receiver(values, receiver_settings(edit, receiver_of))
        index = None if not before else node_number(edit, place, before)
        edit.append((*place, "nodes"), values, index=index)
        return self._save(edit)

    def remove_node(self, pipeline: str, node: str, digest: str) -> Saved:
        """Save the pipeline without a node."""
        return self._save(self._without_node(pipeline, node, digest))

    def add_pipeline(
        self,
        name: str,
        source: Mapping[str, Any],
        nodes: Sequence[Mapping[str, Any]],
        digest: str,
        cameras: Mapping[str, str] | None = None,
        receiver_of: str = "",
    ) -> Saved:
        """Save a new pipeline at the end. `cameras` is the camera map of an input.

        `receiver_of`: its trigger nodes send to the receiver of this one, `pipeline/node`, with its password.
        """
        edit = self._open(digest)
        self._require_none(name_mistakes("name", [name], is_address=True))
        self._require_none(new_key_mistakes("cameras", {}, cameras or {}))
        for part in (source, *nodes):
            self._require_allowed({}, part)
        if receiver_of:
            receiver = receiver_settings(edit, receiver_of)
            nodes = [with_receiver(node, receiver) if node.get("type") == TRIGGER_TYPE else node for node in nodes]
        mapped = {"cameras": cameras} if cameras else {}
        edit.append(("pipelines",), {"name": name, "source": source, **mapped})
        number = len(edit.get(("pipelines",))) - 1
        for node in nodes:
            edit.append(("pipelines", number, "nodes"), node)
        return self._save(edit)

    def remove_pipeline(self, name: str, digest: str) -> Saved:
        """Save the file without a pipeline. The last one may be removed, too."""
        edit = self._open(digest)
        place = pipeline_place(edit, name)
        nodes = edit.get(place).get("nodes", ())
        for part in nodes if isinstance(nodes, list) else ():
            self._require_allowed(part, {})
        if len(edit.get(("pipelines",))) > 1:
            edit.remove(place)
        else:
            edit.remove(("pipelines",))
            edit.note("No pipeline yet: the console makes one.")
        return self._save(edit)

    def undo(self, digest: str) -> Saved:
        """Put the version before the last save back, also where the file is not TOML. A second undo takes that back."""
        before, restored = settings_before(self.config, digest), list[Settings]()
        try:
            restore_previous(self.config, digest=digest, check=lambda text: restored.append(self._settings(text)))
        except ArgumentError as error:
            raise NotFoundError("config", str(error)) from None
        except OSError as error:
            raise unwritable(self.config, error) from None
        [settings] = restored
        return self._saved(before, settings)

    def draft(self, change: PartChange, *, has_secrets: bool = False) -> Settings:
        """The settings that the file would have with a change, which is not saved."""
        edit = self._changed(change, None)
        return self._settings(edit.before, has_secrets=has_secrets, tables=edit.tables())

    def draft_without_node(self, pipeline: str, node: str) -> Settings:
        """The settings that the file would have without a node, which stays."""
        edit = self._without_node(pipeline, node, None)
        return self._settings(edit.before, tables=edit.tables())

    def _without_node(self, pipeline: str, node: str, digest: str | None) -> ConfigurationEdit:
        edit = self._open(digest)
        place = pipeline_place(edit, pipeline)
        number = node_number(edit, place, node)
        edit.remove((*place, "nodes", number))
        return edit

    def _changed(self, change: PartChange, digest: str | None) -> ConfigurationEdit:
        edit = self._open(digest)
        place: tuple[str | int, ...] = pipeline_place(edit, change.pipeline)
        if change.cameras is not None:
            self._require_none(new_key_mistakes("cameras", edit.get(place).get("cameras"), change.cameras))
            edit.set((*place, "cameras"), dict(change.cameras))
        place += ("nodes", node_number(edit, place, change.node)) if change.node else (change.part,)
        if change.part == "sink" and "sink" not in edit.get(place[:-1]):
            edit.set(place, {"type": "null"})
        old = edit.get(place)
        values = without_masks(change.values, old)
        if change.part == "sink":
            self._require_video_file(values.get("path"))
        self._require_allowed(old, values, change.removes)
        for key, value in values.items():
            if old.get(key) != value or key not in old:
                edit.set((*place, key), value)
        for key in change.removes:
            if key in old:
                edit.remove((*place, key))
        self._share(edit, place, old, values, change.removes)
        return edit

    def _share(
        self,
        edit: ConfigurationEdit,
        place: Place,
        old: Mapping[str, Any],
        values: Mapping[str, Any],
        removes: Sequence[str],
    ) -> None:
        """Change what all nodes of one receiver share, as its password, at the other nodes of the same receiver too."""
        shared = {key: value for key, value in values.items() if key in SHARED_BY_TARGET and old.get(key) != value}
        gone = [key for key in removes if key in SHARED_BY_TARGET]
        receiver = receiver_of(old)
        if not (shared or gone) or receiver is None or receiver_of(edit.get(place)) != receiver:
            return
        for number, pipeline in enumerate(edit.get(("pipelines",))):
            for index, node in enumerate(pipeline.get("nodes", ())):
                if receiver_of(node) != receiver:
                    continue
                other = ("pipelines", number, "nodes", index)
                self._require_allowed(node, shared, [key for key in gone if key in node])
                for key, value in shared.items():
                    edit.set((*other, key), value)
                for key in gone:
                    if key in node:
                        edit.remove((*other, key))

    def _open(self, digest: str | None) -> ConfigurationEdit:
        edit = ConfigurationEdit(self.config)
        if digest is not None and edit.digest != digest:
            raise ConfigurationChangedError(str(self.config))
        return edit

    def _require_allowed(self, old: Any, values: Mapping[str, Any], removes: Sequence[str] = ()) -> None:
        known = old if isinstance(old, dict) else {}
        self._require_none(edit_mistakes(known, values, removes, base=self.config.parent, folders=self.folders))

    def _require_none(self, mistakes: Iterable[Mistake]) -> None:
        if found := list(mistakes):
            raise ConfigurationError(found, str(self.config))

    def _require_video_file(self, path: object) -> None:
        """A sink writes over the file that it names: only one that is a video by its name."""
        if isinstance(path, str) and not path.lower().endswith(".mp4"):
            raise ConfigurationError([Mistake("path", "the name of the file must end in .mp4")], str(self.config))

    def _settings(self, text: str, *, has_secrets: bool = False, tables: dict[str, Any] | None = None) -> Settings:
        return parse_config(
            text,
            base=self.config.parent,
            source=str(self.config),
            has_secrets=has_secrets,
            has_all_warnings=True,
            tables=tables,
            may_be_empty=True,
        )

    def _save(self, edit: ConfigurationEdit) -> Saved:
        before, settings, seen = settings_before(self.config, edit.digest), self._settings(edit.text()), edit.digest
        try:
            is_written = edit.save() != seen
        except OSError as error:
            raise unwritable(self.config, error) from None
        return self._saved(before, settings, is_written=is_written)

    def _saved(self, before: Settings | None, after: Settings, *, is_written: bool = True) -> Saved:
        changes, reloaded = changes_of_save(before, after), taken_by_service(self.config)
        return Saved(after.digest, after.placed_warnings, changes, reloaded, is_written)


def can_undo(config: Path) -> bool:
    """True when there is a version before the last change."""
    return previous_of(real_path(config)).exists()


def unwritable(config: Path, error: OSError) -> ConfigurationError:
    """The mistake of a file that cannot be written."""
    fix = advice_for(error, real_path(config), rights="start the console as the user to whom the file belongs")
    mistake = Mistake("", f"the file cannot be written: {reason_of(error).lower()}", sentence(fix))
    return ConfigurationError([mistake], str(config))
