"""What an undo of the last save would change, before it is done; and when the file was changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from securos_trigger.config.encoding import text_in
from securos_trigger.config.reader import parse_config
from securos_trigger.config.settings import Settings
from securos_trigger.config.settings_changes import changes_between
from securos_trigger.config.versions import is_as_saved, is_broken_since_save, saved_of, version_before
from securos_trigger.errors import ConfigurationError
from securos_trigger.operations.remembered import remembered_settings
from securos_trigger.runtime.own_file import written_by
from securos_trigger.system.file_stamps import FileStamp, stamp_of
from securos_trigger.system.real_paths import real_path
from securos_trigger.system.timestamps import rfc3339


@dataclass(frozen=True, slots=True)
class FileState:
    """When the file got its content (`written_at`), and at the latest was replaced by it (`changed_at`): RFC 3339.

    `is_as_saved`: it has the content of the last save. `program` has written it as it is; empty: none has said so.
    """

    is_as_saved: bool
    written_at: str
    changed_at: str
    program: str


def file_state(config: Path) -> FileState:
    """The state of the file now. ConfigurationError: it cannot be read."""
    is_saved = is_as_saved(config)
    found = config.stat()
    changed_at = rfc3339(max(found.st_mtime, found.st_ctime))
    return FileState(is_saved, rfc3339(found.st_mtime), changed_at, written_by(config))


def last_saved_at(config: Path) -> tuple[str, str]:
    """When the last save was written, and when the file got it, in RFC 3339; empty: there was none."""
    if (stamp := stamp_of(saved_of(real_path(config)))) is None:
        return "", ""
    saved_at = rfc3339(stamp.written_at_ns / 1e9)
    try:
        state = file_state(config)
    except (ConfigurationError, OSError):
        return saved_at, saved_at
    return saved_at, state.written_at if state.is_as_saved else saved_at


def undo_changes(config: Path) -> list[dict[str, str]] | None:
    """The settings that an undo would change: `setting`, `now` and `then`. None: a version has mistakes, or is missing.

    Secrets are not shown.
    """
    stamp = stamp_of(version_before(config))
    if stamp is None:
        return None
    try:
        now = remembered_settings(config)
        return list(_changes(config, now.digest, stamp))
    except (ConfigurationError, OSError, UnicodeDecodeError):
        return None


def settings_before(config: Path, digest: str) -> Settings | None:
    """The settings of the file that a save with this digest is about to replace. None: they have mistakes."""
    try:
        found = remembered_settings(config)
    except ConfigurationError:
        return None
    return found if found.digest == digest else None  # else the save is refused


def changes_of_save(before: Settings | None, after: Settings) -> list[dict[str, str]] | None:
    """What a save has changed: `setting`, `before` and `after`. None: what it replaced had mistakes.

    Both are those of the texts of the save: the file itself may be another one by now. Secrets are not shown.
    """
    if before is None:
        return None
    found = changes_between(before, after)
    return [{"setting": name, "before": one, "after": other} for name, one, other in found]


def puts_last_save_back(config: Path) -> bool:
    """True where an undo puts the last save back, because the file has got a mistake since."""
    return is_broken_since_save(config)


@lru_cache(maxsize=2)
def _changes(config: Path, _digest: str, _stamp: FileStamp) -> tuple[dict[str, str], ...]:
    """The changes from the file to the version before it: a page asks each time it is opened."""
    text = text_in(version_before(config).read_bytes())
    then = parse_config(text, base=config.parent, source=str(config), has_secrets=False, may_be_empty=True)
    changes = changes_between(remembered_settings(config), then)
    return tuple({"setting": name, "now": one, "then": other} for name, one, other in changes)
