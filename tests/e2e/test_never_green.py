"""Faults that leave frames and events going on: `status` and `doctor` say each of them, and are not green."""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

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
    return [re.sub(r"\d\d:\d\d:\d\d \(.*?\)", "TIME", one["text"]) for one in answer.get("troubles", ())]


@pytest.mark.timeout(240)
def test_what_goes_wrong_while_frames_go_on_is_said(tmp_path: Path) -> None:
    """Both sources have the same name, for they have the same host: the one that works does not hide the other."""
    (tmp_path / "ledger.jsonl").mkdir()  # as a disk that takes nothing: also root cannot write a file there
    expected = {
        "Pipeline gate: the image of 127.0.0.1 has not changed since TIME",
        "Pipeline yard: 127.0.0.1 gives no frames since TIME: Connection refused",
        "The ledger cannot be written since TIME: Is a directory",
        "gate/alarm is switched off (enabled = false): it sends no events",
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
    for word in ("has not changed since", "gives no frames since", "The ledger cannot be written", "switched off"):
        assert word in said, said
