"""`securos-trigger explain` as a person uses it, on ledgers that the real parts wrote."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from securos_trigger import Condition, TriggerSecurOSEvent, running
from securos_trigger.config.settings import LedgerSettings
from securos_trigger.ledger import Journal, Ledger, LedgerFiles, LedgerReading
from securos_trigger.model import Address, Moment
from securos_trigger.notices import Announcer, Notice, kinds
from securos_trigger.outbox import State
from securos_trigger.vms.simulator import Simulator
from tests import commands

PAGE = Path(__file__).parents[2] / "docs" / "explain.md"
TARGET = "https://vms.example:3443"
TRIGGER = (
    "nodes.annotate_line_counter1.lines.gate.total_objects_crossed_delta > 0 "
    "and nodes.annotate_presence1.rois.yard.current_objects_count >= 2"
)
CONFIG = f"""\
[outbox]
path = "yard.sqlite"

[[pipelines]]
name = "yard"
source = {{ type = "file", path = "gate.mp4" }}

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
iss_ip = "vms.example"
iss_port = "3443"
iss_password = {{ env = "NOT_SET_WHERE_PEOPLE_ASK" }}
event_source = "custom"
trigger = "{TRIGGER}"
event_name = "Crossing with {{{{ nodes.annotate_presence1.rois.yard.current_objects_count }}}} people"
interval = 30
"""
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
BEGAN = datetime(2025, 11, 24, 13, 2, 30, tzinfo=UTC)
#: People who cross the gate: so many seconds after the beginning, and how many are in the yard.
CROSSINGS = {11.0: 2, 35.2: 3, 62.0: 1}

SECRET_IS_SET = {**os.environ, "NOT_SET_WHERE_PEOPLE_ASK": "token"}


def explain(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TZ": "Europe/Berlin", "COLUMNS": "80", "TERM": "dumb"}
    return commands.run("explain", "yard.toml", *arguments, cwd=folder, env=environment)


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration, and the ledger of two minutes at 25 frames a second."""
    folder = tmp_path_factory.mktemp("yard")
    (folder / "yard.toml").write_text(CONFIG)
    now_s = BEGAN.timestamp()
    node = TriggerSecurOSEvent(
        node_id="alarm",
        iss_ip="vms.example",
        iss_password="token",
        event_source="custom",
        trigger=TRIGGER,
        event_name="Crossing with {{ nodes.annotate_presence1.rois.yard.current_objects_count }} people",
        interval=30,
    )
    files = LedgerFiles(folder / "yard.ledger.jsonl", max_bytes=10**7, files=2)
    with closing(Ledger(Journal(files, announcer=Announcer()), clock=lambda: now_s)) as ledger:
        node_ledger = ledger.node(Address("yard", "", "alarm"), Condition(TRIGGER))
        for number in range(25 * 120):
            at = number / 25
            captured_at = BEGAN + timedelta(seconds=at)
            crossed = at in CROSSINGS
            people = CROSSINGS.get(at, 2 if at < 40 else 1)
            metadata = {
                "nodes": {
                    "annotate_line_counter1": {"lines": {"gate": {"total_objects_crossed_delta": int(crossed)}}},
                    "annotate_presence1": {"rois": {"yard": {"current_objects_count": people}}},
                }
            }
            moment = Moment(at, captured_at, "gate.mp4")
            decision = node.decide(metadata, moment)
            node_ledger.note(decision, metadata, moment)
            for event in decision.events:
                now_s = captured_at.timestamp() + 0.01
                ledger.note_kept(event, TARGET)
                now_s = captured_at.timestamp() + 0.21
                done = {"target": TARGET, "event_id": event.event_id, "latency_s": 0.21}
                ledger.observe(Notice(kinds.DELIVERY_DONE, fields=done))
    return folder


