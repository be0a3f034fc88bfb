"""Put the text that the running service has read back over a file that it does not run with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from securos_trigger.config.reader import parse_config
from securos_trigger.config.settings import Settings
from securos_trigger.config.versions import has_mistakes, put_back, saved_text
from securos_trigger.errors import ConfigurationError, NotFoundError, OutboxError, SecurosTriggerError
from securos_trigger.notices import Announcer, log_notice
from securos_trigger.operations.edit import Saved, unwritable
from securos_trigger.operations.other_file import other_file
from securos_trigger.operations.reload import taken_by_service
from securos_trigger.operations.service_troubles import read_at_start_only
from securos_trigger.operations.status import outbox_in_use
from securos_trigger.operations.undo_changes import changes_of_save, settings_before
from securos_trigger.runtime.control import SettingsRequest, ask


def in_force_changes(config: Path) -> dict[str, Any] | None:
    """What it would change to put back what is in force: `changes`, a list of `setting`, `now` and `then`.

    `needs_restart` has the settings among them that only a restart puts in force. `changes` is None where the file has
    mistakes. None: there is nothing to put back. The file says what is in force, no service runs with it, or the last
    save is the same text and `restore_previous` puts it back.
    """
    answer = _asked(config)
    file = answer.get("configuration") or {}
    text = answer.get("text")
    if not file.get("has_changed") or text is None:
        return None
    if has_mistakes(config):
        return None if saved_text(config) == text else {"changes": None, "needs_restart": []}
    if not file["changes"]:  # only comments or the layout
        return None
    found = [{"setting": one["setting"], "now": one["in_file"], "then": one["in_force"]} for one in file["changes"]]
    return {"changes": found, "needs_restart": read_at_start_only([one["setting"] for one in found])}


def text_in_force(config: Path) -> str | None:
    """The text that the running service has read; None: no service runs with the file, or it does not say."""
    text: str | None = _asked(config).get("text")
    return text


def remembered_in_force(config: Path, digest: str) -> Settings | None:
    """The settings without their secrets that the service runs with, whose text has this digest; None: not known.

    They stand in for those of a file with mistakes.
    """
    try:
        return _settings_of(config, digest)
    except SecurosTriggerError:  # no service gives the text, or a file that it needs is not there any more
        return None


@lru_cache(maxsize=4)
def _settings_of(config: Path, _digest: str) -> Settings:
    if (text := text_in_force(config)) is None:
        raise OutboxError("No service says what it runs with.")
    return parse_config(text, base=config.parent, source=str(config), has_secrets=False, may_be_empty=True)


def is_file_broken(config: Path) -> bool:
    """True where the file cannot be read, or has a mistake: no undo brings it back then."""
    return has_mistakes(config)


def put_in_force_back(config: Path, digest: str) -> Saved:
    """Write the text that the service runs with over the file, which has this digest, and have the service look at it.

    NotFoundError: no service runs with it, or its text is not known. ConfigurationChangedError: the file is another one
    by now. The other version stays beside the file (`put_back`).
    """
    text = text_in_force(config)
    if text is None:
        raise NotFoundError("config", "no service runs with this file, or it does not know its text any more")
    before = settings_before(config, digest)
    settings = parse_config(
        text, base=config.parent, source=str(config), has_secrets=False, has_all_warnings=True, may_be_empty=True
    )
    try:
        put_back(config, text, digest=digest)
    except OSError as error:
        raise unwritable(config, error) from None
    changes = changes_of_save(before, settings)
    return Saved(settings.digest, settings.placed_warnings, changes, taken_by_service(config))


def _asked(config: Path) -> Mapping[str, Any]:
    """The answer of the service that runs with the file; empty: there is none, or it does not answer."""
    try:
        answer = ask(outbox_in_use(config), SettingsRequest(has_text=True), Announcer([log_notice]))
    except (ConfigurationError, OutboxError):
        return {}
    return {} if other_file(answer, config) else answer
