"""The tables of a configuration as they stand in the file, not checked, and remembered until it is written."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from securos_trigger.config.encoding import bytes_of
from securos_trigger.system.file_stamps import FileStamp


def quick_tables(config: Path) -> Mapping[str, Any]:
    """The tables of the file, which must not be changed. OSError, ValueError, RecursionError: it cannot be read."""
    return _tables(config.absolute(), FileStamp.of(config))


@lru_cache(maxsize=4)
def _tables(config: Path, _stamp: FileStamp) -> Mapping[str, Any]:
    return tomllib.loads(bytes_of(config).decode("utf-8-sig"))
