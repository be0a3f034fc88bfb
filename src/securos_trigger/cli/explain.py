"""`securos-trigger explain`."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from securos_trigger.cli.arguments import Command, config_argument, file_type, json_option, number
from securos_trigger.cli.completions import node_names
from securos_trigger.cli.file_mistake import say_file_mistake
from securos_trigger.cli.placed_note import say_placed

if TYPE_CHECKING:
    from securos_trigger.operations.explain import Explanation


@click.command(cls=Command)
@config_argument
@click.option(
    "--at", metavar="TIME", help='The time: now, 14:03, 14:03:07, "yesterday 14:03", or date and time with the zone.'
)
@click.option("--date", metavar="YYYY-MM-DD", help="Date of --at. Default: the last time that the clock showed it.")
@click.option(
    "--node",
    metavar="NODE",
    default="",
    show_default=False,
    shell_complete=node_names,
    help="Only this node: ID, PIPELINE/ID or PIPELINE.",
)
@click.option(
    "--around",
    type=number(0.0, 86_400.0),
    metavar="SECONDS",
    default=30.0,
    help="Show also what happened this long before and after.",
)
@click.option(
    "--event", metavar="ID", default="", show_default=False, help="Say what became of this event, instead of a time."
)
@click.option("--path", type=file_type(is_file=True), metavar="FILE", help="The outbox file of a placed pipeline.")
@json_option
def explain(
    config: Path,
    at: str | None,
    date: str | None,
    node: str,
    around: float,
    event: str,
    path: Path | None,
    is_json: bool,
) -> None:
    """Say why the trigger nodes of CONFIG did or did not fire at a time; without one, in the last ten minutes."""
    from datetime import UTC, datetime

    from securos_trigger.operations import explain as operation

    say_file_mistake(config)
    if path is None:
        say_placed(config, f"explain {shlex.quote(str(config))} --path PATH")
    now = datetime.now(UTC)
    found = operation.explain(config, now=now, at=at, date=date, node=node, around_s=around, event=event, outbox=path)
    if is_json:
        print(json.dumps(found.to_json(), indent=2))  # noqa: T201  for programs: no terminal in between
    else:
        _show(found)


def _show(found: Explanation) -> None:
    """Print the answer, on a terminal with colours: what fired, what was false or missing, what came between."""
    from rich.console import Console
    from rich.highlighter import RegexHighlighter
    from rich.theme import Theme

    from securos_trigger.cli.trouble_text import folded
    from securos_trigger.errors.wording import counted

    class Words(RegexHighlighter):
        base_style = "explain."
        highlights = (
            r"(?m)(?P<good>\bfired\b|\bdelivered to\b|^      true\b)",
            r"(?m)(?P<bad>^      false\b|^      unknown\b|\bnot kept\b|\bgiven up at\b|is missing)",
            r"(?P<between>\b(interval|pause_after_loss|holding|not_risen|duplicate|muted|inactive_hours)\b)(?=,? \d)",
            r"(?P<between>not delivered yet)",
        )

    theme = Theme({"explain.good": "green", "explain.bad": "red", "explain.between": "yellow"})
    console = Console(theme=theme, highlighter=Words(), soft_wrap=True)
    console.print(str(found.answer), markup=False)
    if found.unreadable_lines:
        lines = counted(found.unreadable_lines, "line")
        why = "(cut off by a crash, or written by another program)"
        console.print("\n" + folded(f"{lines} of the ledger could not be read {why}.", "  "), style="dim")
