"""The command line, put together, and the one place where a person's mistake becomes a sentence and an exit code.

Exit codes: 0 as asked; 1 it ran and did not end well; 2 the command, the configuration or the machine must be fixed.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated

import typer

from securos_trigger.cli.arguments import Command
from securos_trigger.cli.check import check
from securos_trigger.cli.demo import demo
from securos_trigger.cli.doctor import doctor
from securos_trigger.cli.explain import explain
from securos_trigger.cli.input import input_app
from securos_trigger.cli.outbox import outbox_app
from securos_trigger.cli.receiver import receiver_app
from securos_trigger.cli.record import record
from securos_trigger.cli.replay import replay
from securos_trigger.cli.run import run
from securos_trigger.cli.schema import schema
from securos_trigger.cli.simulator import simulator
from securos_trigger.cli.trust import trust
from securos_trigger.errors import SecurosTriggerError, extra_of, missing_part

#: In the order in which `--help` shows them.
_COMMANDS = (run, check, replay, record, demo, simulator, trust, explain, doctor, schema)

app = typer.Typer(
    name="securos-trigger",
    help="What video analytics sees becomes events, recordings and subtitles in ISS SecurOS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(receiver_app, name="receiver")
app.add_typer(outbox_app, name="outbox")
app.add_typer(input_app, name="input")
for _command in _COMMANDS:
    app.command(cls=Command)(_command)


def run_command_line() -> None:
    """Run the command in `sys.argv`; a mistake of a person ends with its sentence and exit code 2."""
    _accept_any_text()
    try:
        app()
    except SecurosTriggerError as error:
        _end(str(error))
    except BrokenPipeError:  # what it is printed to has been closed, as by `| head`
        sys.exit(1)
    except ModuleNotFoundError as error:
        if (extra := extra_of(error.name)) is None:
            raise
        _end(str(missing_part(extra, str(error.name))))
    finally:
        _flush_output()


def _accept_any_text() -> None:
    """Print what the terminal's encoding does not have as escapes, instead of ending with an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _flush_output() -> None:
    """Write what waits, here and not at the interpreter's end, where a closed pipe would print a traceback."""
    try:
        if sys.stdout is not None:  # it is None when the command was started without one
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end(sentence: str) -> None:
    print(f"securos-trigger: {sentence}", file=sys.stderr)  # noqa: T201
    sys.exit(2)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"securos-trigger {version('securos-trigger')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass
