"""The command line, put together, and the one place where a person's mistake becomes a sentence and an exit code.

Exit codes: 0 as asked; 1 it ran and did not end well; 2 the command, the configuration or the machine must be fixed.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, NoReturn

import click

from securos_trigger.cli.colours import is_terminal
from securos_trigger.cli.groups import Entry, Group
from securos_trigger.cli.usage_errors import usage_sentence
from securos_trigger.errors import SecurosTriggerError, extra_of, missing_part
from securos_trigger.errors.limits import limit_reached
from securos_trigger.errors.program import as_called

#: Every command by heading, in the order of the help. A command's module is imported when the command runs.
SECTIONS: Final[Mapping[str, Mapping[str, Entry]]] = MappingProxyType(
    {
        "Try it": {
            "demo": Entry("demo", "demo", "Show it all at work on real video, with a simulated SecurOS."),
            "simulator": Entry("simulator", "simulator", "Start a simulated SecurOS with the real receiver in it."),
        },
        "Set up": {
            "init": Entry("init", "init", "Ask for the source and SecurOS, and write a first configuration."),
            "receiver": Entry("receiver", "receiver_group", "Make the script that runs inside SecurOS."),
            "import": Entry("import_lumeo", "import_group", "Write a configuration from a pipeline of Lumeo."),
            "check": Entry("check", "check", "Find every mistake in a configuration."),
            "doctor": Entry("doctor", "doctor", "Test everything between this machine and the receivers."),
            "trust": Entry("trust", "trust", "Accept a receiver's changed certificate."),
        },
        "Run": {
            "run": Entry("run", "run", "Run all pipelines of a configuration."),
            "console": Entry("console", "console", "Watch the site and change it, in a browser."),
            "deliver": Entry("deliver", "deliver", "Deliver what gateways relay to a cluster."),
            "cluster": Entry("cluster", "cluster_group", "Run pipelines on several machines."),
            "status": Entry("status", "status", "Show the state of the running service."),
            "reload": Entry("reload", "reload", "Apply a changed configuration to the running service."),
            "outbox": Entry("outbox", "outbox_group", "List, retry and drop events that are not delivered."),
            "dead-letters": Entry("dead_letters", "dead_letters_group", "List and retry what deliver has given up."),
            "images": Entry("images_group", "images_group", "Delete images of events."),
            "mute": Entry("mute", "mute", "Let trigger nodes send no events for a while."),
            "unmute": Entry("mute", "unmute", "End the mutes of trigger nodes."),
            "explain": Entry("explain", "explain", "Say why a trigger fired at a time, or why not."),
        },
        "Write triggers": {
            "record": Entry("record", "record", "Record the metadata that the analytics nodes write."),
            "replay": Entry("replay", "replay", "Show what the triggers would have done with a recording."),
            "input": Entry("input", "input_group", "Show what is read from messages of other systems."),
            "schema": Entry("schema", "schema", "Print the JSON Schema of the trigger's properties."),
        },
    }
)


def _show_version(ctx: click.Context, _option: click.Parameter, is_wanted: bool) -> None:
    if is_wanted:
        from securos_trigger.system.package_version import package_version

        click.echo(f"securos-trigger {package_version()}")
        ctx.exit()


@click.group(
    "securos-trigger",
    cls=Group,
    sections=SECTIONS,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
    epilog="Begin with: securos-trigger demo. Help: securos-trigger COMMAND --help",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def app() -> None:
    """Turn what video analytics sees into events, recordings and subtitles in ISS SecurOS."""


def run_command_line() -> None:
    """Run the command in `sys.argv`; a mistake of a person ends with its sentence and exit code 2."""
    _accept_any_text()
    if sys.stdin is None:  # it was closed (`<&-`): a question finds no answer then, as at the end of a file
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  for as long as the program runs
    # Plugins of pydantic are for its developers; to look for them takes as long as to read a configuration.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        sys.exit(app(standalone_mode=False))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(error.exit_code)
    except click.UsageError as error:
        _end(usage_sentence(error))
    except click.ClickException as error:
        _end(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        click.echo("Aborted.", err=True)
        sys.exit(1)
    except SecurosTriggerError as error:
        _end(str(error))
    except BrokenPipeError:  # what it is printed to has been closed, as by `| head`
        sys.exit(1)
    except ModuleNotFoundError as error:
        if (extra := extra_of(error.name)) is None:
            raise
        _end(str(missing_part(extra, str(error.name))))
    except (OSError, MemoryError, RuntimeError, ImportError) as error:
        if (limit := limit_reached(error)) is None:
            raise
        print("securos-trigger: {}: {}.".format(*limit), file=sys.stderr)  # noqa: T201  another import could fail, too
        sys.exit(2)
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


def _end(sentence: str) -> NoReturn:
    from securos_trigger.cli.journal import error_for_journal  # a command that ends well needs none of it

    text = as_called(f"securos-trigger: {sentence}")
    if is_terminal(sys.stderr):
        from securos_trigger.cli.trouble_text import error_in_red

        text = error_in_red(text, sys.stderr)
    print(error_for_journal(text, sys.stderr), file=sys.stderr)  # noqa: T201
    sys.exit(2)
