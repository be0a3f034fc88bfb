"""Run the pipelines of a configuration. Imports what that takes when it is asked for: see `StartMark`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from securos_trigger.runtime.control.start_mark import StartMark


def run_pipelines(config: Path, *, has_console: bool = False) -> bool:
    """Run all pipelines of `config` until their sources end or a signal comes. True: all of them ended well.

    `has_console`: with the console beside it. ConfigurationError: the file has mistakes. OutboxError: the outbox cannot
    be used. VideoError: a source cannot be opened. MissingPartError: the extra `console` is not installed.

    With a console the file may be empty, or not there yet (it is made): the run waits for the first
    pipeline, made in the browser.
    """
    with StartMark(config) as mark:
        return _run(config, has_console=has_console, on_built=mark.remove)


def _run(config: Path, *, has_console: bool, on_built: Callable[[], None]) -> bool:
    from securos_trigger.config.reader import read_config
    from securos_trigger.operations.console_plan import begun
    from securos_trigger.operations.console_process import ConsoleProcess
    from securos_trigger.runtime.run import run_until_stopped

    if has_console:
        begun(config)
    settings = read_config(config, has_files=True, may_be_empty=has_console)
    with ConsoleProcess(config) if has_console else nullcontext():
        return run_until_stopped(settings, on_built=on_built) == 0
