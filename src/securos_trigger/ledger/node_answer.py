"""What is asked about a time, and what the ledger says about one node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from math import inf
from typing import Final

from securos_trigger.errors.wording import STARTS_IT, with_config
from securos_trigger.ledger.coverage import Silence
from securos_trigger.ledger.entries import DeliveryNote, DeliveryState, Entry, SettingsNote, SourceNote
from securos_trigger.ledger.event_nodes import TrueSince
from securos_trigger.ledger.periods import Period
from securos_trigger.model import Address

#: A lost source is noticed this long after its last frame, at most.
_NOTICED_WITHIN_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Asked:
    """The time that is asked about: from `from_at_s` up to but without `until_at_s` (Unix seconds).

    What happened up to `around_s` seconds before and after belongs to the answer. `node` names nodes as a person types
    them (`Address.is_meant`); empty: every node. `is_summary`: counts are wanted, and not one thing after the other.
    `remark` says how the time and the node were understood where that could be doubted. Times are said in `zone`;
    None: that of this machine. `config` stands in commands for CONFIG, and `outbox` names that of a placed pipeline.
    `lead` stands before the answer. `starts_it` says how the service is started.
    Of what came after `written_until_at_s` the running service may not have written all yet.
    """

    from_at_s: float
    until_at_s: float
    around_s: float = 30.0
    node: str = ""
    is_summary: bool = False
    remark: str = ""
    zone: tzinfo | None = None
    config: str = "CONFIG"
    outbox: str = ""
    written_until_at_s: float = inf
    lead: str = ""
    starts_it: str = STARTS_IT

    def in_commands(self, text: str) -> str:
        """The text with the configuration, and the outbox where a command can take it, in place of CONFIG."""
        return with_config(text.replace(STARTS_IT, self.starts_it), self.config, self.outbox)

    def covers(self, entry: Entry) -> bool:
        """True when the entry has a frame in the time itself."""
        return entry.until_at_s >= self.from_at_s and entry.from_at_s < self.until_at_s

    def is_near(self, entry: Entry) -> bool:
        """True when the entry has a frame in the time or around it."""
        return entry.until_at_s >= self.from_at_s - self.around_s and entry.from_at_s < self.until_at_s + self.around_s

    def is_around(self, at_s: float) -> bool:
        """True when this instant lies in the time or around it."""
        return self.from_at_s - self.around_s <= at_s < self.until_at_s + self.around_s

    def span_with(self, entries: Iterable[Entry]) -> tuple[float, float]:
        """The time that is asked about, and all of these entries: from when until when."""
        spans = [(self.from_at_s, self.until_at_s), *((one.from_at_s, one.until_at_s) for one in entries)]
        return min(one for one, _ in spans), max(one for _, one in spans)

    def covers_silence(self, silence: Silence) -> bool:
        """True when the ledger is silent in the time itself, longer than between two of its lines."""
        return silence.lies_in(self.from_at_s, self.until_at_s)

    def is_near_silence(self, silence: Silence) -> bool:
        """True when it is silent in the time or around it, or the service was killed soon after that."""
        from_at_s, until_at_s = self.from_at_s - self.around_s, self.until_at_s + self.around_s
        return silence.lies_in(from_at_s, until_at_s) or silence.is_kill_near(from_at_s, until_at_s)

    def covers_period(self, period: Period) -> bool:
        """True when the period has an instant in the time itself."""
        return period.lies_in(self.from_at_s, self.until_at_s)

    def is_near_period(self, period: Period) -> bool:
        """True when it has one in the time or around it."""
        return period.lies_in(self.from_at_s - self.around_s, self.until_at_s + self.around_s)

    def means(self, record: Entry | SettingsNote) -> bool:
        """True when the record's node is asked about."""
        return self.is_about(record.address)

    def is_about(self, address: Address) -> bool:
        """True when this node is asked about."""
        return not self.node or address.is_meant(self.node)


@dataclass(frozen=True, slots=True)
class NodeAnswer:
    """What the ledger says about one node. `entries` are those in and around the time, oldest first.

    `frame_before_at_s` and `frame_after_at_s` are the nearest frames outside the time, if any. `fired_before` is the
    last event before all entries. `deliveries` are the steps of each event's delivery, by event id, oldest first.
    `changes` are the changes of the node's settings in and around the time. `stopped` says since when and why its
    source or its pipeline gave no frames at the end of the time, if so. `periods` are the times, in and around the
    asked one, in which something held that may be why no event came, by their beginning. `warning` is what is probably
    wrong with the node's condition as its configuration has it now; empty: nothing is known. `closed_before` is the
    entry from before the time that says that active_hours are closed until after it. `true_before` is since when the
    condition of the event nodes before the node had been true before all entries; None: it was not, or is not known.
    `muted_now` is the mute that is in force at present and began before the end of the time. `interval_s` is the
    interval of its configuration as it is now; 0: it has none, or it is not known.
    """

    address: Address
    entries: tuple[Entry, ...] = ()
    frame_before_at_s: float | None = None
    frame_after_at_s: float | None = None
    fired_before: Entry | None = None
    deliveries: Mapping[str, tuple[DeliveryNote, ...]] = field(default_factory=dict)
    changes: tuple[SettingsNote, ...] = ()
    stopped: SourceNote | None = None
    periods: tuple[Period, ...] = ()
    warning: str = ""
    closed_before: Entry | None = None
    true_before: TrueSince | None = None
    muted_now: Period | None = None
    interval_s: float = 0.0

    @property
    def name(self) -> str:
        """The node's address as text: `pipeline/camera/node`, without the parts that it has not."""
        return str(self.address)

    def is_lost(self, event_id: str) -> bool:
        """True when the event could not be kept."""
        return any(note.state is DeliveryState.NOT_KEPT for note in self.deliveries.get(event_id, ()))

    def changed_after(self, at_s: float, *names: str) -> SettingsNote | None:
        """The first change of one of these settings after this instant; None: there was none."""
        later = (one for one in self.changes if one.at_s >= at_s and not set(names).isdisjoint(one.changed))
        return min(later, key=lambda one: one.at_s, default=None)

    def last_frame_before(self, at_s: float) -> float:
        """When the last frame came before a loss that was noticed at this instant; this instant: not shortly before."""
        ends = [one.until_at_s for one in self.entries if one.until_at_s <= at_s]
        ends += [] if self.frame_before_at_s is None else [self.frame_before_at_s]
        last_s = max((one for one in ends if one <= at_s), default=at_s)
        return last_s if at_s - last_s <= _NOTICED_WITHIN_S else at_s
