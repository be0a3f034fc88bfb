"""Runs the pipelines of a configuration without a log, for a caller that shows by itself what happens: the demo."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from securos_trigger.config.reader import read_config
from securos_trigger.notices import Announcer
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.event_images import open_event_images
from securos_trigger.runtime.open_ledger import open_ledger
from securos_trigger.runtime.pipelines import Pipelines
from securos_trigger.runtime.reload import Reloading
from securos_trigger.runtime.status import ServiceStatus


@contextmanager
def quiet_run(config: Path) -> Iterator[tuple[Pipelines, Dispatch]]:
    """Start the pipelines; what the console saves is in force at once, as in `run`. The caller waits, and drains.

    ConfigurationError: the file has mistakes.
    """
    settings = read_config(config, has_files=True)
    status = ServiceStatus(settings)
    with (
        open_ledger(settings.ledger, settings.outbox.path, Announcer(), settings.file) as ledger,
        Dispatch(
            settings.outbox, announcer := Announcer([ledger.observe, status.observe]), ledger, status=status
        ) as dispatch,
        open_event_images(settings, announcer) or nullcontext() as images,
    ):
        pipelines = Pipelines(dispatch, announcer, images)
        pipelines.start(settings)
        reloading = Reloading(settings, pipelines, dispatch, announcer, status.take_settings)
        dispatch.on_reload = reloading.answer
        yield pipelines, dispatch
