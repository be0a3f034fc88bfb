"""`securos-trigger replay`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from securos_trigger.cli.arguments import Argument, Command, config_argument, file_type, force_option, number
from securos_trigger.errors import RecordingError

if TYPE_CHECKING:
    from securos_trigger.replay import ReplayResult
    from securos_trigger.system.output_file import Existing


@click.command(cls=Command)
@click.argument(
    "recording",
    cls=Argument,
    type=file_type(),
    metavar="RECORDING",
    description="Recording of metadata or of an input's messages (.jsonl, .jsonl.gz, or a folder with expected.json).",
)
@config_argument
@click.option(
    "--node", "nodes", multiple=True, metavar="ID", help="Only this trigger node: ID or PIPELINE/ID. Repeatable."
)
@click.option(
    "--compare",
    type=file_type(),
    metavar="CONFIG",
    help="A changed configuration: which events it adds and loses.",
)
@click.option(
    "--within",
    type=number(0.0, 86_400.0),
    metavar="SECONDS",
    default=2.0,
    help="With --compare: events within this time count as one.",
)
@click.option("--png", type=file_type(is_file=True), metavar="FILE", help="Draw the timelines into this PNG file.")
@click.option(
    "--json", "json_file", type=file_type(is_file=True), metavar="FILE", help="Write events and figures to this file."
)
@force_option
def replay(
    recording: Path,
    config: Path,
    nodes: tuple[str, ...],
    compare: Path | None,
    within: float,
    png: Path | None,
    json_file: Path | None,
    is_forced: bool,
) -> None:
    """Show what CONFIG would have done with the metadata of RECORDING. Nothing is sent, and no secret is needed."""
    from rich.console import Console

    from securos_trigger.cli.replay_tables import show_comparison, show_reading, show_replay
    from securos_trigger.operations.replay import replay_file

    existing = _checked_outputs([json_file, png], [recording, config, compare], is_forced=is_forced)
    console = Console(highlight=False)  # it would colour numbers, also where they are not the point
    with console.status(f"Replaying {recording}"):
        result = replay_file(recording, config, node_ids=nodes, changed_config=compare, tolerance_s=within)
    show_replay(console, result.reports, str(config))
    if result.comparison is not None:
        show_replay(console, result.changed_reports, str(compare))
        show_comparison(console, result.comparison)
    show_reading(console, result)
    if json_file is not None:
        _write_json(json_file, existing, result)
    if png is not None:
        _draw(png, existing, result)
    sys.exit(0 if result.reports else 1)


def _checked_outputs(outputs: list[Path | None], read: list[Path | None], *, is_forced: bool) -> Existing:
    """How to write the files that --json and --png name: an existing one only with --force, never one that is read."""
    from securos_trigger.operations.outputs import checked_output
    from securos_trigger.system.output_file import Existing

    existing, used = Existing.REFUSE, [file for file in read if file is not None]
    for name, file in zip(("json", "png"), outputs, strict=True):
        if file is not None:
            existing = checked_output(name, file, is_forced=is_forced, used=used)
            used.append(file)
    return existing


def _write_json(path: Path, existing: Existing, result: ReplayResult) -> None:
    from securos_trigger.system.output_file import OutputFile
    from securos_trigger.system.reasons import reason_of

    text = json.dumps(result.to_json(), indent=2) + "\n"
    try:
        output = OutputFile(path, existing)
        output.file.write(text.encode())
        output.finish()
    except OSError as error:
        raise RecordingError(f"The figures {path} cannot be written: {reason_of(error)}") from error


def _draw(path: Path, existing: Existing, result: ReplayResult) -> None:
    from securos_trigger.cli.replay_chart import draw_timelines

    draw_timelines(path, existing, result.reports, result.changed_reports, title=result.recording.path.name)
