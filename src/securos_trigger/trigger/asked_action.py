"""What an upstream event itself asks for: recording and subtitle, and how long."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from securos_trigger.model.decisions import Action
from securos_trigger.trigger.properties import MAX_RECORD_DURATION_S

_WEAKEST_FIRST: Final = tuple(Action)


def action_of(record: Mapping[str, Any], own: Action, own_duration_s: int) -> tuple[Action, int]:
    """The stronger action of the record's `asked_action` and the node's own, and the duration that belongs to it.

    So nothing that one of the two wants recorded is lost. A record that asks for nothing leaves the node's own.
    """
    asked = record.get("asked_action")
    if not isinstance(asked, str) or asked not in _WEAKEST_FIRST:
        return own, own_duration_s
    action = max(own, Action(asked), key=_WEAKEST_FIRST.index)
    duration_s = _duration_s(record.get("duration_s"))
    if asked == Action.EVENT or duration_s is None:
        return action, own_duration_s
    return action, max(duration_s, own_duration_s if own.records else 0)


def _duration_s(value: object) -> int | None:
    """Whole seconds, a part of one counted as one; None: it is no duration of a recording."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= MAX_RECORD_DURATION_S:
        return None
    return math.ceil(value)
