"""The simulator from Python: start, state, faults, restart, end."""

from __future__ import annotations

import json
import ssl
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.errors import SimulatorError
from securos_trigger.vms.simulator import Simulator


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
        give_up_at_s = time.monotonic() + 5
        while simulator.camera("1")["recording"]:
            assert time.monotonic() < give_up_at_s, "it records for ever"


def test_the_log_file_holds_every_call(tmp_path: Path) -> None:
    log = tmp_path / "calls.jsonl"
    with Simulator(scheme="http", log=log) as simulator:
        deliver(simulator, camera_id=["1"], event_duration=60, add_subtitle=True)
        calls = simulator.calls()
        assert [json.loads(line) for line in log.read_text().splitlines()] == calls
        assert [call["action"] for call in calls] == ["CLEAR_SUBTITLES", "ADD_SUBTITLES", "VCA_EVENT"]


def test_the_page_loads_nothing_from_elsewhere() -> None:
    with Simulator(scheme="http") as simulator, urllib.request.urlopen(simulator.page_url, timeout=20) as response:
        page = response.read().decode()
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "<title>SecurOS simulator</title>" in page
    assert "//" not in page.replace("// ", "")


def test_the_page_refuses_a_foreign_host_name() -> None:
    with Simulator(scheme="http") as simulator:
        request = urllib.request.Request(simulator.page_url, headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(request, timeout=20)
        with refusal.value as answer:
            assert (answer.status, json.load(answer)) == (403, {"error": "Use 127.0.0.1 as the host."})


def test_a_start_that_fails_says_why() -> None:
    with Simulator(scheme="http") as first, pytest.raises(SimulatorError) as error:
        Simulator(scheme="http", page_port=int(first.page_url.rsplit(":", 1)[1].strip("/"))).start()
    assert "EADDRINUSE" in str(error.value)


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


def test_a_simulator_that_is_gone_says_so() -> None:
    simulator = Simulator(("1",)).start()
    url = simulator.page_url
    simulator.stop()
    with pytest.raises(SimulatorError) as caught:
        simulator.state()
    assert str(caught.value).startswith(f"The simulator does not answer at {url}: ")
