"""The whole product in processes that have nothing of what Windows' Python lacks (tests/without_posix).

It is the nearest that is possible without Windows: docs/windows.md says what it does not prove.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest

from securos_trigger.cli import main
from securos_trigger.cli.groups import Group
from tests.made_videos import write_video

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "tests/without_posix"), *sys.path])}
PYTHON = [sys.executable]
COMMAND = [*PYTHON, "-m", "securos_trigger"]
WITHIN_S = 90

IMPORT_ALL = """\
import importlib, pkgutil, securos_trigger
from securos_trigger.system import local_channel, platform
names = [found.name for found in pkgutil.walk_packages(securos_trigger.__path__, "securos_trigger.")]
posix = ("securos_trigger.__main__", "securos_trigger.system.posix", "securos_trigger.system.unix_channel")
for name in names:
    if name not in posix:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:  # an optional library that is not installed here
            if error.name in ("fcntl", "pwd", "grp", "termios") or str(error.name).startswith("securos_trigger"):
                raise
print(platform.try_lock.__module__, local_channel.ChannelServer.__module__, len(names))
"""

SHOW_HELP = """\
import sys
from click.testing import CliRunner
from securos_trigger.cli.main import app
for line in sys.stdin.read().splitlines():
    done = CliRunner().invoke(app, [*line.split(), "--help"])
    assert done.exit_code == 0 and "Usage" in done.output, (line, done.output, done.exception)
"""

TWO_OWNERS = """\
import sys
from pathlib import Path
from securos_trigger.errors import OutboxOwnedError
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox
from securos_trigger.outbox.reserve import RESERVE_BYTES
path = Path(sys.argv[1])
first = Outbox(path, announcer=Announcer())
assert first.flush(30)
try:
    Outbox(path, announcer=Announcer())
except OutboxOwnedError as error:
    assert "belongs to this process already" in str(error), error
else:
    raise AssertionError("two owners")
try:
    path.rename(path.with_name("other"))
except PermissionError:
    pass
else:
    raise AssertionError("an open file was renamed")
assert path.with_name(path.name + ".reserve").stat().st_blocks * 512 >= RESERVE_BYTES
assert first.close()
Outbox(path, announcer=Announcer()).close()
"""

SITE = """\
[outbox]
path = "outbox.sqlite"

[ledger]
path = "ledger.jsonl"

