"""Files that a person names for a result: an existing one is replaced only if that was asked for."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from securos_trigger.errors import ArgumentError
from securos_trigger.system.output_file import Existing, identity_of


def checked_output(argument: str, path: Path, *, is_forced: bool, used: Iterable[Path] = ()) -> Existing:
    """How to write the file that the argument names.

    ArgumentError: it is one of the files that are `used` otherwise, or it exists and `is_forced` is not set.
    """
    identity = identity_of(path)
    for other in used:
        if identity_of(other) == identity:
            raise ArgumentError(
                argument, f"{path} is needed: it is {other}, which this command reads. Choose another name."
            )
    if is_forced:
        return Existing.REPLACE
    if os.path.lexists(path) and (path.is_file() or not path.exists()):
        raise ArgumentError(argument, f"there is a file {path} already. Choose another name, or replace it: --force.")
    return Existing.REFUSE
