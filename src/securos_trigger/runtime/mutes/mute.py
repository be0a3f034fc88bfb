"""One mute: which node, for how long from when, and why. Setting a clock never prolongs it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from securos_trigger.system.boot_clock import Instant
from securos_trigger.system.timestamps import rfc3339

LONGEST_S: Final = 7 * 86_400.0
MAX_REASON_CHARACTERS: Final = 200
MAX_PERSON_CHARACTERS: Final = 100
_MAX_NODE_CHARACTERS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Mute:
    """A node's mute, as it is kept: `left_s` seconds were left at `counted_at`.

    `node` is the address `pipeline/node`. `muted_at_s` (Unix seconds) is when the person muted it, and `person` who: a
    user of the console or of the machine; empty: an older version muted it. Both are only shown.
    """

    node: str
    left_s: float
    counted_at: Instant
    muted_at_s: float
    reason: str = ""
    person: str = ""

    def left_at(self, now: Instant) -> float:
        """Seconds that are left. 0: it is over, also when the clock shows a time before it was last counted."""
        passed_s = now.seconds_since(self.counted_at)
        return max(0.0, self.left_s - passed_s) if passed_s >= 0 else 0.0

    def counted_again(self, now: Instant) -> Mute:
        """The same mute, counted from now on: what a restart of the machine measures from."""
        return replace(self, left_s=self.left_at(now), counted_at=now)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "node": self.node,
            "left_s": round(self.left_s, 3),
            "counted_at": rfc3339(self.counted_at.wall_s),
            "boot_id": self.counted_at.boot_id,
            "boot_s": round(self.counted_at.boot_s, 3),
            "muted_at": rfc3339(self.muted_at_s),
            "reason": self.reason,
            "muted_by": self.person,
        }


def mute_of(fields: Mapping[str, Any]) -> Mute:
    """The mute in plain data. ValueError, KeyError or TypeError: it is none."""
    node, reason, boot_id = (fields[name] for name in ("node", "reason", "boot_id"))
    person = fields.get("muted_by", "")  # an older version does not write it
    texts = node, reason, boot_id, person
    if not all(isinstance(text, str) for text in texts) or not 0 < len(node) <= _MAX_NODE_CHARACTERS:
        raise ValueError("a text is expected")
    left_s, boot_s = float(fields["left_s"]), float(fields["boot_s"])
    if not 0 <= left_s <= LONGEST_S or not math.isfinite(boot_s):
        raise ValueError("a mute lasts up to 7 days")
    counted_at_s, muted_at_s = (datetime.fromisoformat(fields[name]).timestamp() for name in ("counted_at", "muted_at"))
    counted_at = Instant(counted_at_s, boot_id, boot_s)
    return Mute(node, left_s, counted_at, muted_at_s, reason[:MAX_REASON_CHARACTERS], person[:MAX_PERSON_CHARACTERS])
