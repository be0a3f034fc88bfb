"""The configuration file of the running service: what it says now, compared with the settings in force."""

from __future__ import annotations

import hashlib
import threading
import time
from pathlib import Path
from typing import Any, Final

from securos_trigger.config.reader import digest_of, may_lose_all_pipelines, read_config
from securos_trigger.config.settings import Settings
from securos_trigger.config.settings_changes import SettingChange, changes_between
from securos_trigger.errors import SecurosTriggerError

#: While the file cannot be used it is read again this often, in seconds.
_LOOK_EVERY_S: Final = 5.0


class ConfigurationFile:
    """The file that settings came from. From any thread.

    It is read again when its text, or that of a file with a secret, is another one than before, and while it cannot be
    used: a `reload` and a start would refuse it, also for a model that is not there.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = Path(settings.source).absolute() if settings.digest else None
        self._secrets = tuple(path.absolute() for path in settings.secret_files)
        #: The text of the file as it was read, with the secrets that stand in it; None: it was another one at once.
        self.text = self._text_now()
        self._lock = threading.Lock()
        self._seen = (settings.digest, *map(_digest_of_secret, self._secrets))
        self._changes: list[SettingChange] = []
        self._mistakes = ""
        self._next_look_at_ticks = 0.0  # a model that was missing may be there

    def answer(self) -> dict[str, Any]:
        """Which file was read, its digest as it was read, and how the file differs now.

        `has_changed` is None when there is no file, or it cannot be read now. `changes` are the settings that differ,
        also where only the file of a secret has changed; `mistakes` says why the file cannot be used now.
        """
        if self._path is None:
            return {"path": None, "digest": None, "has_changed": None, "changes": [], "mistakes": ""}
        text = self._read()
        digest = None if text is None else digest_of(text)
        with self._lock:
            self._compare(digest)
            return {
                "path": str(self._path),
                "digest": self._settings.digest,
                "has_changed": None if digest is None else digest != self._settings.digest,
                "changes": [change.to_json() for change in self._changes],
                "mistakes": self._mistakes,
            }

    def _read(self) -> str | None:
        """What the file says now; None: it cannot be read."""
        try:
            return None if self._path is None else self._path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            return None

    def _text_now(self) -> str | None:
        text = self._read()
        return text if text is not None and digest_of(text) == self._settings.digest else None

    def _compare(self, digest: str | None) -> None:
        seen = (digest, *map(_digest_of_secret, self._secrets))
        now_ticks = time.monotonic()
        is_due = bool(self._mistakes) and now_ticks >= self._next_look_at_ticks
        if (seen == self._seen and not is_due) or self._path is None:
            return
        self._seen = seen  # type: ignore[assignment]
        self._next_look_at_ticks = now_ticks + _LOOK_EVERY_S
        try:
            may_be_empty = may_lose_all_pipelines(self._settings)
            in_file = read_config(self._settings.source, has_files=True, may_be_empty=may_be_empty)
            self._changes, self._mistakes = changes_between(self._settings, in_file), ""
        except SecurosTriggerError as error:
            self._changes, self._mistakes = [], str(error)


def _digest_of_secret(path: Path) -> str:
    """The SHA-256 of a file; empty when it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
