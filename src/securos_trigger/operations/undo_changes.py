"""What an undo of the last save would change, before it is done."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.config.editing import previous_of
from securos_trigger.config.encoding import text_in
from securos_trigger.config.reader import parse_config, read_config
from securos_trigger.config.settings_changes import changes_between
from securos_trigger.errors import ConfigurationError


def undo_changes(config: Path) -> list[dict[str, str]] | None:
    """The settings that an undo would change: `setting`, `now` and `then`. None: a version has mistakes, or is missing.

    Secrets are not shown.
    """
    try:
        now = read_config(config, has_secrets=False, may_be_empty=True)
        text = text_in(previous_of(config.resolve()).read_bytes())
        then = parse_config(text, base=config.parent, source=str(config), has_secrets=False, may_be_empty=True)
    except (ConfigurationError, OSError, UnicodeDecodeError):
        return None
    return [{"setting": name, "now": one, "then": other} for name, one, other in changes_between(now, then)]
