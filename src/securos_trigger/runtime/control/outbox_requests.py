"""Requests about the deliveries in the outbox."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator

from securos_trigger.errors import OutboxError
from securos_trigger.outbox import Selection, State
from securos_trigger.runtime.control.read_request import ReadRequest
from securos_trigger.runtime.control.request_base import Request
from securos_trigger.runtime.control.service import Answer, Service

if TYPE_CHECKING:
    from securos_trigger.outbox import Outbox


class OutboxRequest(Request):
    """List, show, retry, drop or move deliveries. The rows are those of `state` that fit all of the others.

    `do`: `list` gives rows, `show` the rows with the given ids in any state, `retry` puts dead letters back, `drop`
    throws rows away, `move` gives those of `target` the target `to`. `ids` are numbers or event ids (or their first 8
    characters or more). `reason` is a part of the reason, with `is_exact_reason` the whole of it; `target` is a whole
    target. `cameras` are corrected camera ids by wrong ones: the deliveries that name a wrong one are meant; an empty
    wrong one means those that name none. `retry` alone uses the corrected ones. Of very many rows `retry`, `drop` and
    `move` change `limit` at a time; ask again with the `last` of the answer until fewer are changed.
    """

    asks_outbox: ClassVar[bool] = True
    needs_service: ClassVar[bool] = False

    do: Literal["list", "show", "retry", "drop", "move"]
    state: State = State.DEAD
    ids: tuple[str, ...] = Field((), max_length=500)
    reason: str = Field("", max_length=1000)
    target: str = Field("", max_length=1000)
    cameras: dict[str, str] = Field({}, max_length=64)
    last: int | None = Field(None, ge=0, le=2**63 - 1)
    limit: int = Field(500, ge=1, le=500)
    is_exact_reason: bool = False
    to: str = Field("", max_length=1000)

    @model_validator(mode="after")
    def _has_both_targets(self) -> Self:
        if self.do == "move" and (not self.target or self.to in ("", self.target)):
            raise ValueError("move needs `target` and `to`, which differ")
        return self

    @property
    def selection(self) -> Selection:
        """The rows that are asked for, for the outbox."""
        wrong = tuple(self.cameras)
        which = (self.state, self.ids, self.reason, self.last, self.limit, self.target)
        return Selection(*which, wrong, self.is_exact_reason)

    @property
    def is_change(self) -> bool:
        """True where it changes deliveries."""
        return self.reading is None

    @property
    def reading(self) -> ReadRequest | None:
        """The same request where it changes nothing in the outbox; None where it does."""
        if self.do not in ("list", "show"):
            return None
        which = (self.state, self.ids, self.reason, self.target, self.last, self.limit)
        return ReadRequest(self.do, *which, self.is_exact_reason, self.cameras)

    def answer(self, service: Service) -> Answer:
        """`counts`, `rows` and `is_more`; or `rows`; or `changed` and `last`, for `move` with `already_there`."""
        outbox = service.outbox
        if self.reading is not None:
            return self.reading.read(outbox)
        began_at_ticks = time.monotonic()
        answer = self._changed(outbox)
        if answer["changed"] < self.limit:  # else the next request follows at once
            with contextlib.suppress(OutboxError):  # the rows are still changed
                service.on_dead_letters_changed(began_at_ticks)
        return answer

    def _changed(self, outbox: Outbox) -> Answer:
        if self.do == "move":
            done = outbox.redirect(self.selection, self.to)
            return {"changed": done.count, "last": done.last, "already_there": done.already_there}
        if self.do == "drop":
            changed, last = outbox.drop(self.selection)
        else:
            changed, last = outbox.retry(self.selection, self.cameras)
        return {"changed": changed, "last": last}
