"""An answer of the ledger in words: one screen, in the zone that was asked in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import inf

from securos_trigger.errors.wording import counted, printable
from securos_trigger.ledger.cause import capital
from securos_trigger.ledger.causes import cause_of
from securos_trigger.ledger.coverage import Silence, Why
from securos_trigger.ledger.deliveries import Said, delivery_words
from securos_trigger.ledger.entries import Entry
from securos_trigger.ledger.entry_groups import EntryGroup, ending
from securos_trigger.ledger.explain_rows import (
    SENTENCES,
    Block,
    Targets,
    clause_texts,
    inactive_until,
    of_event_nodes,
    row_blocks,
)
from securos_trigger.ledger.node_answer import Asked, NodeAnswer
from securos_trigger.ledger.period_lines import period_lines, stopped_sentence
from securos_trigger.ledger.periods import PIPELINE_FAILED, SOURCE_BEHIND, SOURCE_LOST, Period
from securos_trigger.ledger.phrases import clock, day, fitting, said_in, seconds, when, zone_name
from securos_trigger.model import Reason

_MAX_EVENTS = 5
_MAX_ENDINGS = 4
_MAX_CHANGES = 5
_MAX_SILENCES = 5
_MAX_OTHERS = 5


def text_of(
    asked: Asked,
    nodes: Sequence[NodeAnswer],
    targets: Targets,
    silences: Sequence[Silence] = (),
    target_periods: Sequence[Period] = (),
) -> str:
    """The whole answer. `targets` is how each target stood when the ledger was last written."""
    with said_in(asked.zone, *asked.span_with(entry for node in nodes for entry in node.entries)):
        blocks = [_head(asked)]
        blocks += [_node_lines(node, asked, targets, silences, target_periods) for node in nodes]
        if not nodes:
            unsaid = _unsaid([one for one in silences if asked.covers_silence(one) and one.why is not Why.BEFORE])
            blocks.append(["The ledger holds no decision yet.", *unsaid])
        lines = [asked.in_commands(line) for block in blocks for line in (*block, "")]
        return "\n".join(piece for line in lines[:-1] for piece in fitting(line))


def others_text(names: Sequence[str], asked: Asked) -> str:
    """Which nodes are left out because they are not in the file, and how to ask about them; empty: none are."""
    if not names:
        return ""
    shown = ", ".join(map(printable, names[:_MAX_OTHERS]))
    more = f" and {len(names) - _MAX_OTHERS} more" if len(names) > _MAX_OTHERS else ""
    what = f"Left out, because they are not in this file: {shown}{more}. They share its ledger."
    return "\n".join(fitting(asked.in_commands(f"{what} `securos-trigger explain CONFIG --node NODE` shows one.")))


def _head(asked: Asked) -> list[str]:
    from_day, until_day = day(asked.from_at_s), day(asked.until_at_s)
    until = clock(asked.until_at_s) if from_day == until_day else f"{until_day}, {clock(asked.until_at_s)}"
    zone = "local time" if asked.zone is None else f"time of {asked.zone}"
    names = dict.fromkeys((zone_name(asked.from_at_s), zone_name(asked.until_at_s)))  # two: daylight saving changes
    head = f"{from_day}, {clock(asked.from_at_s)} to {until}, {zone} ({', then '.join(names)})"
    return [one for one in (asked.lead, head, asked.remark) if one]


def _node_lines(
    node: NodeAnswer, asked: Asked, targets: Targets, silences: Sequence[Silence], target_periods: Sequence[Period]
) -> list[str]:
    meant = [entry for entry in node.entries if asked.covers(entry)]
    unsaid = [one for one in silences if asked.covers_silence(one) and not (meant and one.why is Why.BEFORE)]
    cause = cause_of(node, asked, targets, unsaid)
    lines = [f"{node.name}: {cause.lines[0]}"]
    lines += [f"  Next: {cause.fix}"] if cause.fix else []
    lines += [f"  {capital(line)}" for line in cause.lines[1:]]
    told = [_counts(meant, asked) if meant else _nearest(node, asked), *_unsaid(unsaid)]
    stopped = [stopped_sentence(node)] if node.stopped else []
    is_well = any(entry.reason is Reason.FIRED for entry in meant)
    periods = [one for one in node.periods if not (stopped and _is_said_by_stop(one, node))]
    periods = [one for one in periods if not (is_well and one.kind == SOURCE_BEHIND)]  # it kept no event back
    met = {note.target for notes in node.deliveries.values() for note in notes}
    told += stopped + period_lines([*periods, *(one for one in target_periods if one.target in met)], asked)
    said = cause.text.lower()
    lines += [f"  {capital(line)}" for line in told if line and line.rstrip(".").lower() not in said]
    if asked.is_summary:
        return lines + _change_lines(node) + _summary_lines(node, meant, targets)
    blocks, left_out = row_blocks(node, asked, targets)
    blocks += [(one.from_at_s, [f"{'> ' if one in unsaid else '  '}{_gap_row(one)}"]) for one in silences if one.is_gap]
    lines += _in_order([*blocks, *_change_blocks(node)])
    if left_out:
        lines += ["", f"  … and {counted(left_out, 'row')} more; --json shows all."]
    return lines


def _is_said_by_stop(period: Period, node: NodeAnswer) -> bool:
    """True for the only loss of the source, which lasts: that no frames come since then says it."""
    of_kind = [one for one in node.periods if one.kind == period.kind and one.source == period.source]
    return period.kind in (SOURCE_LOST, PIPELINE_FAILED) and period.until_at_s == inf and len(of_kind) == 1


def _in_order(blocks: Sequence[Block]) -> list[str]:
    """The lines of blocks, each below an empty line, by time."""
    return [line for _, block in sorted(blocks, key=lambda one: one[0]) for line in ("", *block)]


def _unsaid(silences: Sequence[Silence]) -> list[str]:
    """The times of which the ledger says nothing, or not all: a sentence for each of the last ones."""
    lines = [one.sentence() for one in silences[-_MAX_SILENCES:]]
    if len(silences) > _MAX_SILENCES:
        lines.insert(0, f"The ledger is silent {len(silences)} times; the last {_MAX_SILENCES}:")
    return lines


def _gap_row(gap: Silence) -> str:
    return f"{when(gap.from_at_s)} to {when(gap.until_at_s)}  not recorded: {gap.lost()}"


def _change_blocks(node: NodeAnswer) -> list[Block]:
    """The changes of the node's settings, which may be why it decided otherwise than before."""
    blocks = list[Block]()
    for note in node.changes[-_MAX_CHANGES:]:
        lines = [f"  {when(note.at_s)}  the settings were changed: {', '.join(map(printable, note.changed))}"]
        if "trigger" in note.changed and note.trigger:
            lines.append(f"      the condition since then: {printable(' '.join(note.trigger.split()))}")
        blocks.append((note.at_s, lines))
    return blocks


