"""The command line as a person uses it: real processes, real video, what it prints and how it ends."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.vms.simulator import Simulator
from tests import commands
from tests.e2e.conftest import wait_until

pytestmark = pytest.mark.usefixtures("private_files")

COMMAND = [sys.executable, "-m", "securos_trigger"]  # the command itself, where a test is about a run from its start

PIPELINE = """\
[outbox]
path = "outbox.sqlite"

[[pipelines]]
name = "yard"
source = {{ type = "file", path = "{clip}"{more} }}

[[pipelines.nodes]]
type = "function"
file = "every_second.py"

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
event_source = "custom"
trigger = "second_begins"
event_name = "Second {{{{ second }}}}"
iss_camera_ids = "1"
{receiver}
"""

EVERY_SECOND = """\
count = 0

def process_frame(frame, **kwargs):
    global count
    meta = frame.meta()
    meta.set_field("second_begins", count % 10 == 0)
    meta.set_field("second", count // 10)
    meta.save()
    count += 1
"""


def run(*arguments: str, cwd: Path, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
    return commands.run(*arguments, cwd=cwd, timeout=timeout_s)


def write_pipeline(folder: Path, clip: Path, simulator: Simulator, more: str = "") -> Path:
    receiver = "\n".join(f"{name} = {json.dumps(value)}" for name, value in simulator.settings().items())
    (folder / "every_second.py").write_text(EVERY_SECOND)
    config = folder / "yard.toml"
    config.write_text(PIPELINE.format(clip=clip, receiver=receiver, more=more))
    return config


@contextmanager
def delivering(simulator: Simulator, folder: Path) -> Iterator[commands.Command]:
    """`run`, whose first event has arrived; its log is in `log.txt`."""
    with (folder / "log.txt").open("w") as log, commands.start("run", "yard.toml", cwd=folder, stderr=log) as process:
        try:
            until_s = time.monotonic() + 60
            while not simulator.events():
                assert process.poll() is None and time.monotonic() < until_s
                time.sleep(0.1)
            yield process
        finally:
            process.kill()


def test_help_is_a_command_too(tmp_path: Path) -> None:
    for words in ((), ("status",), ("outbox",), ("outbox", "list")):
        asked, meant = run("help", *words, cwd=tmp_path), run(*words, "--help", cwd=tmp_path)
        assert (asked.returncode, asked.stdout) == (0, meant.stdout)
    unknown = run("help", "statsu", cwd=tmp_path)
    assert unknown.returncode == 2
    assert 'Did you mean "status"?' in unknown.stderr


def test_help_names_every_command(tmp_path: Path) -> None:
    done = run("--help", cwd=tmp_path)
    assert done.returncode == 0
    for command in (
        "run",
        "check",
        "record",
        "replay",
        "explain",
        "doctor",
        "outbox",
        "demo",
        "simulator",
        "receiver",
        "schema",
        "trust",
    ):
        assert re.search(rf"\b{command}\b", done.stdout)


def test_every_option_has_a_help_text(tmp_path: Path) -> None:
    for command in (["run"], ["check"], ["explain"], ["replay"], ["doctor"], ["outbox", "list"], ["receiver", "init"]):
        assert run(*command, "--help", cwd=tmp_path).returncode == 0


def test_a_good_configuration_is_told_as_it_will_run(clip: Path, simulator: Simulator, tmp_path: Path) -> None:
    write_pipeline(tmp_path, clip, simulator)
    done = run("check", "yard.toml", cwd=tmp_path)
    assert done.stdout == (
        "pipeline yard: file -> function1, alarm -> null\n"
        f"  alarm: sends custom events to camera 1 at https://127.0.0.1:{simulator.receiver_port}\n"
        "yard.toml: ok\n"
    )
    assert done.returncode == 0


def test_a_bad_configuration_ends_with_all_its_mistakes_and_code_2(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text('[[pipelines]]\nname = "a"\nsource = { type = "fil", path = "x" }\nsnik = 1\n')
    done = run("check", "bad.toml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "securos-trigger: bad.toml: 2 mistakes:\n"
        '  line 3: pipeline a, source, type: there is no type "fil"\n'
        '      Did you mean "file"?\n'
        "  line 4: pipeline a, snik: there is no such setting\n"
        '      Did you mean "sink"?\n'
    )


def test_the_configuration_of_deliver_is_checked_as_what_it_is(tmp_path: Path) -> None:
    config = tmp_path / "deliver.toml"
    text = (Path(__file__).parents[2] / "examples" / "nats" / "deliver.toml").read_text(encoding="utf-8")
    config.write_text(re.sub(r"^iss_password = .*$", 'iss_password = "token"', text, flags=re.MULTILINE))
    checked = run("check", str(config), cwd=tmp_path)
    assert (checked.returncode, checked.stdout) == (0, f"delivers to https://vms.example:3443\n{config}: ok\n")
    config.write_text(config.read_text().replace("iss_port", "iss_prot"))
    refused = run("check", str(config), cwd=tmp_path)
    assert (refused.returncode, "receivers[0].iss_prot: a receiver has no such" in refused.stderr) == (2, True), refused


def test_a_run_delivers_and_ends_with_its_source(clip: Path, simulator: Simulator, tmp_path: Path) -> None:
    write_pipeline(tmp_path, clip, simulator)
    done = subprocess.run(
        [*COMMAND, "run", "yard.toml"], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    frames = int(re.search(r"pipeline_ended pipeline=yard frames=(\d+)", done.stderr)[1])  # type: ignore[index]
    assert frames >= 120
    assert [event["name"] for event in simulator.events()] == [f"Second {n}" for n in range((frames + 9) // 10)]
    assert simulator.token not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_drains_and_ends_within_seconds(
    number: signal.Signals, clip: Path, simulator: Simulator, tmp_path: Path
) -> None:
    write_pipeline(tmp_path, clip, simulator, more=", loop = true, realtime = true")
    with delivering(simulator, tmp_path) as process:
        process.send_signal(number)
        code = process.wait(30)
    printed = (tmp_path / "log.txt").read_text()
    assert code == 0, printed
    assert "pipeline_ended" in printed


def test_the_receiver_is_killed_during_a_run_and_the_frames_go_on(
    clip: Path, simulator: Simulator, tmp_path: Path
) -> None:
    write_pipeline(tmp_path, clip, simulator, more=", loop = true, realtime = true")
    log = tmp_path / "log.txt"
    with delivering(simulator, tmp_path) as process:
        simulator.kill_receiver()
        time.sleep(4)
        simulator.restart_receiver()
        # the next attempt is up to 30 seconds away: a video that ends before would leave the events for the next start
        wait_until(lambda: "target_recovered" in log.read_text(), 60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    printed = log.read_text()
    frames = int(re.search(r"frames=(\d+)", printed)[1])  # type: ignore[index]
    names: list[Any] = [event["name"] for event in simulator.events()]
    assert names == [f"Second {n}" for n in range((frames + 9) // 10)]
    assert "target_unreachable" in printed


def test_two_runs_cannot_own_one_outbox(clip: Path, simulator: Simulator, tmp_path: Path) -> None:
    write_pipeline(tmp_path, clip, simulator, more=", loop = true, realtime = true")
    with delivering(simulator, tmp_path) as first:
        second = run("run", "yard.toml", cwd=tmp_path)
    assert second.returncode == 2
    assert str(first.pid) in second.stderr


@pytest.mark.timeout(300)
def test_the_demo_ends_by_itself_with_everything_delivered(clip: Path, tmp_path: Path) -> None:
    done = run("demo", "--video", str(clip), "--out", "out", cwd=tmp_path, timeout_s=280)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d+ s: [\d,]+ frames? read, \d+ events? kept$", done.stdout, re.MULTILINE), done.stdout
    figures = json.loads((tmp_path / "out" / "figures.json").read_text())
    assert figures["frames"] >= 120
    assert figures["events_kept"] == figures["securos_events"] == figures["deliveries"]["delivered"] > 0
    assert figures["recordings"] > 0
    assert len(list((tmp_path / "out" / "outbox.images").glob("*.jpg"))) == figures["events_kept"]
    assert (tmp_path / "out" / "annotated.mp4").stat().st_size > 100_000
    explained = run("explain", "out/demo.toml", cwd=tmp_path)
    said = " ".join(explained.stdout.split())  # soon after the end it is said first that no service runs
    assert re.search(r"square/line_alarm: (no service runs since .{1,200} was asked about )?it fired", said), said
    calls = [json.loads(line) for line in (tmp_path / "out" / "securos-events.jsonl").read_text().splitlines()]
    assert sum(call["action"] == "VCA_EVENT" for call in calls) == figures["securos_events"]
    assert run("check", "out/demo.toml", cwd=tmp_path).returncode == 0


def test_the_demo_says_when_a_video_is_not_there(tmp_path: Path) -> None:
    done = run("demo", "--video", "no.mp4", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (
        2,
        (
            "securos-trigger: There is no video file no.mp4.\n"
            "    A relative path begins at the present folder. Without --video the demo takes a "
            "sample video.\n"
        ),
    )


def test_the_schema_is_json(tmp_path: Path) -> None:
    assert json.loads(run("schema", cwd=tmp_path).stdout)["title"] == "TriggerProperties"


def test_receiver_init_writes_a_script_and_the_settings_that_match(tmp_path: Path) -> None:
    done = run("receiver", "init", "--host", "vms.example", cwd=tmp_path)
    assert max(map(len, done.stdout.split("Settings")[0].splitlines())) <= 80
    assert done.returncode == 0
    assert 'iss_ip = "vms.example"\niss_port = "3443"\n' in done.stdout
    assert (tmp_path / "receiver.js").stat().st_mode & 0o077 == 0
    again = run("receiver", "init", "--host", "vms.example", cwd=tmp_path)
    assert again.returncode == 2
    assert "receiver update receiver.js" in again.stderr


def test_receiver_update_keeps_what_a_receiver_has_and_says_what(tmp_path: Path) -> None:
    made = commands.run(
        "receiver", "init", "--host", "vms.example", "--token", "-", cwd=tmp_path, input="of my senders\n"
    )
    assert (made.returncode, 'iss_password = "of my senders"\n' in made.stdout) == (0, True)
    done = run("receiver", "update", "receiver.js", cwd=tmp_path)
    assert done.stdout == ("receiver.js is of version 0.2.0 already: nothing was changed, and no copy was made.\n")
    assert [one.name for one in tmp_path.iterdir()] == ["receiver.js"]
    script = tmp_path / "receiver.js"
    script.write_text(script.read_text().rstrip() + "\n// a line of ours\n")
    done = run("receiver", "update", "receiver.js", "--force", cwd=tmp_path)
    assert done.stdout.endswith(
        "receiver.js has the text of this program now; both are of version 0.2.0.\n"
        "The script as it was: receiver.js.before\n"
        "Kept: TOKEN, TLS_KEY, TLS_CERT.\n"
        "Paste it into the SecurOS script in place of the old one. Senders need no change.\n"
    )


def run_without_av(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A command on a machine where the package that the extra `video` brings is not installed."""
    code = (
        "import sys; sys.modules['av'] = None; sys.argv = ['securos-trigger', *sys.argv[1:]]; "
        "from securos_trigger.__main__ import main; main()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *words], cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["check", "yard.toml"], "this needs av, which the extra video brings\n      pip"),
        (["run", "yard.toml"], "this needs av, which the extra video brings\n      pip"),
        (
            ["record", "yard.toml", "--out", "r.jsonl"],
            "securos-trigger: This needs av, which the extra video brings.\n    pip",
        ),
        (["demo"], "securos-trigger: This needs av, which the extra video brings.\n    pip"),
    ],
)
def test_without_the_video_extra_a_command_says_what_to_install(
    command: list[str], said: str, clip: Path, simulator: Simulator, tmp_path: Path
) -> None:
    write_pipeline(tmp_path, clip, simulator)
    done = run_without_av(*command, cwd=tmp_path)
    assert (done.returncode, f"{said} install 'securos-trigger[video]'\n" in done.stderr) == (2, True), done.stderr
    assert done.stderr.count("pip install") == 1


