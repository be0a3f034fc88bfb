"""Turns one node's decisions into entries, on every frame and within about a microsecond."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from securos_trigger.conditions import Clause, Condition
from securos_trigger.errors import ConditionError
from securos_trigger.ledger.change_detector import change_detector_of
from securos_trigger.ledger.entries import Entry, Record, SettingsNote
from securos_trigger.model import Address, Decision, Metadata, Moment, Reason, Verdict

#: Clause values are looked at this often, in seconds of media time, while a node's frames all end alike.
SAMPLE_S: Final = 1.0
#: Extra looks in a second of media time, for frames on which a clause turned true or false.
EARLY_LOOKS: Final = 4
#: With no frame for longer than this (seconds, media time or wall clock) a run of frames ends.
GAP_S: Final = 2.0
#: Clauses of a condition that are remembered, the outermost and first ones.
MAX_CLAUSES: Final = 40
_MAX_NAME_CHARACTERS: Final = 256

_GAP = timedelta(seconds=GAP_S)
# On a stream that is slower than real time, a run ends after this.
_LONGEST_WITHOUT_LOOK = timedelta(seconds=SAMPLE_S + GAP_S)
# Their frames say nothing that a condition could explain.
_WITHOUT_CLAUSES = frozenset({Reason.DISABLED})


class _OpenEntry:
    """Frames that end alike, for as long as they do."""

    __slots__ = (
        "clauses",
        "frames",
        "from_at",
        "from_media_s",
        "inactive_until",
        "interval_left_s",
        "limit_at",
        "mute_reason",
        "pattern",
        "reason",
        "sample_media_s",
        "source_name",
        "until_at",
        "until_media_s",
        "values",
    )

    def __init__(self, decision: Decision, captured_at: datetime, source_name: str, mute_reason: str) -> None:
        self.reason = decision.reason
        self.from_at = self.until_at = captured_at
        self.from_media_s = self.until_media_s = decision.at
        self.interval_left_s = decision.interval_left_s
        self.inactive_until = decision.inactive_until
        self.mute_reason = mute_reason
        self.source_name = source_name
        self.frames = 1
        self.clauses: tuple[Clause, ...] = ()
        self.values: list[object] = []
        self.pattern: object = None
        self.look_again_later()

    def look_again_later(self) -> None:
        """The present frame was looked at: the next one is due in a second of media time."""
        self.sample_media_s = self.until_media_s + SAMPLE_S
        self.limit_at = self.until_at + _LONGEST_WITHOUT_LOOK

    def goes_on(self, decision: Decision, captured_at: datetime, source_name: str) -> bool:
        """True when this frame ends as the run does, and follows it without a gap on either clock."""
        return (
            decision.reason is self.reason
            and decision.inactive_until == self.inactive_until
            and self.until_media_s <= decision.at <= self.until_media_s + GAP_S
            and self.until_at <= captured_at <= self.until_at + _GAP
            and source_name == self.source_name
        )

    def take(self, decision: Decision, captured_at: datetime) -> None:
        """One more frame."""
        self.until_media_s = decision.at
        self.until_at = captured_at
        self.frames += 1


class NodeLedger:
    """The ledger of one node: `note` is called for every decision, by the thread that runs the node."""

    __slots__ = (
        "_add",
        "_changes",
        "_condition",
        "_looks_from_media_s",
        "_looks_left",
        "_pattern",
        "_run",
        "_upstream",
        "address",
        "mute_reason",
    )

    def __init__(self, add: Callable[[Record], None], address: Address, condition: Condition | None) -> None:
        self.address = address
        #: Why a person muted the node last; the host sets it.
        self.mute_reason = ""
        self._add = add
        self._run: _OpenEntry | None = None
        self._upstream: Condition | None = None
        self._watch(condition)
        self._looks_left = 0
        self._looks_from_media_s = 0.0

    def explain_upstream(self, conditions: Sequence[str]) -> None:
        """Say of a node without a condition what these do, of the event nodes before it: its events are theirs.

        More than a condition may hold are left out.
        """
        text = " or ".join(f"({one})" for one in conditions) if len(conditions) > 1 else "".join(conditions)
        try:
            upstream = Condition(text) if text else None
        except ConditionError:  # too long as one
            upstream = Condition(conditions[0])
        is_watched = self._condition is self._upstream
        self._upstream = upstream
        if is_watched:
            self._watch(None)

    def change(self, condition: Condition | None, note: SettingsNote) -> None:
        """The node has other settings from the next frame on: what it decided before is an entry of its own."""
        self.end()
        self._watch(condition)
        self._add(note)

    def end(self) -> None:
        """End the run there is."""
        if self._run is not None:
            self._add(self._entry_of(self._run))
            self._run = None

    def _watch(self, condition: Condition | None) -> None:
        self._condition = condition = self._upstream if condition is None else condition
        self._changes = None if condition is None else change_detector_of(condition.text)
        self._pattern = None if self._changes is None else self._changes.pattern

    @property
    def name(self) -> str:
        """The node's address as text: `pipeline/camera/node`, without the parts that it has not."""
        return str(self.address)

    def note(self, decision: Decision, metadata: Metadata, moment: Moment) -> None:
        """Remember a decision. A moment without a wall clock is noted with the present one.

        The frame is explained when it fired, when its reason is another one or a clause turned, and when a value is
        another one than a second before. All other frames cost about a microsecond (benchmarks/bench_ledger.py).
        """
        run = self._run
        at = decision.at
        captured_at = moment.captured_at or datetime.now(UTC)
        if (
            run is not None
            and decision.reason is run.reason
            and decision.inactive_until is run.inactive_until
            and run.until_media_s <= at < run.sample_media_s
            and run.until_at <= captured_at <= run.limit_at
            and (self._pattern is None or self._pattern(metadata) == run.pattern)
        ):
            run.until_media_s = at
            run.until_at = captured_at
            run.frames += 1
        elif (
            run is not None
            and run.goes_on(decision, captured_at, moment.source_name)
            and self._is_as_before(run, at, metadata)
        ):
            run.take(decision, captured_at)
            if at >= run.sample_media_s:
                run.look_again_later()
        else:
            self._begin(decision, metadata, captured_at, moment.source_name)

    def open_entry(self) -> Entry | None:
        """The run that has not ended, as it stands now. From any thread."""
        run = self._run
        return None if run is None else self._entry_of(run)

    def _is_as_before(self, run: _OpenEntry, at: float, metadata: Metadata) -> bool:
        """True when the run's clauses and values still hold, or must not be looked at again so soon."""
        if at < run.sample_media_s:
            return not self._use_up_look(at)
        if self._changes is None:
            return True
        return self._changes.values(metadata) == run.values or self._clauses(run.reason, metadata) == run.clauses

    def _use_up_look(self, at: float) -> bool:
        """Count one look at a clause that has changed. False: the looks of this second are used up."""
        if not self._looks_from_media_s <= at < self._looks_from_media_s + SAMPLE_S:
            self._looks_from_media_s, self._looks_left = at, EARLY_LOOKS
        self._looks_left -= 1
        return self._looks_left >= 0

    def _begin(self, decision: Decision, metadata: Metadata, captured_at: datetime, source_name: str) -> None:
        """End the run there was, and begin another one or add what stands by itself."""
        self.end()
        at_s = captured_at.timestamp()
        clauses = self._clauses(decision.reason, metadata)
        if decision.verdicts:
            for verdict in decision.verdicts:
                # One without an id is of no event node: their conditions do not explain it.
                of_node = clauses if verdict.upstream_event_id else ()
                self._add(self._entry_of_verdict(verdict, decision, at_s, source_name, of_node))
            return
        for event in decision.events:
            fired = Verdict(decision.reason, event)
            self._add(self._entry_of_verdict(fired, decision, at_s, source_name, clauses))
        if not decision.events:
            run = _OpenEntry(decision, captured_at, source_name, self._mute_reason_of(decision.reason))
            run.clauses = clauses
            if self._changes is not None:
                run.values = self._changes.values(metadata)
                run.pattern = self._pattern and self._pattern(metadata)
            self._run = run

    def _mute_reason_of(self, reason: Reason) -> str:
        return self.mute_reason if reason is Reason.MUTED else ""

    def _clauses(self, reason: Reason, metadata: Metadata) -> tuple[Clause, ...]:
        if self._condition is None or reason in _WITHOUT_CLAUSES:
            return ()
        return self._condition.clauses(metadata)[:MAX_CLAUSES]

    def _entry_of(self, run: _OpenEntry) -> Entry:
        return Entry(
            address=self.address,
            source_name=run.source_name,
            reason=run.reason,
            from_at_s=run.from_at.timestamp(),
            until_at_s=run.until_at.timestamp(),
            from_media_s=run.from_media_s,
            until_media_s=run.until_media_s,
            frames=run.frames,
            clauses=run.clauses,
            interval_left_s=run.interval_left_s,
            inactive_until_at_s=None if run.inactive_until is None else run.inactive_until.timestamp(),
            mute_reason=run.mute_reason,
        )

    def _entry_of_verdict(
        self, verdict: Verdict, decision: Decision, at_s: float, source_name: str, clauses: tuple[Clause, ...]
    ) -> Entry:
        event = verdict.event
        return Entry(
            address=self.address,
            source_name=source_name,
            reason=verdict.reason,
            from_at_s=at_s,
            until_at_s=at_s,
            from_media_s=decision.at,
            until_media_s=decision.at,
            clauses=clauses,
            interval_left_s=verdict.interval_left_s,
            inactive_until_at_s=None if verdict.inactive_until is None else verdict.inactive_until.timestamp(),
            mute_reason=self._mute_reason_of(verdict.reason),
            event_id=event.event_id if event else "",
            event_name=event.name[:_MAX_NAME_CHARACTERS] if event else "",
            flags=event.flags if event else decision.flags,
            boxes=len(event.boxes) if event else 0,
            upstream_event_id=str(verdict.upstream_event_id or "")[:_MAX_NAME_CHARACTERS],
        )
