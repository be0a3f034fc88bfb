"""Whether a message is only about cameras that its sender may send for."""

from __future__ import annotations

from collections.abc import Iterable

from securos_trigger.inputs.happening import Reading, Says

_ABOUT_NOTHING = frozenset({Says.NOT_FOR_US, Says.UNREADABLE})


def refusal_of(readings: Iterable[Reading], allowed: frozenset[str] | None) -> str:
    """Why a message is refused, one sentence; empty: it is not. `allowed` None: all cameras are.

    One reading about another camera, or about none, refuses the whole message.
    """
    if allowed is None:
        return ""
    for reading in readings:
        if reading.says in _ABOUT_NOTHING and not reading.forgets:
            continue
        if (other := _not_allowed(reading, allowed)) is not None:
            what = f"the camera {other}" if other else "a message that names no camera"
            return f"This token is not for {what}. It is for {', '.join(sorted(allowed))}."
    return ""


def _not_allowed(reading: Reading, allowed: frozenset[str]) -> str | None:
    """The camera that is not allowed, empty where none is named; None: all are allowed."""
    if reading.direct_cameras is not None:
        return next((one for one in reading.direct_cameras or ("",) if one not in allowed), None)
    if reading.source is None:
        return ""
    device = f"{reading.prefix}/{reading.source}" if reading.prefix else reading.source
    name = f"{device}#{reading.channel}" if reading.channel else device
    return None if device in allowed or name in allowed else name
