"""How `status` reads where each pipeline has a process of its own."""

from __future__ import annotations

import shlex
from datetime import datetime
from typing import TYPE_CHECKING

from securos_trigger.cli.trouble_text import folded, lines_of, works_text
from securos_trigger.operations.placed_service import placed_text
from securos_trigger.operations.trouble import age_s, clock
from securos_trigger.system.durations import duration_text

if TYPE_CHECKING:
    from securos_trigger.operations.service_report import ServiceReport


def text_of(report: ServiceReport, now: datetime, config: str) -> str:
    """The whole text, without the line break at its end. `config` is the configuration as a shell needs it."""
    lines = [line for one in report.troubles for line in lines_of(one)]
    if report.verdict == "healthy":
        lines.insert(0, works_text(report.troubles, report.headline))
    lines += ["", folded("Its pipelines are placed: each has a process of its own on this machine.", "")]
    for row in report.answer["placed"]:
        since = f" since {clock(row['since'], now)} ({duration_text(age_s(row['since'], now))})" if row["since"] else ""
        lines.append(folded(f"{placed_text(row)}, as {row['node']}{since}", "  "))
        events = f"securos-trigger outbox list --path {shlex.quote(row['outbox'])}"
        lines.append("  " + folded(f"-> its events: `{events}`", "     "))
    lines.append(
        folded(f"-> `securos-trigger cluster status {config}` says where each runs now, on all machines.", "   ")
    )
    return "\n".join(lines).lstrip("\n")
