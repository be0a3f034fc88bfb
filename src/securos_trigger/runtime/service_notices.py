"""Announces that the service runs and that it has ended: the two lines that every log has."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from securos_trigger.config.settings import Settings
from securos_trigger.notices import Announcer, kinds
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.pipelines import Pipelines
from securos_trigger.runtime.reload_plan import target_properties
from securos_trigger.system.package_version import package_version


def announce_start(settings: Settings, dispatch: Dispatch, announcer: Announcer, left: int) -> None:
    """Announce what runs, with which configuration, and what is left from before. Call it when all is started.

    `left` is how many deliveries waited before the first pipeline was started.

    From here on the service says that it does not start any more.
    """
    dispatch.status.is_starting = False
    announcer.announce(
        kinds.SERVICE_STARTED,
        version=package_version(),
        path=settings.file or "",
        pipelines=",".join(one.name for one in settings.pipelines),
        targets=",".join(target_properties(settings)),
        waiting=left,
    )


def announce_end(dispatch: Dispatch, announcer: Announcer, failed: Sequence[str] = ()) -> None:
    """Announce what became of the events of this run. Call it when the deliveries have had their time.

    `failed` are the pipelines, and what else, that did not end well.
    """
    announcer.announce(
        kinds.SERVICE_STOPPED,
        logging.ERROR if failed else logging.NOTSET,
        events=dispatch.kept,
        lost=dispatch.not_kept,
        waiting=dispatch.unsettled(),
        failed=",".join(failed),
        fix="the lines above say what to do" if failed else "",
    )


def summary(pipelines: Pipelines, dispatch: Dispatch) -> str:
    """The service in one line: `2 pipelines, 3 waiting, 0 lost`. Cheap."""
    count = sum(thread.is_alive() for thread in pipelines.threads)
    return f"{count} pipeline{'' if count == 1 else 's'}, {dispatch.unsettled()} waiting, {dispatch.not_kept} lost"
