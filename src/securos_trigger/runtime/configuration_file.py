"""The configuration file of the running service: what it says now, compared with the settings in force."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from securos_trigger.config.needed_parts import needed_files
from securos_trigger.config.reader import digest_of, may_lose_all_pipelines, read_config, text_as_read
from securos_trigger.config.settings import Settings
from securos_trigger.config.settings_changes import SettingChange, changes_between
from securos_trigger.errors import SecurosTriggerError
from securos_trigger.system.file_stamps import stamp_of


class ConfigurationFile:
    """The file that settings came from. From any thread.

    It is read again only when its text, or that of a file with a secret, is another one than before; when another file
    that it names was written or removed; and while it has mistakes, which may be about anything on this machine.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = settings.file
        self._secrets = tuple(path.absolute() for path in settings.secret_files)
        #: The text of the file as it was read, with the secrets that stand in it; None: it was another one at once.
        self.text = text_as_read(settings)
        self._lock = threading.Lock()
        self._needed = tuple(needed_files(settings))
        self._seen = self._state(settings.digest)
        self._changes: list[SettingChange] = []
        self._mistakes = ""
        #: What the file was when a reload of it was refused, the files that it named, and why.
        self._refused: tuple[tuple[object, ...], tuple[Path, ...], str] | None = None

    def answer(self) -> dict[str, Any]:
        """Which file was read, its digest as it was read and as it is now, and how the file differs now.

        `has_changed` and `digest_now` are None when there is no file, or it cannot be read now. `changes` are the
        settings that differ, also where only the file of a secret has changed; `mistakes` says why the file cannot be
        used now.
        `is_refused`: the file itself has none, but a reload found that a model or function of it cannot be loaded.
        """
        if self._path is None:
            return {
                "path": None,
                "digest": None,
                "digest_now": None,
                "has_changed": None,
                "changes": [],
                "mistakes": "",
                "is_refused": False,
            }
        try:
            digest: str | None = digest_of(self._path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError):
            digest = None
        with self._lock:
            self._compare(digest)
            why_refused = "" if self._mistakes else self._why_refused(digest)
            return {
                "path": str(self._path),
                "digest": self._settings.digest,
                "digest_now": digest,
                "has_changed": None if digest is None else digest != self._settings.digest,
                "changes": [change.to_json() for change in self._changes],
                "mistakes": self._mistakes or why_refused,
                "is_refused": bool(why_refused),
            }

    @contextmanager
    def noting_refusal(self, wanted: Settings) -> Iterator[None]:
        """Note why the settings `wanted`, read from the file, cannot be used, when what is inside raises.

        It is a mistake of the file until that, or a file that it names, is another one.
        """
        needed = tuple(needed_files(wanted))
        state = _state_of(wanted.digest, needed)  # before they are loaded: what is written meanwhile may be right
        try:
            yield
        except SecurosTriggerError as error:
            with self._lock:
                self._refused = state, needed, str(error)
            raise

    def _why_refused(self, digest: str | None) -> str:
        """Why a reload of the file as it is now was refused; empty: none was, or it is another one since."""
        if self._refused is None:
            return ""
        state, needed, reason = self._refused
        if _state_of(digest, needed) != state:
            self._refused = None
            return ""
        return reason

    def _compare(self, digest: str | None) -> None:
        if (self._state(digest) == self._seen and not self._mistakes) or self._path is None:
            return
        source = self._settings.source
        try:
            in_file = read_config(source, has_files=True, may_be_empty=may_lose_all_pipelines(self._settings))
            self._changes, self._mistakes = changes_between(self._settings, in_file), ""
            self._needed = tuple(needed_files(in_file))
        except SecurosTriggerError as error:
            self._changes, self._mistakes = [], str(error)
        self._seen = self._state(digest)

    def _state(self, digest: str | None) -> tuple[object, ...]:
        """What the file says and what the files are that it names, so far as it can be compared."""
        return *map(_digest_of_secret, self._secrets), *_state_of(digest, self._needed)


def _state_of(digest: str | None, needed: Iterable[Path]) -> tuple[object, ...]:
    return digest, *map(stamp_of, needed)


def _digest_of_secret(path: Path) -> str:
    """The SHA-256 of a file; empty when it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
