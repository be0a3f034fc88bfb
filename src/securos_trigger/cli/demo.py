"""`securos-trigger demo`."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click

from securos_trigger.cli.arguments import Command, file_type


@click.command(cls=Command)
@click.option("--video", metavar="FILE|URL", help="Another video: a file or the address of a stream.")
@click.option(
    "--out", type=file_type(is_folder=True), default="demo-out", metavar="FOLDER", help="Folder for the results."
)
@click.option(
    "--keep",
    "is_kept",
    is_flag=True,
    help="Play the video on at the end, with the operator's page and the console.",
)
@click.option("--force", "is_forced", is_flag=True, help="Replace the results of an earlier demo.")
def demo(video: str | None, out: Path, is_kept: bool, is_forced: bool) -> None:
    """Show it all at work on real video: detector, tracker, line, zone, events in a simulated SecurOS over TLS."""
    from securos_trigger.demo.run import run_demo

    logging.captureWarnings(True)
    sys.exit(run_demo(video=video, out=out, is_kept=is_kept, is_forced=is_forced))
