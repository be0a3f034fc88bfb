"""The simulator from Python: start, state, faults, restart, end."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.errors import SimulatorError
from securos_trigger.vms.bundle import node_program, simulator_script
from securos_trigger.vms.simulator import Simulator
from tests.integration.node_releases import runner_program
from tests.integration.test_service_status import wait_until


def deliver(simulator: Simulator, **body: object) -> dict[str, Any]:
    """Send one delivery as a sender would and give the answer."""
    context = None
    if simulator.certificate is not None:
        context = ssl.create_default_context(cadata=simulator.certificate.cert_pem)
    request = urllib.request.Request(
        f"{simulator.scheme}://127.0.0.1:{simulator.receiver_port}/lumeoevent",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {simulator.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20, context=context) as response:
        answer: dict[str, Any] = json.load(response)
        return answer


def test_a_delivery_over_https_shows_as_event_recording_and_subtitle() -> None:
    with Simulator(["1", "2"], names=["Gate"]) as simulator:
        answer = deliver(
            simulator,
            camera_id=["1"],
            event_name="Line crossed",
            event_description="at the gate",
            event_duration=60,
            trigger_recording=True,
            add_subtitle=True,
        )
        assert answer["ok"] is True
        camera = simulator.camera("1")
        assert (camera["name"], camera["recording"], camera["events"]) == ("Gate", True, 1)
        assert camera["subtitle"] == '<p style="color:red;">Line crossed</p><p>at the gate</p>'
        assert simulator.camera("2")["events"] == 0
        [event] = simulator.events()
        assert (event["name"], event["description"], event["late"]) == ("Line crossed", "at the gate", False)


def test_the_settings_are_those_of_the_node() -> None:
    with Simulator(token="the-token") as simulator:
        assert simulator.certificate is not None
        assert simulator.settings() == {
            "iss_ip": "127.0.0.1",
            "iss_port": str(simulator.receiver_port),
            "iss_password": "the-token",
            "iss_scheme": "https",
            "iss_certificate_sha256": simulator.certificate.sha256,
        }


def test_an_event_of_the_past_is_shown_as_late() -> None:
    with Simulator(scheme="http") as simulator:
        deliver(simulator, camera_id=["1"], event_name="Old", event_time="2020-01-01T00:00:00Z")
        assert simulator.events()[0]["late"] is True


def test_the_boxes_of_the_last_event_are_shown_with_its_camera() -> None:
    shapes = "color:255,160,0;rect:10.00000,20.00000,30.00000,40.00000"
    with Simulator(scheme="http") as simulator:
        deliver(simulator, camera_id=["1"], event_name="Line crossed", visualization=shapes)
        box = {"left": 10, "top": 20, "width": 30, "height": 40, "color": [255, 160, 0]}
        assert simulator.camera("1")["boxes"] == simulator.events()[0]["boxes"] == [box]
        deliver(simulator, camera_id=["1"], event_name="No boxes")
        assert simulator.camera("1")["boxes"] == []


def test_faults_come_and_go() -> None:
    with Simulator(scheme="http") as simulator:
        simulator.fault({"action": "VCA_EVENT", "mode": "throw"}, unknown_cameras=["2"])
        assert deliver(simulator, camera_id=["1", "2"])["results"] == [
            {"camera_id": "1", "step": "EVENT", "ok": False, "error": "simulated: the call threw"},
            {"camera_id": "2", "step": "EVENT", "ok": False, "error": "unknown camera 2", "permanent": True},
        ]
        simulator.fault()
        assert deliver(simulator, camera_id=["1", "2"])["ok"] is True


def test_a_killed_receiver_stays_away_until_it_is_restarted_on_the_same_port() -> None:
    with Simulator(scheme="http") as simulator:
        simulator.kill_receiver()
        assert simulator.state()["receiver"]["running"] is False
        with pytest.raises(OSError):
            deliver(simulator, camera_id=["1"])
        simulator.restart_receiver()
        assert deliver(simulator, camera_id=["1"])["ok"] is True


def test_a_recording_ends_by_itself_where_the_stand_in_is_told_so() -> None:
    with Simulator(scheme="http", hot_rec_stops=True) as simulator:
        deliver(simulator, camera_id=["1"], trigger_recording=True, event_duration=0.5)
        simulator.kill_receiver()
        give_up_at_s = time.monotonic() + 60
        while simulator.camera("1")["recording"]:
            assert time.monotonic() < give_up_at_s, "it records for ever"


def test_an_operators_recording_goes_on_and_an_operators_stop_is_in_the_receivers_log() -> None:
    recording = {"event_name": "Line crossed", "trigger_recording": True}
    with Simulator(["1", "2"]) as simulator:
        simulator.operate("1", "REC")
        deliver(simulator, camera_id=["1"], event_duration=0.1, **recording)
        deliver(simulator, camera_id=["2"], event_duration=60, **recording)
        while "REC_STOP" not in [call["action"] for call in simulator.calls()]:  # the test's own time limit ends this
            time.sleep(0.02)
        assert simulator.camera("1")["recording"]
        simulator.operate("2", "REC_STOP")
        assert not simulator.camera("2")["recording"]
        while '"event":"recording_stopped_by_other","camera":"2"' not in simulator.printed():
            time.sleep(0.02)
        assert '"event":"recording_stopped_by_other","camera":"1"' not in simulator.printed()
        with pytest.raises(SimulatorError, match="400"):
            simulator.operate("9", "REC")


def test_the_log_file_holds_every_call(tmp_path: Path) -> None:
    log = tmp_path / "calls.jsonl"
    with Simulator(scheme="http", log=log) as simulator:
        deliver(simulator, camera_id=["1"], event_duration=60, add_subtitle=True)
        calls = simulator.calls()
        assert [json.loads(line) for line in log.read_text().splitlines()] == calls
        assert [call["action"] for call in calls] == ["CLEAR_SUBTITLES", "ADD_SUBTITLES", "VCA_EVENT"]


def test_the_page_loads_nothing_from_elsewhere() -> None:
    with Simulator(scheme="http") as simulator:
        files = [file.name for file in (simulator_script().parent / "page").iterdir()]
        for name in ("", *files):
            with urllib.request.urlopen(f"{simulator.page_url}{name}", timeout=60) as response:
                text = response.read().decode().replace("http://www.w3.org/2000/svg", "")
                assert "default-src 'none'; style-src 'self'" in response.headers["Content-Security-Policy"]
            assert "//" not in text.replace("// ", ""), name
            assert ("<title>SecurOS simulator</title>" in text) is (name in ("", "index.html"))


def test_the_tests_in_javascript_pass() -> None:
    tests = simulator_script().parent / "images.test.js"
    command: list[str | Path] = [runner_program(), "--test", "--test-reporter=tap", tests]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stdout
    assert "# fail 0" in ended.stdout


def test_the_images_of_a_recording_are_kept_and_found_by_their_time() -> None:
    def image(query: str) -> bytes:
        with urllib.request.urlopen(f"{simulator.page_url}api/image?camera=1{query}", timeout=60) as response:
            body: bytes = response.read()
            return body

    with Simulator(["1"], scheme="http") as simulator:
        with pytest.raises(urllib.error.HTTPError, match="404"):
            image("")
        simulator.show_image("1", b"\xff\xd8 before", 1000.0)
        simulator.operate("1", "REC")
        simulator.show_image("1", b"\xff\xd8 first", 1001.0)
        simulator.operate("1", "REC_STOP")
        simulator.show_image("1", b"\xff\xd8 after", 1002.0)
        assert image("") == b"\xff\xd8 after"
        assert (image("&at=1000.5"), image("&at=1001.5")) == (b"\xff\xd8 before", b"\xff\xd8 first")
        with urllib.request.urlopen(f"{simulator.page_url}api/recording?camera=1", timeout=60) as response:
            assert json.load(response) == [{"from_s": 1000, "until_s": 1001}]
        for camera, jpeg in (("9", b"\xff\xd8 unknown"), ("1", b"<script>")):
            with pytest.raises(SimulatorError, match="400"):
                simulator.show_image(camera, jpeg, 1003.0)


def test_the_page_refuses_a_foreign_host_name() -> None:
    with Simulator(scheme="http") as simulator:
        request = urllib.request.Request(simulator.page_url, headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(request, timeout=60)
        with refusal.value as answer:
            assert (answer.status, json.load(answer)) == (403, {"error": "Use 127.0.0.1 as the host."})


def test_a_taken_port_is_named_at_once_with_the_way_to_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for more, what, option in (
            ({"receiver_port": port}, "receiver", "--port"),
            ({"page_port": port}, "operator's page", "--page-port"),
        ):
            began_at_s = time.monotonic()
            with pytest.raises(SimulatorError) as error:
                Simulator(scheme="http", **more).start()
            assert time.monotonic() - began_at_s < 2
            assert str(error.value) == (
                f"Port {port}, for the {what}, is taken. Choose another one with {option}; 0 is any free one."
            )


@pytest.mark.parametrize("option", ["--receiver-port", "--page-port"])
def test_the_program_itself_ends_at_once_and_without_a_usage_text_when_a_port_is_taken(option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [str(node_program()), str(simulator_script()), "--http", "--receiver-port", "0", "--page-port", "0"]
        done = subprocess.run(
            [*command, option, str(taken.getsockname()[1])],
            env={**os.environ, "AUTH_TOKEN": "t"}, stdin=subprocess.PIPE, capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert "EADDRINUSE" in done.stderr
    assert "Usage" not in done.stderr


def descendants(process_id: int) -> list[int]:
    """The process ids of a process's children, and theirs."""
    children = Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
    return [one for child in children for one in (int(child), *descendants(int(child)))]


