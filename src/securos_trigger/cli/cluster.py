"""`securos-trigger cluster …`: pipelines that several machines may run."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from securos_trigger.cli.arguments import Argument, config_argument, json_option, number
from securos_trigger.cli.groups import Group

if TYPE_CHECKING:
    from securos_trigger.operations.placement import PlacementReport


@click.group("cluster", cls=Group)
def cluster_group() -> None:
    """Pipelines on several machines: each runs on one, and goes on at another when that one dies (docs/ray.md)."""


@cluster_group.command()
@config_argument
@click.option(
    "--wait", "within_s", type=number(0, 600), default=60, metavar="SECONDS", help="How long to wait until all run."
)
@click.option("--stay", is_flag=True, help="Stay until Ctrl-C, and place them again when Ray's head was restarted.")
@click.option("--text-from-stdin", "is_text_given", is_flag=True, hidden=True, help="Read CONFIG's text from stdin.")
@json_option
def run(config: Path, within_s: float, stay: bool, is_text_given: bool, is_json: bool) -> None:
    """Place the pipelines of CONFIG on the machines of a Ray cluster.

    With the same file all go on, with a changed one all start again. Exit code 0: each runs or has come to its end. 1:
    one does not, or it is not known. With --stay a file that is changed later is placed by the next start.
    """
    from securos_trigger.operations.placement import place_pipelines, stay_placed

    if stay and is_json:
        raise click.UsageError("--json is the answer of a command that ends: leave --stay or --json out.")
    if stay:
        stay_placed(config, partial(click.echo, err=True), within_s=within_s)
        return
    text = sys.stdin.buffer.read().decode() if is_text_given else None
    _print_and_exit(place_pipelines(config, within_s=within_s, text=text), is_json=is_json, may_start=False)


@cluster_group.command()
@config_argument
@json_option
def status(config: Path, is_json: bool) -> None:
    """Say where each pipeline of CONFIG runs, since when, how often it moved, and what `status` says of it there.

    Exit code 0: each runs, starts since less than a minute, or has come to its end. 1: one does not, a person must
    act, or it is not known.
    """
    from securos_trigger.operations.placement import placement_status

    _print_and_exit(placement_status(config), is_json=is_json)


@cluster_group.command()
@config_argument
def stop(config: Path) -> None:
    """End all placed pipelines of the site of CONFIG. What they kept and did not relay stays on their machines."""
    from securos_trigger.errors.wording import counted
    from securos_trigger.operations.placement import stop_pipelines

    ended, unknown_because = stop_pipelines(config)
    click.echo(f"{counted(len(ended), 'pipeline')} ended.")
    if unknown_because:
        click.echo(
            f"`status --cluster` goes on to name them, because the cluster does not know it: {unknown_because}",
            err=True,
        )
        sys.exit(1)


@cluster_group.command()
@config_argument
@click.argument("name", cls=Argument, metavar="PIPELINE", description="Name of a pipeline in CONFIG.")
@click.option("--node", default="", metavar="NAME", help="Name of this machine. Default: its host name.")
@click.option("--quiet", "-q", "is_quiet", is_flag=True, help="Log only warnings, errors, the start and the end.")
@click.option("--base", default="", hidden=True, help="Folder that relative paths begin at.")
@click.option("--ends-with-stdin", is_flag=True, hidden=True, help="End when stdin ends.")
def pipeline(config: Path, name: str, node: str, is_quiet: bool, base: str, ends_with_stdin: bool) -> None:
    """Run one pipeline of CONFIG on this machine, while no other machine does.

    Start it on two machines, and one of them waits. Exit code 75: another machine has taken the pipeline over; start
    it again, and it waits.
    """
    from securos_trigger.cli.logs import log_to_stderr
    from securos_trigger.operations.placement import run_one_pipeline
    from securos_trigger.system.child_process import stop_when_stdin_ends

    log_to_stderr(config, is_quiet=is_quiet)
    if ends_with_stdin:
        stop_when_stdin_ends()
    sys.exit(run_one_pipeline(config, name, node=node, base=base))


def _print_and_exit(report: PlacementReport, *, is_json: bool, may_start: bool = True) -> NoReturn:
    """Print a report; the exit code is 0 when it is healthy, else 1; also for one that starts, unless it may."""
    from securos_trigger.cli.placement_text import text_of

    click.echo(json.dumps(report.to_json(), indent=2) if is_json else text_of(report))
    is_up = may_start or all(one.state != "starts" for one in report.pipelines)
    sys.exit(0 if report.is_healthy and is_up else 1)
