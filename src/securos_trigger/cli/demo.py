"""`securos-trigger demo`."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer


def demo(
    video: Annotated[
        str | None, typer.Option(help="Another video: a file or the address of a stream.", metavar="FILE|URL")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the results.", file_okay=False)] = Path("demo-out"),
    is_kept: Annotated[bool, typer.Option("--keep", help="Leave the simulator and its page up at the end.")] = False,
    is_forced: Annotated[bool, typer.Option("--force", help="Replace the results of an earlier demo.")] = False,
) -> None:
    """Show the whole way on real video: detector, tracker, line, zone, events in a simulated SecurOS over TLS."""
    from securos_trigger.demo.run import run_demo

    logging.captureWarnings(True)
    sys.exit(run_demo(video=video, out=out, is_kept=is_kept, is_forced=is_forced))