def is_running(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")
@pytest.mark.parametrize("killed", ["python", "simulator"])
def test_no_process_is_left_when_one_is_killed(killed: str) -> None:
    code = """
import time
from securos_trigger.vms.simulator import Simulator
with Simulator(scheme="http", token="the-secret-token") as simulator:
    print("ready", flush=True)
    time.sleep(600)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        simulator, receiver = descendants(parent.pid)
        for one in (simulator, receiver):
            assert "the-secret-token" not in Path(f"/proc/{one}/cmdline").read_text()
        os.kill(parent.pid if killed == "python" else simulator, signal.SIGKILL)
        give_up_at_s = time.monotonic() + 60
        while is_running(simulator) or is_running(receiver):
            assert time.monotonic() < give_up_at_s, "a process is left"
            time.sleep(0.05)
    finally:
        parent.kill()
        parent.communicate()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")
def test_a_call_has_the_instant_at_which_the_receiver_made_it() -> None:
    with Simulator(scheme="http") as simulator:
        program, _receiver = descendants(os.getpid())[-2:]
        began_at_s = time.time()
        os.kill(program, signal.SIGSTOP)
        try:
            deliver(simulator, camera_id=["1"])
            answered_at_s = time.time()
        finally:
            os.kill(program, signal.SIGCONT)
        [event] = simulator.events()
        assert began_at_s <= event["at_s"] <= answered_at_s


def test_it_takes_the_receiver_along_when_it_ends() -> None:
    with Simulator(scheme="http") as simulator:
        pass
    with pytest.raises(OSError):
        deliver(simulator, camera_id=["1"])


def test_a_simulator_with_a_home_is_the_same_receiver_at_its_next_start(tmp_path: Path) -> None:
    with Simulator(("1",), home=tmp_path / "home") as first:
        settings = first.settings()
    with Simulator(("1",), home=tmp_path / "home", receiver_port=int(settings["iss_port"])) as second:
        assert second.settings() == settings
    assert (tmp_path / "home" / "identity.json").stat().st_mode & 0o077 == 0
    assert (tmp_path / "home" / "token").read_text() == f"{first.token}\n"
    assert (tmp_path / "home" / "token").stat().st_mode & 0o077 == 0


def test_a_simulator_that_is_gone_says_so() -> None:
    simulator = Simulator(("1",)).start()
    url = simulator.page_url
    simulator.close()
    with pytest.raises(SimulatorError) as caught:
        simulator.state()
    assert str(caught.value).startswith(f"The simulator does not answer at {url}: ")


def test_a_receiver_that_crashes_is_reported_at_once_and_does_not_crash_again_after_its_restart() -> None:
    with Simulator(("1",), scheme="http") as simulator:
        with urllib.request.urlopen(f"{simulator.page_url}api/stream", timeout=30) as stream:
            stream.readline()
            simulator.fault({"action": "VCA_EVENT", "mode": "crash_after", "times": 1})
            with pytest.raises(OSError, match=r"closed|reset"):
                deliver(simulator, camera_id=["1"], event_name="The last one")
            lines = iter(stream.readline, b"")
            assert b"event: receiver\n" in lines
            assert json.loads(next(lines).removeprefix(b"data: "))["running"] is False
        assert simulator.state()["faults"]["calls"] == []
        simulator.restart_receiver()
        assert deliver(simulator, camera_id=["1"], event_name="The next one")["ok"] is True


@pytest.mark.parametrize("mode", ["crash_before", "crash_after"])
def test_a_crash_ends_the_fault_that_made_it_and_no_other(mode: str) -> None:
    later: dict[str, Any] = {"action": "REC", "mode": "crash_before", "times": 1}
    with Simulator(("1",), scheme="http") as simulator:
        simulator.fault(later, {"action": "VCA_EVENT", "mode": mode, "times": 1})
        with pytest.raises(OSError, match=r"closed|reset"):
            deliver(simulator, camera_id=["1"], event_name="The last one")
        wait_until(lambda: simulator.state()["faults"]["calls"] == [later], 30)


def test_a_receiver_that_dies_by_itself_keeps_the_crash_that_has_not_happened(tmp_path: Path) -> None:
    script = tmp_path / "receiver.js"
    script.write_text(
        "console.log(JSON.stringify({ event: 'listening', port: 1 }));\nsetTimeout(() => process.exit(1), 100);\n"
    )
    armed = {"action": "VCA_EVENT", "mode": "crash_after", "times": 1}
    with Simulator(("1",), scheme="http", receiver=script, faults={"calls": [armed]}) as simulator:
        wait_until(lambda: not simulator.state()["receiver"]["running"], 30)
        assert simulator.state()["faults"]["calls"] == [armed]
