"""`securos-trigger receiver init`."""

from __future__ import annotations

from pathlib import Path

import click

from securos_trigger.cli.arguments import file_type, force_option, number
from securos_trigger.cli.groups import Group


@click.group("receiver", cls=Group)
def receiver_group() -> None:
    """The script that runs inside SecurOS."""


@receiver_group.command("init", short_help="Write a receiver script that is ready to paste.")
@click.option(
    "--host", metavar="HOST", required=True, help="Name or address under which senders reach the SecurOS server."
)
@click.option("--port", type=number(1, 65535), metavar="PORT", default=3443, help="Port that the receiver listens on.")
@click.option("--out", type=file_type(is_file=True), metavar="FILE", default="receiver.js", help="File to write.")
@click.option("--http", "is_plain", is_flag=True, help="No TLS: the password travels in clear.")
@force_option
def receiver_init(host: str, port: int, out: Path, is_plain: bool, is_forced: bool) -> None:
    """Write a receiver script that is ready to paste, with its own token and certificate, and show the settings."""
    from securos_trigger.operations.receiver import init_receiver
    from securos_trigger.vms.receiver_settings import settings_toml

    setup = init_receiver(out, host=host, port=port, is_https=not is_plain, is_forced=is_forced)
    click.echo(f"{setup.path} is ready: paste it into a SecurOS script (docs/securos.md shows where).")
    click.echo("It holds a secret token and a private key: keep it as you keep passwords.\n")
    click.echo("Settings of the trigger node that match it:\n")
    click.echo(settings_toml(setup.settings()))
