"""`securos-trigger simulator`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from securos_trigger.cli.arguments import Command, file_type, number, words_of

_PORT = number(0, 65535)


@click.command(cls=Command)
@click.option("--cameras", metavar="IDS", default="1,2,3,4", help="Ids of the cameras that exist, separated by commas.")
@click.option(
    "--names", metavar="NAMES", default="", show_default=False, help="Names of the cameras, separated by commas."
)
@click.option("--port", type=_PORT, metavar="PORT", default=3443, help="Port of the receiver. 0: any free one.")
@click.option(
    "--page-port", type=_PORT, metavar="PORT", default=8090, help="Port of the operator's page. 0: any free one."
)
@click.option("--http", "is_plain", is_flag=True, help="Serve without TLS.")
@click.option("--log", type=file_type(), metavar="FILE", help="Append every SecurOS call to this file (JSON lines).")
@click.option(
    "--home",
    type=file_type(),
    metavar="FOLDER",
    show_default="the user's state folder",
    help="Folder for token, certificate and state.",
)
def simulator(
    cameras: str, names: str, port: int, page_port: int, is_plain: bool, log: Path | None, home: Path | None
) -> None:
    """Start a simulated SecurOS with the real receiver in it, and show the settings that reach it.

    The next start is the same receiver: its token and its certificate are kept.
    """
    from securos_trigger.errors.program import program
    from securos_trigger.operations.simulator import SimulatorSettings, simulator

    ids = words_of("--cameras", cameras)
    if not ids:
        raise click.BadParameter("name one camera at least, such as 1 or 1,2", param_hint="--cameras")
    settings = SimulatorSettings(ids, words_of("--names", names), not is_plain, port, page_port, log, home)
    with simulator(settings) as running:
        click.echo(f"Operator's page: {running.page_url}")
        click.echo(f"Receiver, for `{program()} init`: {running.url}\nSettings for a trigger node:\n")
        click.echo(running.settings_toml())
        click.echo("Ctrl-C ends it.")
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            click.echo("")
