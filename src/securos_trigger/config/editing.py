"""Changes a configuration file as a person would: comments, order and layout stay, and nothing else changes.

    edit = ConfigurationEdit(Path("site.toml"))
    edit.set(("pipelines", "yard", "nodes", "alarm", "interval"), 30)
    edit.append(("pipelines", "yard", "nodes"), {"type": "event", "id": "note"})
    edit.save()

A place is a path of keys. In a list of tables the next step is a number from 0, or the `name` or `id` that stands in
the table. Nothing is written before `save`, which replaces the file in one step, keeps the version before it as
`<name>.previous` and what it saved as `<name>.saved`, and refuses when the file has changed since it was read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

from securos_trigger.config.edited_text import Change, changed_text
from securos_trigger.config.edited_values import as_toml, changed, plain
from securos_trigger.config.encoding import content_of
from securos_trigger.config.reader import digest_of
from securos_trigger.config.toml_text import tables_of
from securos_trigger.config.versions import replace_keeping, text_of, with_ends_of
from securos_trigger.errors import ArgumentError, ConfigurationChangedError, ConfigurationError, Mistake
from securos_trigger.system.locks import lock_for_change
from securos_trigger.system.real_paths import real_path

Place = Sequence[str | int]


class ConfigurationEdit:
    """One file that is being changed. Not for several threads.

    `digest` is that of the text as it was read, the one that `status` and the service report. ConfigurationError: the
    file cannot be read, or is no TOML. What is asked for is plain data until `text` writes it, since to read a large
    file with its layout takes seconds.
    """

    def __init__(self, path: Path) -> None:
        self.path = real_path(path)  # behind a link: the link stays
        self._read = content_of(self.path)
        text = text_of(self._read, self.path)
        self.digest = digest_of(text)
        #: The text as it was read.
        self.before = text
        #: What the file must say after all changes, as plain data: compared with what is written.
        self._wanted: dict[str, Any] = tables_of(text, str(self.path))
        #: The same changes to the document, which is made of the text when it is first needed.
        self._changes: list[Change] = []
        #: The text with as many changes as this: to write it takes long.
        self._written: tuple[int, str] | None = None

    def tables(self) -> dict[str, Any]:
        """What the file would say with all changes, as plain data of its own."""
        return deepcopy(self._wanted)

    def text(self) -> str:
        """The text with all changes. ConfigurationError: it would not say exactly what was asked for.

        MissingPartError: tomlkit is not installed.
        """
        if self._written is None or self._written[0] != len(self._changes):
            self._written = len(self._changes), self._new_text()
        return self._written[1]

    def _new_text(self) -> str:
        try:
            written = changed_text(self.before, self._changes, self._wanted)
        except ValueError as error:
            raise ConfigurationError([Mistake("", f"it cannot be written as TOML: {error}")], str(self.path)) from None
        if written is None:
            fix = "Write the tables in the order of the examples, or change the file by hand."
            mistake = Mistake(
                "", "the layout of the file does not allow this change: another part would change too", fix
            )
            raise ConfigurationError([mistake], str(self.path))
        return written

    def get(self, place: Place) -> Any:
        """The value at a place as plain data. ArgumentError: nothing is there."""
        return _at(self._wanted, self._steps(place))

    def set(self, place: Place, value: Any) -> None:
        """Put a value at a place, in the stead of the one that is there. ArgumentError: there is no such table."""
        steps, last = self._steps(place[:-1]), _key(place)
        if not isinstance(_at(self._wanted, steps), dict):
            raise ArgumentError("place", f"{_shown(place[:-1])} is not a table")
        self._wanted = changed(self._wanted, [*steps, last], value)
        self._changes.append(Change(steps, partial(_put, name=last, value=value)))

    def remove(self, place: Place) -> None:
        """Take a value, or a whole table, away. ArgumentError: nothing is there."""
        *steps, last = self._steps(place)
        remove = Change(steps, partial(_take_away, name=last))
        remove.apply(self._wanted)
        self._changes.append(remove)

    def note(self, sentence: str) -> None:
        """Add a comment at the end."""
        self._changes.append(Change((), partial(_add_comment, sentence=sentence)))

    def append(self, place: Place, table: Mapping[str, Any], *, index: int | None = None) -> None:
        """Add a table at the end of a list of tables, or at an `index` in it. The list is made where there is none.

        ArgumentError: something else is there.
        """
        steps, last = self._steps(place[:-1]), _key(place)
        inner = _at(self._wanted, steps)
        if not isinstance(inner, dict) or not isinstance(inner.get(last, []), list):
            raise ArgumentError("place", f"{_shown(place)} is not a list of tables")
        tables = list(inner.get(last, []))
        index = len(tables) if index is None else index
        inner[last] = [*tables[:index], plain(table), *tables[index:]]
        self._changes.append(Change(steps, partial(_insert, name=last, index=index, table=table)))

    def save(self) -> str:
        """Replace the file in one step, and return the digest of what it says now. The same text is not written again.

        ConfigurationChangedError: the file is another one than was read. OSError: it cannot be written.
        """
        text = self.text()
        new = with_ends_of(self._read, text)
        with lock_for_change(self.path):
            if content_of(self.path) != self._read:
                raise ConfigurationChangedError(str(self.path))
            if new != self._read:  # or the version before would be the same, and the last save could not be undone
                replace_keeping(self.path, before=self._read, after=new)
        self._read, self.digest = new, digest_of(text)
        return self.digest

    def _steps(self, place: Place) -> list[str | int]:
        """The keys and numbers of a place, whose tables may be named by their `name` or `id`."""
        found: list[str | int] = []
        value: Any = self._wanted
        for index, step in enumerate(place):
            key = _key_in(value, step)
            if key is None:
                raise ArgumentError("place", f"there is no {_shown(place[: index + 1])} in {self.path}")
            found.append(key)
            value = value[key]
        return found


def _add_comment(document: Any, sentence: str) -> None:
    import tomlkit

    document.add(tomlkit.comment(sentence))


def _put(target: Any, *, name: str, value: Any) -> None:
    target[name] = as_toml(value, target.get(name))


def _take_away(target: Any, *, name: str | int) -> None:
    del target[name]


def _insert(target: Any, *, name: str | int, index: int, table: Mapping[str, Any]) -> None:
    """Put a table into a list in a document: in the form that the list has, or as `[[name]]`."""
    import tomlkit
    from tomlkit.items import Array

    found = target.get(name)
    if isinstance(found, Array) and len(found):
        found.insert(index, as_toml(table, None))
        return
    new = tomlkit.table()
    for key, value in table.items():
        new.add(key, as_toml(value, None))
    if not found:  # none, or an empty array
        target.pop(name, None)
        target.append(name, tomlkit.aot())
    elif index < len(found):
        new.add(tomlkit.nl())  # an empty line before the next heading
    elif not found[-1].as_string().endswith("\n\n"):
        new.trivia.indent = "\n"  # an empty line above the heading
    target[name].insert(index, new)


def _at(data: Any, steps: Sequence[str | int]) -> Any:
    """What stands at the end of the steps."""
    for step in steps:
        data = data[step]
    return data


def _key_in(value: Any, step: str | int) -> str | int | None:
    """The key or the number that a step means in this table or list; None: there is none."""
    if isinstance(value, dict):
        return step if step in value else None
    if not isinstance(value, list):
        return None
    if isinstance(step, int):
        return step if 0 <= step < len(value) else None
    tables = [(index, one) for index, one in enumerate(value) if isinstance(one, dict)]
    return next((index for index, one in tables if step in (one.get("name"), one.get("id"))), None)


def _key(place: Place) -> str:
    if not place or not isinstance(place[-1], str):
        raise ArgumentError("place", f"{_shown(place)} does not end in the name of a setting")
    return place[-1]


def _shown(place: Place) -> str:
    return ".".join(str(step) for step in place) or "the file"