[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4", realtime = true, loop = true }
sink = { type = "file", path = "out.mp4" }

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
event_source = "custom"
trigger = "1 == 1"
event_name = "Tick"
interval = 1
iss_camera_ids = "1"
RECEIVER
"""


def completed(command: list[str], folder: Path, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, input=text, capture_output=True, text=True, timeout=WITHIN_S, check=False
    )


def said_by(folder: Path, *arguments: str, code: int = 0) -> str:
    """What a command prints; it must end with this code and no traceback."""
    done = completed([*COMMAND, *arguments], folder)
    assert done.returncode == code, f"{arguments}: {done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@contextmanager
def going_on(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command that runs until Ctrl-C, which it gets at the end of the block."""
    with (
        (folder / f"{arguments[0]}.log").open("w") as log,
        subprocess.Popen(
            [*COMMAND, *arguments], cwd=folder, env=ENVIRONMENT, stdout=log, stderr=log, text=True
        ) as process,
    ):
        try:
            yield process
            process.send_signal(signal.SIGINT)
            assert process.wait(WITHIN_S) == 0, (folder / f"{arguments[0]}.log").read_text()
        finally:
            if process.poll() is None:
                process.kill()


def wait_for(what: Callable[[], Any]) -> Any:
    until_s = time.monotonic() + WITHIN_S
    while not (found := what()):
        assert time.monotonic() < until_s, f"it did not come about in {WITHIN_S} s"
        time.sleep(0.2)
    return found


def commands(group: Group, before: str = "") -> Iterator[str]:
    """Every command and every command of a group."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield f"{before}{name}"
        if isinstance(command, Group):
            yield from commands(command, f"{before}{name} ")


@pytest.mark.timeout(180)
def test_every_module_is_imported_and_the_side_of_windows_is_taken(tmp_path: Path) -> None:
    done = completed([*PYTHON, "-c", IMPORT_ALL], tmp_path)
    assert done.returncode == 0, done.stderr
    lock, channel, count = done.stdout.split()
    assert (lock, channel) == ("securos_trigger.system.windows", "securos_trigger.system.loopback_channel")
    assert int(count) > 300


@pytest.mark.timeout(180)
def test_every_command_starts(tmp_path: Path) -> None:
    known = list(commands(main.app))
    assert {"run", "outbox retry", "receiver init"} <= set(known)
    done = completed([*PYTHON, "-c", SHOW_HELP], tmp_path, "\n".join(known))
    assert done.returncode == 0, done.stderr


def test_one_process_owns_an_outbox_and_its_open_file_stays(tmp_path: Path) -> None:
    done = completed([*PYTHON, "-c", TWO_OWNERS, str(tmp_path / "outbox.sqlite")], tmp_path)
    assert done.returncode == 0, done.stderr


def test_commands_that_need_no_service_work(tmp_path: Path) -> None:
    assert json.loads(said_by(tmp_path, "schema"))["title"] == "TriggerProperties"
    said_by(tmp_path, "receiver", "init", "--host", "vms.example")
    with (tmp_path / "receiver.js").open("a", encoding="utf-8") as script:
        script.write("// a line of a person\n")  # what is of this version already is not written
    assert "Kept" in said_by(tmp_path, "receiver", "update", "receiver.js")
    frigate = str(ROOT / "tests" / "payloads" / "frigate")
    assert '"verdict"' in said_by(tmp_path, "input", "try", frigate)
    (tmp_path / "yard.json").write_text(
        json.dumps([{"id": "video1", "properties": {"type": "video", "source_id": "7"}, "wires": {}}])
    )
    assert "yard" in said_by(tmp_path, "import", "lumeo", "yard.json", code=1)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a configuration beside a running simulator."""
    folder = tmp_path_factory.mktemp("site")
    write_video(folder / "yard.mp4", [np.full((48, 64, 3), 8 * number, dtype=np.uint8) for number in range(20)])
    ports = ("--port", "0", "--page-port", "0", "--home", "home", "--log", "calls.jsonl", "--cameras", "1")
    with going_on(folder, "simulator", *ports):
        printed = folder / "simulator.log"
        wait_for(lambda: "Ctrl-C ends it." in printed.read_text())
        settings = "\n".join(line for line in printed.read_text().splitlines() if line.startswith("iss_"))
        (folder / "site.toml").write_text(SITE.replace("RECEIVER", settings))
        yield folder


@pytest.mark.timeout(300)
def test_a_service_delivers_and_every_command_that_asks_it_is_answered(site: Path) -> None:
    def calls() -> int:
        return (site / "calls.jsonl").read_text().count("VCA_EVENT")

    assert "ok" in said_by(site, "check", "site.toml")
    with going_on(site, "run", "site.toml") as service:
        wait_for(lambda: (site / "calls.jsonl").exists() and calls() >= 2)
        status = json.loads(said_by(site, "status", "site.toml", "--json"))
        assert (status["verdict"], status["pid"]) == ("healthy", service.pid)
        port, secret = (site / "outbox.sqlite.control").read_text().split()
        assert 0 < int(port) < 65536 and len(secret) == 64
        (site / "site.toml").write_text((site / "site.toml").read_text().replace('"Tick"', '"Tock"'))
        assert "alarm" in said_by(site, "reload", "site.toml")
        wait_for(lambda: "Tock" in (site / "calls.jsonl").read_text())
        said_by(site, "mute", "alarm", "site.toml", "--for", "1h")
        assert "alarm" in said_by(site, "mute", "--list", "site.toml")
        said_by(site, "unmute", "alarm", "site.toml")
        assert "alarm" in said_by(site, "explain", "site.toml")
        assert "delivered" in said_by(site, "outbox", "list", "site.toml", "--state", "delivered")
        assert "No dead letter fits" in said_by(site, "outbox", "retry", "site.toml", "--all", code=1)
        assert "Tick" in said_by(site, "outbox", "show", "site.toml", "1")
        assert "No dead letter fits" in said_by(site, "outbox", "drop", "site.toml", "--all", "--yes", code=1)
        second = said_by(site, "run", "site.toml", code=2)
        assert f"belongs to process {service.pid}" in second
        said_by(site, "doctor", "site.toml")
        said_by(site, "trust", "site.toml")
    assert "is not running" in said_by(site, "status", "site.toml", code=3)
    assert not (site / "outbox.sqlite.control").exists()
    assert (site / "out.mp4").stat().st_size > 0
    assert "Traceback" not in (site / "run.log").read_text()


@pytest.mark.timeout(180)
def test_a_recording_is_written_and_replayed_and_the_demo_runs(site: Path, tmp_path: Path) -> None:
    (tmp_path / "yard.mp4").write_bytes((site / "yard.mp4").read_bytes())
    (tmp_path / "site.toml").write_text((site / "site.toml").read_text().replace(", realtime = true, loop = true", ""))
    said_by(tmp_path, "record", "site.toml", "--out", "yard.jsonl.gz")
    assert "alarm" in said_by(tmp_path, "replay", "yard.jsonl.gz", "site.toml")
    said_by(tmp_path, "demo", "--video", "yard.mp4")
    assert (tmp_path / "demo-out" / "annotated.mp4").stat().st_size > 0
