"""What requests are answered from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from securos_trigger.errors import OutboxError

if TYPE_CHECKING:
    from securos_trigger.outbox import Outbox

#: How the answer begins to a line that is no request, or one of another version of the program.
CANNOT_BE_READ: Final = "The request cannot be read"
#: What the request says it gives; or `error`, one sentence.
Answer: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FrameWish:
    """Which frame is asked for, and what of it: the fields of the request `frame` (docs/control.md)."""

    pipeline: str
    camera: str = ""
    max_width: int = 0
    after: int = -1
    has_metadata: bool = True


@dataclass(frozen=True, slots=True)
class Service:
    """What requests are answered from: the outbox, and functions that give the present state of the service.

    `settings` gives the text of the file, too, when it is called with True. `reload` takes the configuration file at a
    path. `frame` gives the newest frame of a pipeline and a camera.
    `on_dead_letters_changed` is called after a person has put back or dropped deliveries, with the instant before it
    (monotonic seconds). `deliver` has no outbox.
    """

    owned_outbox: Outbox | None
    status: Callable[[], Answer] = field(default=dict)
    settings: Callable[[bool], Answer] = field(default=lambda _has_text: {})
    reload: Callable[[str], Answer] = field(default=lambda _path: {})
    frame: Callable[[FrameWish], Answer] = field(default=lambda _wish: {"is_known": False, "number": None})

    on_dead_letters_changed: Callable[[float], None] = field(default=lambda _began_at_ticks: None)

    @property
    def outbox(self) -> Outbox:
        """The outbox. Raises `OutboxError` where the service has none."""
        if self.owned_outbox is None:
            raise OutboxError("This service has no outbox: what it delivers is in the cluster (docs/cluster.md).")
        return self.owned_outbox
