"""A secret in a configuration: the text itself, an environment variable, or the first line of a file."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import BeforeValidator, PlainSerializer, SecretStr, WithJsonSchema

from securos_trigger.system.near_files import alike_file
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.user_folders import expanded
from securos_trigger.validation.mistakes import custom_mistake

# What other programs read in this way; here it would be the secret itself.
_OTHER_FORMS: Final = (
    (re.compile(r"env:(//)?[A-Za-z_]\w*|\$\{[A-Za-z_]\w*\}|%[A-Z_][A-Z0-9_]*%"), "env", "NAME"),
    (re.compile(r"file:[./~\\](?!/).*"), "file", "PATH"),
)

#: What is wrong with `{ env = "NAME" }`; another terminal, or the service, may have the variable.
ENV_NOT_SET: Final = "the environment variable that `env` names is not set"


def resolved_secret(value: object) -> object:
    """A secret given as text, as `{ env = "NAME" }` or as `{ file = "PATH" }` (its first line)."""
    if not isinstance(value, Mapping):
        if isinstance(value, str):
            _require_no_other_form(value.strip())
        if value is None or isinstance(value, str | SecretStr):
            return value
        raise custom_mistake("text in quotes is expected", 'Or { env = "NAME" }, or { file = "PATH" }.')
    if set(value) == {"env"} and isinstance(value["env"], str):
        found = os.environ.get(value["env"])
        if not found:
            raise custom_mistake(ENV_NOT_SET, _not_itself("Set it before the start.", "env"))
        return found
    if set(value) == {"file"} and isinstance(value["file"], str):
        path = expanded(value["file"])
        try:
            lines = _text_of(path.read_bytes()).splitlines()
        except (OSError, ValueError) as error:  # ValueError: not text, or no path at all
            why = reason_of(error) if isinstance(error, OSError) else "it is not text"
            fix = _not_itself(_read_fix(path, error), "file")
            raise custom_mistake(f"the file that `file` names cannot be read: {why}", fix) from None
        if not lines or not lines[0].strip():
            raise custom_mistake("the first line of the file that `file` names is empty")
        return lines[0].strip()
    raise custom_mistake("a secret is text, or a table with one key", 'Write { env = "NAME" } or { file = "PATH" }.')


def _require_no_other_form(text: str) -> None:
    for form, key, name in _OTHER_FORMS:
        if form.fullmatch(text):
            what = f"it would be the secret itself, not where {key} finds it"
            fix = f'Write {{ {key} = "{name}" }}, without quotes around the braces.'
            raise custom_mistake(what, f'{fix} Is it the secret itself? Then put it into a file: {{ file = "PATH" }}.')


def _not_itself(fix: str, key: str) -> str:
    """How to fix what `key` names. What was written there is not repeated: by mistake it may be the secret itself."""
    return f'{fix} If this is the secret itself, write "…" instead of {{ {key} = "…" }}.'


def _read_fix(path: Path, error: Exception) -> str:
    if isinstance(error, PermissionError):
        return "Give the user of this process the right to read it."
    guess = alike_file(path) if isinstance(error, FileNotFoundError) else ""
    return guess or f"A relative path begins at the folder of the configuration file.{_last_folder(path, error)}"


def _last_folder(path: Path, error: Exception) -> str:
    """Where a file that is not there was looked for: the part of its path that exists. The rest may be the secret."""
    if not isinstance(error, FileNotFoundError):
        return ""
    folder = next((one for one in path.absolute().parents if one.is_dir()), None)
    return f' The folder "{folder}" exists; the rest of the path does not.' if folder is not None else ""


def _text_of(content: bytes) -> str:
    """The text of a file, as editors of Windows write it too: UTF-8 or UTF-16, with their byte order mark."""
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if is_utf16 else "utf-8-sig")


Secret = Annotated[
    SecretStr,
    BeforeValidator(resolved_secret),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "writeOnly": True},
                {
                    "type": "object",
                    "properties": {"env": {"type": "string"}},
                    "required": ["env"],
                    "additionalProperties": False,
                },
                {
                    "type": "object",
                    "properties": {"file": {"type": "string"}},
                    "required": ["file"],
                    "additionalProperties": False,
                },
                {"type": "null"},
            ]
        }
    ),
    PlainSerializer(str, when_used="always"),
]
