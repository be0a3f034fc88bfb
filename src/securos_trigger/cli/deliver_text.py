"""How the status of `deliver` reads on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from securos_trigger.cli.cluster_text import table
from securos_trigger.cli.trouble_text import folded, lines_of, lines_of_all, works_text
from securos_trigger.operations.trouble import age_s, clock
from securos_trigger.system.durations import duration_text

if TYPE_CHECKING:
    from securos_trigger.operations.service_report import ServiceReport


def text_of(report: ServiceReport, now: datetime, config: str = "CONFIG") -> str:
    """The whole text, without the line break at its end. Times are in the zone of `now`.

    `config` is the configuration as a shell needs it.
    """
    if report.verdict == "not_running":
        start = folded(f"  -> `securos-trigger deliver {config}` starts it.", "     ")
        mistakes = [line for one in report.troubles for line in lines_of(one)]
        return "\n".join([*mistakes, folded(f"! {report.answer['reason']}", "  "), start])
    if not report.has_answered:
        return "\n".join(line for one in report.troubles for line in lines_of(one))
    return "\n".join(_lines(report, now))


def _lines(report: ServiceReport, now: datetime) -> Iterator[str]:
    answer = report.answer
    targets = answer["targets"]
    served = sum(one["is_served"] for one in targets)
    works = ""
    if report.verdict == "healthy":
        works = f"{works_text(report.troubles, report.headline)}: serves {served} of {len(targets)} receivers"
    elif report.verdict == "starting":
        works = "starting: it connects to the cluster, and serves no receiver yet"
    yield from lines_of_all(report.troubles, works)
    started = answer["started_at"]
    since = f"running since {clock(started, now)} ({duration_text(age_s(started, now))})"
    yield ""
    yield f"securos-trigger {answer['version']}, process {answer['pid']}, {since}"
    yield ""
    is_reached = answer["cluster"]["is_reached"]
    yield from table(("receiver", "state", "delivered", "dead letters"), [_row(one, is_reached) for one in targets])


def _row(target: Mapping[str, Any], is_reached: bool | None) -> tuple[str, ...]:
    """A receiver that another process serves is one to stand by for; a deliver of an older version names no owner."""
    if target["is_healthy"] is False:
        state = target["trouble"]
    elif target["is_served"]:
        state = "healthy" if target["is_healthy"] else "served"
        state = "accepts no event" if target.get("not_accepted_since") else state
    elif not is_reached:
        state = "no cluster"
    else:
        state = "stands by" if target.get("owner", "older") else "not served here"
    return target["target"], state, f"{target['delivered']:,}", f"{target['dead']:,}"
