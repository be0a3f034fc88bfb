"""`securos-trigger record`."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from securos_trigger.cli.arguments import ConfigArgument, ForceOption


def record(
    config: ConfigArgument,
    out: Annotated[Path, typer.Option(help="File to write; compressed when the name ends in .gz.", dir_okay=False)],
    is_forced: ForceOption = False,
) -> None:
    """Run the sources and analytics nodes of CONFIG and record their metadata, until they end or Ctrl-C.

    Nothing is delivered, and no secret of a trigger node is needed.
    """
    from securos_trigger.cli.logs import log_to_stderr
    from securos_trigger.operations.record import record_metadata

    log_to_stderr(logging.INFO)
    sys.exit(0 if record_metadata(config, out, is_forced=is_forced).is_complete else 1)
