"""The demo's pipeline as a service: events on disk, status, hot reload, and images on the simulator's page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from securos_trigger.config.settings import Settings
from securos_trigger.demo.camera_images import CameraImages
from securos_trigger.notices import Announcer
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.event_images import open_event_images
from securos_trigger.runtime.open_ledger import open_ledger
from securos_trigger.runtime.pipeline_thread import PipelineThread
from securos_trigger.runtime.pipelines import Pipelines
from securos_trigger.runtime.reload import Reloading
from securos_trigger.runtime.status import ServiceStatus
from securos_trigger.vms.simulator import Simulator


@dataclass(frozen=True, slots=True)
class DemoService:
    """What runs."""

    pipelines: Pipelines
    dispatch: Dispatch

    @property
    def thread(self) -> PipelineThread:
        """The thread of the demo's own pipeline; another one after a save that starts it again."""
        return self.pipelines.threads[0]


@contextmanager
def demo_service(settings: Settings, simulator: Simulator) -> Iterator[DemoService]:
    """Run the pipelines of `settings`; what the console saves is in force at once, as in `run`."""
    status = ServiceStatus(settings)
    with (
        open_ledger(settings.ledger, settings.outbox.path, Announcer()) as ledger,
        Dispatch(
            settings.outbox, announcer := Announcer([ledger.observe, status.observe]), ledger, status=status
        ) as dispatch,
        open_event_images(settings, announcer) or nullcontext() as images,
    ):
        pipelines = Pipelines(dispatch, announcer, images)
        pipelines.start(settings)
        reloading = Reloading(settings, pipelines, dispatch, announcer, status.take_settings)
        dispatch.on_reload = reloading.answer
        service = DemoService(pipelines, dispatch)
        with CameraImages(lambda: service.thread, simulator, announcer):
            yield service
