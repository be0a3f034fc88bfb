"""Secrets in files that a person names."""

from __future__ import annotations

from pathlib import Path

from pydantic_core import PydanticCustomError

from securos_trigger.errors import ArgumentError
from securos_trigger.system.near_files import alike_file
from securos_trigger.validation.secret import resolved_secret


def first_line(argument: str, file: Path) -> str:
    """The secret in a file, as the configuration reads it. ArgumentError: it cannot be read, or is empty."""
    try:
        return str(resolved_secret({"file": str(file)}))
    except PydanticCustomError as error:
        why = error.message().replace("that `file` names", str(file))
        guess = "" if file.exists() else alike_file(file)
        raise ArgumentError(argument.replace("_", "-"), f"{why}. {guess}" if guess else why) from None
