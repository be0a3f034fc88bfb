"""Checks the ids of SecurOS cameras."""

from __future__ import annotations

import re
from typing import Final

from securos_trigger.validation.mistakes import custom_mistake

MAX_CAMERAS: Final = 64

_CAMERA_ID: Final = re.compile(r"[0-9]+([.#][0-9]+)*")
_MAX_CAMERA_ID_CHARACTERS: Final = 64


def require_text(value: object, name: str) -> object:
    """Refuse a number and a list, and show how they are written as the text of the setting `name`."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise custom_mistake(f"{value} is a number, and camera ids are text", f'Write {name} = "{value}".')
    if isinstance(value, list):
        texts = (str(one) for one in value if isinstance(one, str | int))
        ids = ", ".join(part for text in texts for part in re.split(r"[,;\s]+", text) if part)
        raise custom_mistake("is a list, and camera ids are text", f'Write {name} = "{ids}".')
    return value


def is_camera_id(text: str) -> bool:
    """True when the text is the id of one camera, as SecurOS writes it."""
    return len(text) <= _MAX_CAMERA_ID_CHARACTERS and _CAMERA_ID.fullmatch(text) is not None


def normal_camera_ids(text: str) -> str | None:
    """Camera ids separated by commas, without spaces and repeats; None when there is none."""
    ids = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for camera_id in ids:
        if not _CAMERA_ID.fullmatch(camera_id):
            raise custom_mistake(f'"{camera_id[:80]}" is not a camera id', _fix(camera_id))
        if len(camera_id) > _MAX_CAMERA_ID_CHARACTERS:
            raise custom_mistake(
                f"a camera id has {len(camera_id)} characters",
                f"A receiver takes at most {_MAX_CAMERA_ID_CHARACTERS}.",
            )
    if len(ids) > MAX_CAMERAS:
        raise custom_mistake(
            f"{len(ids)} cameras are too many", f"A receiver takes at most {MAX_CAMERAS} in one event."
        )
    return ",".join(ids) or None


def _fix(text: str) -> str:
    """Say how to write several ids, or what an id is made of."""
    parts = re.split(r"[;\s]+", text.strip())
    if len(parts) > 1 and all(_CAMERA_ID.fullmatch(part) for part in parts):
        return f'Write commas between ids: "{", ".join(parts)}".'
    return 'An id is made of the digits 0 to 9, dots and "#": 7, 1.17, 1#4.'
