"""`securos-trigger status`."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import click

from securos_trigger.cli.arguments import Command, config_argument, json_option
from securos_trigger.cli.colours import BAD, DOUBTFUL, coloured_report

if TYPE_CHECKING:
    from datetime import datetime

    from securos_trigger.operations.service_report import ServiceReport

#: Exit codes by verdict: a container's health check takes 0 for healthy and anything else for unhealthy.
EXIT_CODES = {"healthy": 0, "trouble": 1, "not_running": 3, "starting": 4}
#: With --strict: healthy, and something is worth knowing. In `reload` 5 means something else.
REMARKS: Final = 6


@click.command(cls=Command)
@config_argument
@json_option
@click.option("--cluster", "is_cluster", is_flag=True, help="Look at the cluster of [relay] instead of this machine.")
@click.option("-q", "--quiet", "is_quiet", is_flag=True, help="Print no answer: the exit code is it.")
@click.option("--strict", "is_strict", is_flag=True, help="End with code 6 when it is healthy, with remarks.")
def status(config: Path, is_json: bool, is_cluster: bool, is_quiet: bool, is_strict: bool) -> None:
    """Show the state of the service that runs with CONFIG.

    Exit code 0: healthy. 1: it runs, and a person must act. 3: it does not run. 4: it is starting. With --strict 6:
    it is healthy, and has remarks, for example a file with which a restart would fail.
    """
    if is_cluster:
        _show_cluster(config, is_json=is_json, is_quiet=is_quiet, is_strict=is_strict)
    from datetime import datetime

    from securos_trigger.cli.trouble_text import lines_of
    from securos_trigger.operations.left_behind import with_left_behind
    from securos_trigger.operations.startable import may_be_refused, with_file_trouble
    from securos_trigger.operations.status import has_placed, outbox_in_use

    now = datetime.now().astimezone()
    report = _report(config, now)
    if report.verdict == "not_running" and "cluster" not in report.answer:
        outbox = outbox_in_use(config)
        if has_placed(outbox):
            from securos_trigger.operations.placed_service import with_placed  # it reads the whole file

            report = with_placed(report, config, now=now)
        if "placed" not in report.answer and not is_quiet:
            report = with_left_behind(report, outbox, config)
            if may_be_refused(report, config, outbox):
                report = with_file_trouble(report, config)
    if report.answer.get("given_up") and not is_quiet and not {"placed", "cluster"} & {*report.answer}:
        from securos_trigger.operations.known_cameras import with_known_cameras

        report = with_known_cameras(report, config)
    if is_json:
        click.echo(json.dumps(report.to_json(), indent=2))
    elif is_quiet:
        mistakes = [one for one in report.troubles if one.is_about_file]
        click.echo("".join(f"{line}\n" for one in mistakes for line in lines_of(one)), err=True, nl=False)
    else:
        _show(report, config, now)
    has_remarks = is_strict and bool(report.troubles)
    sys.exit(_exit_code(report.verdict, has_remarks=has_remarks))


def _report(config: Path, now: datetime) -> ServiceReport:
    """Ask the service. Where the file is the only answer, because of its mistakes, say that no service was found."""
    from securos_trigger.errors import ConfigurationError
    from securos_trigger.operations.status import service_status

    try:
        return service_status(config, now=now)
    except ConfigurationError:
        if config.exists():
            click.echo(f"No service was found that runs with {config}.", err=True)
        raise


def _exit_code(verdict: str, *, has_remarks: bool) -> int:
    return REMARKS if verdict == "healthy" and has_remarks else EXIT_CODES[verdict]


def _show(report: ServiceReport, config: Path, now: datetime) -> None:
    """Print a report for a person, on a terminal in colours."""
    path = shlex.quote(str(config))
    if "placed" in report.answer:
        from securos_trigger.cli import placed_text

        text = placed_text.text_of(report, now, path)
    elif "cluster" in report.answer:
        from securos_trigger.cli import deliver_text

        text = deliver_text.text_of(report, now, path)
    else:
        from securos_trigger.cli import status_text

        text = status_text.text_of(report, now, path)
    beginning = {"not_running": BAD, "starting": DOUBTFUL}.get(report.verdict, "")
    if report.verdict == "healthy" and report.headline is not None:
        beginning = DOUBTFUL
    click.echo(coloured_report(text, beginning, sys.stdout))


def _show_cluster(config: Path, *, is_json: bool, is_quiet: bool, is_strict: bool) -> NoReturn:
    from securos_trigger.cli.cluster_text import text_of
    from securos_trigger.operations.cluster import cluster_status

    report = cluster_status(config)
    if is_json:
        click.echo(json.dumps(report.to_json(), indent=2))
    elif not is_quiet:
        click.echo(text_of(report))
    has_remarks = is_strict and bool(report.remarks)
    sys.exit(_exit_code("healthy" if report.is_healthy else "trouble", has_remarks=has_remarks))
