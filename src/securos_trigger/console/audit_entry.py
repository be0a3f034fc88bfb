"""One entry of the audit log, and its line."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from securos_trigger.system.timestamps import rfc3339

#: Bytes of the details, the subject and the error of one entry: a few large entries must not push the others out.
MAX_DETAILS: Final = 4000
MAX_SUBJECT: Final = 500
_MAX_ERROR: Final = 1200


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change. `subject` is what was changed, `details` says how, without secrets. `error` says why it was not.

    `is_done` None: it is not known, because the console or the service ended meanwhile; `error` says which.
    `config` is the file of the console: those of one outbox have one log.
    """

    at: str
    user: str
    role: str
    client: str
    action: str
    subject: str
    details: Mapping[str, Any]
    is_done: bool | None
    error: str = ""
    config: str = ""


def line_of(
    user: str,
    role: str,
    client: str,
    action: str,
    subject: str,
    details: Mapping[str, Any] | None,
    error: str = "",
    *,
    is_known: bool = True,
    config: str = "",
) -> bytes:
    """The line of what happens now. `is_known` False: with this `error` it is not known whether it was done."""
    at = rfc3339(time.time())
    entry = AuditEntry(
        at,
        user,
        role,
        client,
        action,
        _cut(subject, MAX_SUBJECT),
        _bounded(details or {}),
        not error if is_known else None,
        _cut(error, _MAX_ERROR),
        cut_config(config),
    )
    return bytes_of(asdict(entry))


def cut_config(config: str) -> str:
    """The name of a file as it stands in an entry."""
    return _cut(config, MAX_SUBJECT)


def bytes_of(entry: Mapping[str, Any]) -> bytes:
    """The line of an entry."""
    return json.dumps(dict(entry), separators=(",", ":")).encode("ascii") + b"\n"


def _bounded(details: Mapping[str, Any]) -> dict[str, Any]:
    """The details; of those that are too long the beginning, as text."""
    text = json.dumps(dict(details))
    return dict(details) if len(text) <= MAX_DETAILS else {"beginning": _cut(text, MAX_DETAILS)}


def _cut(text: str, most_bytes: int) -> str:
    """The beginning of a text, up to this number of bytes in JSON: a character may take twelve."""
    if len(text) * 12 <= most_bytes:
        return text
    left = most_bytes
    for index, character in enumerate(text):
        left -= len(json.dumps(character)) - 2
        if left < 0:
            return text[:index]
    return text


def entry_in(line: bytes) -> dict[str, Any] | None:
    """The entry in a line; None: it has none."""
    try:
        found: dict[str, Any] = json.loads(line)
    except ValueError:  # a crash has torn it
        return None
    return found
