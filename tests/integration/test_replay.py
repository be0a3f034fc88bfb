"""Record, replay, compare and check on real files, through the real hosts and the real command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from pydantic import TypeAdapter

from securos_trigger import TriggerSecurOSEvent
from securos_trigger.analytics import build
from securos_trigger.analytics.settings import NodeSettings
from securos_trigger.config.reader import read_config
from securos_trigger.config.settings import TriggerSettings
from securos_trigger.metadata.recordings import Recording
from securos_trigger.model import Decision, Frame
from securos_trigger.pipeline.loop import Pipeline
from securos_trigger.pipeline.null_sink import NullSink
from securos_trigger.pipeline.steps import Step, TriggerStep
from securos_trigger.replay import Replay, replay_recording
from securos_trigger.video import open_source
from tests import commands

NODE: TypeAdapter[NodeSettings] = TypeAdapter(NodeSettings)

# Writes what makes a decision hard: unknown, NaN, a big number, events of an upstream node, text of any kind.
FUNCTION = """
count = 0

def process_frame(frame, **kwargs):
    global count
    meta = frame.meta()
    if count % 7:
        meta.set_field("level", count % 12)
    meta.set_field("weight", 2**70 + count)
    meta.set_field("text", "\\ud800 «%s» " % count)
    meta.save()
    count += 1
"""

SITE = """\
[identity]
deployment_id = "north"

[[pipelines]]
name = "yard"
source = {{ type = "file", path = "video.mp4", name = "yard"{more} }}

[[pipelines.nodes]]
type = "function"
file = "levels.py"

