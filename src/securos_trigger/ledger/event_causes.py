"""What became of the events of a node in a time: the newest trouble of them comes first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from securos_trigger.errors.wording import counted, printable
from securos_trigger.ledger.deliveries import Said, delivery_words, end_of, target_words
from securos_trigger.ledger.entries import DeliveryNote, DeliveryState, Entry, TargetNote
from securos_trigger.ledger.node_answer import Asked, NodeAnswer
from securos_trigger.ledger.phrases import instant, seconds, when

#: The reason of a delivery that was given up because of its age.
EXPIRED: Final = "expired"
#: What to do about a loss after which events were kept again is of this kind.
LOSS_IS_OVER: Final = "loss_is_over"
#: What to do where neither the ledger nor the outbox says what became of an event is of this kind.
NOT_KNOWN: Final = "not_known"
#: Where no event has a trouble: the first state that there is.
_WITHOUT_TROUBLE: Final = ("waiting", "unknown", "delivered", "partly", "held_up")
#: What is delivered within this time after its frame, in seconds, is called delivered at once.
_AT_ONCE_S: Final = 5.0
#: Events that SecurOS has, but later than others, or not with all that belongs to them.
_DELIVERED: Final = MappingProxyType({"partly": "delivered", "held_up": "delivered"})

_Notes: TypeAlias = tuple[DeliveryNote, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`kind` is how the events of the first of the `lines` ended, each a sentence; `advice` the kind of what to do.

    `times` says how often it fired: the first line begins with it. `is_trouble`: that line is about a trouble.
    """

    kind: str
    lines: tuple[str, ...]
    advice: str
    times: str
    is_trouble: bool


def outcome_of(fired: Sequence[Entry], node: NodeAnswer, asked: Asked, targets: Mapping[str, TargetNote]) -> Outcome:
    """What became of these events, oldest first: in full of those that ended like the newest one with a trouble."""
    times = "it fired once" if len(fired) == 1 else f"it fired {len(fired):,} times"
    ends_of_all = [(_end_of(notes), notes) for notes in (node.deliveries.get(entry.event_id, ()) for entry in fired)]
    by_state: dict[str, list[_Notes]] = {}
    for state, notes in ends_of_all:
        by_state.setdefault(state, []).append(notes)
    troubles = [state for state, notes in ends_of_all if _is_trouble(state, notes, targets)]
    kind = troubles[-1] if troubles else next(state for state in _WITHOUT_TROUBLE if state in by_state)
    told = by_state.pop(kind)
    if kind == "not_kept":
        is_over = _is_loss_over([state for state, _ in ends_of_all])
        text = f"{times}, and {_lost(told, len(fired), asked)}.{' Later ones were kept.' if is_over else ''}"
        return Outcome(
            kind, (text, *_besides(by_state, ends_of_all, asked)), LOSS_IS_OVER if is_over else kind, times, True
        )
    words, advice = delivery_words(told[-1], targets, Said()), NOT_KNOWN if kind == "unknown" else kind
    if len(fired) > 1:
        alike = "all" if len(told) == len(fired) else counted(len(told), "event")
        words = f"1 of them: {words}" if len(told) == 1 else f"{alike} alike, the last one: {words}"
    end = end_of(told[-1])
    if kind == "dead" and end is not None and end.reason == EXPIRED:
        why = target_words(end.target, targets, Said()) or "it had waited for longer than expire_after_days allows"
        words, advice = f"{words}: {why}", EXPIRED
    over = _since_given_up(ends_of_all, end, node) if kind == "dead" and end is not None else ()
    kind, advice = (_DELIVERED.get(one, one) for one in (kind, advice))
    lines = (f"{times}; {words}.", *over, *_besides(by_state, ends_of_all, asked))
    return Outcome(kind, lines, advice, times, is_trouble=bool(troubles))


def _since_given_up(ends_of_all: Sequence[tuple[str, _Notes]], end: DeliveryNote, node: NodeAnswer) -> Iterator[str]:
    """What was other since the last event was given up: the settings of the node, or that later ones arrived."""
    change = next((one for one in node.changes if one.at_s >= end.at_s and _names_the_target(one.changed)), None)
    if change is not None:
        yield f"the settings were changed after that, at {when(change.at_s)}: {', '.join(change.changed)}."
    states = [state for state, _ in ends_of_all]
    later = states[len(states) - [*reversed(states)].index("dead") :]
    if "delivered" in (_DELIVERED.get(state, state) for state in later):
        yield "later ones were delivered."


def _names_the_target(changed: Sequence[str]) -> bool:
    """True when these settings say where to, or for which camera, events are sent."""
    return any(name.startswith("iss_") for name in changed)


