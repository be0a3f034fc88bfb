"""`securos-trigger run` takes changed configurations: a real service, a simulated SecurOS, and edits of the file."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import securos_trigger
from securos_trigger.cli.status_text import text_of
from securos_trigger.config.settings import LedgerSettings
from securos_trigger.doctor.findings import Status
from securos_trigger.ledger import LedgerReading
from securos_trigger.ledger.entries import TargetNote
from securos_trigger.notices import Announcer
from securos_trigger.operations.doctor_service import service_findings
from securos_trigger.operations.explain import explain
from securos_trigger.operations.in_force import in_force_changes
from securos_trigger.operations.reload import Reloaded, reload_service
from securos_trigger.operations.status import service_status
from securos_trigger.outbox import State
from securos_trigger.runtime.control import OutboxRequest, ReloadRequest, SettingsRequest, ask
from securos_trigger.runtime.reload import UNDER_WAY
from securos_trigger.vms.simulator import Simulator
from tests import commands
from tests.integration.test_service_status import wait_until
from tests.service_answers import status_of

QUIET = Announcer()

CONFIG = """\
[outbox]
path = "outbox.sqlite"

[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4", realtime = true, loop = true }

[[pipelines.nodes]]
type = "function"
id = "mine"
file = "mine.py"

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
RECEIVER
iss_camera_ids = "1"
event_source = "custom"
trigger = "of_20 == 3"
event_name = "Yard {{ meta.number }}"

[[pipelines]]
name = "gate"
source = { type = "file", path = "yard.mp4", name = "gate", realtime = true, loop = true }
"""

FUNCTION = """\
number = 0

def process_frame(frame, **kwargs):
    global number
    number += 1
    meta = frame.meta()
    meta.set_field("number", number)
    meta.set_field("of_20", number % 20)
    meta.set_field("of_10", number % 10)
    meta.save()
"""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "yard.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=20)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(40):
            pixels = np.full((64, 96, 3), number * 4, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(("1", "2")) as running:
        yield running


class Site:
    """A folder with a configuration, and the service that runs with it."""

    def __init__(self, folder: Path, simulator: Simulator, clip: Path) -> None:
        self.folder = folder
        self.simulator = simulator
        self.config = folder / "site.toml"
        self.outbox = folder / "outbox.sqlite"
        self.process: commands.Command | subprocess.Popen[str] | None = None
        (folder / "yard.mp4").write_bytes(clip.read_bytes())
        (folder / "mine.py").write_text(FUNCTION)
        receiver = simulator.settings()
        self.receiver = "\n".join(f'{name} = "{value}"' for name, value in receiver.items())
        self.config.write_text(CONFIG.replace("RECEIVER", self.receiver))
        self.since = max((call["sequence"] for call in simulator.calls()), default=0)

    def edit(self, *changes: tuple[str, str]) -> None:
        text = self.config.read_text()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        self.config.write_text(text)

    def run(self) -> None:
        """Start the service, and wait for frames from each of its pipelines."""
        self.start()
        wait_until(lambda: all(one["frames"] > 0 for one in self.status()["pipelines"]))

    def start(self) -> None:
        with (self.folder / "log.txt").open("w") as log:
            self.process = commands.start("run", "site.toml", cwd=self.folder, stderr=log, start_new_session=True)
        process = self.process
        wait_until(lambda: process.poll() is not None or self.has_started())
        assert process.poll() is None, self.log()

    def status(self) -> dict[str, Any]:
        return status_of(self.outbox)

    def has_started(self) -> bool:
        status = self.status()
        return len(status.get("pipelines", ())) > 0 and not status["is_starting"]

    def pipeline(self, name: str) -> dict[str, Any]:
        return next(one for one in self.status()["pipelines"] if one["name"] == name)

    def node(self, address: str = "yard/alarm") -> dict[str, Any]:
        return next(one for one in self.status()["nodes"] if one["address"] == address)

    def reload(self) -> Reloaded:
        return reload_service(self.config)

    def changed(self) -> tuple[str, ...]:
        """Reload, and give what changed; nothing may be refused."""
        done = self.reload()
        assert done.reason == ""
        return done.changes

    def events(self, camera: str) -> list[str]:
        return [str(event["name"]) for event in self.simulator.events(self.since) if event["id"] == camera]

    def log(self) -> str:
        return (self.folder / "log.txt").read_text()

    def end(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@pytest.fixture
def site(tmp_path: Path, simulator: Simulator, clip: Path) -> Iterator[Site]:
    made = Site(tmp_path, simulator, clip)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()


@pytest.mark.timeout(240)
def test_a_trigger_node_takes_other_properties_and_everything_else_goes_on(site: Site) -> None:
    site.run()
    wait_until(lambda: len(site.events("1")) >= 1)
    before = site.status()
    site.edit(("of_20 == 3", "of_10 == 1"), ('iss_camera_ids = "1"', 'iss_camera_ids = "2"'))
    assert site.changed() == ("yard/alarm: iss_camera_ids 1 -> 2, trigger of_20 == 3 -> of_10 == 1",)
    wait_until(lambda: len(site.events("2")) >= 2)
    assert {name.split()[-1][-1] for name in site.events("2")} == {"1"}
    after = site.status()
    assert after["configuration"]["has_changed"] is False
    for old, new in zip(before["pipelines"], after["pipelines"], strict=True):
        assert (new["state"], new["faults"]) == ("running", {})
        assert new["frames"] > old["frames"]
    assert sum(site.node()["decisions"].values()) > sum(before["nodes"][0]["decisions"].values())
    settings = ask(site.outbox, SettingsRequest(), QUIET)["settings"]
    assert settings["pipelines"][0]["nodes"][1]["properties"]["iss_camera_ids"] == "2"
    assert site.changed() == ()
    assert site.end() == 0
    log = site.log()
    assert "Traceback" not in log
    assert log.count("pipeline_ended") == 2
    assert "reload_done" in log
    said = str(explain(site.config, now=datetime.now(UTC)).answer)
    assert "the settings were changed: iss_camera_ids, trigger\n      the condition since then: of_10 == 1" in said
    assert "false    of_20 == 3" in said
    assert "false    of_10 == 1" in said


@pytest.mark.timeout(240)
def test_a_new_password_serves_what_waits(site: Site) -> None:
    token = site.simulator.token
    site.edit((f'"{token}"', '"not-the-token"'))
    site.run()
    wait_until(lambda: site.status()["targets"][0]["is_healthy"] is False)
    assert site.events("1") == []
    site.edit(('"not-the-token"', f'"{token}"'))
    target = site.status()["targets"][0]["target"]
    assert site.changed() == (
        "yard/alarm: iss_password changed",
        f"{target}: events go there with the changed settings",
    )
    wait_until(lambda: site.events("1")[:1] == ["Yard 3"])
    wait_until(lambda: site.status()["targets"][0]["is_healthy"] is True)
    assert site.end() == 0
    assert token not in site.log()


@pytest.mark.timeout(240)
def test_a_reload_says_whether_the_receiver_takes_the_changed_settings(site: Site) -> None:
    token = site.simulator.token
    site.run()
    target = site.status()["targets"][0]["target"]

    def said(*options: str, code: int = 0) -> str:
        done = commands.run("reload", site.config.name, *options, cwd=site.folder)
        assert done.returncode == code, done.stderr
        return done.stdout

    site.edit((f'"{token}"', '"not-the-token"'))
    text = said(code=5)
    lines = f"yard/alarm: iss_password changed\n{target}: events go there with the changed settings\nfailed: {target}: "
    assert text.startswith(lines)
    assert "the receiver does not accept iss_password" in " ".join(text.split())
    assert "(TOKEN of its script)" in " ".join(text.split())
    assert "not-the-token" not in text
    site.edit(('"not-the-token"', f'"{token}"'))
    assert said().endswith(f"\nok: {target} answers, and accepts the password\n")
    site.edit(('iss_camera_ids = "1"', 'iss_camera_ids = "9"'))
    [unknown] = json.loads(said("--json", code=5))["receivers"]
    assert (unknown["target"], unknown["failure"]) == (target, "camera 9: SecurOS knows no such camera")
    site.edit(('iss_camera_ids = "9"', 'iss_camera_ids = "8,9"'))
    text = said(code=5)
    assert re.findall(r"camera (\d): SecurOS knows no such camera", " ".join(text.split())) == ["8", "9"], text
    site.edit(('iss_camera_ids = "8,9"', 'iss_camera_ids = "1"'))
    assert said().endswith(f"\nok: {target} answers, and accepts the password\n")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        port = nobody.getsockname()[1]
        site.edit((f'iss_port = "{site.simulator.receiver_port}"', f'iss_port = "{port}"'))
        [found] = json.loads(said("--json", code=5))["receivers"]
    assert found["target"].endswith(f":{port}")
    assert found["failure"] == f"nothing listens on port {port} of 127.0.0.1"
    site.edit((f'iss_port = "{port}"', f'iss_port = "{site.simulator.receiver_port}"'))
    text = " ".join(said().replace("\\\n", "").split())  # a long command goes on behind a backslash
    assert f"by `securos-trigger outbox move {site.config.name} {found['target']} {target}`" in text, text
    assert said() == "Nothing has changed.\n"
    assert site.end() == 0


@pytest.mark.timeout(240)
def test_a_failing_receiver_that_is_removed_and_added_again_fails_since_then(site: Site) -> None:
    port = site.simulator.receiver_port
    site.edit((f'iss_port = "{port}"', 'iss_port = "9"'))
    site.run()
    wait_until(lambda: site.status()["targets"][0]["is_healthy"] is False)
    failing = site.status()["targets"][0]["target"]
    site.edit(('iss_port = "9"', f'iss_port = "{port}"'))
    site.changed()
    wait_until(lambda: any(one["is_healthy"] for one in site.status()["targets"]))
    [orphaned] = [one for one in site.status()["targets"] if one["target"] == failing]
    assert (orphaned["trouble"], orphaned["waiting"] > 0) == ("not_served", True)
    added_at = datetime.now(UTC)
    site.edit((f'iss_port = "{port}"', 'iss_port = "9"'))
    site.changed()
    wait_until(lambda: site.status()["targets"][0]["trouble"] == "unreachable")
    [again] = site.status()["targets"]
    assert again["target"] == failing
    assert datetime.fromisoformat(again["failing_since"]).timestamp() >= added_at.timestamp() - 0.001
    assert site.status()["losses"]["count"] == 0
    assert site.end() == 0


@pytest.mark.timeout(240)
def test_a_receiver_that_is_added_and_fails_is_red_before_its_first_event(site: Site) -> None:
    site.edit(('path = "outbox.sqlite"\n', 'path = "outbox.sqlite"\nidle_check_s = 10\n'))
    site.run()
    wait_until(lambda: site.events("1") != [])
    wait_until(lambda: not any(one.needs_person for one in service_status(site.config, now=datetime.now(UTC)).troubles))
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        port = nobody.getsockname()[1]
        own = site.receiver.replace(f'"{site.simulator.receiver_port}"', f'"{port}"')
        never = CONFIG[CONFIG.index('[[pipelines.nodes]]\ntype = "trigger') : CONFIG.rindex("[[pipelines]]")]
        never = never.replace("RECEIVER", own).replace('"alarm"', '"second"').replace("of_20 == 3", "of_20 == 77")
        site.edit(('[[pipelines]]\nname = "gate"', f'{never}[[pipelines]]\nname = "gate"'))
        site.changed()

        def red() -> list[str]:
            found = service_status(site.config, now=datetime.now(UTC)).troubles
            return [one.text for one in found if one.needs_person]

        wait_until(lambda: any(f":{port} takes no events" in text for text in red()))
        assert commands.run("status", site.config.name, cwd=site.folder).returncode == 1
    assert site.node("yard/second")["decisions"].get("fired", 0) == 0
    assert site.end() == 0


@pytest.mark.timeout(240)
def test_what_waits_for_a_removed_receiver_stays_and_goes_out_when_it_is_back(site: Site) -> None:
    token = site.simulator.token
    site.edit((f'"{token}"', '"not-the-token"'))
    site.run()
    wait_until(lambda: site.status()["targets"][0]["is_healthy"] is False)
    target = site.status()["targets"][0]["target"]
    whole = site.config.read_text()
    head, _, rest = whole.partition('[[pipelines.nodes]]\ntype = "trigger_securos_event"')
    site.config.write_text(head + rest[rest.index("[[pipelines]]") :])
    move = f"`securos-trigger outbox move CONFIG {target} NEW`"
    stays = f"no node sends to it any more; what waits stays in the outbox. A new address gets it by {move}"
    removed = f"{target}: {stays}"
    assert site.changed() == ("yard/alarm: removed", removed)
    status = site.status()
    assert status["nodes"] == []
    assert status["outbox"]["counts"]["waiting"] + status["outbox"]["counts"]["sending"] > 0
    request = OutboxRequest(do="list", state=State.WAITING)
    reason = "no node sends to this receiver any more"
    wait_until(lambda: reason in {row["reason"] for row in ask(site.outbox, request, QUIET)["rows"]})
    assert f"target_not_served target={target}" in site.log()
    [not_served] = site.status()["targets"]
    assert (not_served["target"], not_served["trouble"], not_served["is_healthy"]) == (target, "not_served", False)
    report = service_status(site.config, now=datetime.now(UTC))
    assert f"{target} is not served, {not_served['waiting']} waiting, the oldest for " in report.troubles[0].text
    path = LedgerSettings().path_beside(site.outbox)
    wait_until(lambda: _standing(path, target) == "")  # nothing is sent to it: what it was is over
    site.config.write_text(whole.replace('"not-the-token"', f'"{token}"'))
    assert site.changed() == ("yard/alarm: a new trigger node", f"{target}: a new receiver")
    wait_until(lambda: site.events("1")[:1] == ["Yard 3"])
    assert site.end() == 0


@pytest.mark.timeout(240)
def test_what_waits_for_an_old_address_is_moved_to_the_new_one_in_order_and_once(site: Site) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        old_port, new_port = nobody.getsockname()[1], site.simulator.receiver_port
        site.edit((f'"{new_port}"', f'"{old_port}"'))
        site.run()
        wait_until(lambda: site.status()["outbox"]["counts"]["waiting"] >= 3)
        old = site.status()["targets"][0]["target"]
        new = old.replace(f":{old_port}", f":{new_port}")
        move = ("outbox", "move", site.config.name, old, new, "--yes")
        site.edit((f'"{old_port}"', f'"{new_port}"'))
        early = commands.run(*move, cwd=site.folder)
        assert early.returncode == 2
        assert f"The running service still sends to {old}. Reload it, then move the events." in " ".join(
            early.stderr.split()
        )
        site.changed()
        wait_until(lambda: "not_served" in {one["trouble"] for one in site.status()["targets"]})
        [trouble] = [one for one in service_status(site.config, now=datetime.now(UTC)).troubles if old in one.text]
        assert f"`securos-trigger outbox move {site.config} {old} NEW`" in trouble.fix
        waiting = ask(site.outbox, OutboxRequest(do="list", state=State.WAITING, target=old), QUIET)["rows"]
        moved = commands.run(*move, cwd=site.folder)
        assert (moved.returncode, moved.stdout) == (0, f"{len(waiting)} waiting moved to {new}.\n")
        wait_until(lambda: {row["name"] for row in waiting} <= set(site.events("1")))
        wait_until(lambda: [one["target"] for one in site.status()["targets"]] == [new])
    shown = [name for name in site.events("1") if name in {row["name"] for row in waiting}]
    assert shown == [row["name"] for row in waiting], "in order, and each once"
    assert site.end() == 0


@pytest.mark.timeout(240)
def test_a_pipeline_whose_source_changed_starts_again_alone(site: Site) -> None:
    site.run()
    wait_until(lambda: site.pipeline("gate")["frames"] > 40)
    (site.folder / "other.mp4").write_bytes((site.folder / "yard.mp4").read_bytes())
    site.edit(('path = "yard.mp4", realtime', 'path = "other.mp4", realtime'))
    assert site.changed() == ("yard: started again (changed: source)",)
    assert site.pipeline("gate")["frames"] > 40
    wait_until(lambda: site.pipeline("yard")["frames"] > 5)
    assert site.pipeline("yard")["source"] == "other"
    (site.folder / "mine.py").unlink()
    removed = [one.text for one in service_status(site.config, now=datetime.now(UTC)).troubles]
    assert (
        f"Pipeline yard goes on with what {site.folder / 'mine.py'} held, but the file is not there any more" in removed
    )
    (site.folder / "mine.py").write_text(FUNCTION.replace("number += 1", "number += 2"))
    written = [one.text for one in service_status(site.config, now=datetime.now(UTC)).troubles]
    assert f"Pipeline yard goes on with what {site.folder / 'mine.py'} held before it was changed" in written
    assert site.changed() == ("yard: started again (a file that its nodes read was written)",)
    assert site.changed() == ()
    assert site.end() == 0
    assert site.log().count("pipeline_ended pipeline=gate") == 1


@pytest.mark.timeout(240)
def test_a_pipeline_that_has_failed_starts_again_with_a_reload(site: Site) -> None:
    site.edit(('"yard.mp4", name = "gate"', '"missing.mp4", name = "gate"'))
    site.start()
    wait_until(lambda: site.pipeline("gate")["state"] == "failed")
    (site.folder / "missing.mp4").write_bytes((site.folder / "yard.mp4").read_bytes())
    assert site.changed() == ("gate: started again (it had failed)",)
    wait_until(lambda: site.pipeline("gate")["frames"] > 5)
    assert site.end() == 0


@pytest.mark.timeout(240)
def test_a_pipeline_that_hangs_is_left_behind_and_its_end_is_not_that_of_its_successor(site: Site) -> None:
    hang = "\nimport os, time\nold = process_frame\ndef process_frame(frame, **more):\n"
    hang += "    while not os.path.exists('go'):\n        time.sleep(0.01)\n    raise ValueError('at last')\n"
    (site.folder / "mine.py").write_text(FUNCTION + hang)
    site.start()
    wait_until(lambda: site.pipeline("yard")["frames"] == 1 and (site.pipeline("yard")["busy_s"] or 0.0) > 1.0)
    assert site.pipeline("yard")["busy_node"] == "mine"
    (site.folder / "mine.py").write_text(FUNCTION)
    assert site.changed() == ("yard: started again (a file that its nodes read was written)",)
    wait_until(lambda: site.pipeline("yard")["frames"] > 5)
    assert "it has not ended within 10 s and is left behind" in site.log()
    (site.folder / "go").touch()
    wait_until(lambda: "thread of the pipeline yard that was left behind has ended" in site.log())
    frames = site.pipeline("yard")["frames"]
    wait_until(lambda: site.pipeline("yard")["frames"] > frames + 5)
    yard = site.pipeline("yard")
    assert (yard["state"], yard["failing_nodes"], yard["faults"]) == ("running", [], {})
    assert "pipeline_ended pipeline=yard" not in site.log()
    [failed] = [line for line in site.log().splitlines() if "node_failed" in line]
    assert "From a thread of the pipeline yard that was left behind: node_failed node=mine" in failed
    assert "ValueError: at last" in site.log()
    assert site.end() == 0


@pytest.mark.timeout(240)
def test_pipelines_come_and_go(site: Site) -> None:
    site.run()
    whole = site.config.read_text()
    gate = whole[whole.rindex("[[pipelines]]") :]
    site.config.write_text(whole.replace(gate, ""))
    assert site.changed() == ("gate: ended, because the configuration does not have it any more",)
    assert [one["name"] for one in site.status()["pipelines"]] == ["yard"]
    door = gate.replace('"gate"', '"door"') + '[[pipelines.nodes]]\ntype = "metadata_recorder"\npath = "seen.jsonl"\n'
    site.config.write_text(whole.replace(gate, door))
    assert site.changed() == ("door: a new pipeline, started",)
    wait_until(lambda: site.pipeline("door")["frames"] > 5)
    site.config.write_text(whole.replace(gate, door.replace("seen.jsonl", "seen.jsonl.gz")))
    assert site.changed() == ("door: started again (changed: recorder1)",)
    wait_until(lambda: site.pipeline("door")["frames"] > 5)
    assert site.end() == 0
    assert (site.folder / "seen.jsonl").stat().st_size > 0
    assert (site.folder / "seen.jsonl.gz").stat().st_size > 0


@pytest.mark.timeout(240)
def test_what_cannot_be_taken_is_refused_and_changes_nothing(site: Site, tmp_path: Path) -> None:
    site.run()
    whole = site.config.read_text()
    settings = ask(site.outbox, SettingsRequest(), QUIET)["settings"]

    site.edit(('trigger = "of_20 == 3"', 'trigger = "of_20 =="'), ("realtime = true, loop", "realtme = true, loop"))
    done = site.reload()
    assert not done.is_done
    assert f"{site.config}: 3 mistakes" in done.reason
    assert "line 6: pipeline yard, source, realtme: there is no such setting" in done.reason

    site.config.write_text(whole + "\n[ledger]\nfiles = 3\n")
    assert site.reload().reason == "ledger.files needs a restart (5 -> 3)"

    (site.folder / "broken.py").write_text("this is no Python")
    site.config.write_text(whole.replace('"mine.py"', '"broken.py"').replace("== 3", "== 4"))
    assert "broken.py" in site.reload().reason

    other = tmp_path / "other.toml"
    other.write_text(whole)
    assert reload_service(other).reason == (
        f"The service runs with {site.config}, and {other} is another file: that needs a restart."
    )

    site.config.write_text(whole.replace('"outbox.sqlite"', '"elsewhere.sqlite"'))
    assert site.reload().reason.startswith("outbox.path needs a restart (")

    site.config.write_text(whole)
    assert site.changed() == ()
    assert ask(site.outbox, SettingsRequest(), QUIET)["settings"] == settings
    assert site.end() == 0
    log = site.log()
    assert log.count("reload_refused") == 5
    assert log.count("pipeline_ended") == 2


@pytest.mark.timeout(240)
def test_limits_of_the_outbox_change_and_status_shows_them(site: Site) -> None:
    site.edit(('"outbox.sqlite"', '"outbox.sqlite"\nmax_size_mb = 32'))
    site.run()
    wait_until(lambda: len(site.events("1")) >= 1)
    site.edit(("max_size_mb = 32", "max_size_mb = 64\nexpire_after_days = 2\nkeep_delivered_days = 1\nlate_per_s = 5"))
    assert site.changed() == (
        "outbox.expire_after_days: 7 -> 2",
        "outbox.keep_delivered_days: 3 -> 1",
        "outbox.late_per_s: 50 -> 5",
        "outbox.max_size_mb: 32 -> 64",
    )
    status = site.status()
    limits = {
        "expire_after_days": 2.0,
        "keep_delivered_days": 1.0,
        "late_per_s": 5.0,
        "idle_check_s": 60.0,
        "max_size_mb": 64,
    }
    assert status["outbox"]["limits"] == limits
    assert status["configuration"]["changes"] == []
    report = service_status(site.config, now=datetime.now(UTC))
    assert "\noutbox at most 64 MB; events expire after 2 days\n" in text_of(report, datetime.now(UTC))
    seen = len(site.events("1"))
    wait_until(lambda: len(site.events("1")) > seen)
    assert site.end() == 0


@pytest.mark.timeout(240)
def test_a_reload_during_a_reload_is_refused(site: Site) -> None:
    site.run()
    slow = "import pathlib, time\npathlib.Path('begun').touch()\ntime.sleep(6)\n"
    (site.folder / "slow.py").write_text(slow + FUNCTION)
    site.edit(('"mine.py"', '"slow.py"'))
    first: list[Reloaded] = []
    reloading = threading.Thread(target=lambda: first.append(site.reload()))
    reloading.start()
    wait_until((site.folder / "begun").exists)
    refused = ask(site.outbox, ReloadRequest(path=str(site.config)), QUIET)
    assert refused == {"is_running": True, "is_done": False, "changes": [], "receivers": [], "reason": UNDER_WAY}
    reloading.join(60)
    assert [done.is_done for done in first] == [True]
    assert site.end() == 0


@pytest.mark.timeout(240)
def test_the_signal_sighup_reloads_and_a_broken_file_ends_nothing(site: Site) -> None:
    site.run()
    assert site.process is not None
    site.edit(('"Yard {{ meta.number }}"', '"Other {{ meta.number }}"'))
    site.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "reload_done" in site.log())
    wait_until(lambda: any(name.startswith("Other") for name in site.events("1")))
    site.edit(("trigger = ", "triger = "))
    site.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "reload_refused" in site.log())
    assert "triger" in site.log().partition("reload_refused")[2]
    assert site.status()["is_running"] is True
    assert site.end() == 0


#: Takes its standard input as the terminal of its session, then becomes the service.
IN_A_TERMINAL = """\
import fcntl, os, signal, sys, termios
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # also where the tests run under nohup
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "securos_trigger", "run", "site.toml"])
"""


@pytest.mark.timeout(120)
def test_a_service_in_a_terminal_ends_when_the_terminal_is_closed(site: Site) -> None:
    ours, its = pty.openpty()
    with (site.folder / "log.txt").open("w") as log:
        site.process = subprocess.Popen(
            [sys.executable, "-c", IN_A_TERMINAL],
            cwd=site.folder, stdin=its, stderr=log, text=True, start_new_session=True,
        )  # fmt: skip
    os.close(its)
    wait_until(site.has_started)
    site.process.send_signal(signal.SIGHUP)  # with its terminal open, it is a reload like any other
    wait_until(lambda: "reload_done" in site.log())
    os.close(ours)
    assert site.process.wait(60) == 0
    assert site.status()["is_running"] is False


@pytest.mark.parametrize("path", ["elsewhere.sqlite", "no/such/folder/outbox.sqlite", None])
def test_a_service_is_found_and_not_started_twice_while_the_file_names_another_outbox(
    site: Site, path: str | None
) -> None:
    with (site.folder / "log.txt").open("w") as log:  # a command of its own: by its words it is found
        site.process = subprocess.Popen(
            [sys.executable, "-m", "securos_trigger", "run", "site.toml"], cwd=site.folder, stderr=log, text=True
        )
    wait_until(site.has_started)
    whole = site.config.read_text()
    table = '[outbox]\npath = "outbox.sqlite"\n'
    assert table in whole
    site.config.write_text(whole.replace(table, "" if path is None else f'[outbox]\npath = "{path}"\n'))
    said = commands.run("status", "site.toml", cwd=site.folder)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "running since" in said.stdout
    refused = commands.run("reload", "site.toml", cwd=site.folder)
    assert refused.returncode == 1
    assert "outbox.path needs a restart" in " ".join(refused.stderr.split())
    assert "the service goes on as before" in " ".join(refused.stderr.split())
    wait_until(lambda: site.node()["decisions"].get("fired", 0) > 0)

    def says(words: str, *asked: str) -> bool:
        return words in commands.run(*asked, "site.toml", cwd=site.folder).stdout

    wait_until(lambda: says("yard/alarm: it fired", "explain"))
    wait_until(lambda: says("delivered", "outbox", "list"))
    second = commands.run("run", "site.toml", cwd=site.folder)
    assert second.returncode == 2
    assert f"runs already, with the outbox {site.outbox}." in " ".join(second.stderr.split())
    site.config.write_text(whole)
    assert site.changed() == ()
    assert site.end() == 0


def test_the_command_says_what_changed_or_why_nothing_did(site: Site) -> None:
    def run() -> subprocess.CompletedProcess[str]:
        return commands.run("reload", "site.toml", cwd=site.folder)

    stopped = run()
    assert (stopped.returncode, stopped.stdout) == (1, "")
    assert "securos-trigger is not running" in stopped.stderr
    start = "Start it: `securos-trigger run site.toml`"
    words = " ".join(stopped.stderr.split())
    assert words.endswith(f"Nothing was changed: the service does not run. {start}")
    site.run()
    site.edit(("event_source", "interval = 2.5\nevent_source"))
    done = run()
    assert (done.returncode, done.stdout, done.stderr) == (0, "yard/alarm: interval 0 -> 2.5\n", "")
    assert run().stdout == "Nothing has changed.\n"
    mistyped = commands.run("reload", "sites.toml", cwd=site.folder)
    assert mistyped.returncode == 1
    assert "No such file" in mistyped.stderr
    assert 'Did you mean "site.toml"?' in mistyped.stderr
    assert mistyped.stderr.endswith("\nNothing was changed.\n")
    assert site.end() == 0


@pytest.mark.timeout(240)
def test_the_command_says_which_nodes_can_never_fire(site: Site) -> None:
    def added(name: str) -> str:
        node = f'type = "trigger_securos_event"\nid = "{name}"\nevent_source = "custom"\nevent_name = "Never"'
        return f'\n[[pipelines.nodes]]\n{node}\ntrigger = "people > 0"\n{site.receiver}\n'

    site.run()
    with site.config.open("a") as file:
        file.write(added("never"))
    done = commands.run("reload", "site.toml", cwd=site.folder)
    words = " ".join(done.stdout.split())
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(
        r"warning: site.toml: line \d+: pipeline gate, node never, trigger: this node can never raise an event as it stands "
        r"`securos-trigger check site.toml` says why\.",
        words,
    ), done.stdout
    assert max(map(len, done.stdout.splitlines())) < 80
    answer = json.loads(commands.run("reload", "site.toml", "--json", cwd=site.folder).stdout)
    assert [one.partition(": ")[2].partition(":")[0] for one in answer["warnings"]] == [
        "pipeline gate, node never, trigger"
    ]
    with site.config.open("a") as file:
        file.writelines(added(f"more{number}") for number in range(6))
    done = commands.run("reload", "site.toml", cwd=site.folder)
    assert " ".join(done.stdout.split()).count("can never raise an event") == 5
    assert re.search(r"\n\d+ more warnings: `securos-trigger check site.toml` has them\.\n", done.stdout)
    assert site.end() == 0


def test_a_node_of_a_program_of_ones_own_cannot_reload(tmp_path: Path) -> None:
    node = {"iss_ip": "127.0.0.1", "iss_port": 9, "iss_password": "token"}
    path = tmp_path / "outbox.sqlite"
    with (
        securos_trigger.running(node, outbox=path, observers=(), drain_s=0),
        pytest.raises(securos_trigger.SecurosTriggerError, match="it cannot reload a configuration"),
    ):
        ask(path, ReloadRequest(path="site.toml"), QUIET)


@pytest.mark.timeout(240)
def test_a_file_that_is_there_and_cannot_be_loaded_is_said_until_it_can(site: Site) -> None:
    site.run()
    (site.folder / "mine.py").write_text("import a_module_that_is_nowhere\n\n" + FUNCTION)
    assert service_status(site.config, now=datetime.now(UTC)).troubles[0].text.startswith("Pipeline yard goes on with")
    refused = site.reload()
    assert "a_module_that_is_nowhere" in refused.reason
    site.edit(("of_20 == 3", "of_20 == 4"))
    assert "a_module_that_is_nowhere" in site.reload().reason
    report = service_status(site.config, now=datetime.now(UTC))
    said = report.troubles[0]
    assert said.is_about_file, report.troubles
    module = "mine.py cannot be imported: ModuleNotFoundError: No module named 'a_module_that_is_nowhere'"
    where = "The last reload was refused, line 11: pipeline yard, node mine, file"
    assert said.text == f"{where}: {module}. The service goes on with the settings in force"
    assert said.fix.endswith("Until the file is correct, a reload is refused, and a restart would fail.")
    assert not [one for one in report.troubles if "takes the new content" in one.fix or "not in force" in one.text]
    found = [one for one in service_findings(report, says_file=True) if one.text == said.text]
    assert [(one.status, one.fix) for one in found] == [(Status.FAILED, said.fix)]
    to_put_back = in_force_changes(site.config)
    assert to_put_back is not None
    assert [one["setting"] for one in to_put_back["changes"]] == ["pipeline yard, node alarm, trigger"]
    (site.folder / "mine.py").write_text(FUNCTION)
    assert not any(one.is_about_file for one in service_status(site.config, now=datetime.now(UTC)).troubles)
    assert site.reload().is_done
    assert site.end() == 0


def _standing(ledger: Path, target: str) -> str | None:
    """How the ledger says that a target stands: its trouble, empty where it has none; None: it does not say."""
    notes = [one for one in LedgerReading(ledger) if isinstance(one, TargetNote) and one.target == target]
    return notes[-1].trouble if notes else None
