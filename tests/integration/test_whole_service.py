"""`securos-trigger run` with all of its parts: what it answers about itself, its threads, and faults thrown into it."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import av
import numpy as np
import pytest

from securos_trigger.config.reader import read_config
from securos_trigger.notices import Announcer
from securos_trigger.runtime.control import SettingsRequest, ask
from securos_trigger.runtime.record import record_metadata
from securos_trigger.runtime.run import run_until_stopped
from securos_trigger.video.sources import FileSource
from tests import commands
from tests.integration.test_service_status import wait_until
from tests.service_answers import status_of

PAGE = Path(__file__).parents[2] / "docs" / "threads.md"

CONFIG = """\
[identity]
deployment_id = "site"

[outbox]
path = "outbox.sqlite"

[metrics]
port = 0

[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4", realtime = true, loop = true }

[[pipelines.nodes]]
type = "function"
id = "mine"
file = "mine.py"

[[pipelines.nodes]]
type = "metadata_recorder"
path = "seen.jsonl"

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
iss_ip = "127.0.0.1"
iss_port = "9"
iss_password = "s3cret-token"
iss_camera_ids = "1"
health_camera_ids = "1"
event_source = "custom"
trigger = "number == 3"
event_name = "Third"

[[pipelines]]
name = "gate"
source = { type = "rtsp", url = "rtsp://viewer:s3cret-view@127.0.0.1:9/gate", name = "gate camera" }
"""

FUNCTION = """\
number = 0

def process_frame(frame, **kwargs):
    global number
    number += 1
    if number == 5:
        raise SystemExit("a node that wants to end the process")
    meta = frame.meta()
    meta.set_field("number", number)
    meta.save()
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a configuration and what it names."""
    with av.open(str(tmp_path / "yard.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=20)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(20):
            pixels = np.full((64, 96, 3), number * 8, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    (tmp_path / "mine.py").write_text(FUNCTION)
    (tmp_path / "site.toml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def service(site: Path) -> Iterator[commands.Command]:
    with (
        (site / "log.txt").open("w") as log,
        commands.start("run", "site.toml", cwd=site, stderr=log, start_new_session=True) as process,
    ):
        yield process
        if process.poll() is None:
            process.kill()


def status(site: Path) -> dict[str, Any]:
    return status_of(site / "outbox.sqlite")


@pytest.mark.timeout(180)
def test_a_running_service_reports_its_state_and_all_its_threads_stand_on_their_page(
    site: Path, service: commands.Command
) -> None:
    wait_until(lambda: status(site).get("pipelines"))  # which are there when all is built
    wait_until(lambda: status(site)["nodes"][0]["kept"] == 1)
    wait_until(lambda: status(site)["targets"][0]["is_healthy"] is False)
    wait_until(lambda: status(site)["pipelines"][1]["source_lost_reason"])
    wait_until(lambda: status(site)["pipelines"][0]["frames"] > 40)
    read_metrics(site)
    answer = status(site)
    yard, gate = answer["pipelines"]
    assert (answer["pid"], answer["configuration"]["has_changed"]) == (service.pid, False)
    assert (yard["name"], yard["state"], yard["faults"], yard["events"]) == ("yard", "running", {"mine": 1}, 1)
    assert (yard["last_frame_age_s"] < 5, 5 < yard["frames_per_s"] < 40) == (True, True)
    assert (gate["state"], gate["frames"], gate["last_frame_age_s"]) == ("running", 0, None)
    assert gate["source_lost_reason"] == "Connection refused"
    assert gate["frames_per_s"] == 0.0
    assert [node["address"] for node in answer["nodes"]] == ["yard/alarm"]
    assert answer["outbox"]["is_failing"] is False

    settings = ask(site / "outbox.sqlite", SettingsRequest(), Announcer())
    assert settings["settings"]["pipelines"][0]["nodes"][2]["properties"]["iss_password"] == "***"
    assert settings["settings"]["pipelines"][1]["source"]["url"] == "***"
    assert "s3cret" not in json.dumps([answer, settings]) + (site / "log.txt").read_text()
    with (site / "site.toml").open("a") as file:
        file.write("# a change\n")
    assert status(site)["configuration"]["has_changed"] is True

    running = {thread["name"] for thread in answer["threads"] if thread["is_alive"]}
    patterns = documented()
    assert {name for name in running if not any(re.fullmatch(one, name) for one in patterns)} == set()
    for expected in ("pipeline-yard", "source-gate camera", "recorder-recorder1", "health", "metrics", "control-1"):
        assert expected in running
    assert {thread["name"] for thread in answer["threads"] if thread["failures"]} == set()

    os.killpg(service.pid, signal.SIGINT)  # as a terminal and `timeout` do: to the process and to its group
    service.send_signal(signal.SIGINT)
    assert service.wait(30) == 0
    log = (site / "log.txt").read_text()
    assert "Traceback" in log.partition("node_failed node=mine")[0].partition("The node mine has failed")[2]
    assert log.count("pipeline_ended") == 2
    assert "KeyboardInterrupt" not in log
    assert status(site)["is_running"] is False


@pytest.mark.timeout(180)
def test_the_log_of_a_short_day_names_each_change_of_state_once(site: Path, service: commands.Command) -> None:
    def node() -> dict[str, Any]:
        return dict(status(site)["nodes"][0])

    wait_until(lambda: status(site).get("pipelines"))
    wait_until(lambda: node()["kept"] == 1)
    wait_until(lambda: status(site)["targets"][0]["is_healthy"] is False)
    wait_until(lambda: status(site)["pipelines"][1]["source_lost_reason"])
    wait_until(lambda: status(site)["pipelines"][0]["faults"] == {"mine": 1})
    assert commands.run("mute", "site.toml", "alarm", "--for", "1h", "--reason", "painters", cwd=site).returncode == 0
    wait_until(lambda: node()["muted_since"])
    assert commands.run("unmute", "site.toml", "alarm", cwd=site).returncode == 0
    wait_until(lambda: node()["muted_since"] is None and node()["muted_until"] is None)
    text = (site / "site.toml").read_text()
    (site / "site.toml").write_text(text.replace('event_name = "Third"', 'event_name = "The third"'))
    assert commands.run("reload", "site.toml", cwd=site).returncode == 0
    service.send_signal(signal.SIGTERM)
    assert service.wait(30) == 0

    log = (site / "log.txt").read_text()
    lines = re.findall(r"^\S+Z [A-Z]+ ([a-z_]+)((?: [a-z0-9_]+=.*)?)$", log, re.MULTILINE)
    names = [name for name, _ in lines]
    in_order = ("service_started", "node_muted", "node_unmuted", "reload_done", "service_stopped")
    assert [name for name in names if name in in_order] == list(in_order)
    for name in ("event_kept", "source_lost", "target_unreachable"):
        assert names.count(name) == 1, name
    assert names.count("node_failed") == 1, "the traceback stands above it, under words of its own"
    assert names.count("source_still_lost") <= 2
    assert len(names) < 40, names
    assert all(" event_id=" not in re.sub(r" event_id=\S+$", "", fields) for _, fields in lines)
    assert "=False" not in log


def documented() -> list[str]:
    """A pattern for each name of the first list; a word in capitals stands for any text, a number for any number."""
    first = PAGE.read_text().partition("## Threads")[2].partition("## Tasks")[0]
    items = re.findall(r"^\* (`.*?): ", first, re.MULTILINE)
    names = [name for item in items for name in re.findall(r"`([^`]+)`", item)]
    assert len(names) >= 14
    return [re.sub(r"\d+", r"\\d+", re.sub(r"-(NAME|ID)$", "-.+", name)) for name in names]


def read_metrics(site: Path) -> None:
    found = re.search(r"metrics_served url=(\S+)", (site / "log.txt").read_text())
    assert found is not None
    with urlopen(found[1], timeout=60) as page:
        text = page.read().decode()
    assert 'securos_trigger_source_losses_total{pipeline="gate",source="gate camera"} 1.0' in text
    assert 'securos_trigger_frames_total{pipeline="yard"}' in text


TWO_FILES = """\
[outbox]
path = "outbox.sqlite"

[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4" }

[[pipelines]]
name = "broken"
source = { type = "file", path = "broken.mp4" }
"""


@pytest.fixture
def broken(site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two pipelines; reading the file of one meets a bug after three frames."""
    (site / "site.toml").write_text(TWO_FILES)
    (site / "broken.mp4").write_bytes((site / "yard.mp4").read_bytes())
    images = FileSource._images

    def with_a_bug(self: FileSource, stop: threading.Event) -> Iterator[Any]:
        for number, image in enumerate(images(self, stop)):
            if number == 3 and self.name == "broken":
                raise KeyError("a bug")
            yield image

    monkeypatch.setattr(FileSource, "_images", with_a_bug)
    return site


def test_a_bug_in_one_recorded_pipeline_is_reported_and_the_others_go_on(
    broken: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="securos_trigger")
    assert record_metadata(read_config(broken / "site.toml"), broken / "out.jsonl") == 1
    assert len((broken / "out.jsonl").read_text().splitlines()) == 20 + 3
    assert "pipeline_failed pipeline=broken reason=\"an unexpected error: KeyError('a bug')\"" in caplog.text
    assert "pipeline_ended pipeline=yard frames=20" in caplog.text
    assert caplog.text.count("Traceback") == 1


def test_a_bug_in_one_pipeline_ends_the_run_with_1_when_the_others_have_ended(
    broken: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="securos_trigger")
    assert run_until_stopped(read_config(broken / "site.toml")) == 1
    assert "pipeline_failed pipeline=broken" in caplog.text
    assert "pipeline_ended pipeline=yard frames=20" in caplog.text
    assert caplog.text.count("Traceback") == 1
