"""The deliveries that go again although at least one camera has the event, and the cameras that do not have it."""

from __future__ import annotations

from securos_trigger.delivery.courier.settling import Answered, serves_a_camera
from securos_trigger.model import Accepted, Partial
from securos_trigger.outbox import Again


class PartlyServed:
    """The cameras without their event, by the sequence of a delivery of which at least one camera has it."""

    def __init__(self) -> None:
        self._unserved: dict[int, tuple[str, ...]] = {}

    def note(self, sequence: int, answer: Answered, again: Again) -> Accepted:
        """Note that it goes again after an answer; gives whether a camera has got the event, and when."""
        before, unserved = self._unserved.get(sequence), again.holds_camera_ids or ()
        if not isinstance(answer, Partial) or not serves_a_camera(answer):
            accepted = self.accepted(sequence)
        else:  # a receiver says of each camera that has the event that it has it, in each answer
            accepted = Accepted.BEFORE if unserved == before else Accepted.NOW
        if accepted is not Accepted.NO:
            self._unserved[sequence] = unserved
        return accepted

    def accepted(self, sequence: int) -> Accepted:
        """Whether a camera had got the event before."""
        return Accepted.BEFORE if sequence in self._unserved else Accepted.NO

    def unserved(self, sequence: int) -> tuple[str, ...] | None:
        """The cameras without their event; None: no camera has it."""
        return self._unserved.get(sequence)

    def forget(self, sequence: int) -> None:
        """Forget a delivery: it has ended."""
        self._unserved.pop(sequence, None)