def test_the_doctor_of_a_machine_without_an_extra_says_what_to_install(
    clip: Path, simulator: Simulator, tmp_path: Path
) -> None:
    write_pipeline(tmp_path, clip, simulator)
    done = run_without_av("doctor", "yard.toml", cwd=tmp_path)
    said = " ".join(done.stdout.split())
    assert "this needs av, which the extra video brings -> pip install 'securos-trigger[video]'" in said, done.stdout
    assert "gives no frame: This needs av, which the extra video brings. -> pip install" in said
    assert "Look at the camera" not in said


def test_recorded_messages_are_tried_and_what_differs_ends_with_1(tmp_path: Path) -> None:
    frigate = Path(__file__).parents[1] / "payloads" / "frigate"
    done = run("input", "try", str(frigate), cwd=tmp_path)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    listed = json.loads((frigate / "expected.json").read_text(encoding="utf-8"))
    assert [line["file"] for line in lines] == [entry["file"] for entry in listed["messages"]]
    assert (done.returncode, done.stderr) == (0, "")

    (tmp_path / "a.json").write_bytes(b"[]")
    entry = {"file": "a.json", "url": "/metadata/gate", "expect": {"verdict": "new", "camera": "1"}}
    scene = {"format": "ultralytics", "clock_at_start": "2026-05-04T09:12:31Z", "messages": [entry]}
    (tmp_path / "expected.json").write_text(json.dumps(scene), encoding="utf-8")
    done = run("input", "try", ".", cwd=tmp_path)
    line, *differences = done.stdout.splitlines()
    assert json.loads(line)["unknown_source"] is True
    assert differences == [
        'different: 1 a.json: verdict: "new" is expected, "frame" was read',
        'different: 1 a.json: camera: "1" is expected, null was read',
    ]
    assert (done.returncode, done.stderr) == (1, "")

    (tmp_path / "a.json").unlink()
    done = run("input", "try", ".", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "PATH: a.json cannot be read: No such file or directory" in done.stderr
