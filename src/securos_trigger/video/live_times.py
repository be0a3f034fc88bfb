"""The moments of a live source's frames: by their time stamps, or by when they come while the stamps cannot be used."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from securos_trigger.model import Moment
from securos_trigger.model.source_figures import SourceFigures
from securos_trigger.notices import Announcer, kinds
from securos_trigger.video.frame_times import USUAL_STEP_S, FrameTimes
from securos_trigger.video.stamp_watch import StampWatch


class LiveTimes:
    """Gives each frame of a live source its moment, as it comes.

    While the stamps cannot be used (`StampWatch` says when), and on a frame without one, media time goes on by the time
    between frames as they come: what an operator sees happens in real time, whatever a camera's clock does. It goes
    on from where it is, also when the stamps count again, and where they jump for good, as those of a camera whose
    clock was set: so no interval and no dwell time begins again. Announces `source_times_unusable` once for each such
    period, and `source_times_usable` at its end.
    """

    def __init__(
        self, source: str, figures: SourceFigures, announcer: Announcer, usual_step_s: float | None = USUAL_STEP_S
    ) -> None:
        """`usual_step_s`: as for `FrameTimes`."""
        self._times = FrameTimes(source, usual_step_s)
        self._watch = StampWatch()
        self._figures = figures
        self._announcer = announcer
        self._about = {"pipeline": announcer.pipeline, "source": source}
        #: When the last frame came, or when the connection began if none has come in it, in ticks.
        self.last_at_ticks = time.monotonic()

    def take_live(self, *, is_live: bool) -> None:
        """Take whether the source is live, as it is unless said: of one that is not, stamps can only stand still."""
        self._watch.is_live = is_live

    @property
    def silent_s(self) -> float:
        """How long ago the last frame came, or the connection began, in seconds."""
        return round(time.monotonic() - self.last_at_ticks, 1)

    def begin(self) -> None:
        """The source is connected again: its stamps begin elsewhere."""
        self.last_at_ticks = time.monotonic()
        self._times.begin()
        self._watch.begin()

    def moment(self, stamp: float | None, held_s: float = 0.0) -> Moment:
        """The moment of a frame that was read now. `stamp`: its own time in seconds; None: it has none.

        `held_s`: for how long it has been held back, in seconds.
        """
        moment = self._moment(stamp)
        if not held_s or moment.captured_at is None:
            return moment
        self.last_at_ticks -= held_s
        return moment._replace(captured_at=moment.captured_at - timedelta(seconds=held_s))

    def _moment(self, stamp: float | None) -> Moment:
        now_s, last_s = time.monotonic(), self.last_at_ticks
        self.last_at_ticks = now_s
        was_unusable = bool(self._watch.reason)
        is_unusable = bool(self._watch.reason if stamp is None else self._watch.see(stamp, now_s, datetime.now(UTC)))
        if is_unusable is not was_unusable:
            self._report(now_s, is_over=was_unusable)
        if stamp is None or is_unusable:
            return self._times.moment_after(now_s - last_s)
        if was_unusable:
            self._times.go_on_with(stamp, now_s - last_s)
        return self._times.moment(stamp, now_s if self._watch.is_live else None)

    def _report(self, now_s: float, *, is_over: bool) -> None:
        figures, since_s = self._figures, self._figures.times_unusable_since_at_ticks
        figures.times_unusable_since_at_ticks = None if is_over else now_s
        figures.times_unusable_reason = self._watch.reason
        if is_over:
            outage_s = round(now_s - (now_s if since_s is None else since_s), 1)
            self._announcer.announce(kinds.SOURCE_TIMES_USABLE, **self._about, outage_s=outage_s)
        else:
            reason = f"{self._watch.reason}: the arrival time of its frames is used"
            self._announcer.announce(kinds.SOURCE_TIMES_UNUSABLE, **self._about, reason=reason)
