"""The command line. Each command is thin: it reads its arguments, calls one host, and says how it ended.

Exit codes: 0 as asked; 1 it ran and did not end well; 2 the command, the configuration or the machine must be mended.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from importlib.metadata import version as distribution_version
from pathlib import Path
from typing import Annotated

import typer

from securos_trigger.cli.outbox import outbox_app
from securos_trigger.errors import SecurosTriggerError

app = typer.Typer(
    name="securos-trigger",
    help="What video analytics sees becomes events, recordings and subtitles in ISS SecurOS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
receiver_app = typer.Typer(help="The script that runs inside SecurOS.", no_args_is_help=True)
app.add_typer(receiver_app, name="receiver")
app.add_typer(outbox_app, name="outbox")

ConfigArgument = Annotated[Path, typer.Argument(metavar="CONFIG", help="Configuration file (TOML).")]


#: Modules that only the `video` extra brings.
_OF_VIDEO = frozenset({"PIL", "av", "numpy", "onnxruntime", "scipy"})


def run_command_line() -> None:
    """Run the command in `sys.argv`; a mistake of a person ends with its sentence and exit code 2."""
    try:
        app()
    except SecurosTriggerError as error:
        print(f"securos-trigger: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    except ModuleNotFoundError as error:
        if error.name not in _OF_VIDEO:
            raise
        print(  # noqa: T201
            f"securos-trigger: This needs {error.name}, which the video extra brings.\n"
            "    pip install 'securos-trigger[video]'",
            file=sys.stderr,
        )
        sys.exit(2)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"securos-trigger {distribution_version('securos-trigger')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


@app.command()
def run(
    config: ConfigArgument,
    is_quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Log only warnings and errors.")] = False,
) -> None:
    """Run all pipelines of CONFIG until their sources end or Ctrl-C."""
    from securos_trigger.config.reader import read_config
    from securos_trigger.runtime.run import run_until_stopped

    _log_to_stderr(logging.WARNING if is_quiet else logging.INFO)
    sys.exit(run_until_stopped(read_config(config)))


@app.command()
def check(
    config: ConfigArgument,
    metadata: Annotated[
        Path | None, typer.Option(help="Check the triggers against this recording, too.", metavar="RECORDING")
    ] = None,
    is_strict: Annotated[bool, typer.Option("--strict", help="End with code 1 when there is a warning.")] = False,
) -> None:
    """Say whether CONFIG can run: every mistake at once, with its line and how to mend it.

    With --metadata also what is probably not meant: paths that are never there, clauses that are never true, floods
    of events … The secrets are then not needed.
    """
    from securos_trigger.config.reader import read_config

    settings = read_config(config, has_secrets=metadata is None)
    warnings = list(settings.warnings)
    if metadata is not None:
        from securos_trigger.metadata.recordings import Recording
        from securos_trigger.replay import check_metadata

        warnings += [str(mistake) for mistake in check_metadata(settings, Recording(metadata))]
    for warning in warnings:
        typer.echo(f"warning: {warning}")
    for pipeline in settings.pipelines:
        nodes = ", ".join(node.id for node in pipeline.nodes) or "no nodes"
        typer.echo(f"pipeline {pipeline.name}: {pipeline.source.type} -> {nodes} -> {pipeline.sink.type}")
        for trigger in pipeline.triggers:
            cameras = ", ".join(trigger.properties.camera_ids) or "no camera"
            source = trigger.properties.event_source
            typer.echo(f"  {trigger.id}: {source} events for {cameras} at {trigger.properties.target}")
    typer.echo(f"{config}: ok" if not warnings else f"{config}: ok, with warnings")
    if is_strict and warnings:
        sys.exit(1)


@app.command()
def replay(
    recording: Annotated[Path, typer.Argument(metavar="RECORDING", help="Metadata recording (.jsonl, .jsonl.gz).")],
    config: ConfigArgument,
    node: Annotated[
        list[str] | None, typer.Option(help="Only this trigger node; may be repeated.", metavar="ID")
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(help="A changed configuration: show what it adds and loses.", metavar="CONFIG")
    ] = None,
    within: Annotated[
        float, typer.Option(help="With --compare: seconds within which events are one occasion.", min=0)
    ] = 2.0,
    png: Annotated[Path | None, typer.Option(help="Draw the timelines into this PNG file.", dir_okay=False)] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write events and figures to this file.", dir_okay=False)
    ] = None,
) -> None:
    """Show what CONFIG would have done with the metadata of RECORDING. Nothing is sent, and no secret is needed."""
    from securos_trigger.cli.replay import run_replay

    code = run_replay(
        recording, config, node_ids=node or (), compare=compare, tolerance_s=within, png=png, json_path=json_file
    )
    sys.exit(code)


@app.command()
def record(
    config: ConfigArgument,
    out: Annotated[Path, typer.Option(help="File to write; packed when the name ends in .gz.", dir_okay=False)],
) -> None:
    """Run the sources and analytics nodes of CONFIG and record their metadata, until they end or Ctrl-C.

    Nothing is delivered, and no secret of a trigger node is needed.
    """
    from securos_trigger.config.reader import read_config
    from securos_trigger.runtime.record import record_metadata

    _log_to_stderr(logging.INFO)
    sys.exit(record_metadata(read_config(config, has_secrets=False), out))


@app.command()
def demo(
    video: Annotated[
        str | None, typer.Option(help="Another video: a file or an rtsp:// address.", metavar="FILE|URL")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the results.", file_okay=False)] = Path("demo-out"),
    is_kept: Annotated[bool, typer.Option("--keep", help="Leave the simulator and its page up at the end.")] = False,
) -> None:
    """Show the whole way on real video: detector, tracker, line, zone, events in a simulated SecurOS over TLS."""
    from securos_trigger.demo.run import run_demo

    logging.captureWarnings(True)
    sys.exit(run_demo(video=video, out=out, is_kept=is_kept))


@app.command()
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
    import platformdirs

    from securos_trigger.vms.simulator import Simulator

    with Simulator(
        cameras=[camera.strip() for camera in cameras.split(",") if camera.strip()],
        names=[name.strip() for name in names.split(",") if name.strip()],
        scheme="http" if is_plain else "https",
        receiver_port=port,
        page_port=page_port,
        log=log,
        home=home or platformdirs.user_state_path("securos-trigger") / "simulator",
    ) as running:
        typer.echo(f"Operator's page: {running.page_url}\nSettings for a trigger node:\n")
        typer.echo("".join(f"{name} = {json.dumps(value)}\n" for name, value in running.settings().items()))
        typer.echo("Ctrl-C ends it.")
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            typer.echo("")


@receiver_app.command("init")
def receiver_init(
    host: Annotated[str, typer.Option(help="Name or address under which senders reach the SecurOS server.")],
    port: Annotated[int, typer.Option(help="Port that the receiver listens on.", min=1, max=65535)] = 3443,
    out: Annotated[Path, typer.Option(help="File to write.", dir_okay=False)] = Path("receiver.js"),
    is_plain: Annotated[bool, typer.Option("--http", help="No TLS: the password travels in clear.")] = False,
    is_forced: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Write a receiver script that is ready to paste, with its own token and certificate, and show the settings."""
    from securos_trigger.vms.receiver_init import write_script

    setup = write_script(out, host=host, port=port, https=not is_plain, force=is_forced)
    typer.echo(f"{setup.path} is ready: paste it into a SecurOS script (docs/securos.md shows where).")
    typer.echo("It holds a secret token and a private key: keep it as you keep passwords.\n")
    typer.echo("Settings of the trigger node that match it:\n")
    typer.echo(setup.settings_toml())


