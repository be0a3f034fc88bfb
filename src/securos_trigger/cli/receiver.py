"""`securos-trigger receiver init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from securos_trigger.cli.arguments import ForceOption

receiver_app = typer.Typer(help="The script that runs inside SecurOS.", no_args_is_help=True)


@receiver_app.command("init")
def receiver_init(
    host: Annotated[str, typer.Option(help="Name or address under which senders reach the SecurOS server.")],
    port: Annotated[int, typer.Option(help="Port that the receiver listens on.", min=1, max=65535)] = 3443,
    out: Annotated[Path, typer.Option(help="File to write.", dir_okay=False)] = Path("receiver.js"),
    is_plain: Annotated[bool, typer.Option("--http", help="No TLS: the password travels in clear.")] = False,
    is_forced: ForceOption = False,
) -> None:
    """Write a receiver script that is ready to paste, with its own token and certificate, and show the settings."""
    from securos_trigger.operations.receiver import init_receiver
    from securos_trigger.vms.receiver_settings import settings_toml

    setup = init_receiver(out, host=host, port=port, is_https=not is_plain, is_forced=is_forced)
    typer.echo(f"{setup.path} is ready: paste it into a SecurOS script (docs/securos.md shows where).")
    typer.echo("It holds a secret token and a private key: keep it as you keep passwords.\n")
    typer.echo("Settings of the trigger node that match it:\n")
    typer.echo(settings_toml(setup.settings()))
