"""Why no event came of a node in a time: one cause, in one sentence, with what to do next."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from securos_trigger.errors.wording import printable
from securos_trigger.ledger.coverage import Silence, Why
from securos_trigger.ledger.entries import Entry, TargetNote
from securos_trigger.ledger.entry_groups import EntryGroup, alternates, clause_lines, ending
from securos_trigger.ledger.event_causes import EXPIRED, LOSS_IS_OVER, NOT_KNOWN, outcome_of
from securos_trigger.ledger.event_nodes import is_already_true, true_since
from securos_trigger.ledger.explain_rows import SENTENCES, inactive_until
from securos_trigger.ledger.held_besides import held_besides
from securos_trigger.ledger.new_intervals import new_interval
from securos_trigger.ledger.node_answer import Asked, NodeAnswer
from securos_trigger.ledger.period_lines import WITHOUT_FRAMES, sentence
from securos_trigger.ledger.periods import MUTED, ON_THE_WAY_S, PIPELINE_FAILED, Period
from securos_trigger.ledger.phrases import when
from securos_trigger.ledger.present_causes import closed_now, no_service_now
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
_DOCTOR: Final = "`securos-trigger doctor CONFIG` says what is wrong and how to fix it."
_FIXES: Final[Mapping[str, str]] = {
    Reason.DISABLED: "set enabled = true, then `securos-trigger reload CONFIG`.",
    Reason.MUTED: "`securos-trigger unmute CONFIG {node}` ends the mute.",
    Reason.INACTIVE_HOURS: "change active_hours, if this time should be watched.",
    Reason.PAUSE_AFTER_LOSS: _DOCTOR,
    Reason.INTERVAL: "make interval shorter, if two events so close are wanted.",
    Reason.DUPLICATE: "the first one is the event: ask about its time.",
    Reason.HOLDING: "make hold shorter, if it lasts too long.",
    Reason.NOT_RISEN: 'ask about the time when it became true, or set trigger_mode = "level".',
    Reason.CONDITION_FALSE: "compare the values below with the video; if they are right, change trigger.",
    Reason.CONDITION_UNKNOWN: "look for a typing mistake in the path, and for the node that should write the value.",
    Reason.NOT_BOOLEAN: "compare the value with something, as in nodes.lpr.plate == 'AB 123'.",
    Reason.NO_EVENT: "look at the event nodes before this one: their conditions are below, if they are known.",
    "source_lost": "look at the camera, its power, address and password; the service connects again by itself.",
    "pipeline_failed": _DOCTOR,
    "pipeline_ended": "a file is read once. To repeat it, set loop = true in its source, then reload.",
    "camera_offline": "look at this camera in the system that sends the messages.",
    "camera_unknown": "add the camera to the camera map of the pipeline, then `securos-trigger reload CONFIG`.",
    "messages_too_old": "let source and service take their time from one NTP server; a delay? raise age_limit_s.",
    "node_failed": "the log of the service has the error with its place.",
    Why.NOT_RUNNING: "start the service, and see why it was stopped: its log, or `journalctl`.",
    Why.FINISHED: "ask about a time before that. `securos-trigger run CONFIG` starts it again.",
    Why.UNKNOWN: "see in the log of the service, or with `journalctl`, why it ended.",
    Why.UNMARKED: "see in the log of the service, or with `journalctl`, whether it ran.",
    Why.STOOD_STILL: "see who stopped the process, or what kept the machine busy then: `journalctl`.",
    Why.BEFORE: "ask about a later time; [ledger] max_size_mb and files say how far back it reaches.",
    Why.GAP: _DOCTOR,
    "not_written": "ask again in ten seconds. `securos-trigger status CONFIG` shows what comes now.",
    "no_frame": "`securos-trigger status CONFIG` shows whether frames or messages come now.",
    "dead": "`securos-trigger status CONFIG` says what to correct and how to send it again; "
    "`securos-trigger outbox list CONFIG --state dead` shows it.",
    EXPIRED: "`securos-trigger doctor CONFIG` says why the receiver took no events. When it does again, "
    "`securos-trigger outbox retry CONFIG --reason expired` sends what expired.",
    NOT_KNOWN: "look in SecurOS for the event.",
    LOSS_IS_OVER: "`securos-trigger doctor CONFIG` says whether anything is still wrong.",
    **dict.fromkeys(("not_kept", "waiting", "input_held_up", "message_malformed"), _DOCTOR),
}


@dataclass(frozen=True, slots=True)
class Cause:
    """`kind` is a reason, a period's kind, a silence's, or how a delivery stands.

    `text` is a sentence, `fix` what to do; `fix` is empty where there is nothing to do.
    """

    kind: str
    text: str
    fix: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"kind": self.kind, "text": self.text, "next": self.fix}


def cause_of(
    node: NodeAnswer, asked: Asked, targets: Mapping[str, TargetNote], silences: Sequence[Silence] = ()
) -> Cause:
    """The cause. `silences` are those in the time, `targets` how each target stands.

    What holds at present comes first: a mute, else, before what frames say, that no service runs or hours are closed.
    """
    cause = _cause_in_time(node, asked, targets, silences)
    if node.muted_now is not None:
        if cause.kind == MUTED and cause.fix:  # then it is about this mute
            return cause
        now = Cause(MUTED, f"{sentence([node.muted_now], asked)}: its events are not sent.", _fix_mute(node))
    elif not any(map(asked.covers, node.entries)):
        return cause
    elif (ended := no_service_now(silences)) is not None and (said := ended.sentence()) not in cause.text:
        now = Cause(ended.why.value, f"{said[0].lower()}{said[1:]}", _FIXES[ended.why])
    elif (closed := closed_now(node, asked)) is not None and cause.kind != Reason.INACTIVE_HOURS:
        text = f"it is outside active_hours now{inactive_until(closed, node)}: it sends no events."
        now = Cause(Reason.INACTIVE_HOURS.value, text, _FIXES[Reason.INACTIVE_HOURS])
    else:
        return cause
    return Cause(now.kind, f"{now.text} In the time that was asked about {cause.text}", now.fix)


def _cause_in_time(
    node: NodeAnswer, asked: Asked, targets: Mapping[str, TargetNote], silences: Sequence[Silence]
) -> Cause:
    """The cause, whatever is in force now."""
    entries = [entry for entry in node.entries if asked.covers(entry)]
    fired = [entry for entry in entries if entry.reason is Reason.FIRED]
    if fired:
        outcome = outcome_of(fired, node, asked, targets)
        anew = "" if asked.is_summary else new_interval(fired, node)  # it is about one event, not about minutes
        text = outcome.text + anew + held_besides(entries, node, asked)
        return Cause(outcome.kind, text, _FIXES.get(outcome.advice, ""))
    held_back = next((reason for reason in _HELD_BACK if any(one.reason is reason for one in entries)), None)
    without = None if held_back else _without_frames(node, asked, silences, has_frames=bool(entries))
    if without is not None:
        return without
    if held_back is Reason.NOT_RISEN and (mute := _mute_over(node, asked)):
        text = f"it did not fire: {sentence([mute], asked)}; {SENTENCES[held_back]}."
        return Cause(Reason.MUTED.value, text, _fix_mute(node) if mute.until_at_s == inf else "")
    if held_back is Reason.NOT_RISEN and (closed := node.closed_before):
        hours = f"this time is outside active_hours{inactive_until(closed, node)}"
        text = f"it did not fire: {hours}; {SENTENCES[held_back]}."
        return Cause(Reason.INACTIVE_HOURS.value, text, _FIXES[Reason.INACTIVE_HOURS])
    if held_back is not None:
        return _of_reason([one for one in entries if one.reason is held_back], node)
    if entries:
        return _of_condition(entries, node)
    return _no_frame(asked)


# -- no frames


def _no_frame(asked: Asked) -> Cause:
    """There is none, or the running service has not written it yet."""
    if asked.until_at_s > asked.written_until_at_s:
        return Cause("not_written", "what came in that time is not in the ledger yet.", _FIXES["not_written"])
    return Cause("no_frame", "no frame came in that time.", _FIXES["no_frame"])


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
        and not any(_has_frames_in(one, entry) for entry in node.entries)
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
        return Cause(without.why.value, f"no frame is recorded in that time. {without.sentence()}", _FIXES[without.why])
    if lasting:
        first = min(lasting, key=lambda one: WITHOUT_FRAMES.index(one.kind))
        same = [
            one for one in lasting if (one.kind, one.source, one.cameras) == (first.kind, first.source, first.cameras)
        ]
        frames = "hardly a frame came" if has_frames else "no frame came in that time"
        return Cause(first.kind, f"{frames}: {sentence(same, asked)}.", _FIXES[first.kind])
    if silent:
        return Cause("gap", f"no frame is recorded in that time. {silent[-1].sentence()}", _FIXES[Why.GAP])
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


def _has_frames_in(period: Period, entry: Entry) -> bool:
    """True when frames came although the period lasted, but for those near its beginning and end: it kept none back."""
    return entry.until_at_s > period.from_at_s + ON_THE_WAY_S and entry.from_at_s < period.until_at_s - ON_THE_WAY_S


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
        return Cause(last.reason.value, f"{text}.", "" if is_over else _fix_mute(node))
    return Cause(last.reason.value, f"{text}.", _FIXES[last.reason])


def _fix_mute(node: NodeAnswer) -> str:
    return _FIXES[Reason.MUTED].format(node=shlex.quote(str(node.address)))


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
    fix = f"`securos-trigger check CONFIG` warns: {node.warning}" if node.warning else _FIXES[reason]
    return Cause(reason.value, f"{text}.", fix)


def _true_already(entries: Sequence[Entry], node: NodeAnswer) -> Cause:
    """The event nodes' condition was true, and no event came of it: it had risen before."""
    first, clauses = entries[0], clause_lines(entries)
    what = printable(clauses[0].text) if len(clauses) == 1 else "the condition of the event nodes before it"
    since = true_since(node.true_before, (one for one in node.entries if one.from_at_s <= first.from_at_s))
    if since is not None and since.is_raised:
        text = f"{what} was true already since {when(since.at_s)}; an event node raises one only when it becomes true"
        fix = f"ask about {when(since.at_s)}: it says what became of that event."
    else:
        at_s = first.from_at_s if since is None else since.at_s
        text = f"{what} was true at {when(at_s)}, and the event that it had raised before was not over yet"
        fix = "ask about an earlier time, when the condition became true."
    return Cause(Reason.NO_EVENT.value, f"it did not fire: {SENTENCES[Reason.NO_EVENT]}: {text}.", fix)
