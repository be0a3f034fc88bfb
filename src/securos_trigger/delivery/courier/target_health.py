"""The circuit breaker of a target: healthy, or failing, since when and why. A trouble is reported when it begins."""

from __future__ import annotations

import asyncio
from typing import Final

from securos_trigger.delivery.back_off import BackOff, Random
from securos_trigger.delivery.transport import Reach
from securos_trigger.model import Retry, RetryKind, Unauthorized
from securos_trigger.notices import Announcer, NoticeKind, kinds

#: Two causes that take turns are reported again no more often than this, in seconds.
_REPORT_AGAIN_AFTER_S: Final = 60.0
#: What failed with one of these at an attempt works again when the target says that it is healthy. Another failure,
#: such as a refused password, ends with the answer to a delivery only.
_ENDED_BY_HEALTH: Final = frozenset(
    {RetryKind.UNREACHABLE, RetryKind.WRONG_SCHEME, RetryKind.UNTRUSTED, RetryKind.NOT_READY}
)
#: An attempt that fails sooner than that (seconds) has failed at once.
_WORTH_SAYING_S: Final = 1.0


class TargetHealth:
    """Follows one target. A failing one rests, is probed with one delivery, and rests longer.

    Instants are of the event loop's clock.
    """

    def __init__(self, target: str, announcer: Announcer, back_off: BackOff, random: Random) -> None:
        self._target = target
        self._announcer = announcer
        self._back_off = back_off
        self._random = random
        self._trouble = ""  # reported last: the notice, and the kind of failure
        self._reported: set[str] = set()  # in this trouble
        self._reported_at_ticks = 0.0
        self._failing_since_at_ticks = 0.0
        self._failures = 0
        self._failed_at_ticks = 0.0
        self._wait_s = 0.0
        self._answered_at_ticks = float("-inf")
        self._last_failure: Unauthorized | Retry | None = None  # of an attempt
        self._is_found_by_check = False  # the trouble that was reported last, and by no attempt since
        self._is_seen_by_check_only = False  # no attempt has failed in this trouble
        self._attempts: dict[int, float] = {}  # under way: by the sequence of the delivery, when each began

    @property
    def waiting_since_at_ticks(self) -> float | None:
        """When the oldest attempt under way began; None: there is none, or the target fails. From any thread."""
        return None if self._trouble else min(tuple(self._attempts.values()), default=None)

    @property
    def tries_at_ticks(self) -> tuple[float, float] | None:
        """When an attempt failed last, and when the next may begin; None: no attempt has failed. From any thread."""
        failed_at_ticks = self._failed_at_ticks
        return (failed_at_ticks, failed_at_ticks + self._wait_s) if self.is_seen_by_attempts else None

    def begin_attempt(self, sequence: int) -> float:
        """Note an attempt to send the delivery with this sequence, until `end_attempt`; gives when it began."""
        began_at_ticks = self._attempts[sequence] = asyncio.get_running_loop().time()
        return began_at_ticks

    def end_attempt(self, sequence: int) -> None:
        """Note that the attempt has ended, however it did."""
        del self._attempts[sequence]

    @property
    def is_failing(self) -> bool:
        """True from the first failure to the next answer."""
        return bool(self._trouble)

    @property
    def is_resting(self) -> bool:
        """True while a failing target is not to be probed."""
        return self.is_failing and self._rest_s() > 0

    @property
    def is_seen_by_attempts(self) -> bool:
        """True when a delivery has failed in the present trouble: a connection alone does not end it."""
        return self.is_failing and not self._is_seen_by_check_only

    def _rest_s(self) -> float:
        return self._failed_at_ticks + self._wait_s - asyncio.get_running_loop().time()

    async def rest(self) -> None:
        """Wait until a failing target may be probed, or has answered an attempt that was under way."""
        while self._trouble and (left_s := self._rest_s()) > 0:
            await asyncio.sleep(min(left_s, 0.25))

    def probe_at_once(self) -> None:
        """Let a failing target be probed now: what it failed with has changed."""
        self._failures = 0
        self._wait_s = 0.0

    def has_answered_since(self, began_at_ticks: float) -> bool:
        """True when the target has answered another delivery since then: the failure is that of one delivery."""
        return self._answered_at_ticks > began_at_ticks

    def note_answer(self) -> bool:
        """Note an answer of the target. True when it had been failing."""
        now_ticks = asyncio.get_running_loop().time()
        self._answered_at_ticks = now_ticks
        return self._end(now_ticks)

    def _end(self, now_ticks: float) -> bool:
        """End the trouble, if there is one. True: there was."""
        if not self._trouble:
            return False
        outage_s = round(now_ticks - self._failing_since_at_ticks, 3)
        self._announcer.announce(kinds.TARGET_RECOVERED, target=self._target, outage_s=outage_s)
        self._trouble = ""
        self._reported.clear()
        self._failures = 0
        return True

    def note_reach(self, reach: Reach) -> bool:
        """Note a check without a delivery that found nothing wrong. True when it has ended a trouble."""
        failure = self._last_failure
        is_ended_by_health = isinstance(failure, Retry) and failure.kind in _ENDED_BY_HEALTH
        if self._is_seen_by_check_only or (reach is Reach.READY and is_ended_by_health):
            return self._end(asyncio.get_running_loop().time())
        if self._trouble and self._is_found_by_check and failure is not None:
            self._report(failure)  # what the check had found is over; this is not
        return False

    def note_failed_check(self, failure: Retry, began_at_ticks: float) -> None:
        """Note what a check without a delivery found wrong, since its beginning. The next delivery does not wait."""
        if not self._trouble:
            self._failing_since_at_ticks = began_at_ticks
            self._is_seen_by_check_only = True
            self._wait_s = 0.0
        before = self._trouble
        self._alarm(failure)
        self._is_found_by_check = self._is_found_by_check or self._trouble != before

    def note_failure(self, failure: Unauthorized | Retry, began_at_ticks: float) -> float:
        """Note a failed attempt. Gives the seconds to rest; attempts that fail together count once.

        A trouble begins with the first attempt that failed, not with the end of that attempt.
        """
        now_ticks = asyncio.get_running_loop().time()
        if not self._trouble:
            self._failing_since_at_ticks = began_at_ticks
        if began_at_ticks >= self._failed_at_ticks or not self._trouble:
            self._failures += 1
            asked_s = failure.retry_after_s if isinstance(failure, Retry) else None
            self._wait_s = self._back_off.wait_s(self._failures, self._random, asked_s)
            self._failed_at_ticks = now_ticks
        self._is_seen_by_check_only = False
        self._last_failure = failure
        self._alarm(failure)
        if self._trouble == _trouble_of(failure):
            self._is_found_by_check = False
        return max(0.0, self._failed_at_ticks + self._wait_s - now_ticks)

    def _alarm(self, failure: Unauthorized | Retry) -> None:
        """Report a cause at once when it is new in this trouble, and one that comes back once a minute."""
        trouble = _trouble_of(failure)
        is_only_busy = isinstance(failure, Retry) and failure.kind is RetryKind.BUSY
        if trouble == self._trouble or (self._trouble and is_only_busy):
            return
        now_ticks = asyncio.get_running_loop().time()
        if trouble in self._reported and now_ticks - self._reported_at_ticks < _REPORT_AGAIN_AFTER_S:
            return
        self._report(failure)

    def _report(self, failure: Unauthorized | Retry) -> None:
        """Report a cause, which is that of the trouble from now on."""
        now_ticks = asyncio.get_running_loop().time()
        self._trouble, self._reported_at_ticks = _trouble_of(failure), now_ticks
        self._is_found_by_check = False
        self._reported.add(self._trouble)
        lasts_s = round(now_ticks - self._failing_since_at_ticks, 1)
        outage_s = lasts_s if lasts_s >= _WORTH_SAYING_S else ""
        reason = _without_target(failure.message, str(self._target))
        self._announcer.announce(_notice_of(failure), target=self._target, reason=reason, outage_s=outage_s)


def _without_target(message: str, target: str) -> str:
    """The cause alone: the notice says the target, and what it is that it does not do."""
    for known in (f"{target} takes no events: ", f"The certificate of {target} is not trusted: "):
        message = message.removeprefix(known)
    if message.startswith("its SHA-256"):
        message = message.replace("its", "the certificate's", 1)
    return message.replace(f" of {target}", "").removesuffix(" Nothing is sent.")


def _trouble_of(failure: Unauthorized | Retry) -> str:
    """The notice, and the kind of failure."""
    return f"{_notice_of(failure).name} {failure.kind if isinstance(failure, Retry) else ''}"


def _notice_of(failure: Unauthorized | Retry) -> NoticeKind:
    if isinstance(failure, Unauthorized):
        return kinds.TARGET_UNAUTHORIZED
    return kinds.TARGET_UNTRUSTED if failure.kind is RetryKind.UNTRUSTED else kinds.TARGET_UNREACHABLE
