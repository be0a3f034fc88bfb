"""An answer of the ledger in words: one screen, in local time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from securos_trigger.errors.wording import counted, printable
from securos_trigger.ledger.coverage import Silence, Why
from securos_trigger.ledger.deliveries import delivery_lines, delivery_words
from securos_trigger.ledger.entries import Entry, TargetNote
from securos_trigger.ledger.entry_groups import EntryGroup, clause_lines, ending, groups_of
from securos_trigger.ledger.node_answer import Asked, NodeAnswer
from securos_trigger.ledger.phrases import clock, day, seconds, zone_name
from securos_trigger.model import Reason

_MAX_ROWS = 10
_MAX_ROWS_OF_A_SECOND = 5
_MAX_EVENTS = 5
_MAX_ENDINGS = 4
_MAX_CHANGES = 5
_MAX_CLAUSES = 5
_MAX_SILENCES = 5
_MAX_TEXT_CHARACTERS = 80

_SENTENCES = {
    Reason.FIRED: "it fired",
    Reason.DISABLED: "the node is switched off (enabled = false)",
    Reason.CONDITION_FALSE: "the condition was false",
    Reason.CONDITION_UNKNOWN: "the condition was unknown: something it reads was missing, or could not be compared",
    Reason.NOT_BOOLEAN: "the condition gave neither true nor false, nor a number",
    Reason.NOT_RISEN: "the condition stayed true; with rising_edge only the first frame of a rise counts",
    Reason.HOLDING: "the condition was true, but not yet for as long as hold asks",
    Reason.INTERVAL: "the interval since the last event was not over",
    Reason.DUPLICATE: "this upstream event was seen before",
    Reason.NO_EVENT: "no upstream node raised an event",
    Reason.INACTIVE_HOURS: "it would have fired, but this time is outside active_hours",
    Reason.MUTED: "it would have fired, but the node was muted",
}


_Targets = Mapping[str, TargetNote]


def text_of(asked: Asked, nodes: Sequence[NodeAnswer], targets: _Targets, silences: Sequence[Silence] = ()) -> str:
    """The whole answer. `targets` is how each target stood when the ledger was last written."""
    blocks = ["\n".join(_head(asked))]
    blocks += ["\n".join(_node_lines(node, asked, targets, silences)) for node in nodes]
    if not nodes:
        unsaid = _unsaid([one for one in silences if asked.covers_silence(one) and one.why is not Why.BEFORE])
        blocks.append("\n".join(["The ledger holds no decision yet.", *unsaid]))
    return "\n\n".join(blocks)


def _head(asked: Asked) -> list[str]:
    from_day, until_day = day(asked.from_at_s), day(asked.until_at_s)
    until = clock(asked.until_at_s) if from_day == until_day else f"{until_day}, {clock(asked.until_at_s)}"
    head = f"{from_day}, {clock(asked.from_at_s)} to {until}, local time ({zone_name(asked.from_at_s)})"
    return [head, asked.remark] if asked.remark else [head]


def _node_lines(node: NodeAnswer, asked: Asked, targets: _Targets, silences: Sequence[Silence] = ()) -> list[str]:
    meant = [entry for entry in node.entries if asked.covers(entry)]
    unsaid = [one for one in silences if asked.covers_silence(one) and not (meant and one.why is Why.BEFORE)]
    none = "no frame is recorded in that time." if unsaid else "no frame came in that time."
    said = _counts(meant, asked) if meant else f"{none}{_nearest(node, asked)}"
    lines = [f"{node.name}: {said}", *_unsaid(unsaid), *_stopped(node), *_change_lines(node)]
    if asked.is_summary:
        return lines + _summary_lines(node, meant, targets)
    rows = groups_of(node.entries)
    most = _MAX_ROWS if asked.until_at_s - asked.from_at_s > 1 else _MAX_ROWS_OF_A_SECOND
    shown = rows if len(rows) <= most + 1 else _most_telling(rows, asked, most)  # a line about one row is a row, too
    is_marked = [any(map(asked.covers, row.entries)) for row in shown]
    blocks = [(one.from_at_s, [f"{'> ' if one in unsaid else '  '}{_gap_row(one)}"]) for one in silences if one.is_gap]
    for row, is_asked in zip(shown, is_marked, strict=True):
        first, *others = _row_lines(row, node, asked, targets)
        mark = "> " if is_asked and not all(is_marked) else "  "
        blocks.append((row.from_at_s, [mark + first.removeprefix("  "), *others]))
    for _, block in sorted(blocks, key=lambda one: one[0]):
        lines += ["", *block]
    if len(shown) < len(rows):
        lines += ["", f"  … and {counted(len(rows) - len(shown), 'row')} more; --json shows all."]
    return lines


def _unsaid(silences: Sequence[Silence]) -> list[str]:
    """The times of which the ledger says nothing, or not all: a sentence for each of the last ones."""
    lines = [f"  {one.sentence()}" for one in silences[-_MAX_SILENCES:]]
    if len(silences) > _MAX_SILENCES:
        lines.insert(0, f"  The ledger is silent {len(silences)} times; the last {_MAX_SILENCES}:")
    return lines


def _gap_row(gap: Silence) -> str:
    return f"{clock(gap.from_at_s)} to {clock(gap.until_at_s)}  not recorded: {gap.lost()}"


def _change_lines(node: NodeAnswer) -> list[str]:
    """The changes of the node's settings, which may be why it decided otherwise than before."""
    lines = []
    for note in node.changes[-_MAX_CHANGES:]:
        lines += ["", f"  {clock(note.at_s)}  the settings were changed: {', '.join(map(printable, note.changed))}"]
        if "trigger" in note.changed and note.trigger:
            lines.append(f"      the condition since then: {printable(' '.join(note.trigger.split()))}")
    return lines


