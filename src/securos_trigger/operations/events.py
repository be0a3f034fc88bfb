"""Search events that were kept, the newest first, and show everything that is known about one of them."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from securos_trigger.conditions import Truth
from securos_trigger.delivery.webhook.body import body_for
from securos_trigger.errors import ArgumentError, ConfigurationError, NotFoundError, OutboxError
from securos_trigger.ledger import DeliveryNote, DeliveryState, Entry, LedgerReading
from securos_trigger.ledger.lines import fields_of
from securos_trigger.model import Action
from securos_trigger.model.failed_steps import steps_in
from securos_trigger.notices import Announcer, log_notice
from securos_trigger.operations.images import has_image, image_of_event, why_no_image
from securos_trigger.operations.outbox import ChangedRows, RowChoice, outbox_of, partly_done, retry_rows, show_rows
from securos_trigger.operations.remembered import remembered_settings
from securos_trigger.operations.site import site_of
from securos_trigger.operations.waits_behind import rows_ahead
from securos_trigger.runtime.control import EventRequest, SearchRequest, ask
from securos_trigger.runtime.control.row_json import delivery_of
from securos_trigger.system.reasons import reason_of

#: What a delivery asks SecurOS to do for each camera, by its action.
STEPS: Final = {
    Action.EVENT: ("EVENT",),
    Action.EVENT_AND_RECORD: ("REC", "EVENT"),
    Action.EVENT_AND_RECORD_AND_SUBTITLE: ("REC", "SUBTITLES", "EVENT"),
}


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are looked for; an empty field means all. `node` is `node` or `pipeline/node`.

    `since` and `until` are aware instants of the frame. `cursor` goes on where an earlier page ended.
    """

    camera: str = ""
    node: str = ""
    text: str = ""
    state: str = ""
    target: str = ""
    since: datetime | None = None
    until: datetime | None = None
    cursor: int | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events, the newest first. `cursor` is what to go on with; None: there are no older ones."""

    rows: tuple[Mapping[str, Any], ...]
    cursor: int | None
    counts: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"events": [dict(row) for row in self.rows], "cursor": self.cursor, "counts": dict(self.counts)}


def search_events(config: Path, wanted: EventFilter) -> EventPage:
    """Search the outbox of a configuration. An outbox that does not exist yet has no events.

    OutboxError: it cannot be read, or the service does not answer.
    """
    outbox = outbox_of(config)
    if not outbox.exists():
        return EventPage((), None)
    pipeline, _, node_id = wanted.node.rpartition("/")
    request = SearchRequest(
        text=wanted.text,
        state=wanted.state,
        target=wanted.target,
        node_id=node_id,
        pipeline=pipeline.partition("/")[0],
        camera_id=wanted.camera,
        since_s=None if wanted.since is None else wanted.since.timestamp(),
        until_s=None if wanted.until is None else wanted.until.timestamp(),
        before=wanted.cursor,
        limit=wanted.limit,
    )
    answer = ask(outbox, request, Announcer([log_notice]))
    return EventPage(tuple(answer["rows"]), answer["before"], answer["counts"])


def show_event(config: Path, number: int) -> dict[str, Any]:
    """Everything about one event: the keys of docs/console_api.md. ArgumentError: there is none with this number."""
    found = _event(config, number)
    row = found["row"]
    entry, notes = _recorded(config, row["event_id"])
    attempts = [_attempt(note) for note in notes if note.target in ("", row["target"])]
    has_one = has_image(config, row["event_id"])
    kept_at, now = datetime.fromisoformat(row["kept_at"]), datetime.now().astimezone()
    return {
        "event": row,
        "boxes": found["boxes"],
        "box_color": found["box_color"],
        "decision": None if entry is None else _decision(config, entry),
        "attempts": attempts,
        "waits_behind": _waits_behind(config, row),
        "steps": list(steps_of(row)),
        "has_image": has_one,
        "why_no_image": "" if has_one else why_no_image(config, kept_at, now),
    }


def _waits_behind(config: Path, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """That before it in the lane of a camera, which the receiver does not accept; None: nothing holds it up."""
    ahead = rows_ahead(outbox_of(config), [row]).get(row["number"])
    return (
        None if ahead is None else {key: ahead[key] for key in ("number", "name", "captured_at", "attempts", "reason")}
    )


def event_image(config: Path, number: int) -> bytes | None:
    """The image of an event as JPEG; None: none was kept. NotFoundError: there is no event with this number."""
    return image_of_event(config, _event(config, number)["row"]["event_id"])


def retry_event(config: Path, number: int, cameras: Mapping[str, str]) -> tuple[ChangedRows, int | None]:
    """Send a dead letter again, perhaps to corrected cameras; gives its new number, too (None: it is gone already).

    A damaged one stays, with its number.

    ArgumentError: it is not dead, or does not name such a camera. NotFoundError: there is no event with this number.
    """
    row = _event(config, number)["row"]
    if row["state"] != "dead":
        raise ArgumentError("number", f"the event is {row['state']}: only one that was given up can be sent again")
    wrong = set(cameras) - set(row["camera_ids"] or [""])
    if wrong:
        raise ArgumentError("cameras", f"the event does not name camera {', '.join(sorted(wrong))}")
    outbox = outbox_of(config)
    changed = retry_rows(outbox, RowChoice(ids=(str(number),), cameras=tuple(cameras.items())))
    if changed.left:
        return changed, number
    with partly_done(lambda: changed.changed):
        return changed, max((one["number"] for one in show_rows(outbox, (row["event_id"],))), default=None)


def curl_command(config: Path, number: int) -> str:
    """A command that sends the event once more by hand. The secret is left out: `$TOKEN` stands for it."""
    found = _event(config, number)
    delivery = delivery_of(found)
    body = json.dumps(body_for(delivery, sent_at_s=time.time(), late=False), ensure_ascii=False)
    # Of a pinned certificate its fingerprint is known, and curl compares only that of a public key.
    note = "# --insecure: curl does not check the certificate, also not a pinned one. Use it in a network you trust.\n"
    start, option = (note, " --insecure") if delivery.target.startswith("https:") else ("", "")
    return (
        f'{start}curl{option} -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\\n'
        f"  --data {shlex.quote(body)} \\\n  {shlex.quote(delivery.target + '/lumeoevent')}"
    )


def steps_of(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What was asked for each camera, and what became of it: `done`, `failed` or `waiting`.

    Of a damaged row it is not known, and there is none.
    """
    if not row.get("is_readable", True):
        return
    failed = {(camera, step): error for camera, step, error in steps_in(row["reason"])}
    for camera in row["camera_ids"] or [None]:
        for step in STEPS[Action(row["action"])]:
            error = failed.get((camera, step), "")
            state = "failed" if error else "done"
            if row["state"] in ("waiting", "sending"):
                state = "waiting"
            elif row["state"] == "dead":
                state, error = "failed", error or row["reason"]
            yield {"camera_id": camera, "step": step, "state": state, "error": error}


