"""The requests that only look into an outbox, without pydantic: `outbox list` and `show` start at once.

The owner of the outbox reads the same line as an `OutboxRequest`, and checks it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from securos_trigger.outbox import Selection, State
from securos_trigger.runtime.control.row_json import counts_json, row_json
from securos_trigger.runtime.control.service import Answer

if TYPE_CHECKING:
    from securos_trigger.outbox import Outbox, OutboxReader


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """List the deliveries of `state` that fit all of the others, or show those with the given ids in any state."""

    is_change: ClassVar[bool] = False
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
    cameras: Mapping[str, str] = field(default_factory=dict)

    @property
    def reading(self) -> ReadRequest:
        """Itself, as `Request.reading`."""
        return self

    def line(self) -> bytes:
        """Write it as it is sent, as `OutboxRequest.line`."""
        fields = asdict(self)
        for name in ("is_exact_reason", "cameras"):  # a service of an older version does not know them
            if not fields[name]:
                del fields[name]
        return json.dumps(fields).encode()

    def read(self, outbox: Outbox | OutboxReader) -> Answer:
        """Give `rows`, for `list` with `counts` and `is_more`."""
        if self.do == "show":
            return {"rows": [row_json(row) for row in outbox.find(self.ids, self.limit)]}
        which = (self.state, self.ids, self.reason, self.last, self.limit, self.target)
        selection = Selection(*which, tuple(self.cameras), self.is_exact_reason)
        rows, is_more = outbox.select(selection)
        return {"counts": counts_json(outbox), "rows": [row_json(row) for row in rows], "is_more": is_more}
