"""`securos-trigger status` beside a real service, while things go wrong: what a person at three in the morning reads."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.runtime.control.sockets import socket_path
from securos_trigger.system.files import is_there
from securos_trigger.vms.simulator import Simulator
from tests import commands
from tests.e2e.conftest import wait_until

COMMAND = [sys.executable, "-m", "securos_trigger"]

SITE = """\
[outbox]
path = "outbox.sqlite"
max_size_mb = 16

[[pipelines]]
name = "yard"
source = {{ type = "file", path = "{clip}", realtime = {realtime}, loop = true }}

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
event_source = "custom"
trigger = "1 == 1"
event_name = "Person"
event_description = "{description}"
interval = {interval}
iss_camera_ids = "1"
{receiver}
"""

CAMERA = """
[[pipelines]]
name = "gate"
source = { type = "rtsp", url = "rtsp://viewer:s3cret-view@127.0.0.1:9/gate", name = "gate camera" }
"""

NO_RECEIVER = {"iss_ip": "127.0.0.1", "iss_port": "9", "iss_password": "s3cret-token"}


def write_site(
    folder: Path,
    clip: Path,
    receiver: dict[str, Any],
    *,
    more: str = "",
    description: str = "",
    interval: float = 1.0,
    realtime: str = "true",
) -> Path:
    settings = "\n".join(f"{name} = {json.dumps(value)}" for name, value in receiver.items())
    config = folder / "site.toml"
    made = SITE.format(clip=clip, realtime=realtime, description=description, interval=interval, receiver=settings)
    config.write_text(made + more)
    return config


@contextmanager
def running(folder: Path, *options: str) -> Iterator[commands.Command]:
    """`run`, until the end of the block."""
    with (
        (folder / "log.txt").open("a") as log,
        commands.start("run", "site.toml", *options, cwd=folder, stderr=log) as process,
    ):
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    process.kill()


def asked(folder: Path, *options: str) -> tuple[int, str]:
    done = commands.run("status", "site.toml", *options, cwd=folder)
    assert done.stderr == ""
    return done.returncode, done.stdout


def asked_until(folder: Path, is_so: Callable[[dict[str, Any]], object]) -> tuple[int, str]:
    """The text of the first status of a service that has started whose JSON is so."""
    until_at_ticks = time.monotonic() + 120
    while True:
        seen = json.loads(asked(folder, "--json")[1])
        if seen["verdict"] not in ("not_running", "starting") and is_so(seen):
            return asked(folder)
        assert time.monotonic() < until_at_ticks, seen
        time.sleep(0.2)


def target_of(simulator: Simulator) -> str:
    return f"{simulator.scheme}://127.0.0.1:{simulator.receiver_port}"


def longest_line(text: str, folder: Path) -> int:
    """The length of the longest line but for those that name a file, whose path may be as long as it likes."""
    return max(len(line) for line in text.splitlines() if str(folder) not in line)


def first_sentence(text: str) -> str:
    """The lines up to the first advice, as one, with instants and ages replaced."""
    sentence = " ".join(line.strip() for line in text.partition("->")[0].splitlines())
    return re.sub(r"\d\d:\d\d:\d\d \(.*?\)", "TIME", re.sub(r"for \d+ \w+", "for SOME TIME", sentence)).strip()


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.timeout(180)
def test_how_the_last_run_ended_is_said_and_no_answer_reads_as_if_it_went_on(
    clip: Path, simulator: Simulator, tmp_path: Path
) -> None:
    config = write_site(tmp_path, clip, simulator.settings(), realtime="false")
    looped = config.read_text()
    config.write_text(looped.replace(", loop = true", ""))
    assert commands.run("run", "site.toml", cwd=tmp_path).returncode == 0
    code, text = asked(tmp_path)
    finished = r"It ended at [\d:]+, \d+ (s|min) ago: its sources had come to their end\."
    assert (code, bool(re.search(finished, one_line(text)))) == (3, True), text
    explained = one_line(commands.run("explain", "site.toml", cwd=tmp_path).stdout)
    assert re.search(r"yard/alarm: it fired \d+ times; ", explained), explained
    config.write_text(looped)
    with running(tmp_path):
        asked_until(tmp_path, lambda seen: seen["nodes"][0]["decisions"].get("fired"))
    code, text = asked(tmp_path)
    assert (code, bool(re.search(r"It was stopped at [\d:]+, \d+ s ago\.", one_line(text)))) == (3, True), text
    stopped = "yard/alarm: no service runs since"  # said when that is half a second ago
    wait_until(lambda: stopped in one_line(commands.run("explain", "site.toml", cwd=tmp_path).stdout))
    examined = commands.run("doctor", "site.toml", cwd=tmp_path)
    said = "warning service does not run, so nothing is watched or sent. It was stopped at "
    assert (examined.returncode, said in one_line(examined.stdout)) == (0, True), examined.stdout
    (tmp_path / "other.toml").write_text(f"# never ran\n{looped}")
    other = one_line(commands.run("status", "other.toml", cwd=tmp_path).stdout)
    of_other = rf"Another file, {re.escape(str(tmp_path))}/site\.toml, ran with this outbox until [\d:]+, \d+ s ago\."
    assert re.search(of_other, other), other


@pytest.mark.timeout(120)
def test_a_healthy_service_says_so_first_and_then_what_runs(clip: Path, simulator: Simulator, tmp_path: Path) -> None:
    write_site(tmp_path, clip, simulator.settings())
    with running(tmp_path) as service:
        code, text = asked_until(
            tmp_path,
            lambda seen: seen["targets"][0]["is_healthy"] and seen["nodes"][0]["decisions"].keys() > {"fired"},
        )
        assert code == 0
        lines = text.splitlines()
        assert re.fullmatch(r"healthy: \d waiting, 0 lost", lines[0])
        assert re.fullmatch(
            rf"securos-trigger \S+, process {service.pid}, running since [\d:]+ \S+ \(\d+ (s|min)\b.*\)", lines[2]
        )
        assert lines[3] == f"configuration {tmp_path / 'site.toml'}"
        assert lines[4] == "outbox at most 16 MB; events expire after 7 days"
        assert [line.split()[0] for line in lines[5:] if line] == [
            "pipeline", "yard", "trigger", "yard/alarm", "not", "receiver", target_of(simulator),
        ]  # fmt: skip
        assert longest_line(text, tmp_path) < 80
        assert asked(tmp_path, "--quiet") == asked(tmp_path, "--quiet", "--strict") == (0, "")
        code, printed = asked(tmp_path, "--json")
        seen = json.loads(printed)
        assert (code, seen["verdict"], seen["troubles"], seen["pid"]) == (0, "healthy", [], service.pid)
        [node] = seen["nodes"]
        assert node["decisions"]["fired"] >= 1
        assert seen["pipelines"][0]["last_event_at"] == node["last_event_at"] is not None
        assert commands.run("mute", "site.toml", "alarm", "--for", "2h", cwd=tmp_path).returncode == 0
        wait_until(lambda: asked(tmp_path, "--quiet", "--strict") == (6, ""))
        code, printed = asked(tmp_path, "--json", "--strict")
        assert (code, json.loads(printed)["verdict"]) == (6, "healthy")
        assert asked(tmp_path, "--quiet") == (0, "")


OWNS_THE_OUTBOX = """
import sys
from pathlib import Path
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox
outbox = Outbox(Path("outbox.sqlite"), announcer=Announcer())
print("owned", flush=True)
sys.stdin.read()
outbox.close()
"""


@contextmanager
def starting(folder: Path) -> Iterator[int]:
    """A process that has opened the outbox, as `run` does before it can be asked."""
    words = [sys.executable, "-c", OWNS_THE_OUTBOX]
    with subprocess.Popen(words, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "owned\n"
        yield process.pid


@pytest.mark.timeout(180)
def test_a_service_that_is_starting_is_4_and_every_command_goes_on(clip: Path, tmp_path: Path) -> None:
    config = write_site(tmp_path, clip, NO_RECEIVER)
    with starting(tmp_path) as pid:
        code, text = asked(tmp_path)
        assert (code, text.startswith("starting since ")) == (4, True)
        assert asked(tmp_path, "--quiet") == (4, "")
        seen = json.loads(asked(tmp_path, "--json")[1])
        assert (seen["verdict"], seen["pid"], seen["troubles"]) == ("starting", pid, [])
        examined = commands.run("doctor", "site.toml", cwd=tmp_path)
        words = " ".join(examined.stdout.split())
        assert examined.stderr == ""
        assert re.search(r"warning service it is starting since \d{4}-\d\d-\d\d [\d:]{8} UTC: process \d+ has ", words)
        assert "-> Wait until `securos-trigger status site.toml` says more than that" in words
        assert "warning outbox what is in outbox.sqlite is not known while the service is starting" in words
        explained = commands.run("explain", "site.toml", cwd=tmp_path)
        assert "Traceback" not in explained.stderr
        dropped = commands.run("outbox", "retry", "site.toml", "--all", cwd=tmp_path)
        assert dropped.returncode != 0
        assert f"process {pid}" in " ".join(dropped.stderr.split())
        config.write_text(config.read_text() + "intervall = 3\n")
        examined = commands.run("doctor", "site.toml", cwd=tmp_path)
        assert "failed file" in " ".join(examined.stdout.split())
        assert "it is starting since" in examined.stdout


def stopped_while_it_loads(folder: Path) -> subprocess.Popen[bytes]:
    """A `run` that is stopped (SIGSTOP) after it has begun and before it has opened its outbox."""
    mark, outbox = folder / "outbox.sqlite.starting", folder / "outbox.sqlite"
    for _ in range(20):
        process = subprocess.Popen([*COMMAND, "run", "site.toml"], cwd=folder, stderr=subprocess.DEVNULL)
        while not mark.exists() and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(signal.SIGSTOP)
        if mark.exists() and not outbox.exists():
            return process
        process.kill()
        process.wait(30)
        for left in folder.glob("outbox.*"):  # the next one begins as the first one did
            left.unlink()
    raise AssertionError("it was never stopped in time")


@pytest.mark.timeout(180)
def test_a_service_that_loads_is_starting_until_it_is_killed(clip: Path, tmp_path: Path) -> None:
    write_site(tmp_path, clip, NO_RECEIVER)
    with stopped_while_it_loads(tmp_path) as service:
        code, text = asked(tmp_path)
        assert (code, text.startswith("starting since ")) == (4, True)
        assert f"process {service.pid} loads the service of the outbox" in " ".join(text.split())
        assert json.loads(asked(tmp_path, "--json")[1])["pid"] == service.pid
        examined = " ".join(commands.run("doctor", "site.toml", cwd=tmp_path).stdout.split())
        assert "warning service it is starting since" in examined
        reloaded = commands.run("reload", "site.toml", cwd=tmp_path)
        assert reloaded.returncode == 2
        assert f"securos-trigger is starting: process {service.pid}" in " ".join(reloaded.stderr.split())
        service.kill()
        service.wait(30)
        assert asked(tmp_path)[0] == 3
    with running(tmp_path):
        asked_until(tmp_path, lambda _seen: True)
        assert not (tmp_path / "outbox.sqlite.starting").exists()


@pytest.mark.timeout(180)
def test_a_service_that_builds_its_pipelines_is_starting_although_it_answers(clip: Path, tmp_path: Path) -> None:
    function = "import os, time\n"
    function += "while not os.path.exists('go'):\n    time.sleep(0.05)\n\n"
    function += "def process_frame(frame, **kwargs):\n    pass\n"
    (tmp_path / "slow.py").write_text(function)
    config = write_site(tmp_path, clip, NO_RECEIVER)
    own = '[[pipelines.nodes]]\ntype = "function"\nfile = "slow.py"\n\n[[pipelines.nodes]]\ntype = "trigger'
    config.write_text(config.read_text().replace('[[pipelines.nodes]]\ntype = "trigger', own))
    with running(tmp_path) as service:
        until_at_ticks = time.monotonic() + 120
        while not is_there(socket_path(tmp_path / "outbox.sqlite")):  # from here on it answers
            assert time.monotonic() < until_at_ticks
            time.sleep(0.05)
        code, text = asked(tmp_path)
        assert (code, text.startswith("starting since ")) == (4, True)
        assert "loads its models and functions" in " ".join(text.split())
        seen = json.loads(asked(tmp_path, "--json")[1])
        assert (seen["verdict"], seen["is_starting"], seen["pid"]) == ("starting", True, service.pid)
        assert "warning  service      it is starting since" in commands.run("doctor", "site.toml", cwd=tmp_path).stdout
        reloaded = commands.run("reload", "site.toml", cwd=tmp_path)
        assert (reloaded.returncode, "securos-trigger is starting" in reloaded.stderr) == (2, True)
        (tmp_path / "go").touch()
        asked_until(tmp_path, lambda _seen: True)


def test_a_service_that_does_not_run_is_3_also_after_it_was_killed(clip: Path, tmp_path: Path) -> None:
    write_site(tmp_path, clip, NO_RECEIVER)
    reason = "securos-trigger is not running: no process owns the outbox outbox.sqlite."
    nothing = f"! {reason}\n"
    nothing += "  -> `securos-trigger run site.toml` starts it. Under systemd,\n"
    nothing += "     `systemctl status securos-trigger` says why it ended. If it does run, ask\n"
    nothing += "     as its user, with its configuration file.\n"
    assert asked(tmp_path) == (3, nothing)
    with running(tmp_path) as service:
        asked_until(tmp_path, lambda _seen: is_there(tmp_path / "outbox.ledger.jsonl"))
        service.send_signal(signal.SIGKILL)
        service.wait(30)
        code, text = asked(tmp_path)
        assert code == 3
        left = " ".join(text.partition("-> ")[0].split())
        killed = "The service that started at [0-9: -]+ was not stopped: it was killed, or the machine went down"
        killed += r"(, after its last decision at [0-9: -]+)?\."
        assert re.fullmatch(
            rf"! {re.escape(reason)} (\d+ events? waits? in the outbox, the oldest for .* s\. )?{killed}", left
        )
        assert asked(tmp_path, "-q") == (3, "")
        assert json.loads(asked(tmp_path, "--json")[1])["verdict"] == "not_running"
        examined = commands.run("doctor", "site.toml", cwd=tmp_path)
        assert re.search(r"\n  failed   service +does not run, so nothing is watched or sent\. ", examined.stdout)
        assert "was not stopped: it was killed" in " ".join(examined.stdout.split())
        assert examined.returncode == 1
    for _ in range(2):  # the second one comes after a start that was stopped
        with running(tmp_path):
            asked_until(tmp_path, lambda _seen: True)
    said = re.findall(r" (service_\w+)(?: path=\S+ since=(\S+) until=(\S+))?", (tmp_path / "log.txt").read_text())
    began, ended = ("service_started", "", ""), ("service_stopped", "", "")
    assert [one for one in said if one[0] != "service_was_killed"] == [began, began, ended, began, ended]
    assert said[1][0] == "service_was_killed"
    assert said[1][1] < said[1][2], "it started before its last decision"


@pytest.mark.timeout(240)
def test_a_variable_that_only_the_service_has_is_no_failure_of_the_doctor(
    clip: Path, simulator: Simulator, tmp_path: Path
) -> None:
    config = write_site(tmp_path, clip, {**simulator.settings(), "iss_password": "PASSWORD"})
    config.write_text(config.read_text().replace('"PASSWORD"', '{ env = "TOKEN_OF_THE_SERVICE" }'))
    has_it = {**os.environ, "TOKEN_OF_THE_SERVICE": simulator.token}
    with commands.start("run", "site.toml", cwd=tmp_path, env=has_it) as service:
        try:
            asked_until(tmp_path, lambda seen: seen["pipelines"][0]["frames"])
            done = commands.run("doctor", "site.toml", cwd=tmp_path)
            said = one_line(done.stdout)
            assert (done.returncode, "0 failed" in said) == (0, True), said
            assert "the environment variable that `env` names is not set in this terminal" in said
            assert "not examined from here: its password is not known in this terminal" in said
            assert "this machine" in said
            assert "restart would fail" not in said
            assert "(not-looked-for)" not in said
            done = commands.run("doctor", "site.toml", cwd=tmp_path, env=has_it)
            assert (done.returncode, "in this terminal" in done.stdout) == (0, False), done.stdout
            config.write_text(config.read_text().replace("interval = 1.0", "interval = 2.0"))
            done = commands.run("doctor", "site.toml", cwd=tmp_path)
            assert done.returncode == 1, "whether the service has the variables of a changed file is not known"
        finally:
            service.terminate()
            service.wait(60)


@pytest.mark.timeout(120)
def test_receivers_and_cameras_that_fail_come_first_with_since_when_and_what_to_do(clip: Path, tmp_path: Path) -> None:
    write_site(tmp_path, clip, NO_RECEIVER, more=CAMERA)
    with running(tmp_path):
        code, text = asked_until(
            tmp_path,
            lambda seen: (
                seen["targets"][0]["is_healthy"] is False
                and seen["targets"][0]["waiting"]
                and seen["pipelines"][1]["source_lost_reason"]
            ),
        )
        examined = commands.run("doctor", "site.toml", cwd=tmp_path)
    assert re.findall(r"(?m)^  failed +(\S+)", examined.stdout) == ["source", "port"], "each fault is there once"
    assert re.search(r"(?m)^2 failed, ", examined.stdout)
    assert code == 1
    assert re.fullmatch(
        r"! https://127\.0\.0\.1:9 takes no events since TIME, \d+ waiting, the oldest for SOME TIME: "
        r"connection refused( \(last try at \S+, the next in \d+ s\))?\.",
        first_sentence(text),
    )
    camera = text[text.index(" Pipeline gate") - 1 :]  # amber, and red from 30 s on
    said = "[!-] Pipeline gate: gate camera gives no frames since TIME: Connection refused"
    assert re.fullmatch(said, first_sentence(camera))
    assert "gate      no frames" in text
    assert "s3cret" not in text
    assert longest_line(text, tmp_path) < 80


@pytest.mark.timeout(120)
def test_a_password_that_the_receiver_refuses_is_named(clip: Path, simulator: Simulator, tmp_path: Path) -> None:
    write_site(tmp_path, clip, {**simulator.settings(), "iss_password": "wr0ng-token"})
    config = tmp_path / "site.toml"
    secret = tmp_path / "token.txt"
    secret.write_text("wr0ng-token")
    config.write_text(
        config.read_text().replace('iss_password = "wr0ng-token"', 'iss_password = { file = "token.txt" }')
    )
    line = next(n for n, one in enumerate(config.read_text().splitlines(), 1) if one.startswith("iss_password"))
    with running(tmp_path):
        code, text = asked_until(tmp_path, lambda seen: seen["targets"][0]["trouble"] == "unauthorized")
    assert (code, first_sentence(text).partition(" since")[0]) == (1, f"! {target_of(simulator)} refuses the password")
    said = " ".join(text.split())
    assert f"(TOKEN of its script) into {secret}, which iss_password (line {line}) names, then `" in said
    assert "wr0ng" not in text


@pytest.mark.timeout(120)
def test_the_log_has_start_events_and_end_and_a_quiet_one_has_start_and_end(
    clip: Path, simulator: Simulator, tmp_path: Path
) -> None:
    config, log = write_site(tmp_path, clip, simulator.settings()), tmp_path / "log.txt"
    with running(tmp_path):
        asked_until(tmp_path, lambda _seen: " delivery_done " in log.read_text())
    lines = [line.partition("Z ")[2] for line in log.read_text().splitlines()]
    [start] = [line for line in lines if line.startswith("INFO service_started")]
    assert start.endswith(f" path={config} pipelines=yard targets={target_of(simulator)} waiting=0")
    assert [line for line in lines if line.startswith("INFO event_kept event_name=Person node=yard/alarm cameras=1 ")]
    assert [line for line in lines if line.startswith("INFO delivery_done event_name=Person cameras=1 ")]
    assert re.fullmatch(r"INFO service_stopped events=[1-9]\d* lost=0 waiting=\d+", lines[-1])
    log.unlink()
    with running(tmp_path, "--quiet"):
        asked_until(tmp_path, lambda seen: seen["targets"][0]["is_healthy"])
    assert re.findall(r"Z INFO (\w+)", log.read_text()) == ["service_started", "service_stopped"]


@pytest.mark.timeout(180)
def test_the_service_manager_hears_that_it_is_ready_alive_and_ending(
    clip: Path, simulator: Simulator, tmp_path: Path
) -> None:
    write_site(tmp_path, clip, simulator.settings())
    name = f"securos-trigger-manager-{os.getpid()}"
    environment = {**os.environ, "NOTIFY_SOCKET": f"@{name}", "WATCHDOG_USEC": "30000000"}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{name}")
        manager.settimeout(60)
        with subprocess.Popen([*COMMAND, "run", "--quiet", "site.toml"], cwd=tmp_path, env=environment) as service:
            try:
                assert re.fullmatch(r"READY=1\nSTATUS=1 pipeline, \d+ waiting, 0 lost", manager.recv(1000).decode())
                assert re.fullmatch(r"WATCHDOG=1\nSTATUS=1 pipeline, \d+ waiting, 0 lost", manager.recv(1000).decode())
                service.send_signal(signal.SIGTERM)
                while (message := manager.recv(1000).decode()) != "STOPPING=1\nSTATUS=ending":
                    assert message.startswith("WATCHDOG=1")
                assert service.wait(60) == 0
            finally:
                service.kill()


@pytest.mark.timeout(180)
def test_a_full_outbox_is_lost_events_in_the_first_words(clip: Path, tmp_path: Path) -> None:
    write_site(tmp_path, clip, NO_RECEIVER, description="x" * 4000, interval=0, realtime="false")
    with running(tmp_path):
        code, text = asked_until(tmp_path, lambda seen: seen["losses"]["count"] > 3 and seen["losses"]["is_losing"])
        # One event after the other is lost while an answer is put together, so the three counts agree in one of them.
        asked_until(
            tmp_path,
            lambda seen: seen["pipelines"][0]["lost"] == seen["nodes"][0]["not_kept"] == seen["losses"]["count"] > 3,
        )
    assert code == 1
    assert re.fullmatch(
        r"! LOSING EVENTS since TIME: \d+ lost, the last at [0-9:]+: the outbox is full: its limit of 16 MB is reached \(outbox\.max_size_mb\)",
        first_sentence(text),
    )
    assert " Or raise the limit: max_size_mb = 32 under [outbox] (/" in " ".join(text.split())
    log = (tmp_path / "log.txt").read_text()
    assert log.count(" event_not_kept ") == 1, "a trouble is logged when it begins, and not for each event"
    assert log.count(" event_kept ") <= 3 * 60, "of one kind no more lines a minute than a person reads"
    assert "WARNING log_shortened kind=event_kept" in log
    lost = re.search(r"pipeline_ended pipeline=yard .* events=(\d+) lost=(\d+)", log)
    assert lost is not None
    assert 0 < int(lost[2]) < int(lost[1]), "fired events are counted, and the lost ones of them"
    assert re.search(rf"service_stopped events=\d+ lost={lost[2]} waiting=\d+", log)


@pytest.mark.timeout(120)
def test_a_file_that_was_changed_or_broken_is_shown_beside_what_runs(
    clip: Path, simulator: Simulator, tmp_path: Path
) -> None:
    config = write_site(tmp_path, clip, simulator.settings())
    text = config.read_text()
    with running(tmp_path):
        asked_until(tmp_path, lambda seen: seen["targets"][0]["is_healthy"])
        config.write_text(text.replace("interval = 1.0", "interval = 7"))
        code, changed = asked(tmp_path)
        assert code == 0, "a person may act, and nothing is wrong"
        assert "- Settings of the configuration file that are not in force: 1\n" in changed
        assert "securos-trigger reload site.toml" in changed
        assert "  pipeline yard, node alarm, interval: 1 is in force, 7 in the file\n" in changed
        config.write_text(text + "intervall = 7\n")
        code, broken = asked(tmp_path)
        assert code == 0
        assert broken.startswith("- The configuration file has a mistake, line 23: pipeline yard, node alarm,\n")
        assert "intervall: there is no such setting" in broken
