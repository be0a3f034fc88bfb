"""The demo's pipeline as a service: events on disk, status, hot reload, and images on the simulator's page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from securos_trigger.demo.camera_images import CameraImages
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.pipeline_thread import PipelineThread
from securos_trigger.runtime.pipelines import Pipelines
from securos_trigger.runtime.quiet_run import quiet_run
from securos_trigger.vms.simulator import Simulator

#: The name of the pipeline in demo.toml; others come from the console.
OWN_PIPELINE: Final = "square"


@dataclass(frozen=True, slots=True)
class DemoService:
    """The pipelines of the demo, and the dispatch that their events go through."""

    pipelines: Pipelines
    dispatch: Dispatch

    @property
    def is_over(self) -> bool:
        """True when the demo's own pipeline has ended or was removed, whatever others a person has added beside it."""
        with self.pipelines.changing:  # a save that starts it again ends it first
            return not any(one.pipeline_name == OWN_PIPELINE and one.is_alive() for one in self.pipelines.threads)

    @property
    def thread(self) -> PipelineThread:
        """The thread of the demo's own pipeline; another one after a save that starts it again.

        The first one, when the demo's own was removed in the console.
        """
        threads = self.pipelines.threads
        return next((one for one in threads if one.pipeline_name == OWN_PIPELINE), threads[0])

    def thread_by_camera(self) -> dict[str, PipelineThread]:
        """The pipeline that each camera shows: the one whose event for it came last, else the first one."""
        threads = {one.pipeline_name: one for one in reversed(self.pipelines.threads)}
        order = list(threads)
        nodes = [one for one in self.dispatch.nodes if one.address.pipeline in threads]
        nodes.sort(key=lambda one: (one.origin.last_event_at_s or 0.0, order.index(one.address.pipeline)))
        return {
            camera: threads[one.address.pipeline] for one in nodes for camera in one.node.properties.camera_ids
        }  # the last one stays


@contextmanager
def demo_service(config: Path, simulator: Simulator) -> Iterator[DemoService]:
    """Run the pipelines of `config`, and show their images."""
    with quiet_run(config) as (pipelines, dispatch):
        service = DemoService(pipelines, dispatch)
        with CameraImages(service.thread_by_camera, simulator):
            yield service
