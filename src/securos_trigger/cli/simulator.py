"""`securos-trigger simulator`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer


def simulator(
    cameras: Annotated[str, typer.Option(help="Ids of the cameras that exist, with commas between them.")] = "1,2,3,4",
    names: Annotated[str, typer.Option(help="Names of the cameras, with commas between them.")] = "",
    port: Annotated[int, typer.Option(help="Port of the receiver. 0: any free one.", min=0, max=65535)] = 3443,
    page_port: Annotated[
        int, typer.Option(help="Port of the operator's page. 0: any free one.", min=0, max=65535)
    ] = 8090,
    is_plain: Annotated[bool, typer.Option("--http", help="Serve without TLS.")] = False,
    log: Annotated[Path | None, typer.Option(help="Append every SecurOS call to this file (JSON lines).")] = None,
    home: Annotated[
        Path | None,
        typer.Option(help="Folder of token, certificate and state.", show_default="the user's state folder"),
    ] = None,
) -> None:
    """Start a simulated SecurOS with the real receiver in it, and show the settings that reach it.

    The next start is the same receiver: its token and its certificate are kept.
    """
    from securos_trigger.operations.simulator import SimulatorSettings, simulator
    from securos_trigger.vms.receiver_settings import settings_toml

    settings = SimulatorSettings(_listed(cameras), _listed(names), not is_plain, port, page_port, log, home)
    with simulator(settings) as running:
        typer.echo(f"Operator's page: {running.page_url}\nSettings for a trigger node:\n")
        typer.echo(settings_toml(running.settings()))
        typer.echo("Ctrl-C ends it.")
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            typer.echo("")


def _listed(text: str) -> tuple[str, ...]:
    """The words between the commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())
