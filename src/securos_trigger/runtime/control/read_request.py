"""The requests that only look into an outbox, without pydantic: `outbox list` and `show` start at once.

The owner of the outbox reads the same line as an `OutboxRequest`, and checks it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from securos_trigger.outbox import Selection, State
from securos_trigger.runtime.control.service import Answer
from securos_trigger.system.timestamps import rfc3339

if TYPE_CHECKING:
    from securos_trigger.outbox import Outbox, OutboxReader, Row


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """List the deliveries of `state` that fit all of the others, or show those with the given ids in any state."""

    needs_service: ClassVar[bool] = False
    answered_within_s: ClassVar[float] = 30.0

    do: Literal["list", "show"]
    state: State = State.DEAD
    ids: tuple[str, ...] = ()
    reason: str = ""
    target: str = ""
    last: int | None = None
    limit: int = 500
    is_exact_reason: bool = False

    @property
    def reading(self) -> ReadRequest:
        """Itself, as `Request.reading`."""
        return self

    def line(self) -> bytes:
        """Write it as it is sent, as `OutboxRequest.line`."""
        fields = asdict(self)
        if not self.is_exact_reason:
            del fields["is_exact_reason"]
        return json.dumps(fields).encode()

    def read(self, outbox: Outbox | OutboxReader) -> Answer:
        """Give `rows`, for `list` with `counts` and `is_more`."""
        if self.do == "show":
            return {"rows": [row_json(row) for row in outbox.find(self.ids, self.limit)]}
        which = (self.state, self.ids, self.reason, self.last, self.limit, self.target)
        selection = Selection(*which, is_exact_reason=self.is_exact_reason)
        rows, is_more = outbox.select(selection)
        return {"counts": counts_json(outbox), "rows": [row_json(row) for row in rows], "is_more": is_more}


def row_json(row: Row) -> dict[str, object]:
    """One delivery as JSON values; instants are RFC 3339 in UTC."""
    delivery = row.delivery
    return {
        "number": delivery.sequence,
        "state": row.state,
        "reason": row.reason,
        "attempts": delivery.attempts,
        "event_id": delivery.event_id,
        "target": delivery.target,
        "camera_ids": list(delivery.camera_ids),
        "name": delivery.name,
        "description": delivery.description,
        "action": delivery.action,
        "record_duration_s": delivery.record_duration_s,
        "node_id": delivery.node_id,
        "deployment_id": delivery.deployment_id,
        "boxes": len(delivery.boxes),
        "captured_at": rfc3339(delivery.captured_at_s),
        "kept_at": rfc3339(delivery.kept_at_s),
        "due_at": rfc3339(row.due_at_s) if row.due_at_s else None,
        "settled_at": None if row.settled_at_s is None else rfc3339(row.settled_at_s),
    }


def counts_json(outbox: Outbox | OutboxReader) -> dict[str, int]:
    """How many deliveries stand in each state."""
    return {state.value: count for state, count in outbox.counts().items()}
