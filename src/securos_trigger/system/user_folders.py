"""The folders of this user: where state is kept unless the configuration says otherwise."""

from __future__ import annotations

import os
from pathlib import Path

from securos_trigger.errors import ConfigurationError, Mistake

_FIX = "Set HOME, or XDG_STATE_HOME and XDG_CACHE_HOME, to a folder that is this user's; a service sets [outbox] path."


def expanded(path: str) -> Path:
    """The path with `~` replaced by the home folder; as it is for a user who has none, so that no file is found."""
    return Path(os.path.expanduser(path))  # noqa: PTH111  the method of Path raises for a user without a home


def below(base: Path, path: Path | str) -> Path:
    """A path of a configuration in the folder `base`: a relative one is below it, and `~` is the home folder."""
    return base / expanded(str(path))


def user_state_folder() -> Path:
    """Where this user's programs keep their state. ConfigurationError for a user who has no home folder."""
    import platformdirs  # here, for most commands need no such folder

    try:
        return platformdirs.user_state_path("securos-trigger")
    except RuntimeError as error:
        raise _no_home() from error


def user_cache_folder() -> Path:
    """Where this user's programs keep what can be fetched again. ConfigurationError as for the state."""
    import platformdirs

    try:
        return platformdirs.user_cache_path("securos-trigger")
    except RuntimeError as error:
        raise _no_home() from error


def _no_home() -> ConfigurationError:
    return ConfigurationError([Mistake("HOME", "this user has no home folder, so no place to keep state", _FIX)])
