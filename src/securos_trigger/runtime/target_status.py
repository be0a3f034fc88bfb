"""The state of one target as plain data: what waits for it, why nothing reaches it, and its certificate."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from securos_trigger.config.agreement import SHARED_BY_TARGET
from securos_trigger.delivery import ShownCertificate
from securos_trigger.outbox import Backlog, Oldest
from securos_trigger.runtime.live_node import LiveNode
from securos_trigger.system.timestamps import rfc3339, rfc3339_of_ticks

#: A receiver that has not answered for this long is said to be waited for, in seconds.
SLOW_ANSWER_S: Final = 5.0


def backlog_answer(backlog: Backlog) -> dict[str, Any]:
    """What waits for a target, and what the cluster has for it."""
    return {
        "waiting": backlog.waiting,
        "oldest_at": None if backlog.oldest is None else rfc3339(backlog.oldest.since_s),
        "dead": backlog.dead,
        "relayed": backlog.relayed,
        "relayed_oldest_at": None if backlog.oldest_relayed is None else rfc3339(backlog.oldest_relayed.since_s),
    }


def unaccepted_answer(health: dict[str, Any], backlog: Backlog | None) -> dict[str, Any]:
    """`health`, where no event is accepted since the oldest that waits came; where none waits it says nothing of it.

    `backlog` None: what waits is not known.
    """
    if backlog is None or "not_accepted_since" not in health:
        return health
    if backlog.oldest is None:  # a person has dropped it or moved it
        return {key: value for key, value in health.items() if not key.startswith("not_accepted_")}
    return {**health, "not_accepted_since": max(health["not_accepted_since"], rfc3339(backlog.oldest.since_s))}


def relayed_answer(health: dict[str, Any], stalled_s: float | None, cluster: Mapping[str, Any]) -> dict[str, Any]:
    """`health` of a target behind a relay: it is the cluster that may be unreachable, or deliver nothing.

    `stalled_s`: for how long none of the events that the cluster has for it has ended; None: it delivers. `cluster`
    says whether that is reached: where no event has met it since it was lost, nothing is known.
    """
    if health["is_healthy"] is False:
        return {**health, "trouble": "not_relayed"}
    if stalled_s is not None:
        return {
            "is_healthy": False,
            "failing_since": rfc3339(time.time() - stalled_s),
            "reason": "no deliver serves this receiver, or the receiver does not answer",
            "trouble": "undelivered",
        }
    if cluster["is_failing"]:
        return {**health, "is_healthy": None, "healthy_since": None, "unknown_since": cluster["failing_since"]}
    return health


def not_served_answer(target: str, oldest: Oldest, backlog: Backlog) -> dict[str, Any]:
    """A target that only a person can help: deliveries wait for it, and no node sends to it any more."""
    oldest_at = rfc3339(oldest.since_s)
    return {
        "target": target,
        "is_healthy": False,
        "failing_since": oldest_at,
        "reason": "no node sends to this receiver any more",
        "trouble": "not_served",
        **backlog_answer(backlog),
    }


def certificate_answer(shown: ShownCertificate | None, soon_days: int) -> dict[str, Any] | None:
    """The certificate that a target has shown last; None: it has shown none. `soon_days` is when its end is soon."""
    if shown is None:
        return None
    return {
        "ends_at": rfc3339(shown.ends_at.timestamp()),
        "accepted_by": shown.accepted_by.value,
        "is_refused_when_expired": shown.accepted_by.is_refused_when_expired,
        "soon_days": soon_days,
    }


def by_target(nodes: Iterable[LiveNode]) -> dict[str, list[LiveNode]]:
    """The nodes that send to each target, both in the order of the nodes."""
    found: dict[str, list[LiveNode]] = {}
    for live in nodes:
        found.setdefault(live.origin.target, []).append(live)
    return found


def connection_answer(target: str, senders: Sequence[LiveNode], *, is_relayed: bool) -> dict[str, Any]:
    """How it is reached: whether the token is sent unencrypted, and where the nodes that send to it differ.

    `is_relayed`: a `deliver` reaches it, and says the first itself.
    """
    differing = [
        name for name in SHARED_BY_TARGET if len({getattr(live.node.properties, name) for live in senders}) > 1
    ]
    return {
        "is_in_clear": not is_relayed and target.startswith("http:"),
        "differing": differing,
        "differing_nodes": [str(live.address) for live in senders] if differing else [],
    }


def attempts_answer(began_at_ticks: float | None, tries: tuple[float, float] | None) -> dict[str, Any]:
    """The state of attempts, from monotonic seconds. `began_at_ticks`: of one under way to a target that works.

    `no_answer_since`: it has waited for its answer longer than answers take. `tries`: of a target that fails, when an
    attempt failed last, and when the next may begin.
    """
    is_slow = began_at_ticks is not None and time.monotonic() - began_at_ticks >= SLOW_ANSWER_S
    failed_at_ticks, next_at_ticks = tries or (None, None)
    return {
        "no_answer_since": rfc3339_of_ticks(began_at_ticks) if is_slow else None,
        "tried_at": rfc3339_of_ticks(failed_at_ticks),
        "next_try_at": rfc3339_of_ticks(next_at_ticks),
    }
