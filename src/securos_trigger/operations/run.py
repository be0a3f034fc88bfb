"""Run the pipelines of a configuration."""

from __future__ import annotations

from pathlib import Path

from securos_trigger.config.reader import read_config
from securos_trigger.runtime.run import run_until_stopped


def run_pipelines(config: Path) -> bool:
    """Run all pipelines of `config` until their sources end or a signal comes. True: all of them ended well.

    ConfigurationError: it has mistakes. OutboxError: the outbox cannot be used. VideoError: a source cannot be opened.
    """
    return run_until_stopped(read_config(config)) == 0
