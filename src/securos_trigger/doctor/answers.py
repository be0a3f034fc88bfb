"""Recognises the answers of a receiver: any web server answers something, and often with status 200."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from securos_trigger.delivery import Reply, object_in, plain
from securos_trigger.system.reasons import DISK_IS_FULL

_SHOWN_CHARACTERS: Final = 60


def value_of(reply: Reply) -> object:
    """The JSON of an answer, None when there is none."""
    try:
        return json.loads(reply.content)
    except (ValueError, RecursionError):
        return None


def object_of(reply: Reply) -> dict[str, Any]:
    """The JSON object of an answer, an empty one when there is none."""
    return object_in(reply.content)


def error_of(reply: Reply) -> str:
    """The sentence of a receiver's refusal; empty when there is none."""
    error = object_of(reply).get("error")
    return plain(error) if isinstance(error, str) else ""


def is_health(reply: Reply) -> bool:
    """True when a receiver, ours or Lumeo's script, answered `/health`."""
    return reply.status == 200 and isinstance(object_of(reply).get("ok"), bool)


def is_camera_answer(reply: Reply) -> bool:
    """True when a receiver that accepted the password answered `/cameras`: a list, or a sentence why there is none."""
    if reply.status == 200:
        return isinstance(value_of(reply), list)
    return reply.status in (501, 503) and bool(error_of(reply))


def is_trial_answer(reply: Reply) -> bool:
    """True when a receiver answered `/lumeoevent/check` with results."""
    value = object_of(reply)
    return reply.status == 200 and value.get("checked") is True and isinstance(value.get("results"), list)


def why_not_durable(health: Mapping[str, Any]) -> tuple[str, str]:
    """Why a receiver does not keep on disk what it has done (empty: it does not say), and what to do."""
    why = plain(health.get("durable_problem")).rstrip(".")
    if why.startswith("ENOSPC"):  # as Node.js says it
        return DISK_IS_FULL, "Free some space on the disk of STATE_DIR, on the SecurOS server."
    return why, "Set STATE_DIR in the script to a folder that SecurOS may write to."


def shown(reply: Reply, secret: str) -> str:
    """Describe an answer for a person: `status 200 and "<html>hello</html>"`. `secret` is masked in it."""
    text = plain(reply.content.decode("utf-8", "replace"), secret)
    if not text:
        return f"status {reply.status} and nothing more"
    start = text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
    return f'status {reply.status} and "{start}"'
