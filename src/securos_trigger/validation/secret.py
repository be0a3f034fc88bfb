"""A secret in a configuration: the text itself, an environment variable, or the first line of a file."""

from __future__ import annotations

import codecs
import os
from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, SecretStr, WithJsonSchema

from securos_trigger.system.user_folders import expanded
from securos_trigger.validation.mistakes import custom_mistake


def _resolve_secret(value: object) -> object:
    """A secret given as text, as `{ env = "NAME" }` or as `{ file = "PATH" }` (its first line)."""
    if not isinstance(value, Mapping):
        if value is None or isinstance(value, str | SecretStr):
            return value
        raise custom_mistake("text in quotes is expected", 'Or { env = "NAME" }, or { file = "PATH" }.')
    if set(value) == {"env"} and isinstance(value["env"], str):
        found = os.environ.get(value["env"])
        if not found:
            raise custom_mistake(f"the environment variable {value['env']} is not set", "Set it before the start.")
        return found
    if set(value) == {"file"} and isinstance(value["file"], str):
        try:
            lines = _text_of(expanded(value["file"]).read_bytes()).splitlines()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not text"
            raise custom_mistake(f"the file {value['file']} cannot be read: {why}") from None
        if not lines or not lines[0].strip():
            raise custom_mistake(f"the first line of the file {value['file']} is empty")
        return lines[0].strip()
    raise custom_mistake("a secret is text, or a table with one key", 'Write { env = "NAME" } or { file = "PATH" }.')


def _text_of(content: bytes) -> str:
    """The text of a file, as editors of Windows write it too: UTF-8 or UTF-16, with their byte order mark."""
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if is_utf16 else "utf-8-sig")


Secret = Annotated[
    SecretStr,
    BeforeValidator(_resolve_secret),
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