def test_the_documented_example_is_what_comes_out(yard: Path) -> None:
    example = re.search(r"<!-- example: explain yard\.toml (.*?) -->\n```\n(.*?)```\n", PAGE.read_text(), re.DOTALL)
    assert example is not None
    done = explain(yard, *example[1].split())
    assert done.stderr == ""
    assert UUID.sub("…", done.stdout) == UUID.sub("…", example[2])
    assert done.returncode == 0


def test_long_after_the_run_the_last_minutes_that_are_recorded_are_explained(yard: Path) -> None:
    text = explain(yard).stdout
    assert text.startswith("No service runs. These are the last ten minutes that are recorded:\n"), text
    assert "it fired " in " ".join(text.split())


def test_a_time_after_the_run_is_answered_with_a_command_for_its_last_frame(yard: Path, tmp_path: Path) -> None:
    ledger = (yard / "yard.ledger.jsonl").read_text().replace('"state":"ended"', '"state":"finished"')
    (tmp_path / "yard.ledger.jsonl").write_text(ledger)
    (tmp_path / "yard.toml").write_text(CONFIG)
    text = " ".join(explain(tmp_path, "--at", "now").stdout.split())
    command = re.search(r"Next: ask about the last frame: `securos-trigger explain yard\.toml (--at \S+)`\.", text)
    assert command, text
    assert "`securos-trigger run yard.toml` starts it." in text
    assert "no frame" not in explain(tmp_path, *command[1].split()).stdout


def test_without_a_secret_in_reach_it_answers_all_the_same(yard: Path) -> None:
    assert "NOT_SET_WHERE_PEOPLE_ASK" not in os.environ
    assert explain(yard, "--at", "2025-11-24T13:03:05Z").returncode == 0


def test_a_second_is_answered_with_its_own_values(yard: Path) -> None:
    text = explain(yard, "--at", "2025-11-24T14:03:32+01:00", "--around", "0").stdout
    assert text == (
        "Monday 24 November 2025, 14:03:32 to 14:03:33, local time (CET, UTC+01:00)\n"
        "\n"
        "yard/alarm: it did not fire: the condition was false:\n"
        "  nodes.annotate_presence1.rois.yard.current_objects_count >= 2 was 1. This came\n"
        "  nearest, at 14:03:32.\n"
        "  Next: compare the values below with the video; if they are right, change\n"
        "    trigger.\n"
        "  Frames: about condition_false 25.\n"
        "\n"
        "  14:03:32  condition_false, 1 frame: the condition was false\n"
        "      false, was 1:\n"
        "        nodes.annotate_presence1.rois.yard.current_objects_count >= 2\n"
        "      true, was 1:\n"
        "        nodes.annotate_line_counter1.lines.gate.total_objects_crossed_delta > 0\n"
        "\n"
        "  14:03:32.04 to 14:04:29.96  condition_false, 1,449 frames\n"
        "      false, was 0:\n"
        "        nodes.annotate_line_counter1.lines.gate.total_objects_crossed_delta > 0\n"
        "      false, was 1:\n"
        "        nodes.annotate_presence1.rois.yard.current_objects_count >= 2\n"
    )


def test_a_time_without_frames_is_answered_with_the_nearest(yard: Path) -> None:
    assert explain(yard, "--at", "14:09", "--date", "2025-11-24").stdout == (
        "Monday 24 November 2025, 14:09:00 to 14:10:00, local time (CET, UTC+01:00)\n"
        "\n"
        "yard/alarm: no frame is recorded in that time. No service runs since Monday 24\n"
        "  November 2025, 14:04:29.96.\n"
        "  Next: start the service, and see why it was stopped: its log, or `journalctl`.\n"
        "  The last one before it: Monday 24 November 2025, 14:04:29.96 (5 minutes\n"
        "    earlier).\n"
    )


