"""Which of the pipelines that run is the demo's own, and when its pass is over."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from securos_trigger.demo.service import DemoService
from securos_trigger.runtime.quiet_run import quiet_run

PIPELINE = """
[[pipelines]]
name = "{name}"
cameras = {{ gate = "1" }}
source = {{ type = "ultralytics", listen = "127.0.0.1:0", token = "the token of a sender" }}

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
event_source = "custom"
trigger = "len(objects) > 0"
event_name = "Person"
iss_ip = "127.0.0.1"
iss_password = "the token of the receiver"
"""


@pytest.mark.parametrize(
    ("names", "own"), [(("added", "square"), "square"), (("square", "added"), "square"), (("renamed",), "renamed")]
)
def test_the_demos_own_pipeline_is_found_by_its_name(names: tuple[str, ...], own: str, tmp_path: Path) -> None:
    config = tmp_path / "demo.toml"
    pipelines = "".join(PIPELINE.format(name=name) for name in names)
    config.write_text('[outbox]\npath = "outbox.sqlite"\n' + pipelines, encoding="utf-8")
    with quiet_run(config) as (pipelines_now, dispatch):
        try:
            assert DemoService(pipelines_now, dispatch).thread.pipeline_name == own
        finally:
            pipelines_now.end()


def test_the_pass_is_over_when_the_demos_own_pipeline_has_ended_whatever_runs_beside_it(tmp_path: Path) -> None:
    config = tmp_path / "demo.toml"
    pipelines = "".join(PIPELINE.format(name=name) for name in ("square", "added"))
    config.write_text('[outbox]\npath = "outbox.sqlite"\n' + pipelines, encoding="utf-8")
    with quiet_run(config) as (pipelines_now, dispatch):
        try:
            service, [square, added] = DemoService(pipelines_now, dispatch), pipelines_now.threads
            over = [service.is_over]
            square.request_stop()
            square.join()
            over.append(service.is_over)
            assert over == [False, True]
            assert added.is_alive()
        finally:
            pipelines_now.end()
        assert (pipelines_now.threads[1].is_alive(), pipelines_now.is_over) == (False, True)


def test_a_camera_shows_the_video_of_the_pipeline_whose_event_came_last() -> None:
    def node(pipeline: str, cameras: str, last_event_at_s: float | None) -> Any:
        properties = SimpleNamespace(camera_ids=tuple(cameras))
        address, origin = SimpleNamespace(pipeline=pipeline), SimpleNamespace(last_event_at_s=last_event_at_s)
        return SimpleNamespace(address=address, origin=origin, node=SimpleNamespace(properties=properties))

    def shown(*nodes: Any) -> dict[str, Any]:
        threads = [SimpleNamespace(pipeline_name=name) for name in ("square", "own")]
        pipelines, dispatch = SimpleNamespace(threads=threads), SimpleNamespace(nodes=list(nodes))
        found = DemoService(pipelines, dispatch).thread_by_camera()  # type: ignore[arg-type]
        return {camera: thread.pipeline_name for camera, thread in found.items()}

    assert shown(node("square", "12", None), node("own", "2", None)) == {"1": "square", "2": "square"}
    assert shown(node("square", "12", 5.0), node("own", "23", 7.0)) == {"1": "square", "2": "own", "3": "own"}
    assert shown(node("square", "12", 9.0), node("own", "23", 7.0)) == {"1": "square", "2": "square", "3": "own"}
    assert shown(node("gone", "1", 9.0)) == {}
