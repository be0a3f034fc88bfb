"""Why no event came of a node in a time: what holds now and what was, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import inf
from typing import Final

from securos_trigger.errors.wording import printable
from securos_trigger.ledger.cause import Cause, capital, small
from securos_trigger.ledger.coverage import Silence, Why
from securos_trigger.ledger.entries import Entry, TargetNote
from securos_trigger.ledger.entry_groups import EntryGroup, alternates, clause_lines, ending
from securos_trigger.ledger.event_causes import LOSS_IS_OVER, outcome_of
from securos_trigger.ledger.event_nodes import is_already_true, true_since
from securos_trigger.ledger.explain_rows import SENTENCES, inactive_until
from securos_trigger.ledger.held_besides import SETTINGS, with_held_back
from securos_trigger.ledger.new_intervals import new_interval
from securos_trigger.ledger.node_answer import Asked, NodeAnswer
from securos_trigger.ledger.period_lines import WITHOUT_FRAMES, sentence, stopped_sentence
from securos_trigger.ledger.periods import MUTED, PIPELINE_FAILED, Period
from securos_trigger.ledger.phrases import ask_command, when, with_last_frame
from securos_trigger.ledger.present_causes import causes_now
from securos_trigger.ledger.remedies import FIXES, fix_mute
from securos_trigger.model import Reason

#: With no frame for this share of the time, that is the cause, whatever the other frames were.
_MOST: Final = 0.5
#: Why a node that would have fired did not: the strongest first.
_HELD_BACK: Final = (
    Reason.DISABLED,
    Reason.MUTED,
    Reason.INACTIVE_HOURS,
    Reason.PAUSE_AFTER_LOSS,
    Reason.INTERVAL,
    Reason.DUPLICATE,
    Reason.HOLDING,
    Reason.NOT_RISEN,
)
#: Why a node did not fire whose condition alone was in the way.
OF_CONDITION: Final = frozenset(set(Reason) - {Reason.FIRED, *_HELD_BACK})
#: A target takes no events now: with it stands what became of the events of the time, and what to do about them.
_TARGET_FAILS: Final = "waiting"
_WITH_TARGET: Final = ("waiting", "dead", "not_kept")


def cause_of(
    node: NodeAnswer, asked: Asked, targets: Mapping[str, TargetNote], silences: Sequence[Silence] = ()
) -> Cause:
    """The cause. `silences` are those in the time, `targets` how each target stands.

    What keeps events away at present comes first, a line for each, the worst before the others; then what was.
    """
    past = _cause_in_time(node, asked, targets, silences)
    said = list[Cause]()
    for now in causes_now(node, asked, targets, silences):
        if past not in said and (_is_about(past, now) or _is_worse(past, now)):
            said.append(past)
        if not _is_about(past, now):
            said.append(now)
    if not said:
        return past
    lines = [one.lines[0] for one in said]
    then = past.lines[1:] if past in said else _in_that_time(past.lines, lines)
    first = past if said[0].kind == _TARGET_FAILS and past.kind in _WITH_TARGET else said[0]
    return Cause(first.kind, (*lines, *then), first.fix)


def _is_worse(past: Cause, now: Cause) -> bool:
    """True for events that are being lost, beside a target that takes none."""
    return now.kind == _TARGET_FAILS and past.kind == "not_kept" and past.fix != FIXES[LOSS_IS_OVER]


def _is_about(past: Cause, now: Cause) -> bool:
    """True when what was is what still holds."""
    if now.kind == MUTED:
        return past.kind == MUTED and bool(past.fix)
    has_one_kind = now.kind in (*WITHOUT_FRAMES, Reason.INACTIVE_HOURS) and past.kind == now.kind
    return has_one_kind or capital(now.lines[0]) in capital(past.text)


def _in_that_time(past: Sequence[str], now: Sequence[str]) -> list[str]:
    """The sentences about the time, without what those about the present say already."""
    first = past[0]
    for said in now:
        first = first.replace(f": {said.removesuffix('.')}.", ".")
    is_named = "in that time" in first or first.startswith("no frame since")
    return [first if is_named else f"In the time that was asked about {first}", *past[1:]]


def _cause_in_time(
    node: NodeAnswer, asked: Asked, targets: Mapping[str, TargetNote], silences: Sequence[Silence]
) -> Cause:
    """The cause, whatever is in force now."""
    entries = [entry for entry in node.entries if asked.covers(entry)]
    fired = [entry for entry in entries if entry.reason is Reason.FIRED]
    if fired:
        outcome = outcome_of(fired, node, asked, targets)
        anew = "" if asked.is_summary else new_interval(fired, node)  # it is about one event, not about minutes
        lines = with_held_back(outcome, anew, entries, node, asked)
        return Cause(outcome.kind, lines, FIXES.get(outcome.advice, ""))
    held_back = next((reason for reason in _HELD_BACK if any(one.reason is reason for one in entries)), None)
    without = None if held_back else _without_frames(node, asked, silences, has_frames=bool(entries))
    if without is not None:
        return without
    if held_back is Reason.NOT_RISEN and (mute := _mute_over(node, asked)):
        text = f"it did not fire: {sentence([mute], asked)}; {SENTENCES[held_back]}."
        return Cause(Reason.MUTED.value, (text,), fix_mute(node) if mute.until_at_s == inf else "")
    if held_back is Reason.NOT_RISEN and (closed := node.closed_before):
        hours = f"it was outside active_hours{inactive_until(closed, node)}"
        text = f"it did not fire: {hours}; {SENTENCES[held_back]}."
        return Cause(Reason.INACTIVE_HOURS.value, (text,), FIXES[Reason.INACTIVE_HOURS])
    if held_back is not None:
        return _of_reason([one for one in entries if one.reason is held_back], node)
    if entries:
        return _of_condition(entries, node)
    return _no_frame(asked)


# -- no frames


def _no_frame(asked: Asked) -> Cause:
    """There is none, or the running service has not written it yet."""
    if asked.until_at_s > asked.written_until_at_s:
        return Cause("not_written", ("what came in that time is not in the ledger yet.",), FIXES["not_written"])
    return Cause("no_frame", ("no frame came in that time.",), FIXES["no_frame"])


def _without_frames(node: NodeAnswer, asked: Asked, silences: Sequence[Silence], *, has_frames: bool) -> Cause | None:
    """Why no frames came; None: enough did, or nothing says why."""
    least = _MOST if has_frames else 0.0
    silent = [one for one in silences if _is_without_frames(one, asked, least)]
    camera = node.address.camera  # of another camera than its own nothing is the cause
    periods = [
        one
        for one in node.periods
        if one.kind in WITHOUT_FRAMES
        and asked.covers_period(one)
        and not (camera and one.cameras and camera not in one.cameras.split(","))
        and not any(map(one.has_frames_in, node.entries))
    ]
    lasting = [one for one in periods if _share_of(periods, one, asked) >= least]
    if node.stopped is None and not lasting and not silent:
        return None
    without = max((one for one in silent if not one.is_gap), key=lambda one: _length(one, asked), default=None)
    shares = [_share_of(periods, one, asked) for one in lasting]
    has_failed = any(one.kind == PIPELINE_FAILED for one in lasting)
    if (
        without
        and not has_failed
        and not (lasting and (without.why is Why.BEFORE or max(shares) > _length(without, asked)))
    ):
        text = f"no frame is recorded in that time. {without.sentence()}"
        return Cause(without.why.value, (text,), with_last_frame(FIXES[without.why], node.frame_before_at_s))
    if lasting:
        first = min(lasting, key=lambda one: WITHOUT_FRAMES.index(one.kind))
        same = [
            one for one in lasting if (one.kind, one.source, one.cameras) == (first.kind, first.source, first.cameras)
        ]
        if node.stopped is not None and len(same) == 1 and same[0].until_at_s == inf:
            return Cause(first.kind, (f"{small(stopped_sentence(node))}.",), FIXES[first.kind])
        frames = "hardly a frame came" if has_frames else "no frame came in that time"
        return Cause(first.kind, (f"{frames}: {sentence(same, asked)}.",), FIXES[first.kind])
    if silent:
        return Cause("gap", (f"no frame is recorded in that time. {silent[-1].sentence()}",), FIXES[Why.GAP])
    return None


def _is_without_frames(silence: Silence, asked: Asked, least: float) -> bool:
    if silence.why is Why.CLOCK_WENT_BACK:  # a service ran
        return False
    return _length(silence, asked) >= max(least, 0.01) and not _leaves_frames(silence, asked)


def _leaves_frames(silence: Silence, asked: Asked) -> bool:
    """True when the last minutes are asked about, and the run began or was over in them: what it saw is the answer."""
    begins = silence.why is Why.BEFORE and silence.until_at_s < asked.until_at_s
    is_over = silence.why is Why.FINISHED and silence.from_at_s > asked.from_at_s
    return asked.is_summary and (begins or is_over)


def _length(silence: Silence, asked: Asked) -> float:
    return _share(silence.from_at_s, silence.until_at_s, asked)


def _share(from_at_s: float, until_at_s: float, asked: Asked) -> float:
    inside_s = min(until_at_s, asked.until_at_s) - max(from_at_s, asked.from_at_s)
    return max(0.0, inside_s) / (asked.until_at_s - asked.from_at_s)


def _share_of(periods: Sequence[Period], period: Period, asked: Asked) -> float:
    """How much of the time periods of this kind have; what several of them have counts once."""
    share, counted_until_s = 0.0, asked.from_at_s
    for one in sorted((one for one in periods if one.kind == period.kind), key=lambda one: one.from_at_s):
        share += _share(max(one.from_at_s, counted_until_s), one.until_at_s, asked)
        counted_until_s = max(counted_until_s, one.until_at_s)
    return share


# -- frames that did not fire


def _mute_over(node: NodeAnswer, asked: Asked) -> Period | None:
    """The mute that holds in the whole time: a rise in it is spent, and the frames after it are only not risen."""
    mutes = (one for one in node.periods if one.kind == MUTED)
    return next((one for one in mutes if one.from_at_s <= asked.from_at_s and asked.until_at_s <= one.until_at_s), None)


def _of_reason(entries: Sequence[Entry], node: NodeAnswer) -> Cause:
    last = entries[-1]
    text = f"it did not fire: {SENTENCES[last.reason]}{inactive_until(last, node)}"
    if last.interval_left_s is not None:
        text += f", {max(one.interval_left_s or 0.0 for one in entries):.1f} s of it left"
    is_over = any(
        one.kind == MUTED and one.from_at_s <= last.until_at_s <= one.until_at_s < inf for one in node.periods
    )
    if last.reason is Reason.MUTED:
        return Cause(last.reason.value, (f"{text}.",), "" if is_over else fix_mute(node))
    if last.reason is Reason.INACTIVE_HOURS and node.changed_after(last.until_at_s, "active_hours"):
        return Cause(last.reason.value, (f"{text}.",))
    return _until_changed(Cause(last.reason.value, (f"{text}.",), FIXES[last.reason]), last, node)


def _until_changed(cause: Cause, last: Entry, node: NodeAnswer) -> Cause:
    """The cause; if the setting that it comes from was changed since, it says so, and asks for no other change."""
    change = node.changed_after(last.until_at_s, *SETTINGS.get(last.reason, ()))
    if change is None:
        return cause
    at = when(change.at_s)
    over = f"that was so until the settings were changed at {at}: {', '.join(change.changed)}."
    return Cause(cause.kind, (*cause.lines, over), f"ask about a time after {at}.")


def _of_condition(entries: Sequence[Entry], node: NodeAnswer) -> Cause:
    """The commonest reason, with the clause that decided on the frames that came nearest to firing."""
    frames: Counter[Reason] = Counter()
    for entry in entries:
        frames[entry.reason] += entry.frames
    reason = frames.most_common(1)[0][0]
    if reason is Reason.CONDITION_UNKNOWN and alternates(entries):
        reason = Reason.CONDITION_FALSE
    by_ending: dict[object, list[Entry]] = {}
    for entry in entries:
        if entry.reason is reason:
            by_ending.setdefault(ending(entry), []).append(entry)
    groups = [EntryGroup(tuple(group)) for group in by_ending.values()]
    nearest = max(groups, key=lambda group: (group.true_clauses, group.frames))
    if is_already_true(nearest.entries[0]):
        return _true_already(nearest.entries, node)
    text = f"it did not fire: {SENTENCES[reason]}"
    if clauses := clause_lines(nearest.entries):
        text += f": {printable(clauses[0].text)}{f' {clauses[0].seen}' if clauses[0].seen else ''}"
    if len(groups) > 1:
        text += f". This came nearest, at {when(nearest.from_at_s)}"
    fix = f"`securos-trigger check CONFIG` warns: {node.warning}" if node.warning else FIXES[reason]
    cause = Cause(reason.value, (f"{text}.",), fix)
    last = max((one for one in entries if one.reason is reason), key=lambda one: one.until_at_s)
    return _until_changed(cause, last, node)


def _true_already(entries: Sequence[Entry], node: NodeAnswer) -> Cause:
    """The event nodes' condition was true, and no event came of it: it had risen before."""
    first, clauses = entries[0], clause_lines(entries)
    what = printable(clauses[0].text) if len(clauses) == 1 else "the condition of the event nodes before it"
    since = true_since(node.true_before, (one for one in node.entries if one.from_at_s <= first.from_at_s))
    if since is not None and since.is_raised:
        text = f"{what} was true already since {when(since.at_s)}; an event node raises one only when it becomes true"
        fix = f"{ask_command(since.at_s)} says what became of that event."
    else:
        at_s = first.from_at_s if since is None else since.at_s
        text = f"{what} was true at {when(at_s)}, and the event that it had raised before was not over yet"
        fix = "ask about an earlier time, when the condition became true."
    return Cause(Reason.NO_EVENT.value, (f"it did not fire: {SENTENCES[Reason.NO_EVENT]}: {text}.",), fix)
