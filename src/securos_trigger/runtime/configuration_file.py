"""The configuration file of the running service: what it says now, compared with the settings in force."""

from __future__ import annotations

import hashlib
import threading
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
        self._path = Path(settings.source).absolute() if settings.digest else None
        self._secrets = tuple(path.absolute() for path in settings.secret_files)
        #: The text of the file as it was read, with the secrets that stand in it; None: it was another one at once.
        self.text = text_as_read(settings)
        self._lock = threading.Lock()
        self._needed = tuple(needed_files(settings))
        self._seen = self._state(settings.digest)
        self._changes: list[SettingChange] = []
        self._mistakes = ""

    def answer(self) -> dict[str, Any]:
        """Which file was read, its digest as it was read, and how the file differs now.

        `has_changed` is None when there is no file, or it cannot be read now. `changes` are the settings that differ,
        also where only the file of a secret has changed; `mistakes` says why the file cannot be used now.
        """
        if self._path is None:
            return {"path": None, "digest": None, "has_changed": None, "changes": [], "mistakes": ""}
        try:
            digest: str | None = digest_of(self._path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError):
            digest = None
        with self._lock:
            self._compare(digest)
            return {
                "path": str(self._path),
                "digest": self._settings.digest,
                "has_changed": None if digest is None else digest != self._settings.digest,
                "changes": [change.to_json() for change in self._changes],
                "mistakes": self._mistakes,
            }

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
        return digest, *map(_digest_of_secret, self._secrets), *map(stamp_of, self._needed)


def _digest_of_secret(path: Path) -> str:
    """The SHA-256 of a file; empty when it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
