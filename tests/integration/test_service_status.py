"""What the running service answers about itself: over its real socket, while things go wrong."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import securos_trigger
from securos_trigger.cli.status_text import text_of
from securos_trigger.errors import OutboxError, OutboxOwnedError
from securos_trigger.model import Event
from securos_trigger.notices import Announcer, Notice
from securos_trigger.operations.service_troubles import troubles_of
from securos_trigger.operations.status import service_status
from securos_trigger.outbox import Outbox, State
from securos_trigger.runtime.control import ControlServer, OutboxRequest, Service, SettingsRequest, StatusRequest, ask
from tests.integration.test_control import event

QUIET = Announcer()
NODE: dict[str, Any] = {
    "iss_ip": "127.0.0.1",
    "iss_port": 9,
    "iss_password": "s3cret",
    "event_source": "custom",
    "trigger": "people > 0",
    "event_name": "Somebody",
    "iss_camera_ids": "1",
}


def status(outbox: Path) -> dict[str, Any]:
    return ask(outbox, StatusRequest(), QUIET)


def test_a_node_in_a_program_of_ones_own_is_served_too(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with securos_trigger.running(NODE, node_id="alarm", outbox=path, observers=(), drain_s=0) as live:
        live.process({"people": 0}, 0.0)
        live.process({"people": 1}, 1.0)
        wait_until(lambda: status(path)["nodes"][0]["kept"] == 1)
        wait_until(lambda: status(path)["targets"][0]["is_healthy"] is False)
        answer, settings = status(path), ask(path, SettingsRequest(), QUIET)
    [node], [target] = answer["nodes"], answer["targets"]
    assert (answer["is_running"], answer["pid"], answer["pipelines"]) == (True, os.getpid(), [])
    assert datetime.now(UTC) >= datetime.fromisoformat(answer["started_at"])
    assert (node["address"], node["target"], node["not_kept"]) == ("alarm", "https://127.0.0.1:9", 0)
    assert node["decisions"] == {"condition_false": 1, "fired": 1}
    assert (target["target"], target["waiting"]) == ("https://127.0.0.1:9", 1)
    assert (target["failing_since"] is None, target["oldest_at"] is None, target["reason"] == "") == (False,) * 3
    assert answer["outbox"]["counts"] == {"waiting": 1, "sending": 0, "relayed": 0, "delivered": 0, "dead": 0}
    assert {"control-1", "couriers", "outbox-writer"} <= {one["name"] for one in answer["threads"]}
    [pipeline] = settings["settings"]["pipelines"]
    assert pipeline["nodes"][0]["properties"]["iss_password"] == "***"
    assert settings["configuration"] == {
        "path": None, "digest": None, "digest_now": None, "has_changed": None, "changes": [], "mistakes": "", "is_refused": False,
    }  # fmt: skip
    assert "s3cret" not in json.dumps([answer, settings])


def test_a_receiver_that_accepts_and_never_answers_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("securos_trigger.runtime.target_status.SLOW_ANSWER_S", 0.3)
    path = tmp_path / "outbox.sqlite"
    with socket.create_server(("127.0.0.1", 0)) as hung:
        node = {**NODE, "iss_port": hung.getsockname()[1], "iss_scheme": "http"}
        with securos_trigger.running(node, node_id="alarm", outbox=path, observers=(), drain_s=0) as live:
            before = time.time()
            live.process({"people": 1}, 1.0)
            wait_until(lambda: status(path)["targets"][0]["no_answer_since"] is not None)
            [target] = status(path)["targets"]
    assert (target["is_healthy"], target["failing_since"]) == (None, None)
    assert before <= datetime.fromisoformat(target["no_answer_since"]).timestamp() <= time.time()


def test_the_end_of_a_program_says_how_many_events_wait(tmp_path: Path) -> None:
    heard: list[Notice] = []
    path = tmp_path / "outbox.sqlite"
    with securos_trigger.running(NODE, node_id="alarm", outbox=path, observers=(heard.append,), drain_s=0) as live:
        for at in (0.0, 1.0, 2.0):
            live.process({"people": 1}, at)
    [left] = [notice for notice in heard if notice.name == "outbox_left"]
    assert left.fields == {"count": 3, "path": path}
    heard.clear()
    with securos_trigger.running(NODE, outbox=tmp_path / "another.sqlite", observers=(heard.append,)):
        pass
    assert "outbox_left" not in [notice.name for notice in heard]


def test_without_a_service_the_answer_says_that_it_does_not_run(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    not_running = {
        "is_running": False,
        "reason": f"securos-trigger is not running: no process owns the outbox {path}.",
    }
    assert status(path) == not_running
    assert list(tmp_path.iterdir()) == []
    Outbox(path, announcer=QUIET).close()
    assert status(path) == ask(path, SettingsRequest(), QUIET) == not_running
    with closing(Outbox(path, announcer=QUIET)), pytest.raises(OutboxOwnedError, match="so it cannot be asked"):
        status(path)


def test_the_status_is_answered_while_the_outbox_hangs(tmp_path: Path) -> None:
    """The writer is held up as a disk would hold it up; many who wait for it do not keep the status from anybody."""
    goes_on, path = threading.Event(), tmp_path / "outbox.sqlite"

    def hold_up(_event: Event) -> None:
        goes_on.wait(60)

    outbox = Outbox(path, announcer=QUIET, on_kept=hold_up)
    server = ControlServer(Service(outbox, status=lambda: {"counts": len(outbox.counts())}), QUIET)
    try:
        assert outbox.put(event(), "https://vms.example:3443")
        wait_until(lambda: outbox.counts()["waiting"] == 1)  # type: ignore[index]
        answers: list[object] = []
        asking = [threading.Thread(target=lambda: answers.append(listed(path))) for _ in range(3)]
        for thread in asking:
            thread.start()
        wait_until(lambda: len(answers) == 1)
        assert "The outbox is busy" in str(answers[0])
        began_at_s = time.monotonic()
        assert status(path) == {"is_running": True, "counts": len(State)}
        assert time.monotonic() - began_at_s < 3
        goes_on.set()
        for thread in asking:
            thread.join(60)
        assert [isinstance(one, dict) and len(one["rows"]) for one in answers[1:]] == [1, 1]
    finally:
        goes_on.set()
        server.close()
        outbox.close()


def listed(path: Path) -> object:
    try:
        return ask(path, OutboxRequest(do="list", state=State.WAITING), QUIET)
    except OutboxError as error:
        return error


def test_a_bug_in_an_answer_is_answered_logged_and_the_next_one_is_served(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Notice] = []
    turns = iter(["bug"])

    def state() -> dict[str, Any]:
        if next(turns, ""):
            raise KeyError("node")
        return {"pid": 1}

    with served(tmp_path / "outbox.sqlite", state, Announcer([heard.append])) as path:
        with pytest.raises(OutboxError) as refused:
            status(path)
        assert str(refused.value) == "The service has had an unexpected error: its log has the traceback."
        for _ in range(8):
            assert status(path) == {"is_running": True, "pid": 1}
        wait_until(lambda: "thread_recovered" in [notice.name for notice in heard])
    assert "KeyError: 'node'" in caplog.text
    assert heard[0].name == "thread_failed"


@contextmanager
def served(path: Path, state: Any, announcer: Announcer) -> Iterator[Path]:
    outbox = Outbox(path, announcer=announcer)
    server = ControlServer(Service(outbox, status=state), announcer)
    try:
        yield path
    finally:
        server.close()
        assert outbox.close()


FEW_DESCRIPTORS = """\
import os, resource, sys, time
from pathlib import Path
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox, State
from securos_trigger.runtime.control import ControlServer, Service

