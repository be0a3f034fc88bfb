"""Explain why trigger nodes fired or did not, at a time that a person typed."""

from __future__ import annotations

import datetime as dt
import shlex
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from securos_trigger.errors import ArgumentError, MissingPartError
from securos_trigger.errors.suggestions import did_you_mean, nearest
from securos_trigger.ledger import Answer, Asked, Entry, LedgerReading, NodeAnswer, answer
from securos_trigger.ledger.causes import OF_CONDITION
from securos_trigger.ledger.files import recorded_until
from securos_trigger.ledger.journal import WRITTEN_WITHIN_S
from securos_trigger.operations.asked_time import asked_time
from securos_trigger.operations.condition_warnings import condition_warnings
from securos_trigger.operations.explain_intervals import with_intervals
from securos_trigger.operations.explain_mutes import with_mutes
from securos_trigger.operations.explain_outbox import with_outbox
from securos_trigger.operations.ledger_now import ledger_now, no_ledger
from securos_trigger.operations.site import Site, site_of
from securos_trigger.operations.starting import starts_it
from securos_trigger.runtime.live_node import EXPLAIN_LAST_S
from securos_trigger.system.owners import as_owner
from securos_trigger.system.reasons import reason_of
from securos_trigger.trigger.active_hours import zone_of

#: Characters of an event's id that are enough to name it.
_LEAST_CHARACTERS = 8


@dataclass(frozen=True, slots=True)
class Explanation:
    """The ledger's answer. `str(answer)` is its text; `unreadable_lines` counts lines that could not be read."""

    answer: Answer
    unreadable_lines: int

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**self.answer.to_json(), "unreadable_lines": self.unreadable_lines}


def explain(
    config: Path,
    *,
    now: datetime,
    at: str | None = None,
    date: str | None = None,
    node: str = "",
    around_s: float = 30,
    zone: dt.tzinfo | None = None,
    event: str = "",
    outbox: Path | None = None,
) -> Explanation:
    """Read the ledger of `config` for the time `at` (see `asked_time`). `node`: only this one, an id or PIPELINE/ID.

    Times are typed and said in `zone`; None: in `time_zone` of the configuration, or else in that of this machine.
    With `event`, an event's id, the answer is about the frame on which it fired, and what became of it.
    `outbox` is that of a placed pipeline of the file, with its ledger beside it, instead of those of the file.
    ArgumentError: what was typed is no time, or the ledger has no such node. MissingPartError: there is no ledger.
    """
    site = site_of(config, outbox)
    zone = zone or zone_of(site.time_zone)
    asked = asked_time(at, date, now=now, around_s=around_s, node=node, zone=zone, config=shlex.quote(str(config)))
    asked = replace(asked, outbox="" if outbox is None else shlex.quote(str(outbox)), starts_it=starts_it(config))
    reading = LedgerReading(site.ledger_path)
    try:
        present = ledger_now(config, outbox)
        if not reading.files() and present.gap is None:
            missing = no_ledger(site.ledger_path, is_enabled=site.has_ledger, is_running=present.is_running)
            raise MissingPartError(asked.in_commands(missing))
        if present.is_running:
            asked = replace(asked, written_until_at_s=now.timestamp() - WRITTEN_WITHIN_S)
        elif asked.is_summary:
            asked = _last_recorded(site.ledger_path, asked)
        asked = _of_event(reading, event, asked, is_enabled=site.has_ledger) if event else asked
        found = answer(reading, asked, site.nodes, is_running=present.is_running, present_gap=present.gap)
    except OSError as error:
        why = f"The ledger {site.ledger_path} cannot be read: {reason_of(error)}. Ask {as_owner(site.ledger_path)}."
        raise MissingPartError(why) from None
    _check_node(node, found, config)
    return Explanation(_completed(found, asked, site, config), reading.unreadable_lines)


def _completed(found: Answer, asked: Asked, site: Site, config: Path) -> Answer:
    """The answer, with what the ledger does not know: the outbox, the mutes, and the warnings of `check`."""
    found = with_mutes(with_outbox(with_intervals(found, site), site.outbox_path), site)
    if any(rests_on_its_condition(one, asked) for one in found.nodes):
        found = found.with_warnings(condition_warnings(config))
    return replace(found, asked=_with_both_meant(asked, found))


def _last_recorded(ledger: Path, asked: Asked) -> Asked:
    """The last ten minutes that are recorded, with that said first, where nothing is in those that were asked about."""
    newest_at_s = recorded_until(ledger)
    if newest_at_s is None or newest_at_s >= asked.from_at_s:
        return asked
    lead, until_at_s = "No service runs. These are the last ten minutes that are recorded:", newest_at_s + 1.0
    return replace(asked, from_at_s=until_at_s - EXPLAIN_LAST_S, until_at_s=until_at_s, lead=lead)


def _check_node(node: str, found: Answer, config: Path) -> None:
    """ArgumentError: a node was named, and the answer has none."""
    if node and not found.nodes:
        known = _known(node, found)
        raise ArgumentError("node", f'there is no trigger node "{node}" in {config} or its ledger. {known}')


def rests_on_its_condition(node: NodeAnswer, asked: Asked) -> bool:
    """True when nothing but the node's condition was between its frames and an event."""
    reasons = {entry.reason for entry in node.entries if asked.covers(entry)}
    return bool(reasons) and reasons <= OF_CONDITION


def _of_event(reading: LedgerReading, event_id: str, asked: Asked, *, is_enabled: bool) -> Asked:
    """The frame on which an event fired. ArgumentError: the ledger does not have it."""
    for record in reading.containing(event_id):
        if isinstance(record, Entry) and _is_named(record.event_id, event_id):
            until_at_s, node = record.from_at_s + 0.001, str(record.address)
            outbox = asked.outbox
            return Asked(record.from_at_s, until_at_s, 0.0, node, zone=asked.zone, config=asked.config, outbox=outbox)
    why = "it is older than the ledger, or was not fired here"
    if not is_enabled:
        why = "it is newer or older than the ledger, which is not written now ([ledger] enabled is false)"
    what = f'the ledger has no event "{event_id[:80]}": {why}'
    fix = asked.in_commands("`securos-trigger outbox list CONFIG` shows those of the outbox")
    raise ArgumentError("event", f"{what}. {fix}")


def _is_named(event_id: str, typed: str) -> bool:
    """True for the id itself, and for its first 8 characters or more, which the log has."""
    return event_id == typed or (len(typed) >= _LEAST_CHARACTERS and event_id.startswith(typed))


def _known(node: str, found: Answer) -> str:
    """How to fix the name of a node that the ledger does not have."""
    if not found.known_nodes:
        return "It holds no decision yet."
    pipelines, ids = zip(*((name.split("/")[0], name.rpartition("/")[2]) for name in found.known_nodes), strict=True)
    if "/" not in node and (meant := nearest(node, (*pipelines, *ids))):
        return did_you_mean(node, (meant,))
    return did_you_mean(node, found.known_nodes)


def _with_both_meant(asked: Asked, found: Answer) -> Asked:
    """Say so where a name is that of a node, and that of a pipeline with other nodes."""
    named = [one.name for one in found.nodes if one.address.is_named(asked.node)]
    others = [one.name for one in found.nodes if one.address.pipeline == asked.node and one.name not in named]
    if not named or not others:
        return asked
    remark = (
        f'"{asked.node}" is the name of a node and of a pipeline, so both are shown. '
        f"To see one: {named[0]}, or {asked.node}/*."
    )
    return replace(asked, remark=" ".join(filter(None, (asked.remark, remark))))