def _change_lines(node: NodeAnswer) -> list[str]:
    return _in_order(_change_blocks(node))


def _nearest(node: NodeAnswer, asked: Asked) -> str:
    """The frames around a time that has none."""
    before, after = node.frame_before_at_s, node.frame_after_at_s
    text = ""
    if before is not None:
        text += (
            f" The last one before it: {day(before)}, {clock(before)} ({seconds(asked.from_at_s - before)} earlier)."
        )
    if after is not None:
        text += f" The first one after it: {day(after)}, {clock(after)} ({seconds(after - asked.until_at_s)} later)."
    return text.strip()


def _counts(entries: Sequence[Entry], asked: Asked) -> str:
    """How many frames ended how, but for those that fired."""
    has_fired = any(entry.reason is Reason.FIRED for entry in entries)
    frames: Counter[Reason] = Counter()
    is_cut = False
    for entry in entries:
        if entry.reason is not Reason.FIRED:
            share = _share_in(entry, asked)
            is_cut = is_cut or share < 1
            frames[entry.reason] += max(1, round(entry.frames * share))
    if not frames:
        return ""
    told = ", ".join(f"{reason} {count:,}" for reason, count in frames.most_common())
    return f"{'Other frames' if has_fired else 'Frames'}: {'about ' if is_cut else ''}{told}."


def _share_in(entry: Entry, asked: Asked) -> float:
    """How much of a run lies in the asked time, 0..1."""
    length_s = entry.until_at_s - entry.from_at_s
    if length_s <= 0:
        return 1.0
    inside_s = min(entry.until_at_s, asked.until_at_s) - max(entry.from_at_s, asked.from_at_s)
    return min(1.0, max(0.0, inside_s / length_s))


# -- a summary


def _summary_lines(node: NodeAnswer, entries: Sequence[Entry], targets: Targets) -> list[str]:
    """The commonest endings and the one that came nearest to firing, by time; then the last events."""
    by_ending: dict[object, list[Entry]] = {}
    for entry in entries:
        if entry.reason is not Reason.FIRED:
            by_ending.setdefault(ending(entry), []).append(entry)
    groups = sorted((EntryGroup(tuple(group)) for group in by_ending.values()), key=lambda row: -row.frames)
    nearest = sorted(groups, key=lambda row: -row.true_clauses)[:1]
    shown = groups[:_MAX_ENDINGS] + [row for row in nearest if row not in groups[:_MAX_ENDINGS]]
    said, lines = Said(), list[str]()
    for row in sorted(shown, key=lambda row: row.until_at_s):
        head = f"  {row.reason}, {counted(row.frames, 'frame')}, the last at {when(row.until_at_s)}"
        sentence = said.sentence(SENTENCES[row.reason], inactive_until(row.entries[-1], node))
        lines += ["", f"{head}{sentence}{of_event_nodes(row.entries[0])}", *clause_texts(row.entries)]
    fired = [entry for entry in entries if entry.reason is Reason.FIRED]
    lines += [""] if fired else []
    if len(fired) > _MAX_EVENTS:
        lines.append(f"  the last {_MAX_EVENTS} of {len(fired):,} events:")
    for entry in fired[-_MAX_EVENTS:]:
        words = delivery_words(node.deliveries[entry.event_id], targets, said)
        lines.append(f'  {when(entry.from_at_s)}  fired: "{printable(entry.event_name)}", {words}')
    return lines
