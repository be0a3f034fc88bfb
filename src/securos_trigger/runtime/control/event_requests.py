"""Requests about single events: search them, the newest first, and show one with its bounding boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from securos_trigger.outbox import Search
from securos_trigger.runtime.control.request_base import Request
from securos_trigger.runtime.control.row_json import counts_json, row_json
from securos_trigger.runtime.control.service import Answer, Service

if TYPE_CHECKING:
    from securos_trigger.outbox import Outbox, OutboxReader


class SearchRequest(Request):
    """Search deliveries of any state, the newest first. An empty field means all; see `securos_trigger.outbox.Search`.

    One search reads a bounded number of deliveries: go on with the `before` of the answer until it is null.
    """

    asks_outbox: ClassVar[bool] = True
    needs_service: ClassVar[bool] = False

    do: Literal["search"] = "search"
    text: str = Field("", max_length=200)
    state: Literal["", "waiting", "sending", "relayed", "delivered", "dead"] = ""
    target: str = Field("", max_length=1000)
    node_id: str = Field("", max_length=1000)
    pipeline: str = Field("", max_length=1000)
    camera_id: str = Field("", max_length=200)
    since_s: float | None = Field(None, allow_inf_nan=False)
    until_s: float | None = Field(None, allow_inf_nan=False)
    before: int | None = Field(None, ge=0, le=2**63 - 1)
    limit: int = Field(50, ge=1, le=200)

    @property
    def reading(self) -> SearchRequest:
        """Itself: it changes nothing."""
        return self

    def read(self, outbox: Outbox | OutboxReader) -> Answer:
        """Give `counts`, `rows` and `before`."""
        rows, before = outbox.search(Search(**self.model_dump(exclude={"do"})))
        return {"counts": counts_json(outbox), "rows": [row_json(row) for row in rows], "before": before}

    def answer(self, service: Service) -> Answer:
        """The same from the running service."""
        return self.read(service.outbox)


class EventRequest(Request):
    """Show one delivery by its number, with its bounding boxes."""

    asks_outbox: ClassVar[bool] = True
    needs_service: ClassVar[bool] = False

    do: Literal["event"] = "event"
    number: int = Field(ge=0, le=2**63 - 1)

    @property
    def reading(self) -> EventRequest:
        """Itself: it changes nothing."""
        return self

    def read(self, outbox: Outbox | OutboxReader) -> Answer:
        """Give `row` (null: there is none), `boxes` as fractions of the frame, and `box_color`."""
        rows = outbox.find((str(self.number),), 1)
        if not rows:
            return {"row": None, "boxes": [], "box_color": ""}
        delivery = rows[0].delivery
        boxes: list[dict[str, Any]] = [box._asdict() for box in delivery.boxes]
        return {"row": row_json(rows[0]), "boxes": boxes, "box_color": delivery.box_color}

    def answer(self, service: Service) -> Answer:
        """The same from the running service."""
        return self.read(service.outbox)