@app.command()
def trust(
    config: ConfigArgument,
    is_agreed: Annotated[bool, typer.Option("--yes", help="Accept without asking.")] = False,
) -> None:
    """Look at the certificates that the receivers of CONFIG show now, and accept the ones that changed."""
    from securos_trigger.cli.trust import accept_certificates
    from securos_trigger.config.reader import read_config

    sys.exit(accept_certificates(read_config(config), typer.echo, lambda text: is_agreed or typer.confirm(text)))


@app.command()
def explain(
    config: ConfigArgument,
    at: Annotated[
        str | None, typer.Option(help="The time: 14:03, 14:03:07, or a whole one with its zone.", metavar="TIME")
    ] = None,
    date: Annotated[str | None, typer.Option(help="Its date; else the last such time.", metavar="YYYY-MM-DD")] = None,
    node: Annotated[str, typer.Option(help="Only this node: its id, or PIPELINE/ID.")] = "",
    around: Annotated[float, typer.Option(help="Tell so many seconds before and after.", min=0, max=86_400)] = 30.0,
    is_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Say why the trigger nodes of CONFIG did or did not fire at a time; without one, in the last ten minutes."""
    from datetime import UTC, datetime

    from securos_trigger.cli.explain import explain_command

    explain_command(config, at=at, date=date, node=node, around_s=around, is_json=is_json, now=datetime.now(UTC))


@app.command()
def doctor(
    config: ConfigArgument,
    sends_test_event: Annotated[
        bool, typer.Option("--send-test-event", help="Send each receiver one event that says it is a test.")
    ] = False,
) -> None:
    """Look at everything between this machine and the receivers of CONFIG, and say what to do."""
    from securos_trigger.cli.doctor import run_doctor

    sys.exit(run_doctor(config, typer.echo, sends_test_event=sends_test_event))


@app.command()
def schema() -> None:
    """Print the JSON Schema of the trigger node's properties."""
    from securos_trigger.trigger.properties import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))


def _log_to_stderr(level: int) -> None:
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler])
    logging.captureWarnings(True)
