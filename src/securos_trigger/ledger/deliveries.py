"""What became of an event, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from securos_trigger.errors.wording import printable
from securos_trigger.ledger.entries import DeliveryNote, DeliveryState, TargetNote
from securos_trigger.ledger.phrases import clock, day, seconds, when

_LONG_CHARACTERS = 40
_PENDING = "not delivered yet"
_TROUBLES = {
    "target_unreachable": "takes no events",
    "target_unauthorized": "refuses the password",
    "target_untrusted": "shows a certificate that is not trusted",
}


class Said:
    """What an answer has said already, so that a long reason is not said on every line."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def sentence(self, sentence: str, rest: str = "") -> str:
        """`: sentence` with what belongs to it; the sentence only the first time."""
        is_new = sentence not in self._said
        self._said.add(sentence)
        return f": {sentence}{rest}" if is_new else rest

    def reason(self, reason: str) -> str:
        """The reason so that it can be printed; a long one only the first time."""
        text = printable(reason)
        is_known = text in self._said
        self._said.add(text)
        return "the same reason as above" if is_known and len(text) > _LONG_CHARACTERS else text


def without_target(reason: str, target: str) -> str:
    """The reason without what the sentence around it says already, and without its full stop."""
    return reason.removeprefix(f"{target} takes no events: ").removesuffix(".")


def delivery_lines(notes: Sequence[DeliveryNote], targets: Mapping[str, TargetNote], said: Said) -> list[str]:
    """Each step of a delivery, oldest first, and what it waits for if it has not ended. Retries are one line."""
    if not notes:
        return ["what became of it is not recorded"]
    retries = [note for note in notes if note.state is DeliveryState.RETRY]
    lines, end = [], end_of(notes)
    for note in notes:
        if note.state is DeliveryState.DEAD and note is not end:
            lines.append(f"given up at {when(note.at_s)}: {said.reason(note.reason)}; a person sent it again")
        elif note.state is DeliveryState.RETRY:
            lines += [_retries(retries, said)] if note is retries[-1] else []
        elif note.state is not DeliveryState.WAITS:
            lines.append(_step(note, said))
    return lines if end else [*lines, pending(notes, targets, said)]


def delivery_words(notes: Sequence[DeliveryNote], targets: Mapping[str, TargetNote], said: Said) -> str:
    """How a delivery ended, or what it waits for."""
    end = end_of(notes)
    if end:
        return _step(end, said)
    if not notes:
        return "what became of it is not recorded"
    retries = [note for note in notes if note.state is DeliveryState.RETRY]
    words = pending(notes, targets, said)
    is_tried = bool(retries) and notes[-1].state is not DeliveryState.PUT_BACK
    return f"{words}: {_retries(retries, said)}" if is_tried and words == _PENDING else words


def end_of(notes: Sequence[DeliveryNote]) -> DeliveryNote | None:
    """The step that says what became of the event; None: it waits, perhaps since a person sent a dead one again."""
    ends = [note for note in notes if _is_answered(note)]
    if not ends:
        return None
    later = notes[notes.index(ends[-1]) + 1 :]
    again = (DeliveryState.RETRY, DeliveryState.PUT_BACK)
    is_sent_again = ends[-1].state is DeliveryState.DEAD and any(one.state in again for one in later)
    return None if is_sent_again else ends[-1]


def _is_answered(note: DeliveryNote) -> bool:
    """True when this step says what became of the event: of one that was there already, its first sending does."""
    return note.state.is_end or note.state is DeliveryState.ALREADY_THERE


def _step(note: DeliveryNote, said: Said) -> str:
    at = when(note.at_s)
    match note.state:
        case DeliveryState.KEPT:
            return f"kept at {at}, to be delivered to {note.target}"
        case DeliveryState.ALREADY_THERE:
            return f"not sent a second time: at {at} the outbox had an event of this id already"
        case DeliveryState.NOT_KEPT:
            why = said.reason(note.reason)
            return f"not kept: {why}. It is lost, and the interval is open again (reported at {at})"
        case DeliveryState.DEAD:
            return f"given up at {at}, it will not be sent again: {said.reason(note.reason)}"
        case DeliveryState.PUT_BACK:
            return f"put back: it is in the outbox again, to be delivered to {note.target}"
        case DeliveryState.UNKNOWN:
            return f"not known what became of it: {said.reason(note.reason)}"
    latency = "" if note.latency_s is None else f", {seconds(note.latency_s)} after the frame"
    late = ", late and therefore without recording and subtitle" if note.is_late else ""
    known = ", which had it already" if note.is_duplicate else ""
    failed = f"; failed: {said.reason(note.reason)}" if note.reason else ""
    return f"delivered to {note.target}{known} at {at}{latency}{late}{failed}"


def _retries(retries: Sequence[DeliveryNote], said: Said) -> str:
    last = retries[-1]
    wait = "" if last.wait_s is None else f", to go again after {seconds(last.wait_s)}"
    count = "1 attempt" if len(retries) == 1 else f"{len(retries)} attempts, the last one"
    return f"{count} at {when(last.at_s)} failed: {said.reason(last.reason)}{wait}"


def pending(notes: Sequence[DeliveryNote], targets: Mapping[str, TargetNote], said: Said) -> str:
    """What a delivery that has not ended waits for."""
    target = next((note.target for note in notes if note.target), "")
    why = target_words(target, targets, said)
    why = why or next((said.reason(note.reason) for note in notes if note.state is DeliveryState.WAITS), "")
    return f"{_PENDING}: {why}" if why else _PENDING


def target_words(target: str, targets: Mapping[str, TargetNote], said: Said) -> str:
    """What is wrong with a target, since when and why; empty: nothing is."""
    trouble = targets.get(target)
    if trouble is None or not trouble.trouble:
        return ""
    since = f"{day(trouble.at_s)}, {clock(trouble.at_s)}"
    reason = without_target(trouble.reason, target)
    why = f": {said.reason(reason)}" if reason else ""
    return f"{target} {_TROUBLES.get(trouble.trouble, 'is failing')} since {since}{why}"
