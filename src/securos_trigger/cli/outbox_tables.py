"""How the terminal shows deliveries of an outbox."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from securos_trigger.cli.trouble_text import folded, question_text
from securos_trigger.errors.program import as_called
from securos_trigger.errors.wording import counted, some_of
from securos_trigger.operations.outbox import OutboxListing, Row

if TYPE_CHECKING:
    from securos_trigger.operations.unserved import MovedRows, MovePlan

_LEAST_WIDTH = 60
_TO_THE_RIGHT = ("no.", "age", "attempts")


def listing_text(listing: OutboxListing, *, now: datetime, limit: int, width: int, config: str = "CONFIG") -> str:
    """The counts, then the deliveries: those of one target and state with one reason stand together.

    Ages are at the present moment `now` (aware). Lines have at most `width` characters. `config` is the configuration
    as a shell needs it; CONFIG: it is not known.
    """
    width = max(width, _LEAST_WIDTH)
    shown = {state: count for state, count in listing.counts.items() if count or state != "relayed"}
    counts = ", ".join(in_state(count, state) for state, count in shown.items())
    lines = [f"{listing.outbox}:", f"  {counts}", *_lost(listing.losses, width, config)]
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row, reason in _with_reasons(listing.rows):
        groups.setdefault((row["target"], row["state"], reason), []).append(row)
    for (target, state, reason), rows in groups.items():
        cause = reason.removeprefix(f"{target} takes no events: ")  # the line begins with the target
        why = f": {cause}" if cause else ""
        head = _printable(f"{target}, {'dead letters' if state == 'dead' else state}{why}")
        lines += ["", *textwrap.wrap(head, width, subsequent_indent="  "), *_table(rows, now, width)]
    if listing.is_more:
        older = " older ones" if {row["state"] for row in listing.rows} == {"delivered"} else ""
        lines += ["", f"There are more{older}; --limit shows more than {limit} of a state."]
    for file in listing.moved:
        sentence = f"{file} holds events too: it is taken up at the next start. See it with --path."
        lines += ["", *textwrap.wrap(sentence, width, break_on_hyphens=False, break_long_words=False)]
    return "\n".join(lines)


def _lost(losses: Mapping[str, Any], width: int, config: str) -> list[str]:
    """That events were lost: they stand in no row."""
    if not losses.get("count"):
        return []
    number = f"{counted(losses['count'], 'event')} since the start of the service"
    is_going_on = losses["is_losing"] and not losses.get("is_over")
    what = f"! LOSING EVENTS: {number}" if is_going_on else f"! Lost: {number}"
    more = as_called(f"`securos-trigger status {config}` says more.")
    text = f"{what}, which are not in this list: {losses['reason']}. {more}"
    return textwrap.wrap(_printable(text), width, initial_indent="  ", subsequent_indent="    ")


def _with_reasons(rows: Sequence[Row]) -> Iterator[tuple[Row, str]]:
    """Each row with its reason. One that was not tried yet has the reason of those that it waits behind.

    It waits behind older ones of a camera that it names, too, or, as they do, of none; and behind all where its
    receiver takes nothing. The oldest come first in `rows`.
    """
    of_lanes: dict[tuple[str, str], set[str]] = {}
    of_target: dict[str, set[str]] = {}
    for row in rows:
        if row["state"] == "waiting" and _is_of_target(row):
            of_target.setdefault(row["target"], set()).add(row["reason"])
    for row in rows:
        if row["state"] != "waiting":
            yield row, row["reason"]
            continue
        lanes = [of_lanes.setdefault((row["target"], one), set()) for one in row["camera_ids"] or ("",)]
        behind = set().union(*lanes) or of_target.get(row["target"], set())
        reasons = {row["reason"]} if row["reason"] else set() if row["attempts"] else behind
        for lane in lanes:
            lane |= reasons
        yield row, next(iter(reasons)) if len(reasons) == 1 else ""


def _is_of_target(row: Row) -> bool:
    """True when the reason is that of the whole receiver, and not of this event."""
    return bool(row["reason"].startswith(f"{row['target']} takes no events: "))


def rows_text(rows: Sequence[Row], *, width: int) -> str:
    """Everything about each delivery, a line for each thing that is known, in local time."""
    return "\n\n".join("\n".join(_lines_of(row, max(width, _LEAST_WIDTH))) for row in rows)


def plan_text(plan: MovePlan) -> str:
    """`312 waiting and 4 dead letters`: what a move would change; empty: nothing."""
    numbers = [
        f"{'more than ' if state in plan.is_more else ''}{in_state(count, state)}"
        for state, count in plan.counts.items()
        if count
    ]
    return " and ".join(numbers)


def in_state(count: int, state: str) -> str:
    """`312 waiting`, `4 dead letters`."""
    return counted(count, "dead letter") if state == "dead" else f"{count:,} {state}"


def moved_text(done: MovedRows, place: str, new: str) -> str:
    """What was moved, and what is left to do: a dead letter is not sent again by itself. `place` as in `left_lines`."""
    numbers = [in_state(count, state) for state, count in done.moved.items() if count]
    lines = [f"{' and '.join(numbers)} moved to {new}." if numbers else "Nothing was moved."]
    if done.already_there:
        were = "was there already, and is" if done.already_there == 1 else "were there already, and are"
        lines.append(f"{done.already_there:,} of them {were} kept once.")
    if done.moved.get("dead"):
        command = f"`securos-trigger outbox retry {place} --target {shlex.quote(new)}`"
        lines.append(f"To send the dead letters again: {as_called(command)}.")
    if done.is_more:
        lines.append("Some are being sent at this moment: give the same command again.")
    return "\n".join([*lines, *left_lines(done.left, place)])


def drop_question(fitting: OutboxListing, state: str) -> str:
    """Ask whether to delete these rows of a state; it names their cameras and receivers."""
    count = f"{'more than ' if fitting.is_more else ''}{in_state(len(fitting.rows), state)}"
    cameras = sorted({one for row in fitting.rows for one in row["camera_ids"]}, key=lambda one: (len(one), one))
    of = [f"camera{'s' if len(cameras) > 1 else ''} {some_of(cameras)}"] if cameras else []
    of += ["no camera"] if any(not row["camera_ids"] for row in fitting.rows) else []
    targets = some_of(sorted({row["target"] for row in fitting.rows}))
    text = f"Drop {count} of {' and of '.join(of)} at {targets} for good? They will never reach the VMS."
    return question_text(text)


def left_lines(left: Sequence[Row], place: str) -> Iterator[str]:
    """Which damaged rows stay as they are, and why, with a command for those of each state that deletes them.

    `place` names the outbox in a command: the configuration, or `--path FILE`, as a shell needs it.
    """
    numbers: dict[str, list[str]] = {}
    for row in left:
        numbers.setdefault(row["state"], []).append(str(row["number"]))
        yield folded(f"Number {row['number']} stays, {row['state']}: {row['reason']}.", "  ")
    for state, those in numbers.items():
        command = f"securos-trigger outbox drop {place} {' '.join(those)} --state {state}"
        yield folded(f"  -> `{command}` deletes {'it' if len(those) == 1 else 'them'}.", "     ")


def age(span: timedelta) -> str:
    """A time span for a person: `40 s`, `12 min`, `5 h`, `3 d`."""
    seconds = max(0.0, span.total_seconds())
    for unit, length_s in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length_s:
            return f"{int(seconds // length_s)} {unit}"
    return f"{int(seconds)} s"


def _table(rows: Sequence[Row], now: datetime, width: int) -> Iterator[str]:
    heads = ("no.", "age", "attempts", "cameras", "event")
    cells = [
        (
            str(row["number"]),
            age(now - datetime.fromisoformat(row["captured_at"])),
            str(row["attempts"]),
            ", ".join(row["camera_ids"]) or "none",
            row["name"],
        )
        for row in rows
    ]
    widths = [min(max(len(line[column]) for line in (heads, *cells)), width // 4) for column in range(4)]
    for line in (heads, *cells):
        yield from _table_line(heads, line, widths, width)


def _table_line(heads: Sequence[str], line: Sequence[str], widths: Sequence[int], width: int) -> Iterator[str]:
    """One row of the table, in several lines when its cameras or its name need them."""
    *narrow, name = line
    columns = [textwrap.wrap(cell, size) or [""] for cell, size in zip(narrow, widths, strict=True)]
    columns.append(textwrap.wrap(_printable(name), width - sum(widths) - 2 * len(widths) - 2) or [""])
    for number in range(max(len(column) for column in columns)):
        cells = [column[number] if number < len(column) else "" for column in columns]
        padded = [
            cell.rjust(size) if head in _TO_THE_RIGHT else cell.ljust(size)
            for head, cell, size in zip(heads, cells, [*widths, 0], strict=True)
        ]
        yield ("  " + "  ".join(padded)).rstrip()


def _lines_of(row: Row, width: int) -> Iterator[str]:
    found = {name: text for name, text in _fields(row) if text}
    name_width = max(map(len, found)) + 2
    for name, text in found.items():
        for number, line in enumerate(textwrap.wrap(_printable(text), width - name_width)):
            yield f"{name if number == 0 else '':{name_width}}{line}"


def _fields(row: Row) -> Iterator[tuple[str, str]]:
    """What is known of a delivery, with the words of people; empty: it is not known, or there is none."""
    state = row["state"]
    yield "number", str(row["number"])
    yield "state", "dead letter" if state == "dead" else state
    yield "reason", row["reason"]
    # Those that failed are counted; that which delivered it is one more.
    yield "attempts", str(row["attempts"] + (state == "delivered"))
    yield "event", row["name"]
    yield "description", row["description"]
    yield "cameras", ", ".join(row["camera_ids"]) or "none"
    yield "receiver", row["target"]
    yield "pipeline", row["pipeline"]
    yield "node", row["node_id"]
    yield "deployment", row["deployment_id"] or ""
    yield "recording", _recording(row)
    yield "boxes", str(row["boxes"] or "")
    yield "time of frame", _moment(row["captured_at"])
    yield "kept", _moment(row["kept_at"])
    yield "next attempt", _moment(row["due_at"]) if state == "waiting" else ""
    yield "given up" if state == "dead" else state, _moment(row["settled_at"])
    yield "event id", row["event_id"]


def _recording(row: Row) -> str:
    """For how long the camera is to record, and whether its video gets a subtitle; empty: it is not to."""
    if row["action"] == "event":
        return ""
    return f"{row['record_duration_s']} s{', with a subtitle' if row['action'].endswith('subtitle') else ''}"


def _moment(at: str | None) -> str:
    """An instant in the zone of this machine, with its name."""
    then = None if at is None else datetime.fromisoformat(at).astimezone()
    return "" if then is None else f"{then:%Y-%m-%d %H:%M:%S} {then.tzname()}"


def _printable(text: str) -> str:
    """The text without characters that control a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)
