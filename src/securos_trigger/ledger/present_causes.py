"""What keeps events away at present, whatever was in the time that is asked about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf

from securos_trigger.errors.wording import counted, printable
from securos_trigger.ledger.cause import Cause, small
from securos_trigger.ledger.coverage import Silence, Why
from securos_trigger.ledger.deliveries import Said, target_words
from securos_trigger.ledger.entries import Entry, TargetNote
from securos_trigger.ledger.explain_rows import inactive_until
from securos_trigger.ledger.node_answer import Asked, NodeAnswer
from securos_trigger.ledger.period_lines import WITHOUT_FRAMES, sentence, stopped_sentence
from securos_trigger.ledger.periods import MUTED, PIPELINE_FAILED, SOURCE_LOST
from securos_trigger.ledger.phrases import when
from securos_trigger.ledger.remedies import FIXES, fix_mute
from securos_trigger.model import Reason


def causes_now(
    node: NodeAnswer, asked: Asked, targets: Mapping[str, TargetNote], silences: Sequence[Silence]
) -> Iterator[Cause]:
    """What keeps events of the node away at present, the worst first: a sentence each.

    Of a time in the past, and of a node without frames in it, only what belongs to the answer anyway.
    """
    ended = no_service_now(silences)
    if asked.is_summary and ended is None:
        yield from _losses(silences)
        yield from _without_frames(node, asked)
        yield from _failing_targets(node, targets)
    if node.muted_now is not None:
        yield Cause(MUTED, (f"{sentence([node.muted_now], asked)}: its events are not sent.",), fix_mute(node))
    if not any(map(asked.covers, node.entries)):
        return
    if ended is not None:
        yield Cause(ended.why.value, (small(ended.sentence()),), FIXES[ended.why])
    elif (closed := closed_now(node, asked)) is not None:
        text = f"it is outside active_hours now{inactive_until(closed, node)}: it sends no events."
        yield Cause(Reason.INACTIVE_HOURS.value, (text,), FIXES[Reason.INACTIVE_HOURS])


def _losses(silences: Sequence[Silence]) -> Iterator[Cause]:
    """Events are being lost that not even the ledger can take: the gap of the running service says so."""
    for one in silences:
        if one.is_present and one.events_lost:
            what = f"events are being lost now, {counted(one.events_lost, 'event')} since {when(one.from_at_s)}"
            text = f"{what}, of all nodes together: {printable(one.reason)}."
            yield Cause("not_kept", (text,), FIXES["not_kept"])


def _without_frames(node: NodeAnswer, asked: Asked) -> Iterator[Cause]:
    """Its source is lost, its pipeline has failed, or its camera is offline."""
    if node.stopped is not None:
        kind = SOURCE_LOST if node.stopped.source else PIPELINE_FAILED
        yield Cause(kind, (f"{small(stopped_sentence(node))}.",), FIXES[kind])
        return
    camera = node.address.camera
    for one in node.periods:
        is_of_it = not (camera and one.cameras and camera not in one.cameras.split(","))
        is_over = one.kind == "pipeline_ended" or any(map(one.has_frames_in, node.entries))
        if one.kind in WITHOUT_FRAMES and one.until_at_s == inf and is_of_it and not is_over:
            yield Cause(one.kind, (f"{sentence([one], asked)}.",), FIXES[one.kind])


def _failing_targets(node: NodeAnswer, targets: Mapping[str, TargetNote]) -> Iterator[Cause]:
    """A target of its events takes none."""
    met = dict.fromkeys(note.target for notes in node.deliveries.values() for note in notes)
    for target in met:
        if words := target_words(target, targets, Said()):
            yield Cause("waiting", (f"{words}.",), FIXES["waiting"])


def no_service_now(silences: Sequence[Silence]) -> Silence | None:
    """The silence of a service that was stopped or killed; None: one runs, or its sources had come to their end."""
    others = (Why.GAP, Why.STOOD_STILL, Why.FINISHED)
    return next((one for one in silences if one.until_at_s == inf and one.why not in others), None)


def closed_now(node: NodeAnswer, asked: Asked) -> Entry | None:
    """The last entry that says that active_hours are closed now; None: they are not, or another time is asked about.

    What fired after it, or a change of active_hours after it, says that they are open.
    """
    closed = node.closed_before
    for entry in node.entries if asked.is_summary else ():
        if entry.reason is Reason.INACTIVE_HOURS:
            closed = entry
        elif entry.reason is Reason.FIRED:
            closed = None
    if not asked.is_summary or closed is None or (closed.inactive_until_at_s or 0.0) < asked.until_at_s:
        return None
    return None if node.changed_after(closed.until_at_s, "active_hours") else closed
