"""Decides what becomes of a delivery after an answer: done, dead, or again. Pure: values in, a settlement out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final

from securos_trigger.delivery.back_off import BackOff
from securos_trigger.model import Delivered, Delivery, HandedOver, Partial, Refused, Step, StepResult, Superseded
from securos_trigger.model.failed_steps import failed_steps
from securos_trigger.outbox import Again, Dead, Done, Relayed, Settlement

#: Outcomes that are the target's own word on a delivery.
Answered = Delivered | HandedOver | Partial | Refused | Superseded

#: An event further in the future has a time from before the clock was set back: its age is not known.
_MOST_AHEAD_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """How a courier works. Times in seconds.

    An event older than `record_max_lateness_s`, or from the future, goes as event only; older than `expire_after_s` it
    is dead. At most `late_per_s` late events a second are sent to a target, or twice as many as come in (see `Pacing`):
    a backlog does not flood the VMS and yet comes to an end. A delivery that fails alone is given up (see
    `PoisonMessages`). A target to which nothing was sent for `idle_check_s` is checked with a connection; 0: never.
    """

    record_max_lateness_s: float = 30.0
    expire_after_s: float = 7 * 24 * 3600.0
    max_at_once: int = 16
    late_per_s: float = 50.0
    idle_check_s: float = 60.0
    give_up_after: int = 5
    give_up_unanswered_after: int = 3
    back_off: BackOff = field(default_factory=BackOff)
    #: When the frame of a delivery was captured, by the clock of the courier (Unix seconds).
    captured_at_of: Callable[[Delivery], float] = attrgetter("captured_at_s")

    def is_late(self, delivery: Delivery, now_s: float) -> bool:
        """True when a recording of the present would not show what happened."""
        age_s = now_s - self.captured_at_of(delivery)
        return age_s > self.record_max_lateness_s or age_s < -_MOST_AHEAD_S

    def is_expired(self, age_s: float) -> bool:
        """True when a delivery of this age (`Outbox.age`) is too old to be of use."""
        return age_s > self.expire_after_s


def settlement_for(
    answer: Answered, delivery: Delivery, *, now_s: float, wait_s: float, policy: DeliveryPolicy
) -> Settlement:
    """Settle a delivery that was answered at `now_s` (Unix seconds). It would be sent again after `wait_s` seconds."""
    match answer:
        case Delivered():
            return Done()
        case HandedOver():
            return Relayed()
        case Refused(status, message):
            return Dead(f"refused with status {status}: {message}")
        case Superseded(reason):
            return Dead(reason)
        case Partial():
            return _after_partial(answer, delivery, now_s, wait_s, policy)


def serves_a_camera(answer: Partial) -> bool:
    """True when at least one camera has its event now."""
    return any(result.ok for result in answer.results if result.step == Step.EVENT)


def _after_partial(
    answer: Partial, delivery: Delivery, now_s: float, wait_s: float, policy: DeliveryPolicy
) -> Settlement:
    """Send the event itself again until it works; a recording or a subtitle only while it is of use.

    A camera that has its event does not hold up the events behind it. A receiver that does not know event ids would
    repeat everything, so only cameras without their event are sent to it again.
    """
    failed = [result for result in answer.results if not result.ok]
    reason = failed_steps(failed)
    never = tuple(one for one in _cameras(result for result in failed if _is_final(result)) if one is not None)
    without_event = _cameras(result for result in failed if result.step == Step.EVENT and not result.permanent)
    extras = _cameras(result for result in failed if result.step != Step.EVENT and not result.permanent)
    if not answer.knows_event_ids or policy.is_late(delivery, now_s + wait_s):
        extras = ()
    if without_event or extras:
        wanted = {*without_event, *extras}
        remaining = tuple(camera for camera in delivery.camera_ids if camera in wanted)
        return Again(
            wait_s,
            reason,
            counts_as_attempt=True,
            remaining_camera_ids=remaining or None,
            holds_camera_ids=_lanes_held(delivery, without_event),
            failed_camera_ids=never,
        )
    if serves_a_camera(answer):
        return Done(reason, never)
    return Dead(reason)


def _is_final(result: StepResult) -> bool:
    """True when a camera never gets the event."""
    return result.step == Step.EVENT and result.permanent


def _cameras(results: Iterable[StepResult]) -> tuple[str | None, ...]:
    return tuple(dict.fromkeys(result.camera_id for result in results))


def _lanes_held(delivery: Delivery, without_event: tuple[str | None, ...]) -> tuple[str, ...] | None:
    """Give the cameras whose order the delivery still holds up (None: all that remain): those without their event.

    An event without camera holds up the lane that such events share, until it has worked.
    """
    if not delivery.camera_ids and without_event:
        return None
    return tuple(camera for camera in without_event if camera is not None)
