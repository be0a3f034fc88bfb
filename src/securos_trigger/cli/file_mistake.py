"""Says before an answer that the service runs without the configuration file: a mistake in it, or another file."""

from __future__ import annotations

from pathlib import Path

import click


def say_file_mistake(config: Path) -> None:
    """Print it to standard error, where a service runs with a file that has a mistake now, or with another file."""
    from securos_trigger.operations.status import said_first

    if (trouble := said_first(config)) is not None:
        from securos_trigger.cli.trouble_text import lines_of

        click.echo("\n".join([*lines_of(trouble), ""]), err=True)
