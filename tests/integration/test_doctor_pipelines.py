"""What the doctor says of sources, models and packages, with each fault really there."""

from __future__ import annotations

import os
import re
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from securos_trigger import video
from securos_trigger.config.reader import read_config
from securos_trigger.doctor import Finding, Status, examine_pipelines
from securos_trigger.doctor import pipelines as doctor_pipelines
from tests.made_videos import write_video

PIPELINE = """
[[pipelines]]
name = "{name}"
source = {source}
"""
DETECTOR = """
[[pipelines.nodes]]
type = "detector"
{more}
"""


def examined(folder: Path, text: str, running: Sequence[Mapping[str, Any]] = ()) -> list[Finding]:
    config = folder / "site.toml"
    config.write_text(text)
    return list(examine_pipelines(read_config(config), running))


def pipeline(name: str, source: str, more: str = "") -> str:
    return PIPELINE.format(name=name, source=source) + more


def test_files_and_cameras_that_give_frames_or_not_are_named_with_the_reason(tmp_path: Path) -> None:
    write_video(tmp_path / "yard.mp4", [np.zeros((64, 64, 3), dtype=np.uint8)])
    (tmp_path / "text.mp4").write_text("no video")
    invalid = "it is not a video, is damaged, or its recording was not finished"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    findings = examined(
        tmp_path,
        pipeline("yard", '{ type = "file", path = "yard.mp4" }')
        + pipeline("text", '{ type = "file", path = "text.mp4" }')
        + pipeline("gone", '{ type = "file", path = "gone.mp4" }')
        + pipeline(
            "gate", f'{{ type = "rtsp", url = "rtsp://viewer:s3cret@127.0.0.1:{port}/gate", name = "gate camera" }}'
        ),
    )
    assert [(one.status, one.text) for one in findings] == [
        (Status.OK, "yard gives frames"),
        (
            Status.FAILED,
            f"text gives no frame: The video {tmp_path / 'text.mp4'} cannot be read: {invalid}",
        ),
        (
            Status.FAILED,
            f"gone gives no frame: The video {tmp_path / 'gone.mp4'} cannot be read: No such file or directory",
        ),
        (Status.FAILED, "gate: gate camera gives no frame: Connection refused"),
    ]
    assert "s3cret" not in str(findings)


@pytest.mark.parametrize(
    "source",
    [
        'type = "rtsp", url = "rtsp://viewer:s3cret@kamera1.invalid:8554/yard"',
        'type = "stream", url = "http://kamera1.invalid/yard.m3u8"',
        'type = "stream", url = "rtmp://kamera1.invalid/live"',
        'type = "onvif-metadata", url = "rtsp://viewer:s3cret@kamera1.invalid/yard"',
        'type = "hikvision", url = "https://kamera1.invalid", user = "viewer", password = "s3cret"',
        'type = "onvif-pullpoint", url = "http://kamera1.invalid", user = "viewer", password = "s3cret"',
        'type = "frigate", broker = "mqtt://kamera1.invalid"',
    ],
)
def test_a_host_name_that_is_not_known_is_said_of_each_kind_of_source(tmp_path: Path, source: str) -> None:
    with pytest.raises(socket.gaierror) as caught:
        socket.getaddrinfo("kamera1.invalid", None)
    is_input = not source.startswith(('type = "rtsp"', 'type = "stream"'))
    [finding] = examined(tmp_path, pipeline("gate", f"{{ {source} }}") + 'cameras = { "*" = "1" }\n' * is_input)
    assert f"kamera1.invalid cannot be resolved: {caught.value.strerror}" in finding.text
    assert finding.fix.startswith("Check the host name in its ")
    assert finding.fix.endswith(", and the name server of this machine.")


def test_a_camera_that_accepts_and_is_silent_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor_pipelines, "FIRST_FRAME_WITHIN_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        began_at_ticks = time.monotonic()
        source = f'{{ type = "rtsp", url = "rtsp://127.0.0.1:{port}/gate", name = "gate" }}'
        [finding] = examined(tmp_path, pipeline("gate", source))
        assert time.monotonic() - began_at_ticks < 30
    assert (finding.status, finding.text) == (Status.FAILED, "gate gives no frame: none came within 1 s")


def test_a_source_that_gives_the_running_service_frames_is_not_opened_again(tmp_path: Path) -> None:
    running = {
        "name": "gate",
        "source": "gate camera",
        "state": "running",
        "last_frame_age_s": 0.1,
        "frames_per_s": 25.0,
    }
    text = pipeline("gate", '{ type = "rtsp", url = "rtsp://127.0.0.1:9/gate" }')
    [finding] = examined(tmp_path, text, [running])
    assert (finding.status, finding.text) == (
        Status.OK,
        "gate: gate camera gives the running service 25.0 frames a second",
    )
    [finding] = examined(tmp_path, text, [{**running, "last_frame_age_s": 60.0}])
    assert finding.status is Status.FAILED


def test_models_run_once_and_a_wrong_one_says_why(tmp_path: Path) -> None:
    write_video(tmp_path / "yard.mp4", [np.zeros((64, 64, 3), dtype=np.uint8)])
    (tmp_path / "wrong.onnx").write_bytes(b"no model")
    source = '{ type = "file", path = "yard.mp4" }'
    findings = examined(
        tmp_path,
        pipeline("own", source, DETECTOR.format(more=""))
        + pipeline("wrong", source, DETECTOR.format(more='model = "wrong.onnx"'))
        + pipeline("gone", source, DETECTOR.format(more='model = "gone.onnx"')),
    )
    parts = {one.subject: one for one in findings if one.status is Status.FAILED}
    assert set(parts) == {"model"}, "a model that is not there is said of the file"
    assert re.match(
        r"line \d+: pipeline wrong, node detector1, model: .*wrong\.onnx is not a usable ONNX model",
        parts["model"].text,
    )
    assert [one.text for one in findings if one.subject == "model" and one.status is Status.OK] == [
        "pipeline own, node detector1: it runs"
    ]


def test_a_package_that_is_missing_is_named_with_the_line_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.delitem(sys.modules, "securos_trigger.video.sources", raising=False)
    monkeypatch.delattr(video, "sources", raising=False)
    [finding] = examined(tmp_path, pipeline("yard", '{ type = "file", path = "yard.mp4" }'))
    assert finding.status is Status.FAILED
    assert (finding.text, finding.fix) == (
        "yard gives no frame: This needs av, which the extra video brings.",
        "pip install 'securos-trigger[video]'",
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes of POSIX")
def test_a_named_pipe_is_never_opened_while_a_service_runs(tmp_path: Path) -> None:
    pipe = tmp_path / "yard.h264"
    os.mkfifo(pipe)
    config = tmp_path / "site.toml"
    config.write_text(pipeline("yard", '{ type = "file", path = "yard.h264" }'))
    settings = read_config(config)
    silent = {"name": "yard", "state": "running", "last_frame_age_s": 42.0, "input": None, "source": "yard.h264"}
    writer = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    try:
        os.write(writer, b"what belongs to the service")
        [found] = examine_pipelines(settings, [silent], is_running=True)
        text = "yard: yard.h264 gives the running service no frame for 42 s. It is not opened a second time"
        assert (found.status, found.text) == (Status.FAILED, text)
        [found] = examine_pipelines(
            settings, [], is_running=True
        )  # it does not answer, or calls its pipeline otherwise
        text = "yard: not opened, because the running service may read it"
        assert (found.status, found.text) == (Status.WARNING, text)
        assert os.read(writer, 100) == b"what belongs to the service"
    finally:
        os.close(writer)
