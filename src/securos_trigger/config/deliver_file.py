"""Recognises a configuration of `deliver`, and names what belongs to it. Imports nothing heavy."""

from __future__ import annotations

import hashlib
import os
import tomllib
from pathlib import Path


def is_deliver_config(path: Path) -> bool:
    """True for a configuration of `deliver`. A file that cannot be read is none."""
    try:
        return "receivers" in tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return False


def token_of_file(source: str) -> str:
    """A short name for a configuration, another one for every other file."""
    return hashlib.sha256(os.fsencode(Path(source).absolute())).hexdigest()[:12]
