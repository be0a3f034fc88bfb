"""`securos-trigger trust`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING

import click

from securos_trigger.cli.arguments import Command, config_argument
from securos_trigger.cli.file_mistake import say_file_mistake
from securos_trigger.cli.trouble_text import question_text
from securos_trigger.errors.program import as_called, program
from securos_trigger.errors.wording import COMPARE_CERTIFICATE

if TYPE_CHECKING:
    from securos_trigger.operations.trust import ShownCertificate


@click.command(cls=Command)
@config_argument
@click.option("--yes", "is_agreed", is_flag=True, help="Accept without asking.")
def trust(config: Path, is_agreed: bool) -> None:
    """Look at the certificates that the receivers of CONFIG show now, and accept the ones that changed."""
    from securos_trigger.operations.trust import accept_certificate, shown_certificates

    say_file_mistake(config)
    question = question_text(f"{COMPARE_CERTIFICATE}. Accept it?")
    are_all_accepted = True
    for certificate in shown_certificates(config):
        text = _text(certificate, config.name, shlex.quote(str(config)))
        click.echo(f"{certificate.target}\n{indent(text, '    ')}")
        if certificate.is_accepted:
            continue
        if certificate.is_pinned:
            are_all_accepted = False
        elif certificate.shown is not None and (is_agreed or click.confirm(question)):
            accept_certificate(config, certificate)
            click.echo("    accepted. Events that wait go out with the next attempt; no reload is needed.")
        else:
            are_all_accepted = False
    sys.exit(0 if are_all_accepted else 1)


def _text(certificate: ShownCertificate, file: str, config: str) -> str:
    """The lines below the receiver's name; each fingerprint has one of its own, so that 80 columns hold it."""
    if certificate.fixed_by:
        return f"nothing to accept, {certificate.fixed_by}."
    if certificate.shown is None:
        looks = as_called(f"`securos-trigger doctor {config}` looks for the cause.")
        return f"no TLS handshake ({certificate.error}).\n-> {looks}"
    if certificate.is_accepted:
        which = "pinned" if certificate.is_pinned else "accepted"
        return f"its certificate is the {which} one, SHA-256\n{certificate.shown}"
    shown = f"shows a certificate with SHA-256\n{certificate.shown}"
    if certificate.is_pinned:
        return (
            f"{shown}\niss_certificate_sha256 pins another one, so nothing is sent:\n{certificate.accepted}\n"
            "Was the receiver set up again? Then compare the first one with what\n"
            "`receiver init` printed, or ask the person who set it up. Is it the same?\n"
            f"Then replace the setting in {file}:\n"
            + "".join(f"    {place}\n" for place in certificate.pinned_at)
            + f'with:\n    iss_certificate_sha256 = "{certificate.shown}"\n'
            + f"and run: {program()} reload {config}\n"
            "If not: a possible man in the middle."
        )
    if certificate.was_signed_by_ca:
        return f"{shown}\naccepted until now: one that a CA signed."
    return f"{shown}\naccepted until now: " + (f"SHA-256\n{certificate.accepted}" if certificate.accepted else "none.")