[[pipelines.nodes]]
type = "event"
event_type = "full"
condition = "level >= 10"

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "custom"
event_source = "custom"
trigger = "level > 4 and weight > 100"
hold = 0.15
interval = {interval}
event_name = "Level {{{{ level }}}} of {{{{ weight }}}} in {{{{ text }}}}{{{{ nodes.no.such }}}}"
event_description = "{{{{ source_name }}}} {{{{ frame_time }}}} {{{{ node_id }}}}"
iss_ip = "vms.example"
iss_camera_ids = "1"
iss_port = "3443"
iss_password = {{ file = "no/such/secret" }}

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "built_in"
iss_ip = "vms.example"
iss_camera_ids = "1"
iss_port = "3443"
iss_password = {{ env = "NOT_SET_ANYWHERE" }}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a video of 120 frames at 10 a second, a function and a configuration without its secrets."""
    with av.open(str(tmp_path / "video.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(120):
            pixels = np.full((48, 64, 3), number, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    (tmp_path / "levels.py").write_text(FUNCTION)
    (tmp_path / "site.toml").write_text(SITE.format(interval=0.2, more=""))
    (tmp_path / "changed.toml").write_text(SITE.format(interval=4, more=""))
    return tmp_path


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return commands.run(*arguments, cwd=cwd, timeout=100)


def without_random_ids(decision: Decision) -> str:
    """The decision as text; events of the custom rule have a fresh id each time."""
    text = repr(decision)
    for event in decision.events:
        if event.node_id == "custom":
            text = text.replace(event.event_id, "fresh")
    return text


@pytest.mark.parametrize(
    ("name", "more"), [("seen.jsonl", ""), ("seen.jsonl.gz", ""), ("seen.jsonl", ", realtime = true")]
)
def test_a_replay_decides_as_the_live_node_did(site: Path, name: str, more: str) -> None:
    """The recorder stands before the triggers: every decision, text and derived id comes out again, at any speed."""
    (site / "site.toml").write_text(SITE.format(interval=0.2, more=more))
    settings = read_config(site / "site.toml", has_secrets=False)
    [pipeline] = settings.pipelines
    live: list[str] = []

    def trigger(node: TriggerSettings) -> TriggerStep:
        bare = TriggerSecurOSEvent.from_properties(node.properties, settings.context(node.id))

        def decide(frame: Frame) -> Decision:
            decision = bare.decide(frame.metadata, frame.moment)
            live.append(without_random_ids(decision))
            return decision

        return TriggerStep(node.id, decide)

    recorder = build(NODE.validate_python({"type": "metadata_recorder", "path": site / name}))
    analytics = [build(node) for node in pipeline.nodes if not isinstance(node, TriggerSettings)]
    steps: list[Step] = [*analytics, recorder, *map(trigger, pipeline.triggers)]
    result = Pipeline(open_source(pipeline.source), steps, NullSink()).run(threading.Event())
    assert (result.frames_read, dict(result.faults)) == (120, {})

    replay = Replay(settings)
    replayed = [
        without_random_ids(decision) for frame in Recording(site / name) for _, _, decision in replay.process(frame)
    ]
    assert replayed == live
    assert [report.events > 3 for report in replay.reports()] == [True, True]


def test_record_writes_what_a_replay_reads(site: Path) -> None:
    recorded = run("record", "site.toml", "--out", "seen.jsonl.gz", cwd=site)
    assert recorded.returncode == 0, recorded.stderr
    assert "recording_ended path=seen.jsonl.gz frames=120" in recorded.stderr
    assert not list(site.glob("*.sqlite*")), "nothing is kept, nothing is sent"
    replayed = run("replay", "seen.jsonl.gz", "site.toml", "--json", "figures.json", cwd=site)
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    figures = json.loads((site / "figures.json").read_text())
    assert (figures["frames"], figures["broken_lines"], figures["is_torn"]) == (120, 0, False)
    custom, built_in = figures["nodes"]
    assert sum(custom["frames"].values()) == sum(built_in["frames"].values()) == 120
    assert built_in["events"] == 10
    first = custom["first_events"][0]
    assert (first["line"], first["at"], first["camera_ids"]) == (9, 0.8, ["1"])
    assert first["name"] == f"Level 8 of {2**70 + 8} in ? «8»"
    assert first["description"] == f"yard {first['captured_at'].replace('T', ' ')} custom"
    assert first["flags"] == ["undefined"]
    assert custom["events"] == len(custom["first_events"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("weight", ["2**70", '"x" * 100_000'])
def test_a_full_disk_makes_the_recording_incomplete(site: Path, weight: str) -> None:
    """Found at the first frame, or, when all of it waits in memory, at the end."""
    (site / "full.jsonl").symlink_to("/dev/full")
    (site / "levels.py").write_text(FUNCTION.replace("2**70 + count", weight))
    done = run("record", "site.toml", "--out", "full.jsonl", cwd=site)
    assert done.returncode == 1
    assert 'recording_incomplete path=full.jsonl reason="the disk is full"' in done.stderr
    assert "recording_ended" in done.stderr


def test_a_signal_ends_a_recording_that_can_be_read(site: Path) -> None:
    (site / "site.toml").write_text(SITE.format(interval=0.2, more=", loop = true, realtime = true"))
    with (site / "log.txt").open("w") as log:
        process = commands.start("record", "site.toml", "--out", "seen.jsonl.gz", cwd=site, stderr=log)
    try:
        until_s = time.monotonic() + 60
        partial = site / "seen.jsonl.gz.partial"
        while not (partial.exists() and partial.stat().st_size > 400):
            assert process.poll() is None and time.monotonic() < until_s
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0, (site / "log.txt").read_text()
    finally:
        process.kill()
    recording = Recording(site / "seen.jsonl.gz")
    assert sum(1 for _ in recording) > 3
    assert not recording.is_torn


def test_results_do_not_replace_files_unless_that_was_asked_for(site: Path) -> None:
    write_recording(site / "seen.jsonl", [{"level": 11, "weight": 101}] * 30)
    before = (site / "seen.jsonl").read_bytes()
    (site / "figures.json").write_text("mine")
    refused = run("replay", "seen.jsonl", "site.toml", "--json", "figures.json", cwd=site)
    assert refused.returncode == 2
    assert "Choose another name, or replace it: --force." in " ".join(refused.stderr.replace("│", "").split())
    assert (site / "figures.json").read_text() == "mine"
    assert run("replay", "seen.jsonl", "site.toml", "--json", "figures.json", "--force", cwd=site).returncode == 0
    assert json.loads((site / "figures.json").read_text())["frames"] == 30
    os.link(site / "seen.jsonl", site / "linked.png")
    assert run("replay", "seen.jsonl", "site.toml", "--png", "linked.png", "--force", cwd=site).returncode == 2
    assert run("record", "site.toml", "--out", "seen.jsonl", cwd=site).returncode == 2
    for used in ("video.mp4", "site.toml", "levels.py"):
        content = (site / used).read_bytes()
        assert run("record", "site.toml", "--out", used, "--force", cwd=site).returncode == 2
        assert (site / used).read_bytes() == content
    assert (site / "seen.jsonl").read_bytes() == before
    assert run("record", "site.toml", "--out", "seen.jsonl", "--force", cwd=site).returncode == 0
    assert (site / "seen.jsonl").read_bytes() != before


def test_record_says_when_a_source_is_not_there(site: Path) -> None:
    (site / "video.mp4").unlink()
    done = run("record", "site.toml", "--out", "seen.jsonl", cwd=site)
    assert done.returncode == 1
    assert "pipeline_failed" in done.stderr


def write_recording(path: Path, metadata: Sequence[dict[str, Any]], source_name: str = "yard") -> Path:
    lines = [
        json.dumps({"at": number / 25, "captured_at": None, "source_name": source_name, "metadata": one})
        for number, one in enumerate(metadata)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_compare_tells_what_a_change_loses(site: Path) -> None:
    levels = [{"level": 11 if 100 <= n < 300 or 1000 <= n < 1005 else 0, "weight": 101} for n in range(1200)]
    write_recording(site / "seen.jsonl", levels)
    done = run(
        "replay", "seen.jsonl", "site.toml", "--node", "custom", "--compare", "changed.toml", "--within", "1.5",
        "--png", "timeline.png", "--json", "figures.json", cwd=site,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    figures = json.loads((site / "figures.json").read_text())["comparison"]
    assert figures["before"] == {"events": 41, "occasions": 2, "not_met": 0}
    assert figures["after"] == {"events": 3, "occasions": 3, "not_met": 0}
    assert "41 events on 2 occasions become 3 events: 2 kept, 0 lost, 0 new." in done.stdout
    assert "1,200 frames in" in done.stdout
    assert done.stdout.rstrip().endswith("nothing was sent.")


def test_the_picture_shows_each_node_and_marks_its_events(site: Path) -> None:
    write_recording(site / "seen.jsonl", [{"level": 11 if n == 600 else 0, "weight": 101} for n in range(1200)])
    (site / "site.toml").write_text((site / "site.toml").read_text().replace("hold = 0.15\n", ""))
    assert run("replay", "seen.jsonl", "site.toml", "--png", "timeline.png", cwd=site).returncode == 0
    with Image.open(site / "timeline.png") as picture:
        assert picture.size == (1600, 84 + 2 * 236 + 24)
        fired = (46, 158, 91)
        marked = [x for x in range(1600) if picture.getpixel((x, 138)) == fired]
    assert marked, "the mark above the bar"
    assert 790 < sum(marked) / len(marked) < 810, "in the middle of the recording"


def test_the_chart_shows_the_boxes_of_events(site: Path) -> None:
    thing = {"id": 1, "label": "car", "rect": {"left": 160, "top": 90, "width": 80, "height": 45}}
    lines = [
        json.dumps({"at": n / 25, "source_name": "yard", "frame_size": [320, 180], "metadata": metadata})
        for n in range(100)
        for metadata in [{"level": 11 if n == 50 else 0, "weight": 101, "objects": [thing]}]
    ]
    (site / "seen.jsonl").write_text("\n".join(lines))
    boxes = 'send_bounding_boxes = true\nbounding_box_color = "1,200,3"\nid = "custom"'
    text = (site / "site.toml").read_text().replace("hold = 0.15\n", "")
    (site / "site.toml").write_text(text.replace('id = "custom"', boxes))
    done = run("replay", "seen.jsonl", "site.toml", "--png", "t.png", "--json", "f.json", "--node", "custom", cwd=site)
    assert done.returncode == 0, done.stderr
    assert "(1 bounding box)" in done.stdout
    [node] = json.loads((site / "f.json").read_text())["nodes"]
    assert [event["boxes"] for event in node["first_events"]] == [[[0.5, 0.5, 0.25, 0.25]]]
    with Image.open(site / "t.png") as image:
        assert image.size == (1600, 84 + 236 + 172 + 24)
        drawn = [x for x in range(1600) if image.getpixel((x, 84 + 236 - 4 + 56)) == (1, 200, 3)]
    assert (min(drawn), max(drawn)) == (48 + 100, 48 + 150), "the upper edge, in the middle of the small frame"


def test_a_chart_that_cannot_be_written_says_so(site: Path) -> None:
    write_recording(site / "seen.jsonl", [{"level": 1}])
    done = run("replay", "seen.jsonl", "site.toml", "--png", "no/such/folder.png", cwd=site)
    assert done.returncode == 2
    assert done.stderr == (
        "securos-trigger: The PNG file no/such/folder.png cannot be written: No such file or directory\n"
    )


def test_what_could_not_be_read_is_reported(site: Path) -> None:
    path = write_recording(site / "seen.jsonl", [{"level": 1}] * 3)
    path.write_text(path.read_text() + "broken\n" + '{"at": 1, "metadata": {"lev')
    write_recording(site / "roof.jsonl", [{}], source_name="roof")
    path.write_text((site / "roof.jsonl").read_text() + path.read_text())
    done = run("replay", "seen.jsonl", "site.toml", "--node", "custom", cwd=site)
    assert done.returncode == 0
    assert "left out line 5: not JSON: expecting value at character 1\n" in done.stdout
    assert "The recording is cut off at its end: its writer was interrupted.\n" in done.stdout


def test_a_file_that_is_no_recording_is_a_mistake(site: Path) -> None:
    done = run("replay", "site.toml", "site.toml", cwd=site)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "securos-trigger: There is no frame in the recording site.toml: "
        "line 1: not JSON: expecting value at character 2\n"
        '    A recording has a frame in each line: {"at": 0.2, "metadata": {…}}. '
        "`securos-trigger record site.toml --out recording.jsonl.gz` writes one.\n"
    )


@pytest.mark.parametrize(
    "words", [("replay", "sen.jsonl", "site.toml"), ("check", "site.toml", "--metadata", "sen.jsonl")]
)
def test_a_recording_that_is_not_there_is_said_with_the_one_that_was_meant(site: Path, words: tuple[str, ...]) -> None:
    for name, fix in (
        ("seen.jsonl", 'Did you mean "seen.jsonl"?'),
        ("roof.jsonl", "`securos-trigger record site.toml --out recording.jsonl.gz` writes one."),
    ):
        for path in site.glob("*.jsonl"):
            path.unlink()
        (site / name).touch()
        done = run(*words, cwd=site)
        why = "securos-trigger: The recording sen.jsonl cannot be read: No such file or directory"
        assert (done.returncode, done.stderr) == (2, f"{why}\n    {fix}\n")


def test_check_against_a_recording_warns_and_strict_ends_with_1(site: Path) -> None:
    write_recording(site / "seen.jsonl", [{"levl": 1, "weight": 101}] * 5)
    done = run("check", "site.toml", "--metadata", "seen.jsonl", "--strict", cwd=site)
    assert done.returncode == 1, done.stderr
    assert done.stdout == textwrap.dedent(
        """\
        warning: site.toml: pipeline yard, node custom, trigger: the path level was on
          none of the 5 frames
            There is no "level"; did you mean "levl"?
        warning: site.toml: pipeline yard, node custom, trigger: the clause weight >
          100 was true on all of the 5 frames
            Its value was 101.
        warning: site.toml: pipeline yard, node custom, event_name: the path level was
          on none of the 5 frames
            There is no "level"; did you mean "levl"?
        warning: site.toml: pipeline yard, node custom, event_name: the path text was
          on none of the 5 frames
            There is no "text" at the top; there is "levl", "weight".
        warning: site.toml: pipeline yard, node custom, event_name: the path
          nodes.no.such was on none of the 5 frames
            There is no "nodes" at the top; there is "levl", "weight".
        warning: site.toml: pipeline yard, node built_in, event_source: is "built_in",
          and no upstream node raised an event on the 5 frames
            There are no nodes in the recording.
        pipeline yard: file -> function1, event1, custom, built_in -> null
          custom: sends custom events to camera 1 at https://vms.example:3443
          built_in: sends built_in events to camera 1 at https://vms.example:3443
        site.toml: ok, with warnings
        """
    )
    assert run("check", "site.toml", "--metadata", "seen.jsonl", cwd=site).returncode == 0


MEMORY = """
import resource, sys
from pathlib import Path
from securos_trigger.config.reader import read_config
from securos_trigger.replay import replay_recording
from securos_trigger.metadata.recordings import Recording