def _stopped(node: NodeAnswer) -> list[str]:
    """Why no frames come: its source is lost, or its pipeline has failed."""
    note = node.stopped
    if note is None:
        return []
    since, why = f"{day(note.at_s)}, {clock(note.at_s)}", printable(note.reason)
    if not note.source:
        return [f"  The pipeline {printable(note.pipeline)} failed on {since}: {why}"]
    return [f"  No frame since {since}: the source {printable(note.source)} was lost: {why}"]


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
    return text


def _counts(entries: Sequence[Entry], asked: Asked) -> str:
    """How often it fired, and how many frames ended otherwise."""
    fired = sum(entry.reason is Reason.FIRED for entry in entries)
    frames: Counter[Reason] = Counter()
    is_cut = False
    for entry in entries:
        if entry.reason is not Reason.FIRED:
            share = _share_in(entry, asked)
            is_cut = is_cut or share < 1
            frames[entry.reason] += max(1, round(entry.frames * share))
    verb = {0: "did not fire", 1: "fired once"}.get(fired, f"fired {fired:,} times")
    if not frames:
        return f"it {verb}."
    counts = ", ".join(f"{reason} {count:,}" for reason, count in frames.most_common())
    about = "about " if is_cut else ""
    return f"it {verb}. {'Other frames' if fired else 'Frames'}: {about}{counts}."


def _share_in(entry: Entry, asked: Asked) -> float:
    """How much of a run lies in the asked time, 0..1."""
    length_s = entry.until_at_s - entry.from_at_s
    if length_s <= 0:
        return 1.0
    inside_s = min(entry.until_at_s, asked.until_at_s) - max(entry.from_at_s, asked.from_at_s)
    return min(1.0, max(0.0, inside_s / length_s))


# -- one thing after the other


def _most_telling(rows: Sequence[EntryGroup], asked: Asked, most: int) -> list[EntryGroup]:
    """As many rows as fit a screen: those of the asked time, firings, what came near to one, then the longest."""
    ranked = sorted(
        rows,
        key=lambda row: (any(map(asked.covers, row.entries)), row.reason is Reason.FIRED, row.true_clauses, row.frames),
        reverse=True,
    )
    return sorted(ranked[:most], key=rows.index)


def _row_lines(row: EntryGroup, node: NodeAnswer, asked: Asked, targets: _Targets) -> list[str]:
    first = row.entries[0]
    meant = [entry for entry in row.entries if asked.covers(entry)]
    if row.reason is Reason.FIRED:
        lines = _fired_lines(first, node, targets)
    else:
        until = f" to {clock(row.until_at_s)}" if row.frames > 1 else ""
        rest = _left(meant or row.entries, asked) + _inactive_until(row.entries[-1]) + _of_upstream(first)
        what = f"{_SENTENCES[row.reason]}{rest}{_of_event_nodes(first)}"
        lines = [f"  {clock(row.from_at_s)}{until}  {row.reason}, {counted(row.frames, 'frame')}: {what}"]
        if row.reason is Reason.INTERVAL:
            lines += _counted_from(first, node)
    return lines + _clause_texts(meant or row.entries, _MAX_CLAUSES if meant else 1)


def _clause_texts(entries: Sequence[Entry], limit: int) -> list[str]:
    """Clauses with truth and values, in columns."""
    clauses = clause_lines(entries)[:limit]
    width = min(max((len(clause.text) for clause in clauses), default=0), _MAX_TEXT_CHARACTERS)
    lines = []
    for clause in clauses:
        text = printable(clause.text if len(clause.text) <= width else clause.text[: width - 1] + "…")
        lines.append(f"      {clause.truth:<7}  {text:<{width}}  {clause.seen}".rstrip())
    return lines


