"""The mutes that are in force while `explain` is asked: also one that was made while no service ran."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from securos_trigger.errors import OutboxError
from securos_trigger.errors.wording import why_muted
from securos_trigger.ledger import Answer
from securos_trigger.ledger.periods import MUTED, Period
from securos_trigger.operations.mute import mutes_in_force
from securos_trigger.operations.site import Site


def with_mutes(found: Answer, site: Site) -> Answer:
    """The answer; each node has the mute of it that is in force and began before the end of the asked time."""
    try:
        mutes = {one.node: one for one in mutes_in_force(site)}
    except OutboxError:  # `status` says that their file cannot be read; the ledger has what was muted
        return found
    nodes = []
    for node in found.nodes:
        mute = mutes.get(str(node.address._replace(camera="")))
        if mute is not None and mute.muted_at.timestamp() < found.asked.until_at_s:
            muted_at_s, until_at_s = mute.muted_at.timestamp(), mute.until.timestamp()
            why = why_muted(mute.reason, mute.person)
            now = Period(MUTED, muted_at_s, inf, reason=why, planned_until_at_s=until_at_s)
            node = replace(node, muted_now=now)
        nodes.append(node)
    return replace(found, nodes=tuple(nodes))
