"""`securos-trigger console`."""

from __future__ import annotations

import shlex
from contextlib import suppress
from functools import partial
from pathlib import Path

import click

from securos_trigger.cli.arguments import Command, config_argument
from securos_trigger.cli.file_mistake import say_file_mistake
from securos_trigger.cli.trouble_text import printed
from securos_trigger.errors.program import program

ROLES = ("look", "operate", "configure")


@click.command(cls=Command)
@config_argument
@click.option("--add-user", metavar="NAME", help="Add a user, or change one, and end. Asks for the password.")
@click.option("--role", type=click.Choice(ROLES), default="operate", help="What the added user may do.")
@click.option("--remove-user", metavar="NAME", help="Remove a user, and end.")
@click.option("--ends-with-stdin", is_flag=True, hidden=True, help="End when stdin ends.")
def console(config: Path, add_user: str | None, role: str, remove_user: str | None, ends_with_stdin: bool) -> None:
    """Serve the console of CONFIG, for a browser, until Ctrl-C.

    It runs beside the service and may be started and stopped at any time. The first start prints a link that logs in
    once.
    """
    from securos_trigger.cli.logs import log_to_stderr
    from securos_trigger.console.security.users import Users, require_user_name, role_named
    from securos_trigger.operations.console_plan import begun, console_plan

    if begun(config):
        click.echo(printed(f"{config} is new and empty: make its first pipeline in the browser."))
    say_file_mistake(config)
    plan = console_plan(config)
    if add_user is not None:
        require_user_name(add_user)
        password = click.prompt(f"Password of {add_user}", hide_input=True, confirmation_prompt=True)
        Users(plan.users_path).add(add_user, role_named(role), password)
        click.echo(printed(f"{add_user} may log in now, with the role {role}."))
        return
    if remove_user is not None:
        Users(plan.users_path).remove(remove_user)
        click.echo(printed(f"{remove_user} may not log in any more."))
        return
    from securos_trigger.console.server import serve_console

    log_to_stderr(config, is_quiet=True)
    with suppress(KeyboardInterrupt):  # Ctrl-C is the way to end it
        serve_console(plan, partial(_say_ready, shlex.quote(str(config))), ends_with_stdin=ends_with_stdin)


def _say_ready(config: str, url: str, link: str) -> None:
    lines = [f"The console: {url}"]
    if link:
        lines += [
            f"Log in once, within 15 minutes: {link}",
            f"Then add users: `{program()} console {config} --add-user NAME --role configure`",
        ]
    click.echo(printed("\n".join(lines)))  # at once: a program that reads the first line has the others, too
