"""Requests about the deliveries in the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from securos_trigger.outbox import Selection, State
from securos_trigger.runtime.control.request_base import Answer, Request, Service
from securos_trigger.system.timestamps import rfc3339

if TYPE_CHECKING:
    from securos_trigger.outbox import Outbox, OutboxReader, Row


class OutboxRequest(Request):
    """List, show, retry or drop deliveries. The rows that are meant: those of `state` that fit all of the others.

    `do`: `list` gives rows, `show` the rows with the given ids in any state, `retry` puts dead letters back, `drop`
    throws rows away. `ids` are numbers or event ids (or their first 8 characters or more). `reason` is a part of the
    reason, `target` a whole target. `cameras` are corrected camera ids by wrong ones, for `retry`: it means the
    dead letters that name a wrong one. Of very many rows `retry` and `drop` change `limit` at a time; ask again with
    the `last` of the answer until fewer are changed.
    """

    asks_outbox: ClassVar[bool] = True
    needs_service: ClassVar[bool] = False

    do: Literal["list", "show", "retry", "drop"]
    state: State = State.DEAD
    ids: tuple[str, ...] = Field((), max_length=500)
    reason: str = Field("", max_length=1000)
    target: str = Field("", max_length=1000)
    cameras: dict[str, str] = Field({}, max_length=64)
    last: int | None = Field(None, ge=0, le=2**63 - 1)
    limit: int = Field(500, ge=1, le=500)

    @property
    def selection(self) -> Selection:
        """The rows that are meant, for the outbox."""
        wrong = tuple(self.cameras)
        return Selection(self.state, self.ids, self.reason, self.last, self.limit, self.target, wrong)

    @property
    def only_reads(self) -> bool:
        """True when nothing in the outbox is changed."""
        return self.do in ("list", "show")

    def answer(self, service: Service) -> Answer:
        """`counts`, `rows` and `is_more`; or `rows`; or `changed` and `last`."""
        outbox = service.outbox
        if self.only_reads:
            return self.read(outbox)
        if self.do == "drop":
            changed, last = outbox.drop(self.selection)
        else:
            changed, last = outbox.retry(self.selection, self.cameras)
        return {"changed": changed, "last": last}

    def read(self, outbox: Outbox | OutboxReader) -> Answer:
        """Answer `list` and `show`."""
        if self.do == "show":
            return {"rows": [row_json(row) for row in outbox.find(self.ids, self.limit)]}
        rows, is_more = outbox.select(self.selection)
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
