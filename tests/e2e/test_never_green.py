"""Faults that leave frames and events going on: `status` and `doctor` say each of them, and are not green."""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.vms.simulator import Simulator
from tests.e2e.test_status import COMMAND, running
from tests.integration.test_stream import motion_jpeg, served

SITE = """\
[outbox]
path = "state/outbox.sqlite"

[ledger]
path = "ledger.jsonl"

[[pipelines]]
name = "gate"
source = {{ type = "stream", url = "{address}/gate.mjpg", frozen_after_s = 2 }}

[[pipelines.nodes]]
type = "zone_presence"
id = "zones"
rois = {{ door = [[640, 10], [700, 10], [700, 40]], drive = [[1, 1], [60, 1], [60, 40]] }}
units = "pixels"

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "ghost"
event_source = "custom"
trigger = "people > 0"
event_name = "Person"
iss_ip = "127.0.0.1"
iss_port = "9"
iss_password = "token"
iss_camera_ids = "1"

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
enabled = false
event_source = "custom"
trigger = "people > 0"
event_name = "Person"
iss_ip = "127.0.0.1"
iss_port = "9"
iss_password = "token"
iss_camera_ids = "1"

[[pipelines]]
name = "yard"
source = {{ type = "stream", url = "http://127.0.0.1:9/yard.mjpg" }}
"""