def replay(path):
    settings = read_config("site.toml", has_secrets=False)
    changed = read_config("changed.toml", has_secrets=False)
    result = replay_recording(path, settings, changed=changed)
    return result.recording.frames

replay(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
frames = replay(sys.argv[2])
print(frames, before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.timeout(300)
def test_memory_does_not_grow_with_the_recording(site: Path) -> None:
    """A recording of 45,000 frames, with thousands of events beyond those that are kept: the same memory."""
    metadata = [
        {"level": n % 12, "weight": 101, "objects": [{"id": i, "p": 0.5} for i in range(10)]} for n in range(3000)
    ]
    short = write_recording(site / "short.jsonl", metadata)
    with (site / "long.jsonl").open("w") as long:
        for _ in range(15):
            long.write(short.read_text())
    (site / "site.toml").write_text((site / "site.toml").read_text().replace("hold = 0.15\ninterval = 0.2\n", ""))
    # Both fill the list of kept events, so that what is left is what grows.
    for name in ("site.toml", "changed.toml"):
        text = (site / name).read_text().replace("level > 4 and", "level > 4 and weight < 1000 and")
        (site / name).write_text(text)
    (site / "fill.jsonl").write_text(short.read_text() * 6)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, "fill.jsonl", "long.jsonl"], cwd=site, capture_output=True, text=True, check=True
    )
    frames, before_kb, after_kb = map(int, done.stdout.split())
    assert frames == 45_000
    assert after_kb - before_kb < 4_000, f"{before_kb} KB before, {after_kb} KB after"


