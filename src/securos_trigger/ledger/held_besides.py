"""What did not fire beside the events of a time, because of something that no event itself brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from securos_trigger.errors.wording import counted
from securos_trigger.ledger.entries import Entry, SettingsNote
from securos_trigger.ledger.event_causes import Outcome
from securos_trigger.ledger.explain_rows import SENTENCES, inactive_until
from securos_trigger.ledger.node_answer import Asked, NodeAnswer
from securos_trigger.ledger.phrases import when
from securos_trigger.model import Reason

_REASONS: Final = (Reason.MUTED, Reason.INACTIVE_HOURS)
#: The settings that a reason comes from.
SETTINGS: Final[Mapping[Reason, tuple[str, ...]]] = {
    Reason.DISABLED: ("enabled",),
    Reason.INTERVAL: ("interval",),
    Reason.HOLDING: ("hold",),
    Reason.NOT_RISEN: ("trigger", "trigger_mode"),
    Reason.CONDITION_FALSE: ("trigger",),
    Reason.CONDITION_UNKNOWN: ("trigger",),
    Reason.NOT_BOOLEAN: ("trigger",),
}


def with_held_back(
    outcome: Outcome, anew: str, entries: Sequence[Entry], node: NodeAnswer, asked: Asked
) -> tuple[str, ...]:
    """The sentences about the events, and what did not fire beside them. `anew` is about the interval, or empty.

    What ended the events stands with their number in the first sentence, unless that is about a trouble of theirs.
    """
    last = max((one for one in entries if one.reason is Reason.FIRED), key=lambda one: one.until_at_s)
    until_then, after = list[str](), list[str]()
    for reason in _REASONS:
        if held := [one for one in entries if one.reason is reason]:
            is_after = held[0].from_at_s > last.until_at_s
            (after if is_after else until_then).append(_held_back(held, node, asked))
    after += _since_changed(entries, last, node, asked)
    new = (anew,) if anew else ()
    if outcome.is_trouble or not after:
        return (*outcome.lines, *new, *(f"{one}." for one in (*until_then, *after)))
    at, is_one = when(last.until_at_s), outcome.times.endswith("once")
    head = f"{outcome.times}{' at' if is_one else ' until'} {at}; {'; '.join(after)}."
    of_events = outcome.lines[0].replace(f"{outcome.times}; ", f"of the {'event' if is_one else 'events'}: ", 1)
    return (head, of_events, *outcome.lines[1:], *new, *(f"{one}." for one in until_then))


def _held_back(held: Sequence[Entry], node: NodeAnswer, asked: Asked) -> str:
    """What would have fired and was held back for one reason."""
    were = "was" if (frames := _frames(held, asked)) == "1 frame" else "were"
    why = SENTENCES[held[0].reason].removeprefix("it would have fired, but ") + inactive_until(held[-1], node)
    return f"{frames} since {when(held[0].from_at_s)} {were} held back: {why}"


def _since_changed(entries: Sequence[Entry], last: Entry, node: NodeAnswer, asked: Asked) -> list[str]:
    """What came after the last event, and did not fire for a reason whose setting was changed since that event."""
    said = list[str]()
    for reason, names in SETTINGS.items():
        change = node.changed_after(last.until_at_s, *names)
        if change is not None and (held := _after(change, entries, reason)):
            changed = f"the settings were changed at {when(change.at_s)}: {', '.join(change.changed)}"
            frames = _frames(held, asked)
            said.append(f"{frames} since {when(held[0].from_at_s)} did not fire: {SENTENCES[reason]} ({changed})")
    return said


def _after(change: SettingsNote, entries: Sequence[Entry], reason: Reason) -> list[Entry]:
    return [one for one in entries if one.reason is reason and one.from_at_s >= change.at_s]


def _frames(held: Sequence[Entry], asked: Asked) -> str:
    """How many these are; without a number where some lie outside of the time."""
    is_inside = held[0].from_at_s >= asked.from_at_s and held[-1].until_at_s < asked.until_at_s
    return counted(sum(one.frames for one in held), "frame") if is_inside else "frames"