def test_an_event_is_asked_about_by_its_id(yard: Path) -> None:
    event_id = UUID.findall(explain(yard, "--at", "14:02:41", "--date", "2025-11-24").stdout)[0]
    text = " ".join(explain(yard, "--event", event_id).stdout.split())
    assert f"yard/alarm: it fired once; delivered to {TARGET} at 14:02:41.21" in text
    assert explain(yard, "--event", event_id[:8]).stdout.split() == explain(yard, "--event", event_id).stdout.split()
    unknown = explain(yard, "--event", "none")
    assert unknown.returncode == 2
    assert 'the ledger has no event "none"' in " ".join(unknown.stderr.replace("│", " ").split())


def test_json_is_for_programs(yard: Path) -> None:
    data = json.loads(explain(yard, "--at", "14:02:41", "--date", "2025-11-24", "--json").stdout)
    reasons = [entry["reason"] for entry in data["nodes"][0]["entries"]]
    assert "fired" in reasons
    fired = data["nodes"][0]["entries"][reasons.index("fired")]
    assert [step["state"] for step in fired["deliveries"]] == ["kept", "delivered"]
    assert data["unreadable_lines"] == 0


def test_a_torn_line_is_told_and_does_not_matter(yard: Path, tmp_path: Path) -> None:
    (tmp_path / "yard.toml").write_text(CONFIG)
    torn = (yard / "yard.ledger.jsonl").read_bytes() + b'{"kind":"deci'
    (tmp_path / "yard.ledger.jsonl").write_bytes(torn)
    done = explain(tmp_path, "--at", "14:09", "--date", "2025-11-24")
    assert done.stdout.endswith(
        "\n1 line of the ledger could not be read (cut off by a crash, or written by\n  another program).\n"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--at", "25:99"], '"25:99" is not a time of day; write 14:03 or 14:03:07'),
        (["--at", "soon"], '"soon" is not a time; type 14:03, 14:03:07 or 2026-11-22T14:03:07+01:00'),
        (["--at", "14:03", "--date", "24.11."], '"24.11." is not a date; type one like 2026-11-22'),
        (["--date", "2025-11-24"], "a date needs a time too, such as 14:03"),
        (["--at", "2999-01-01T00:00:00Z"], "is still to come"),
        (["--at", "14:03", "--node", "alram"], 'or its ledger. Did you mean "alarm"?'),
        (["--at", "14:03", "--node", "yrad/alarm"], 'Did you mean "yard/alarm"?'),
        (["--at", "14:03", "--node", "yrad"], 'Did you mean "yard"?'),
        (["--at", "14:03", "--node", "xyzzy"], 'there is no trigger node "xyzzy" in '),
        (["--at", "14:03", "--around", "-1"], "--around"),
    ],
)
def test_a_mistake_in_the_question_is_told_with_how_to_ask(yard: Path, arguments: list[str], words: str) -> None:
    done = explain(yard, *arguments)
    assert done.returncode == 2
    assert words in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


def test_a_pipeline_means_all_of_its_nodes(yard: Path) -> None:
    of_pipeline, of_node = (
        explain(yard, "--at", "14:03", "--date", "2025-11-24", "--node", one) for one in ("yard", "yard/alarm")
    )
    assert of_pipeline.returncode == 0
    assert of_pipeline.stdout == of_node.stdout


def test_nodes_are_named_with_a_pattern_as_for_mute(yard: Path) -> None:
    of_pattern, of_node, of_none = (
        explain(yard, "--at", "14:03", "--date", "2025-11-24", "--node", one) for one in ("y*/*", "yard/alarm", "z*/*")
    )
    assert of_pattern.returncode == 0
    assert of_pattern.stdout == of_node.stdout
    assert 'there is no trigger node "z*/*" in ' in of_none.stderr


