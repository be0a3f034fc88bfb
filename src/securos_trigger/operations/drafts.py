"""The settings that a file would have with a change, remembered: the form of a trigger asks every other second."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from securos_trigger.config.settings import Settings
from securos_trigger.errors import ConfigurationError
from securos_trigger.operations.config_view import JUDGED_UNCHANGED_FOR_S, holds_for_s, named_files
from securos_trigger.operations.edit import ConfigEditor, PartChange
from securos_trigger.system.file_stamps import FileStamp, stamp_of

MAX_KEPT: Final = 8

_Key: TypeAlias = tuple[Path, tuple[Path, ...], FileStamp | None, str]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a draft came to: settings, or the mistakes that they would have.

    It may depend on the disk, so at times the files that it names are looked at, and after a while it is made again.
    """

    settings: Settings | ConfigurationError
    files: tuple[FileStamp | None, ...]
    pause_s: float
    until_at_ticks: float
    at_most_until_at_ticks: float


class Drafts:
    """Drafts of changes that are not saved. From any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[_Key, _Kept] = {}

    def settings(self, editor: ConfigEditor, change: PartChange) -> Settings:
        """As `editor.draft(change)`, made again when the file, the change or a file that they name is another one."""
        asked = json.dumps(asdict(change), sort_keys=True, default=str)
        key = (editor.config, tuple(editor.folders), stamp_of(editor.config), asked)
        began_at_ticks = self._clock()
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or kept.until_at_ticks <= began_at_ticks:
            files = named_files(editor.config, _texts(change.values))
            if kept is not None and kept.files == files and began_at_ticks < kept.at_most_until_at_ticks:
                kept = replace(kept, until_at_ticks=began_at_ticks + kept.pause_s)
            else:
                kept = self._made(editor, change, began_at_ticks, files)
            with self._lock:
                self._kept.pop(key, None)
                while len(self._kept) >= MAX_KEPT:
                    del self._kept[next(iter(self._kept))]
                self._kept[key] = kept
        if isinstance(kept.settings, ConfigurationError):
            raise ConfigurationError(kept.settings.mistakes, kept.settings.source)
        return kept.settings

    def _made(
        self, editor: ConfigEditor, change: PartChange, began_at_ticks: float, files: tuple[FileStamp | None, ...]
    ) -> _Kept:
        found: Settings | ConfigurationError
        try:
            found = editor.draft(change)
        except ConfigurationError as error:
            found = error.with_traceback(None)
        now_ticks = self._clock()
        pause_s = holds_for_s(now_ticks - began_at_ticks)
        return _Kept(found, files, pause_s, now_ticks + pause_s, began_at_ticks + JUDGED_UNCHANGED_FOR_S)


def _texts(value: Any) -> Iterator[str]:
    """Every text in plain data, however deep: it may name a file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(one)


#: Those of this process.
DRAFTS: Final = Drafts()
