"""Says before an answer that the configuration file has a mistake, and that the running service goes on without it."""

from __future__ import annotations

from pathlib import Path

import click


def say_file_mistake(config: Path) -> None:
    """Print it to standard error, where a service runs with a file that has a mistake now."""
    from securos_trigger.operations.status import file_mistake

    if (trouble := file_mistake(config)) is not None:
        from securos_trigger.cli.trouble_text import lines_of

        click.echo("\n".join([*lines_of(trouble), ""]), err=True)
