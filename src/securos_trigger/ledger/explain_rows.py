"""What a node decided, one thing after the other: the rows of an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from securos_trigger.errors.wording import counted, printable
from securos_trigger.ledger.deliveries import Said, delivery_lines
from securos_trigger.ledger.entries import DeliveryState, Entry, TargetNote
from securos_trigger.ledger.entry_groups import ClauseLine, EntryGroup, clause_lines, groups_of
from securos_trigger.ledger.node_answer import Asked, NodeAnswer
from securos_trigger.ledger.period_lines import mute_end
from securos_trigger.ledger.periods import MUTED
from securos_trigger.ledger.phrases import instant, when
from securos_trigger.model import Reason

_MAX_ROWS = 10
_MAX_ROWS_OF_A_SECOND = 5
_MAX_CLAUSES = 5
_MAX_TEXT_CHARACTERS = 80
_WIDTH = 80

SENTENCES = {
    Reason.FIRED: "it fired",
    Reason.DISABLED: "the node is switched off (enabled = false)",
    Reason.CONDITION_FALSE: "the condition was false",
    Reason.CONDITION_UNKNOWN: "the condition was unknown: something it reads was missing, or could not be compared",
    Reason.NOT_BOOLEAN: "the condition gave neither true nor false, nor a number",
    Reason.NOT_RISEN: "the condition stayed true; with rising_edge only the first frame of a rise counts",
    Reason.HOLDING: "the condition was true, but not yet for as long as hold asks",
    Reason.INTERVAL: "the interval since the last event was not over",
    Reason.PAUSE_AFTER_LOSS: "the event before could not be kept, and the pause after that was not over",
    Reason.DUPLICATE: "this upstream event was seen before",
    Reason.NO_EVENT: "no upstream node raised an event",
    Reason.INACTIVE_HOURS: "it would have fired, but it was outside active_hours",
    Reason.MUTED: "it would have fired, but the node was muted",
}

Targets = Mapping[str, TargetNote]
#: Lines that belong together, with the instant that they are about.
Block = tuple[float, list[str]]


def row_blocks(node: NodeAnswer, asked: Asked, targets: Targets) -> tuple[list[Block], int]:
    """The rows that fit a screen, each with the instant at which it begins; and how many are left out."""
    rows = _folded(groups_of(node.entries), node)
    most = _MAX_ROWS if asked.until_at_s - asked.from_at_s > 1 else _MAX_ROWS_OF_A_SECOND
    shown = rows if len(rows) <= most + 1 else _most_telling(rows, asked, most)  # a line about one row is a row, too
    is_marked = [any(map(asked.covers, row.entries)) for row in shown]
    said, blocks = Said(), list[Block]()
    for row, is_asked in zip(shown, is_marked, strict=True):
        first, *others = _row_lines(row, node, asked, targets, said)
        mark = "> " if is_asked and not all(is_marked) else "  "
        blocks.append((row.from_at_s, [mark + first.removeprefix("  "), *others]))
    return blocks, len(rows) - len(shown)


def _folded(rows: Iterable[EntryGroup], node: NodeAnswer) -> list[EntryGroup]:
    """The rows; events that were lost for one reason, with the pauses between them, are one."""
    folded: list[EntryGroup] = []
    last_why = ""
    for row in rows:
        why = _loss_of(row, node) or (last_why if row.reason is Reason.PAUSE_AFTER_LOSS else "")
        if folded and why and why == last_why:
            folded[-1] = EntryGroup((*folded[-1].entries, *row.entries))
        else:
            folded.append(row)
        last_why = why
    return folded


def _loss_of(row: EntryGroup, node: NodeAnswer) -> str:
    """Why the event of a row was lost; empty: it was not."""
    if row.reason is not Reason.FIRED:
        return ""
    notes = node.deliveries.get(row.entries[0].event_id, ())
    return next((note.reason for note in notes if note.state is DeliveryState.NOT_KEPT), "")


def _most_telling(rows: Sequence[EntryGroup], asked: Asked, most: int) -> list[EntryGroup]:
    """As many rows as fit a screen: those of the asked time, firings, what came near to one, then the longest."""
    ranked = sorted(
        rows,
        key=lambda row: (any(map(asked.covers, row.entries)), row.reason is Reason.FIRED, row.true_clauses, row.frames),
        reverse=True,
    )
    return sorted(ranked[:most], key=rows.index)


def _row_lines(row: EntryGroup, node: NodeAnswer, asked: Asked, targets: Targets, said: Said) -> list[str]:
    first = row.entries[0]
    meant = [entry for entry in row.entries if asked.covers(entry)]
    if row.reason is Reason.FIRED:
        lines = _fired_lines(row, node, targets, said)
    else:
        until = f" to {when(row.until_at_s)}" if row.frames > 1 else ""
        head = f"  {when(row.from_at_s)}{until}  {row.reason}, {counted(row.frames, 'frame')}"
        rest = _left(meant or row.entries, asked) + inactive_until(row.entries[-1], node) + _of_upstream(first)
        lines = [f"{head}{said.sentence(SENTENCES[row.reason], rest)}{of_event_nodes(first)}"]
        if row.reason is Reason.INTERVAL:
            lines += _counted_from(first, node)
    return lines + clause_texts(meant or row.entries, _MAX_CLAUSES if meant else 1)


def clause_texts(entries: Sequence[Entry], limit: int = _MAX_CLAUSES) -> list[str]:
    """Clauses with truth and values: in columns if they fit a line, else each clause below its value."""
    clauses = clause_lines(entries)[:limit]
    width = max((len(clause.text) for clause in clauses), default=0)
    in_columns = [f"      {one.truth:<7}  {printable(one.text):<{width}}  {one.seen}".rstrip() for one in clauses]
    if width <= _MAX_TEXT_CHARACTERS and all(len(line) <= _WIDTH for line in in_columns):
        return in_columns
    return [line for clause in clauses for line in _two_lines(clause)]


def _two_lines(clause: ClauseLine) -> list[str]:
    text = clause.text if len(clause.text) <= _MAX_TEXT_CHARACTERS else f"{clause.text[: _MAX_TEXT_CHARACTERS - 1]}…"
    return [f"      {clause.truth}{f', {clause.seen}' if clause.seen else ''}:", f"        {printable(text)}"]


def _fired_lines(row: EntryGroup, node: NodeAnswer, targets: Targets, said: Said) -> list[str]:
    entry = row.entries[0]
    name = printable(entry.event_name)
    events = [one for one in row.entries if one.reason is Reason.FIRED]
    if len(events) > 1:
        paused = sum(one.frames for one in row.entries if one.reason is Reason.PAUSE_AFTER_LOSS)
        lines = [
            f'  {when(row.from_at_s)} to {when(row.until_at_s)}  fired {len(events):,} times: "{name}"',
            f"      none of these events was kept: {printable(_loss_of(row, node))}. They are lost",
        ]
        pauses = f"      pause_after_loss between them, {counted(paused, 'frame')}"
        return [*lines, pauses] if paused else lines
    lines = [f'  {when(entry.from_at_s)}  fired: "{name}", event {entry.event_id}']
    if entry.boxes:
        lines.append(f"      with {counted(entry.boxes, 'bounding box', 'bounding boxes')}")
    if entry.flags:
        lines.append(f"      flagged {', '.join(sorted(entry.flags))}")
    if entry.upstream_event_id and entry.clauses:
        lines.append("      an event node before it raised the event, on this condition:")
    return lines + [f"      {line}" for line in delivery_lines(node.deliveries[entry.event_id], targets, said)]


def _of_upstream(entry: Entry) -> str:
    return f" (upstream event {printable(entry.upstream_event_id)})" if entry.upstream_event_id else ""


def of_event_nodes(entry: Entry) -> str:
    """What to say before the clauses of the event nodes; empty where there are none."""
    if entry.upstream_event_id and entry.clauses:
        return "; an event node raised its event, on this condition:"
    is_known = entry.reason is Reason.NO_EVENT and entry.clauses
    return "; an event node raises one only when its condition becomes true:" if is_known else ""


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


def inactive_until(entry: Entry, node: NodeAnswer) -> str:
    """Until when the node was muted, and why, or outside its active hours; the date too where it is another day."""
    if entry.inactive_until_at_s is None:
        return ""
    if entry.reason is not Reason.MUTED:
        return _closed_until(entry, entry.inactive_until_at_s, node)
    why = f" ({printable(entry.mute_reason)})" if entry.mute_reason else ""
    for mute in node.periods:
        if mute.kind == MUTED and mute.from_at_s <= entry.until_at_s <= mute.until_at_s + 1.0:
            return f"{mute_end(mute, entry.until_at_s)}{why}"
    return f" until {instant(entry.inactive_until_at_s, entry.until_at_s)}{why}"


def _closed_until(entry: Entry, until_at_s: float, node: NodeAnswer) -> str:
    """Until when the hours were closed: until they were changed, or begin again."""
    if change := node.changed_after(entry.until_at_s, "active_hours"):
        return f" until the settings were changed at {instant(change.at_s, entry.until_at_s)}"
    return f", which begin again at {instant(until_at_s, entry.until_at_s)}"


def _counted_from(entry: Entry, node: NodeAnswer) -> list[str]:
    """The event that the interval counts from."""
    candidates = [node.fired_before] if node.fired_before else []
    candidates += [other for other in node.entries if other.reason is Reason.FIRED]
    before = [fired for fired in candidates if fired.from_at_s <= entry.from_at_s and not node.is_lost(fired.event_id)]
    if not before:
        return []
    return [f'      It counts from "{printable(before[-1].event_name)}" at {when(before[-1].from_at_s)}.']
