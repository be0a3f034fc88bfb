"""`securos-trigger images`."""

from __future__ import annotations

from pathlib import Path

import click

from securos_trigger.cli.arguments import Command, config_argument, words_of
from securos_trigger.cli.completions import camera_ids
from securos_trigger.cli.file_mistake import say_file_mistake
from securos_trigger.cli.groups import Group


@click.group("images", cls=Group)
def images_group() -> None:
    """The images of events that the table [images] keeps."""


@images_group.command(cls=Command, short_help="Delete images of events for good.")
@config_argument
@click.option(
    "--camera",
    "cameras",
    multiple=True,
    metavar="ID",
    shell_complete=camera_ids,
    help="Only those of events on this camera. Repeatable.",
)
@click.option("--all", "is_all", is_flag=True, help="All of them.")
def purge(config: Path, cameras: tuple[str, ...], is_all: bool) -> None:
    """Delete the images of events on some cameras, for good. The events stay. The service may run."""
    from securos_trigger.operations.images import purge_images

    if bool(cameras) == is_all:
        raise click.UsageError("Say which images: --camera ID, or --all.")
    if any(not words_of("--camera", one) for one in cameras):
        raise click.BadParameter("it names no camera", param_hint="--camera")
    say_file_mistake(config)
    count = purge_images(config, None if is_all else set(cameras))
    click.echo(f"Images deleted: {count}.")