notices = []
announcer = Announcer([notices.append])
outbox = Outbox(Path(sys.argv[1]), announcer=announcer)
server = ControlServer(Service(outbox, status=lambda: {"pid": os.getpid()}), announcer)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
taken = []
try:
    while True:
        taken.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    pass
print("full", flush=True)
sys.stdin.readline()
for one in taken:
    os.close(one)
print("free", flush=True)
sys.stdin.readline()
print(*[notice.name for notice in notices], flush=True)
server.close()
outbox.close()
"""


@pytest.mark.timeout(100)
def test_a_service_without_descriptors_answers_again_when_there_are_some(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    command = [sys.executable, "-c", FEW_DESCRIPTORS, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == "full\n"
        asking = threading.Thread(target=lambda: listed(path))
        asking.start()  # it is in the queue of connections, which nobody can take
        time.sleep(1.0)
        process.stdin.write("go on\n")
        process.stdin.flush()
        assert process.stdout.readline() == "free\n"
        assert status(path) == {"is_running": True, "pid": process.pid}
        asking.join(30)
        time.sleep(1.5)
        process.stdin.write("end\n")
        process.stdin.flush()
        names = process.stdout.readline().split()
    assert process.returncode == 0
    assert set(names) == {"thread_failed", "thread_recovered"}


def wait_until(is_so: Any, limit_s: float = 120) -> None:
    until_s = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < until_s, "it did not happen in time"
        time.sleep(0.02)


def test_states_that_last_and_stop_nothing_have_a_line_each_and_it_ends() -> None:
    """The outbox is in memory and was damaged, the token is sent unencrypted, and times cannot be."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        path = Path(folder, "outbox.sqlite")
        Outbox(path, announcer=QUIET).close()
        with path.open("r+b") as damaged:
            damaged.seek(100)
            damaged.write(b"\xff" * 4000)
        node = {**NODE, "iss_ip": "192.0.2.1", "iss_scheme": "http", "send_bounding_boxes": True}

        def said() -> str:
            return "\n".join(one.text for one in troubles_of(status(path), datetime.now(UTC)))

        with securos_trigger.running(node, node_id="alarm", outbox=path, observers=(), drain_s=0) as live:
            live.process({"people": 1}, 0.0, captured_at=datetime(1900, 1, 1, tzinfo=UTC))
            lasting = (
                "is in memory",
                "The outbox was damaged",
                "is sent unencrypted",
                "gets times",
                "without bounding boxes",
            )
            assert [words for words in lasting if words not in said()] == []
            live.process({"people": 1}, 100.0, captured_at=datetime.now(UTC), frame_size=(640, 480))
            assert "gets times" not in said() and "without bounding boxes" not in said()


def test_a_gateway_whose_cluster_is_lost_is_red_before_its_first_event(tmp_path: Path) -> None:
    path, config = tmp_path / "outbox.sqlite", tmp_path / "site.toml"
    node = "\n".join(f"{key} = {json.dumps(value)}" for key, value in NODE.items())
    config.write_text(
        f'[outbox]\npath = "{path.name}"\n[relay]\nservers = ["nats://127.0.0.1:1"]\ngateway = "gate-1"\n'
        '[[pipelines]]\nname = "yard"\nsource = { type = "rtsp", url = "rtsp://127.0.0.1:2/x" }\n'
        f'[[pipelines.nodes]]\ntype = "trigger_securos_event"\nid = "alarm"\n{node}\n'
    )
    with securos_trigger.running(config, observers=(), drain_s=0):
        wait_until(lambda: status(path)["relay"]["is_failing"])
        report = service_status(config, now=datetime.now(UTC))
    assert report.verdict == "trouble"
    assert text_of(report, datetime.now(UTC)).startswith("! The cluster is not reached since ")