def _end_of(notes: _Notes) -> str:
    """How an event ended; of one that was delivered also whether at once and whole."""
    state, end = _state_of(notes), end_of(notes)
    if state != "delivered" or end is None:
        return state
    is_slow = end.latency_s is not None and end.latency_s > _AT_ONCE_S
    if is_slow or end.is_late or any(note.state is DeliveryState.RETRY for note in notes):
        return "held_up"
    return "partly" if end.reason else state


def _state_of(notes: Sequence[DeliveryNote]) -> str:
    states = {note.state for note in notes}
    for state in (DeliveryState.DELIVERED, DeliveryState.ALREADY_THERE, DeliveryState.NOT_KEPT):
        if state in states:
            return "delivered" if state is DeliveryState.ALREADY_THERE else state.value
    if end := end_of(notes):
        return end.state.value
    return "waiting" if notes else "unknown"


def _is_trouble(state: str, notes: _Notes, targets: Mapping[str, TargetNote]) -> bool:
    """True when the event is lost or given up, or waits for more than its first attempt."""
    if state != "waiting":
        return state in ("not_kept", "dead")
    is_failing = any(note.state in (DeliveryState.RETRY, DeliveryState.WAITS) for note in notes)
    return is_failing or any(target_words(note.target, targets, Said()) for note in notes)


def _is_loss_over(states: Sequence[str]) -> bool:
    """True when an event after the last lost one was kept. `states` are those of the events, oldest first."""
    after = states[len(states) - [*reversed(states)].index("not_kept") :]
    return any(state != "unknown" for state in after)


def _besides(
    others: Mapping[str, Sequence[_Notes]], ends_of_all: Sequence[tuple[str, _Notes]], asked: Asked
) -> list[str]:
    """What became of the events that the sentence is not about, where that is no good end: a sentence each."""
    told = []
    if held_up := others.get("held_up"):
        told.append(_held_up(held_up))
    if partly := others.get("partly"):
        told.append(f"{_events(partly, was=True)} delivered, and failed in part: {_last_reason(partly)}")
    if waiting := others.get("waiting"):
        told.append(f"{_events(waiting)} not delivered yet")
    if unknown := others.get("unknown"):
        told.append(f"of {counted(len(unknown), 'event')} it is not known what became of {_it(unknown)}")
    if dead := others.get("dead"):
        ends = [end for end in map(end_of, dead) if end is not None]
        reason = printable(ends[-1].reason).removesuffix(".")
        last = "" if len(ends) == 1 else "the last one "
        told.append(f"{_events(dead, was=True)} given up, {last}at {when(ends[-1].at_s)}: {reason}")
    if lost := others.get("not_kept"):
        is_over = _is_loss_over([state for state, _ in ends_of_all])
        told.append(f"{_lost(lost, len(ends_of_all), asked)}{' (later ones were kept)' if is_over else ''}")
    return [f"{sentence}." for sentence in told]


def _held_up(events: Sequence[_Notes]) -> str:
    """That events came later than the rest: by how much at most, what they had to do without, and why."""
    ends = [end for end in map(end_of, events) if end is not None]
    longest_s = max((end.latency_s for end in ends if end.latency_s is not None), default=None)
    by = "" if longest_s is None else f", by up to {seconds(longest_s)}"
    late = sum(end.is_late for end in ends)
    which = "" if late == len(ends) else f"{late:,} of them "
    without = f", {which}late and therefore without recording and subtitle" if late else ""
    why = f": {reason}" if (reason := _last_reason(events)) else ""
    return f"{_events(events, was=True)} held up{by}{without}{why}"


def _last_reason(events: Sequence[_Notes]) -> str:
    """Why an attempt of the newest of these failed, or a part of it; empty: it is not known."""
    reasons = [note.reason for notes in events for note in notes if note.reason]
    return printable(reasons[-1]).removesuffix(".") if reasons else ""


def _events(of_them: Sequence[_Notes], *, was: bool = False) -> str:
    """`1 event is` or `7 events were`."""
    verb = ("was" if len(of_them) == 1 else "were") if was else ("is" if len(of_them) == 1 else "are")
    return f"{counted(len(of_them), 'event')} {verb}"


def _it(of_them: Sequence[_Notes]) -> str:
    return "it" if len(of_them) == 1 else "them"


def _lost(lost: Sequence[Sequence[DeliveryNote]], fired: int, asked: Asked) -> str:
    """How many events were lost, between when, and why: each reason once."""
    notes = [note for of_one in lost for note in of_one if note.state is DeliveryState.NOT_KEPT]
    reasons = ", ".join(dict.fromkeys(printable(note.reason) for note in notes))
    which = (
        "the event was lost"
        if fired == 1
        else f"{counted(len(lost), 'event')} of these {'was' if len(lost) == 1 else 'were'} lost"
    )
    first, last = notes[0].at_s, notes[-1].at_s
    times = f"at {instant(first, asked.from_at_s)}" if len(notes) == 1 else f"between {when(first)} and {when(last)}"
    return f"{which} {times}: {reasons}"
