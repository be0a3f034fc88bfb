"""The settings of a configuration file, remembered until it is written: a page of the console asks each second."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from securos_trigger.config.reader import read_config
from securos_trigger.config.settings import Settings
from securos_trigger.system.file_stamps import FileStamp, stamp_of


def remembered_settings(config: Path) -> Settings:
    """The settings without their secrets. ConfigurationError, which is not remembered: the file has mistakes."""
    return _read(config, stamp_of(config))


@lru_cache(maxsize=4)
def _read(config: Path, _stamp: FileStamp | None) -> Settings:
    return read_config(config, has_secrets=False, may_be_empty=True)