def asked(folder: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run([*COMMAND, *words], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, " ".join(done.stdout.split())


def troubles(folder: Path) -> list[str]:
    """What `status` complains about, without instants."""
    answer: dict[str, Any] = json.loads(asked(folder, "status", "site.toml", "--json")[1] or "{}")
    texts = [re.sub(r"\d\d:\d\d:\d\d \(.*?\)", "TIME", one["text"]) for one in answer.get("troubles", ())]
    texts = [re.sub(r"127\.0\.0\.1(:\d+)? (has not|gives)", r"127.0.0.1 \2", text) for text in texts]
    return [re.sub(r"[\d,]+ frames", "N frames", text) for text in texts]


@pytest.mark.timeout(240)
def test_what_goes_wrong_while_frames_go_on_is_said(tmp_path: Path) -> None:
    """Both sources are of the same host: the one that works does not hide the other."""
    (tmp_path / "ledger.jsonl").mkdir()  # as a disk that takes nothing: also root cannot write a file there
    expected = {
        "Pipeline gate: the image of 127.0.0.1 has not changed since TIME",
        "Pipeline yard: 127.0.0.1 gives no frames since TIME: Connection refused",
        "The ledger cannot be written since TIME: Is a directory",
        "gate/alarm is switched off (enabled = false): it sends no events",
        (
            'Pipeline gate, node zones: zone "door" is outside of the image: it lies right of its 64 x 48 pixels; '
            "nothing is ever there"
        ),
        (
            "gate/ghost cannot fire since TIME, when its condition came into force: it was unknown on all N frames: "
            "no people in the metadata"
        ),
    }
    with served(motion_jpeg(images=100_000, every_s=0.1)) as address:
        (tmp_path / "site.toml").write_text(SITE.format(address=address))
        with running(tmp_path):
            found: set[str] = set()
            until_s = time.monotonic() + 180
            while not expected <= found:
                assert time.monotonic() < until_s, expected - found
                found = set(troubles(tmp_path))
            assert asked(tmp_path, "status", "site.toml", "-q") == (1, "")
            code, said = asked(tmp_path, "doctor", "site.toml")
    assert code == 1
    for word in (
        *("has not changed since", "failed source yard: 127.0.0.1:9 gives no frame:", "The ledger cannot be written"),
        *("switched off", "5 failed, "),
        *('zone "door" is outside', "gate/ghost cannot fire since"),
    ):
        assert word in said, said


@pytest.mark.timeout(240)
def test_a_lost_camera_whose_address_is_corrected_is_not_called_lost_any_more(tmp_path: Path) -> None:
    """The new source has the name of the old one, for it has the same host."""
    lost = "Pipeline yard: 127.0.0.1 gives no frames since TIME: Connection refused"
    with served(motion_jpeg(images=100_000, every_s=0.1)) as address:
        config = tmp_path / "site.toml"
        config.write_text(SITE.format(address=address))
        with running(tmp_path):
            for is_lost in (True, False):
                until_s = time.monotonic() + 120
                while (lost in (found := troubles(tmp_path))) is not is_lost:
                    assert time.monotonic() < until_s, found
                if is_lost:
                    config.write_text(config.read_text().replace("http://127.0.0.1:9/yard", f"{address}/yard"))
                    assert asked(tmp_path, "reload", "site.toml")[0] == 0


WRONG_CAMERAS = """\
[outbox]
path = "outbox.sqlite"

[metrics]
port = 0

[[pipelines]]
name = "gate"
source = {{ type = "stream", url = "{address}/gate.mjpg", frozen_after_s = 0 }}

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
enabled = {enabled}
event_source = "custom"
trigger = "1 == 1"
event_name = "Person"
interval = 1
iss_camera_ids = "{camera}"
{receiver}

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "pair"
event_source = "custom"
trigger = "1 == 1"
event_name = "Pair"
interval = 1
iss_camera_ids = "1{other}"
{receiver}
"""


def until_said(folder: Path, words: set[str], *, is_red: bool = True) -> str:
    """Wait until `status` complains about all of these and nothing else; gives its text."""
    until_s = time.monotonic() + 120
    while True:
        found = troubles(folder)
        red = [text for text in found if ("get" in text and "no events" in text) or "for a camera number" in text]
        if (is_red and all(any(word in text for text in red) for word in words)) or (not is_red and not red):
            code, text = asked(folder, "status", "site.toml")
            assert code == (1 if is_red else 0), text
            return text
        assert time.monotonic() < until_s, found
        time.sleep(0.2)


@pytest.mark.timeout(300)
def test_a_camera_that_the_vms_does_not_know_is_red_until_its_events_arrive(
    tmp_path: Path, simulator: Simulator
) -> None:
    receiver = "\n".join(f"{name} = {json.dumps(value)}" for name, value in simulator.settings().items())
    with served(motion_jpeg(images=100_000, every_s=0.1)) as address:

        def write(camera: str, other: str, enabled: str = "true") -> None:
            site = WRONG_CAMERAS.format(address=address, camera=camera, other=other, enabled=enabled, receiver=receiver)
            (tmp_path / "site.toml").write_text(site)

        write("9", ", 9, 8")
        with running(tmp_path):
            text = until_said(tmp_path, {"8", "9", "SecurOS knows no such camera"})
            assert re.search(r"! Cameras [89], [89] of https://127\.0\.0\.1:\d+ get no events since ", text), text
            assert "--camera WRONG=RIGHT" in text
            assert "-> SecurOS knows 1" in text, text
            code, said = asked(tmp_path, "status", "site.toml", "--json")
            assert code == 1 and "SecurOS knows 1" in said, said
            code, said = asked(tmp_path, "doctor", "site.toml")
            assert code == 1 and "failed camera" in said, said
            url = re.search(r"metrics_served url=(\S+)", (tmp_path / "log.txt").read_text())
            assert url is not None
            with urllib.request.urlopen(url[1], timeout=30) as answer:
                figures = answer.read().decode()
            assert re.search(r"securos_trigger_target_given_up_cameras\{target=.*\} 2\.0", figures), figures
        write("9", "", enabled="false")
        with running(tmp_path):  # no event of camera 9 comes, and it is known from the run before
            text = until_said(tmp_path, {"Camera 9 of "})
            write("1", "")
            assert asked(tmp_path, "reload", "site.toml")[0] == 0
            until_said(tmp_path, {"for a camera number, as no node sends to camera 9 any more"})
            assert asked(tmp_path, "outbox", "retry", "site.toml", "--camera", "9=1")[0] == 0
            text = until_said(tmp_path, set(), is_red=False)
            assert text.startswith("healthy: "), text