def _fired_lines(entry: Entry, node: NodeAnswer, targets: _Targets) -> list[str]:
    lines = [f'  {clock(entry.from_at_s)}  fired: "{printable(entry.event_name)}", event {entry.event_id}']
    if entry.boxes:
        lines.append(f"      with {counted(entry.boxes, 'bounding box', 'bounding boxes')}")
    if entry.flags:
        lines.append(f"      flagged {', '.join(sorted(entry.flags))}")
    return lines + [f"      {line}" for line in delivery_lines(node.deliveries[entry.event_id], targets)]


def _of_upstream(entry: Entry) -> str:
    return f" (upstream event {printable(entry.upstream_event_id)})" if entry.upstream_event_id else ""


def _of_event_nodes(entry: Entry) -> str:
    is_known = entry.reason is Reason.NO_EVENT and entry.clauses
    return "; an event node raises one when its condition becomes true:" if is_known else ""


def _left(entries: Sequence[Entry], asked: Asked) -> str:
    """The seconds of the interval that were left at the first and the last of these frames in the asked time."""
    first, last = entries[0], entries[-1]
    if first.interval_left_s is None or last.interval_left_s is None:
        return ""
    is_meant = asked.covers(first)
    from_at_s = max(first.from_at_s, asked.from_at_s) if is_meant else first.from_at_s
    until_at_s = min(last.until_at_s, asked.until_at_s) if is_meant else last.until_at_s
    left_s = max(0.0, first.interval_left_s - (from_at_s - first.from_at_s))
    least_s = max(0.0, last.interval_left_s - (until_at_s - last.from_at_s))
    if f"{left_s:.1f}" == f"{least_s:.1f}":
        return f", {left_s:.1f} s of it left"
    return f", {left_s:.1f} s of it left at first, {least_s:.1f} s at the end"


def _inactive_until(entry: Entry) -> str:
    """Until when the node is muted, and why, or outside its active hours; the date too where it is another day."""
    if entry.inactive_until_at_s is None:
        return ""
    is_same_day = day(entry.inactive_until_at_s) == day(entry.until_at_s)
    date = "" if is_same_day else f"{day(entry.inactive_until_at_s)}, "
    when = f"{date}{clock(entry.inactive_until_at_s)}"
    if entry.reason is not Reason.MUTED:
        return f", which begin again at {when}"
    return f" until {when}" + (f" ({printable(entry.mute_reason)})" if entry.mute_reason else "")


def _counted_from(entry: Entry, node: NodeAnswer) -> list[str]:
    """The event that the interval counts from."""
    candidates = [node.fired_before] if node.fired_before else []
    candidates += [other for other in node.entries if other.reason is Reason.FIRED]
    before = [fired for fired in candidates if fired.from_at_s <= entry.from_at_s and not node.is_lost(fired.event_id)]
    if not before:
        return []
    return [f'      It counts from "{printable(before[-1].event_name)}" at {clock(before[-1].from_at_s)}.']


# -- a summary


def _summary_lines(node: NodeAnswer, entries: Sequence[Entry], targets: _Targets) -> list[str]:
    """The commonest endings and the one that came nearest to firing; then the last events."""
    by_ending: dict[object, list[Entry]] = {}
    for entry in entries:
        if entry.reason is not Reason.FIRED:
            by_ending.setdefault(ending(entry), []).append(entry)
    groups = sorted((EntryGroup(tuple(group)) for group in by_ending.values()), key=lambda row: -row.frames)
    nearest = sorted(groups, key=lambda row: -row.true_clauses)[:1]
    lines = []
    for row in groups[:_MAX_ENDINGS] + [row for row in nearest if row not in groups[:_MAX_ENDINGS]]:
        head = f"{row.reason}, {counted(row.frames, 'frame')}, the last at {clock(row.until_at_s)}"
        lines += [
            "",
            f"  {head}: {_SENTENCES[row.reason]}{_inactive_until(row.entries[-1])}{_of_event_nodes(row.entries[0])}",
            *_clause_texts(row.entries, _MAX_CLAUSES),
        ]
    fired = [entry for entry in entries if entry.reason is Reason.FIRED]
    lines += [""] if fired else []
    if len(fired) > _MAX_EVENTS:
        lines.append(f"  the last {_MAX_EVENTS} of {len(fired):,} events:")
    for entry in fired[-_MAX_EVENTS:]:
        words = delivery_words(node.deliveries[entry.event_id], targets)
        lines.append(f'  {clock(entry.from_at_s)}  fired: "{printable(entry.event_name)}", {words}')
    return lines
