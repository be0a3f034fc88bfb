"""An output that cannot be written, or a node that fails, while video and events go on: every answer says it."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import commands
from tests.e2e.test_status import asked, asked_until, running
from tests.made_videos import write_video

SITE = """\
[outbox]
path = "outbox.sqlite"

[[pipelines]]
name = "yard"
source = {{ type = "file", path = "yard.mp4"{looped} }}
{nodes}
[pipelines.sink]
type = "{kind}"
path = "{path}"
"""
FUNCTION = '[[pipelines.nodes]]\ntype = "function"\nid = "mine"\nfile = "mine.py"\n'
RECORDER = '[[pipelines.nodes]]\ntype = "metadata_recorder"\nid = "seen"\npath = "{path}"\n'


@pytest.fixture(scope="module")
def small_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 frames."""
    images = [np.full((64, 96, 3), number * 8, dtype=np.uint8) for number in range(30)]
    return write_video(tmp_path_factory.mktemp("video") / "small.mp4", images)


def site(folder: Path, video: Path, path: str, nodes: str = "", *, kind: str = "file", is_looped: bool = False) -> None:
    shutil.copy(video, folder / "yard.mp4")
    looped = ", realtime = true, loop = true" if is_looped else ""
    text = SITE.format(looped=looped, nodes=nodes, kind=kind, path=path)
    (folder / "site.toml").write_text(text)


def ran(folder: Path) -> tuple[int, str, str]:
    """The exit code, and the last lines of the pipeline and of the service."""
    done = commands.run("run", "site.toml", cwd=folder)
    ended = re.findall(r" (\w+ (?:pipeline_ended|service_stopped) .*)", done.stderr)
    assert len(ended) == 2, done.stderr
    return done.returncode, ended[0], ended[1]


@pytest.mark.parametrize("kind", ["file", "annotated"])
def test_a_video_that_was_never_written_is_no_good_end(small_video: Path, tmp_path: Path, kind: str) -> None:
    site(tmp_path, small_video, "none/out.mp4", kind=kind)
    code, pipeline, service = ran(tmp_path)
    assert code == 1
    assert pipeline.startswith("ERROR pipeline_ended pipeline=yard frames=30 ")
    assert 'failures=sink:30 reason="sink: The video none/out.mp4 cannot be written: No such file or dir' in pipeline
    assert pipeline.endswith(f'fix="make the folder {tmp_path / "none"}"')
    assert service == 'ERROR service_stopped events=0 lost=0 waiting=0 failed=yard fix="the lines above say what to do"'


def test_a_device_that_takes_nothing_and_a_pipe_that_nobody_reads_are_no_good_end(
    small_video: Path, tmp_path: Path
) -> None:
    site(tmp_path, small_video, "/dev/full")
    code, pipeline, _ = ran(tmp_path)
    assert (code, "the disk is full" in pipeline) == (1, True)
    assert pipeline.endswith('fix="name a file: /dev/full is a device that takes nothing"')
    os.mkfifo(tmp_path / "pipe")
    site(tmp_path, small_video, "pipe")
    code, pipeline, _ = ran(tmp_path)
    assert (code, pipeline.endswith('fix="start the program that reads the pipe pipe"')) == (1, True), pipeline


@pytest.mark.parametrize(("part", "code"), [(1, 1), (2, 1), (30, 0)])
def test_a_node_that_fails_on_every_frame_ends_badly_and_on_one_of_many_well(
    small_video: Path, tmp_path: Path, part: int, code: int
) -> None:
    (tmp_path / "mine.py").write_text(
        "seen = []\ndef process_frame(frame, **_):\n    seen.append(1)\n"
        f"    if len(seen) % {part} == 0:\n        raise ValueError('broken')\n"
    )
    site(tmp_path, small_video, "out.mp4", FUNCTION)
    found, pipeline, service = ran(tmp_path)
    assert (found, f"failures=mine:{30 // part}" in pipeline, "failed=yard" in service) == (code, True, code == 1)
    assert (tmp_path / "out.mp4").exists()


def test_a_recording_that_is_not_whole_is_no_good_end(small_video: Path, tmp_path: Path) -> None:
    (tmp_path / "full").symlink_to("/dev/full")
    site(tmp_path, small_video, "out.mp4", RECORDER.format(path="full"))
    code, pipeline, service = ran(tmp_path)
    assert (code, "failed=yard" in service) == (1, True)
    assert 'reason="frames of the recording in full: ' in pipeline and "the disk is full" in pipeline


def test_while_it_runs_status_says_it_and_the_end_when_the_folder_is_made(small_video: Path, tmp_path: Path) -> None:
    site(tmp_path, small_video, "none/out.mp4", is_looped=True)

    def sink_of(seen: dict[str, Any]) -> list[dict[str, Any]]:
        return [one for one in seen["troubles"] if one["about"].get("node") == "sink"]

    with running(tmp_path) as process:
        asked_until(tmp_path, lambda seen: any(one["needs_person"] for one in sink_of(seen)))
        code, text = asked(tmp_path)
        (trouble,) = sink_of(json.loads(asked(tmp_path, "--json")[1]))
        assert code == 1 and "sink fails on every frame since" in text
        assert trouble["about"] == {"pipeline": "yard", "node": "sink"}
        assert trouble["fix"] == f"Make the folder {tmp_path / 'none'}."
        (tmp_path / "none").mkdir()
        asked_until(tmp_path, lambda seen: not any(one["needs_person"] for one in sink_of(seen)))
        asked_until(tmp_path, lambda seen: not seen["pipelines"][0]["failing_nodes"])
        (trouble,) = sink_of(json.loads(asked(tmp_path, "--json")[1]))
        text = r"Pipeline yard: sink was failing until [\d:]+, on \d+ of \d+ frames since its start: The video none/out"
        assert re.match(text, trouble["text"])
        assert process.poll() is None
    assert "node_recovered node=sink" in (tmp_path / "log.txt").read_text()
    assert (tmp_path / "none" / "out.mp4").exists()


@pytest.mark.timeout(180)
def test_a_file_whose_events_were_lost_is_no_good_end(tmp_path: Path) -> None:
    images = [np.full((64, 96, 3), number % 250, dtype=np.uint8) for number in range(6000)]
    video = write_video(tmp_path / "long.mp4", images)
    trigger = (
        '[[pipelines.nodes]]\ntype = "trigger_securos_event"\nid = "alarm"\nevent_source = "custom"\n'
        'trigger = "1 == 1"\nevent_name = "Person"\ninterval = 0\niss_camera_ids = "1"\niss_ip = "127.0.0.1"\n'
        f'iss_port = "9"\niss_password = "s3cret-token"\nevent_description = "{"x" * 4000}"\n'
    )
    site(tmp_path, video, "out.mp4", trigger)
    config = tmp_path / "site.toml"
    config.write_text(config.read_text().replace("[outbox]\n", "[outbox]\nmax_size_mb = 16\n"))
    code, _, service = ran(tmp_path)
    assert code == 1
    assert re.fullmatch(r'ERROR service_stopped events=\d+ lost=[1-9]\d* waiting=\d+ failed=outbox fix=".*"', service)
