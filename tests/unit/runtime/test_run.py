"""A run of pipelines: what the watch of a placed one is called with, and when."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.relay.pipeline_lease import PipelineLease
from securos_trigger.runtime.pipeline_thread import PipelineThread
from securos_trigger.runtime.pipelines import BuiltPipeline, Pipelines
from securos_trigger.runtime.run import FrameTimes, Placed, run_until_stopped
from tests.made_videos import write_video

_SITE = """
[outbox]
path = "outbox.sqlite"
[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4" }
"""


class _HeldLease:
    def call_when_moved(self, call: object) -> None:
        assert callable(call)


def test_the_watch_looks_once_after_all_is_built_and_before_the_first_frame_can_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To open a model takes long: what another machine fired meanwhile is not fired by this one."""
    seen = list[str]()
    build, start = Pipelines.build, PipelineThread.start

    def noted_build(*arguments: object, **more: object) -> BuiltPipeline:
        built = build(*arguments, **more)  # type: ignore[arg-type]
        seen.append("built")
        return built

    def noted_start(thread: PipelineThread) -> None:
        seen.append("started")
        start(thread)

    def look(pipelines: Sequence[FrameTimes]) -> None:
        seen.append(f"looked at {len(pipelines)}")

    monkeypatch.setattr(Pipelines, "build", noted_build)
    monkeypatch.setattr(PipelineThread, "start", noted_start)
    settings = parse_config(_SITE, base=tmp_path, source="site.toml")
    ended = list[str]()
    placed = Placed(cast(PipelineLease, _HeldLease()), threading.Event(), look, lambda: ended.append("ended"))
    assert (run_until_stopped(settings, placed), ended) == (1, []), "there is no such file"
    assert seen[:3] == ["built", "looked at 0", "started"]


_SINK = '[pipelines.sink]\ntype = "file"\npath = "none/out.mp4"\n'


@pytest.mark.parametrize(("sink", "code"), [("", 0), (_SINK, 1)])
def test_a_placed_pipeline_at_the_end_of_its_source_has_the_exit_code_of_run(
    tmp_path: Path, sink: str, code: int
) -> None:
    write_video(tmp_path / "yard.mp4", [np.full((64, 96, 3), number * 8, dtype=np.uint8) for number in range(10)])
    settings = parse_config(_SITE + sink, base=tmp_path, source="site.toml")
    ended = list[str]()
    placed = Placed(cast(PipelineLease, _HeldLease()), threading.Event(), lambda _: None, lambda: ended.append("ended"))
    assert (run_until_stopped(settings, placed), ended) == (code, ["ended"])
