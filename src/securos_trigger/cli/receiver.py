"""`securos-trigger receiver init` and `receiver update`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from securos_trigger.cli.arguments import Argument, file_type, force_option, number
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
@click.option(
    "--token", metavar="TOKEN", help="Keep this token, which your senders have; - reads it from standard input."
)
@click.option("--http", "is_plain", is_flag=True, help="No TLS: the password is sent unencrypted.")
@force_option
def receiver_init(host: str, port: int, out: Path, token: str | None, is_plain: bool, is_forced: bool) -> None:
    """Write a receiver script that is ready to paste, with its own token and certificate, and show the settings."""
    from securos_trigger.cli.trouble_text import printed
    from securos_trigger.operations.receiver import init_receiver

    if token == "-":
        token = sys.stdin.readline()
    setup = init_receiver(out, host=host, port=port, token=token, is_https=not is_plain, is_forced=is_forced)
    click.echo(printed(f"{setup.path} is ready: paste it into a SecurOS script\n(docs/securos.md shows where)."))
    click.echo("It holds a secret token and a private key: keep it as you keep passwords.\n")
    click.echo("Settings of the trigger node that match it:\n")
    click.echo(setup.settings_toml())


@receiver_group.command("update", short_help="Bring a receiver script to this version.")
@click.argument("old", cls=Argument, type=file_type(), description="The script that is in use.")
@click.option("--out", type=file_type(is_file=True), metavar="FILE", help="File to write. Default: OLD is replaced.")
@force_option
def receiver_update(old: Path, out: Path | None, is_forced: bool) -> None:
    """Bring a receiver script to this version. Its token, its certificate and every setting that was edited stay."""
    from securos_trigger.cli.trouble_text import printed
    from securos_trigger.operations.receiver import update_receiver

    done = update_receiver(old, out, is_forced=is_forced)
    if not done.is_changed:
        same = "nothing was changed, and no copy was made" if out is None else f"{out} is the same"
        click.echo(printed(f"{old} is of version {done.version} already: {same}."))
    elif done.version == done.old_version:
        click.echo(printed(f"{done.path} has the text of this program now; both are of version {done.version}."))
    else:
        click.echo(printed(f"{done.path} is of version {done.version} now; it was of version {done.old_version}."))
    if done.copy is not None:
        click.echo(printed(f"The script as it was: {done.copy}"))
    if done.is_changed:
        click.echo(printed(f"Kept: {', '.join(done.kept) or 'nothing, every setting had its default'}."))
    if done.gone:
        click.echo(printed(f"These settings no longer exist and were left out: {', '.join(done.gone)}."))
    if done.is_changed:
        click.echo(printed("Paste it into the SecurOS script in place of the old one. Senders need no change."))