def test_a_replay_in_python_gives_the_same_as_the_command(site: Path) -> None:
    path = write_recording(site / "seen.jsonl", [{"level": 5, "weight": 101}] * 50)
    result = replay_recording(path, read_config(site / "site.toml", has_secrets=False))
    assert run("replay", "seen.jsonl", "site.toml", "--json", "figures.json", cwd=site).returncode == 0
    read = json.loads((site / "figures.json").read_text())
    assert json.loads(json.dumps({**result.to_json(), "recording": "seen.jsonl"})) == read


def test_a_chart_without_pillow_names_the_command_that_installs_it(site: Path) -> None:
    write_recording(site / "seen.jsonl", [{"level": 1}])
    code = "import sys; sys.modules['PIL'] = None; from securos_trigger.__main__ import main; main()"
    arguments = ["replay", "seen.jsonl", "site.toml", "--png", "timeline.png"]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=site, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 2
    assert done.stderr == (
        "securos-trigger: This needs PIL, which the extra video brings.\n    pip install 'securos-trigger[video]'\n"
    )


def test_a_recording_that_no_node_looked_at_ends_with_1(site: Path) -> None:
    write_recording(site / "seen.jsonl", [{}] * 3, source_name="roof")
    other = (site / "site.toml").read_text().replace("[identity]", "").replace('deployment_id = "north"', "")
    (site / "site.toml").write_text((site / "site.toml").read_text() + other.replace('"yard"', '"gate"'))
    done = run("replay", "seen.jsonl", "site.toml", cwd=site)
    assert done.returncode == 1
    assert "No trigger node looked at a frame.\n" in done.stdout
    assert 'not looked at 3 frames of source "roof": the pipelines read "yard", "gate"' in done.stdout
    assert "was called" not in done.stdout