def _event(config: Path, number: int) -> dict[str, Any]:
    outbox = outbox_of(config)
    found = ask(outbox, EventRequest(number=number), Announcer([log_notice])) if outbox.exists() else {"row": None}
    if found["row"] is None:
        raise NotFoundError("number", f"there is no event {number}: it was removed, or sent again with a new number")
    return found


def _recorded(config: Path, event_id: str) -> tuple[Entry | None, list[DeliveryNote]]:
    """What the ledger has about an event: the decision, and its delivery step by step. OutboxError: unreadable."""
    entry: Entry | None = None
    notes: dict[tuple[object, ...], DeliveryNote] = {}
    try:
        for record in _records_with(LedgerReading(site_of(config).ledger_path), event_id):
            if isinstance(record, Entry):
                entry = record
            elif isinstance(record, DeliveryNote):
                notes[record.key] = record
    except OSError as error:
        raise OutboxError(f"The ledger cannot be read: {reason_of(error)}.") from error
    return entry, sorted(notes.values(), key=_order)


def _order(note: DeliveryNote) -> tuple[bool, float]:
    """What was kept comes first: an answer may be written down before that."""
    return note.state is not DeliveryState.KEPT, note.at_s


def _records_with(reading: LedgerReading, event_id: str) -> Iterable[Any]:
    return (record for record in reading.containing(event_id) if getattr(record, "event_id", "") == event_id)


def _decision(config: Path, entry: Entry) -> dict[str, Any]:
    fields = fields_of(entry)
    return {
        "address": str(entry.address),
        "reason": fields["reason"],
        "captured_at": fields["from"],
        "flags": fields["flags"],
        "upstream_event_id": fields["upstream_event_id"],
        "clauses": fields["clauses"],
        "raised_by": list(_raised_by(config, entry)),
    }


def _raised_by(config: Path, entry: Entry) -> Iterator[str]:
    """The ids of the event nodes before its node whose condition was true: one of them has raised the event.

    None where the file has other conditions by now, or cannot be read.
    """
    was_true = {clause.text for clause in entry.clauses if clause.truth is Truth.TRUE}
    try:
        pipelines = remembered_settings(config).pipelines if entry.upstream_event_id else ()
    except ConfigurationError:
        return
    for node in (node for one in pipelines if one.name == entry.address.pipeline for node in one.nodes):
        if node.id == entry.address.node:
            return
        if getattr(node, "type", "") == "event" and _plain(node.condition) in {_plain(text) for text in was_true}:
            yield node.id


def _plain(text: str) -> str:
    """A condition without the brackets around the whole, which the ledger may have put there."""
    return " ".join(text.split()).removeprefix("(").removesuffix(")")


def _attempt(note: DeliveryNote) -> dict[str, Any]:
    fields = fields_of(note)
    return {
        "at": fields["at"],
        "state": fields["state"],
        "reason": fields["reason"],
        "wait_s": fields["wait_s"],
        "latency_s": fields["latency_s"],
        "is_late": fields["late"],
        "is_duplicate": fields["duplicate"],
    }