def test_a_name_of_a_node_and_of_a_pipeline_means_both_and_the_answer_says_so(yard: Path, tmp_path: Path) -> None:
    shutil.copytree(yard, tmp_path, dirs_exist_ok=True)
    begin, pipeline = CONFIG.split("[[pipelines]]")
    second = pipeline.replace('name = "yard"', 'name = "alarm"').replace('id = "alarm"', 'id = "other"')
    (tmp_path / "yard.toml").write_text("[[pipelines]]".join((begin, pipeline, second)))
    both, one = (
        explain(tmp_path, "--at", "14:03", "--date", "2025-11-24", "--node", name) for name in ("alarm", "alarm/*")
    )
    said = '"alarm" is the name of a node and of a pipeline, so both are shown. To see one: yard/alarm, or alarm/*.'
    assert said in " ".join(both.stdout.split())
    assert "yard/alarm" in both.stdout
    assert "alarm/other" in both.stdout
    assert "both are meant" not in one.stdout
    assert "yard/alarm" not in one.stdout


def test_without_a_ledger_it_says_who_writes_one(tmp_path: Path) -> None:
    (tmp_path / "yard.toml").write_text(CONFIG)
    done = explain(tmp_path, "--at", "14:03")
    assert (done.returncode, done.stderr) == (
        2,
        "securos-trigger: There is no ledger at yard.ledger.jsonl yet. `securos-trigger run yard.toml` writes it while it runs.\n",
    )
    (tmp_path / "yard.toml").write_text("[ledger]\nenabled = false\n" + CONFIG)
    assert explain(tmp_path).stderr == (
        "securos-trigger: This configuration writes no ledger: [ledger] enabled is false. "
        "Set it to true and run again.\n"
    )


