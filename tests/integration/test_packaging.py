"""The wheel holds everything that an installation without a checkout needs."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

NEEDED = [
    "securos_trigger/py.typed",
    "securos_trigger/outbox/schema.sql",
    "securos_trigger/outbox/queries.sql",
    "securos_trigger/demo/demo.toml",
    "securos_trigger/analytics/models/nanodet-g-416.onnx",
    "securos_trigger/securos-trigger.service",
    "securos_trigger/_vms/receiver/receiver.js",
    "securos_trigger/_vms/simulator/main.js",
    "securos_trigger/_vms/simulator/page/index.html",
    "securos_trigger/_vms/simulator/modules/securos/index.js",
    "securos_trigger/_vms/simulator/modules/securos/README.md",
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, timeout=110, capture_output=True)
    [path] = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_carries_scripts_models_and_statements(wheel: zipfile.ZipFile) -> None:
    missing = set(NEEDED) - set(wheel.namelist())
    assert not missing
    [page] = [name for name in wheel.namelist() if name.endswith(".data/data/share/man/man1/securos-trigger.1")]
    assert wheel.read(page) == (ROOT / "man" / "securos-trigger.1").read_bytes()


def test_the_wheel_carries_the_same_receiver_as_the_checkout(wheel: zipfile.ZipFile) -> None:
    shipped = wheel.read("securos_trigger/_vms/receiver/receiver.js")
    assert shipped == (ROOT / "vms" / "receiver" / "receiver.js").read_bytes()


def test_the_core_needs_no_video_library(wheel: zipfile.ZipFile) -> None:
    [metadata] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    lines = wheel.read(metadata).decode().splitlines()
    core = {
        line.split(">")[0].removeprefix("Requires-Dist: ")
        for line in lines
        if line.startswith("Requires-Dist") and "extra" not in line
    }
    assert core == {
        "aiohttp", "click", "cryptography", "idna", "jinja2", "msgspec", "platformdirs", "pydantic", "rich", "tzdata",
    }  # fmt: skip