def test_every_setting_of_the_ledger_is_documented() -> None:
    block = re.search(r"```toml\n\[ledger\]\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert block is not None
    defaults = dict(re.findall(r"^# (\w+) = (\S+)", block[1], re.MULTILINE))
    assert set(defaults) == set(LedgerSettings.model_fields)
    settings = LedgerSettings()
    assert (defaults["max_size_mb"], defaults["files"]) == (str(settings.max_size_mb), str(settings.files))


def test_the_node_itself_explains_what_became_of_its_event(tmp_path: Path) -> None:
    with Simulator(("1",)) as simulator:
        properties = {
            **simulator.settings(),
            "iss_camera_ids": "1",
            "event_source": "custom",
            "trigger": "people > 1",
            "event_name": "Crowd of {{ people }}",
            "interval": 60,
        }
        with running(properties, outbox=tmp_path / "o.sqlite", ledger=tmp_path / "o.jsonl") as node:
            for number in range(50):
                node.process({"people": number // 10}, at=number / 10)
            until_s = time.monotonic() + 60
            while node.counts()[State.DELIVERED] < 1 and time.monotonic() < until_s:
                time.sleep(0.05)
            node.drain(60)
            summary = str(node.explain())
            moment = str(node.explain(datetime.now()))
        target = f"https://127.0.0.1:{simulator.receiver_port}"
    summary, moment = " ".join(summary.split()), " ".join(moment.split())
    assert f"trigger1: it fired once; delivered to {target} at " in summary
    assert "Other frames: interval 29, condition_false 20." in summary
    assert re.search(rf'fired: "Crowd of 2", delivered to {target} at .*?[0-9:.]+, [0-9.]+ s after the frame', summary)
    assert re.search(rf"kept at .*?[0-9:.]+, to be delivered to {target}", moment)
    assert len(list(LedgerReading(tmp_path / "o.jsonl"))) > 3


def test_a_run_writes_its_ledger_and_serves_its_metrics(tmp_path: Path) -> None:
    pytest.importorskip("av")
    video = tmp_path / "gate.mp4"
    _write_video(video)
    with Simulator(("1",)) as simulator:
        receiver = "\n".join(f"{name} = {json.dumps(value)}" for name, value in simulator.settings().items())
        config = CONFIG.replace('path = "gate.mp4" }', 'path = "gate.mp4", realtime = true }')
        config = re.sub(r"^(iss_\w+ = .*|trigger = .*|event_name = .*)\n", "", config, flags=re.MULTILINE)
        config += f'trigger = "true"\nevent_name = "Always"\n{receiver}\n[metrics]\nport = 0\n'
        (tmp_path / "yard.toml").write_text(config)
        command = [sys.executable, "-m", "securos_trigger", "run", "yard.toml"]
        with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            url = next(match[1] for line in process.stderr if (match := re.search(r"metrics_served url=(\S+)", line)))
            text, until_s = "", time.monotonic() + 60
            while " 1.0" not in _line(text, 'outcome="delivered"') or " 0.0" in _line(text, 'reason="interval"'):
                assert time.monotonic() < until_s, text
                time.sleep(0.1)
                with urllib.request.urlopen(url, timeout=60) as answer:
                    text = html.unescape(answer.read().decode())
            process.terminate()
            process.stderr.read()
    assert 'securos_trigger_decisions_total{node="alarm",pipeline="yard",reason="fired"} 1.0' in text
    assert _line(text, "securos_trigger_events_kept_total ").endswith(" 1.0")
    assert 'securos_trigger_node_failures_total{node="alarm",pipeline="yard"} 0.0' in text
    assert "securos_trigger_build_info{version=" in text
    assert 'securos_trigger_target_waiting{target="http' in text
    assert 'securos_trigger_target_oldest_age_seconds{target="http' in text
    said = explain(tmp_path).stdout
    assert 'fired: "Always", delivered to' in said
    assert "interval" in said


def test_a_camera_that_refuses_is_the_answer_and_not_an_empty_ledger(tmp_path: Path) -> None:
    pytest.importorskip("av")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    camera = f'{{ type = "rtsp", name = "gate", url = "rtsp://127.0.0.1:{port}/live" }}'
    config = CONFIG.replace('{ type = "file", path = "gate.mp4" }', camera)
    (tmp_path / "yard.toml").write_text(config.replace('{ env = "NOT_SET_WHERE_PEOPLE_ASK" }', '"token"'))
    command = [sys.executable, "-m", "securos_trigger", "run", "yard.toml"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        next(line for line in process.stderr if "source_lost" in line)
        process.terminate()
        process.stderr.read()
    said = " ".join(explain(tmp_path).stdout.split())
    assert "yard/alarm: no frame " in said
    assert "No frame since " in said
    assert ": the source gate was lost: Connection refused" in said


def test_a_port_that_is_taken_is_told_before_anything_runs(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "yard.toml").write_text(CONFIG + f"[metrics]\nport = {port}\n")
        done = commands.run("run", "yard.toml", cwd=tmp_path, env=SECRET_IS_SET)
    assert done.returncode == 2
    assert done.stderr.endswith(
        "securos-trigger: The configuration has 1 mistake:\n"
        f"  metrics.port: 127.0.0.1:{port} cannot be opened to listen: Address already in use\n"
        "      Choose another port, or end the program that has it.\n"
    )
    assert not (tmp_path / "yard.sqlite").exists()


def test_metrics_without_their_package_name_the_command_that_installs_it(tmp_path: Path) -> None:
    (tmp_path / "yard.toml").write_text(CONFIG + "[metrics]\nport = 0\n")
    (tmp_path / "prometheus_client.py").write_text(
        "raise ModuleNotFoundError('not installed here', name='prometheus_client')\n"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "securos_trigger", "run", "yard.toml"],
        cwd=tmp_path, env={**SECRET_IS_SET, "PYTHONPATH": path}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.endswith(
        "securos-trigger: This needs prometheus_client, which the extra metrics brings.\n"
        "    pip install 'securos-trigger[metrics]'\n"
    )


def _line(text: str, part: str) -> str:
    return next((line for line in text.splitlines() if part in line and not line.startswith("#")), "")


def _write_video(path: Path) -> None:
    """Six seconds of grey, 10 frames a second."""
    import av
    import numpy as np

    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(60):
            grey = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 128, np.uint8), format="rgb24")
            container.mux(stream.encode(grey))
        container.mux(stream.encode(None))
