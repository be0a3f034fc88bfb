"""The element `securostrigger` in pipelines of the system's own GStreamer, with events that reach the simulator."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.demo.sample_video import sample_video
from securos_trigger.errors import MissingPartError
from securos_trigger.gst import plugin_folder
from securos_trigger.gst.properties import element_properties
from securos_trigger.vms.simulator import Simulator
from tests import gstreamer

_LIMIT_S = 60.0
SOURCE = "videotestsrc pattern=black num-buffers={} ! video/x-raw,width=160,height=120,framerate=20/1"


@pytest.fixture(scope="module", autouse=True)
def _gstreamer() -> None:
    gstreamer.require_gstreamer()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(["1"], scheme="http") as started:
        yield started


def trigger(simulator: Simulator, folder: Path, name: str = "yard", **properties: object) -> str:
    """The element in the syntax of gst-launch."""
    values = {
        "name": name,
        "iss-ip": "127.0.0.1",
        "iss-port": simulator.receiver_port,
        "iss-scheme": "http",
        "iss-password": simulator.token,
        "iss-camera-ids": "1",
        "event-source": "custom",
        "trigger": "len(objects) > 0",
        "event-name": "Person",
        "outbox": folder / "outbox.sqlite",
        **{key.replace("_", "-"): value for key, value in properties.items()},
    }
    return " ".join(["securostrigger", *(f'{key}="{value}"' for key, value in values.items())])


def wait_for_events(simulator: Simulator, count: int) -> list[dict[str, Any]]:
    """The events of the VMS, when there are this many."""
    until = time.monotonic() + _LIMIT_S
    while len(found := simulator.events()) < count:
        assert time.monotonic() < until, f"{len(found)} of {count} events"
        time.sleep(0.05)
    return found


def test_every_property_of_the_model_is_there_and_the_password_cannot_be_read() -> None:
    found = gstreamer.run("inspect")
    own = {"name", "parent", "qos"}
    assert set(found["names"]) - own == set(element_properties())
    assert (found["password"], found["mode"]) == (None, "rising_edge")


def test_overrides_that_are_not_installed_are_named() -> None:
    """Without them GStreamer refuses the element with "no element", and says no more."""
    lines = (
        "import gi.overrides",
        "gi.overrides.__path__ = []",
        "from securos_trigger.gst.registration import require_gstreamer",
        "require_gstreamer()",
    )
    ran = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        env=gstreamer.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "MissingPartError: GStreamer's overrides for Python are not there: python3-gst-1.0 has them." in ran.stderr


def test_gst_launch_finds_the_element_on_the_plugin_path(simulator: Simulator, tmp_path: Path) -> None:
    gstreamer.require_same_python()
    line = f"{SOURCE.format(20)} ! {trigger(simulator, tmp_path, trigger='len(objects) == 0', interval=100)} ! fakesink"
    path = {"GST_PLUGIN_PATH": str(plugin_folder()), "PATH": f"/usr/bin:{os.environ['PATH']}"}
    ran = subprocess.run(
        f"gst-launch-1.0 -m {line}",
        shell=True,
        check=False,
        env=gstreamer.environment(**path),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    assert "securos-trigger-event" in ran.stdout
    assert [event["name"] for event in wait_for_events(simulator, 1)] == ["Person"]


def require_analytics(way: str) -> None:
    """Skip the test of a way that this GStreamer does not have."""
    if way == "analytics" and not gstreamer.run("has_analytics"):
        pytest.skip("GStreamer before 1.24 has no analytics metadata: make test-gst13 runs this")


@pytest.mark.parametrize("way", ["analytics", "region", "mapping", "side-table"])
def test_what_comes_with_a_frame_is_read_and_reaches_the_vms(simulator: Simulator, tmp_path: Path, way: str) -> None:
    """With every way to attach metadata: the fields of the bus message, the texts and the boxes of the event."""
    require_analytics(way)
    texts = {
        "event_name": "{{ objects[0].label }} {{ objects[0].id }}",
        "event_description": "{{ objects[0].attributes[0].label }} {{ source_name }}",
        "send_bounding_boxes": "true",
    }
    detector = f"testdetector way={way} stream=yard every=10"
    seen = gstreamer.run(
        "play", pipeline=f"{SOURCE.format(25)} ! {detector} ! {trigger(simulator, tmp_path, **texts)} ! fakesink"
    )
    assert (seen["errors"], seen["frames_in"], seen["frames_out"]) == ([], 25, 25)
    assert [round(event["media-time"], 3) for event in seen["events"]] == [0.45, 0.95]
    assert [event["timestamp"] for event in seen["events"]] == [450_000_000, 950_000_000]
    assert {(event["event-name"], event["node"], event["camera-ids"]) for event in seen["events"]} == {
        ("person 7", "pipeline0/yard", "1")
    }
    events = wait_for_events(simulator, 2)
    assert [event["name"] for event in events] == ["person 7", "person 7"]
    assert events[0]["description"] == ("red yard" if way in ("region", "analytics") else "yard")
    assert len(events[0]["boxes"]) == (3 if way == "analytics" else 1)


def test_a_bug_in_the_thread_that_posts_messages_costs_one_message(simulator: Simulator, tmp_path: Path) -> None:
    """It is a warning on the bus; the frames pass, the later messages come before the end of stream, no event is lost."""
    line = f"{SOURCE.format(40)} ! testdetector way=region every=10 ! {trigger(simulator, tmp_path)} ! fakesink"
    with gstreamer.program("play", pipeline=line, has_broken_message=True) as started:
        [seen] = started.lines()
    assert (seen["errors"], seen["frames_out"], seen["has_ended"]) == ([], 40, True)
    assert [round(event["media-time"], 3) for event in seen["events"]] == [0.95, 1.45, 1.95]
    assert any("securostrigger-bus yard" in warning and "LookupError" in warning for warning in seen["warnings"])
    assert len(wait_for_events(simulator, 4)) == 4


def test_trackings_and_classes_of_analytics_are_those_of_their_objects(simulator: Simulator, tmp_path: Path) -> None:
    require_analytics("analytics")
    name = (
        "{% for o in objects %}{{ o.label }} {{ o.id }} {{ o.probability }} {{ o.attributes | length }}; {% endfor %}"
    )
    line = (
        f"{SOURCE.format(10)} ! testdetector way=analytics ! {trigger(simulator, tmp_path, event_name=name)} ! fakesink"
    )
    [event] = gstreamer.run("play", pipeline=line)["events"]
    assert event["event-name"] == "person 7 0.9 1; car 8 0.8 0; dog None 0.7 0;"


def test_the_thread_state_of_a_streaming_thread_is_kept_while_it_lives(simulator: Simulator, tmp_path: Path) -> None:
    """Each buffer would cost a page fault otherwise; and none is left of a thread that has ended."""
    line = (
        f"{SOURCE.format(2_000)} ! {trigger(simulator, tmp_path, trigger='len(objects) > 100')} ! fakesink sync=false"
    )
    found = gstreamer.run("thread_states", pipeline=line, times=12, frames=2_000)
    assert found["faults"] < 0.5
    assert found["states"][-1] <= found["states"][2]


def test_properties_change_at_the_next_frame_and_a_mistake_is_a_warning(simulator: Simulator, tmp_path: Path) -> None:
    changes = {
        "5": {"trigger": "len(objects) == 0", "event-name": "Empty"},
        "6": {"trigger": "len(objects"},
        "8": {"trigger": "false"},
        "12": {"iss-camera-ids": "no camera; at all"},
        "14": {"iss-camera-ids": "1"},
    }
    pipeline = f"{SOURCE.format(20)} ! {trigger(simulator, tmp_path, trigger='false')} ! fakesink"
    seen = gstreamer.run("play", pipeline=pipeline, changes=changes)
    assert (seen["errors"], seen["frames_out"]) == ([], 20)
    assert [round(event["media-time"] * 20) for event in seen["events"]] == [5, 6, 7]
    assert {event["event-name"] for event in seen["events"]} == {"Empty"}
    problems = [text for text in seen["warnings"] if text.startswith("element_not_ready")]
    assert len(problems) == 2
    assert 'reason="trigger: ' in problems[0]
    assert 'reason="iss-camera-ids: ' in problems[1]


def test_without_any_setting_frames_pass_with_a_warning(tmp_path: Path) -> None:
    seen = gstreamer.run("play", pipeline=f"{SOURCE.format(20)} ! securostrigger name=yard ! fakesink")
    assert (seen["errors"], seen["frames_out"], seen["has_ended"]) == ([], 20, True)
    [warning] = seen["warnings"]
    assert warning.startswith('element_not_ready node=yard reason="iss-ip: ')


def test_an_outbox_of_another_process_is_a_warning_and_frames_pass(simulator: Simulator, tmp_path: Path) -> None:
    line = f"{SOURCE.format(20)} ! testdetector ! {trigger(simulator, tmp_path)} ! fakesink"
    endless = line.replace("num-buffers=20", "is-live=true")
    with gstreamer.program("forever", pipeline=endless) as owner:
        assert next(owner.lines())
        seen = gstreamer.run("play", pipeline=line)
    assert (seen["errors"], seen["frames_out"], seen["events"]) == ([], 20, [])
    assert any("outbox.sqlite" in text for text in seen["warnings"])


def test_all_states_again_and_again(simulator: Simulator, tmp_path: Path) -> None:
    line = f"{SOURCE.format(-1)} ! testdetector every=5 ! {trigger(simulator, tmp_path)} ! fakesink"
    counts = gstreamer.run("states", pipeline=line, turns=4)
    assert [errors for _, errors in counts] == [[]] * 4
    assert min(count for count, _ in counts) >= 3
    wait_for_events(simulator, 12)


def test_a_seek_in_a_file_begins_media_time_anew(simulator: Simulator, tmp_path: Path) -> None:
    video = tmp_path / "yard.mkv"
    written = gstreamer.run("play", pipeline=f"{SOURCE.format(60)} ! x264enc ! matroskamux ! filesink location={video}")
    assert written["errors"] == []
    line = f"filesrc location={video} ! matroskademux ! h264parse ! avdec_h264 ! testdetector every=10 ! "
    parts = gstreamer.run("seek", pipeline=f"{line} {trigger(simulator, tmp_path, interval=0.5)} ! fakesink sync=false")
    assert [len(part) >= 2 for part in parts] == [True, True, True]
    assert parts[0] == sorted(parts[0])
    assert parts[1][0] < 1.0  # after the flush, running time begins at zero
    assert parts[2][-1] < 1.1  # two seconds at double speed
    wait_for_events(simulator, sum(map(len, parts)))


LIVE = "videotestsrc is-live=true pattern=black ! video/x-raw,width=160,height=120,framerate=20/1"
PUSHED = f"{LIVE.replace('is-live=true', '')} ! identity sleep-time=50000"


@pytest.mark.parametrize("source", [LIVE, PUSHED])
def test_stamps_that_stand_still_are_reported_and_intervals_go_on(
    simulator: Simulator, tmp_path: Path, source: str
) -> None:
    """A live source, and a program that pushes frames at the speed of a clock and does not say that it is live."""
    ours = trigger(simulator, tmp_path, interval=2, trigger="len(objects) == 0")
    line = f"{source} ! testdetector stamp=1000 every=10000 ! {ours} ! fakesink sync=false"
    seen = gstreamer.run("odd_stamps", pipeline=line, events=3, until_reported=True)
    assert seen["errors"] == []
    [warning] = [text for text in seen["warnings"] if text.startswith("source_times")]
    assert warning.startswith('source_times_unusable pipeline=pipeline0 source=yard reason="they stand still: ')
    assert seen["node"]["times_unusable_since"] is not None
    assert seen["node"]["times_unusable_reason"] == "they stand still"
    assert seen["is_live"] is (source == LIVE)  # else no wrong speed would be seen, or that of a file
    wait_for_events(simulator, 3)


@pytest.mark.parametrize("source", [LIVE, PUSHED])
def test_frames_without_stamps_have_the_time_at_which_they_come(
    simulator: Simulator, tmp_path: Path, source: str
) -> None:
    ours = trigger(simulator, tmp_path, interval=1, trigger="len(objects) == 0")
    line = f"{source} ! testdetector stamp=-1 every=10000 ! {ours} ! fakesink sync=false"
    seen = gstreamer.run("odd_stamps", pipeline=line, events=3)
    assert (seen["errors"], seen["node"]["times_unusable_since"]) == ([], None)
    times = [event["media-time"] for event in seen["events"]]
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(times)), times


def test_caps_that_change_in_mid_stream_and_memory_that_cannot_be_mapped(simulator: Simulator, tmp_path: Path) -> None:
    settings = trigger(simulator, tmp_path, send_bounding_boxes="true", event_name="{{ meta.objects | length }}")
    seen = gstreamer.run("changing_caps", settings=settings)
    assert (seen["errors"], len(seen["events"])) == ([], 3)
    lefts = [round(event["boxes"][0]["left"], 1) for event in wait_for_events(simulator, 3)]
    assert lefts == [round(100 * 1 / width, 1) for width in (64, 128, 32)]


def test_two_elements_of_a_pipeline_share_the_outbox(simulator: Simulator, tmp_path: Path) -> None:
    first = trigger(simulator, tmp_path, "first", event_name="First")
    second = trigger(
        simulator, tmp_path, "yard", event_name="Second", trigger="len(objects) > 0 and objects[0].id == 7"
    )
    seen = gstreamer.run("play", pipeline=f"{SOURCE.format(30)} ! testdetector ! {first} ! {second} ! fakesink")
    assert seen["errors"] == []
    assert sorted(event["node"] for event in seen["events"]) == ["pipeline0/first"] * 3 + ["pipeline0/yard"] * 3
    assert sorted(event["name"] for event in wait_for_events(simulator, 6)) == ["First"] * 3 + ["Second"] * 3


def test_sixteen_pipelines_of_a_process_share_the_outbox(simulator: Simulator, tmp_path: Path) -> None:
    line = f"{SOURCE.format(40)} ! testdetector way=side-table stream=sNUMBER ! "
    line += f"{trigger(simulator, tmp_path, 'yard', stream='sNUMBER')} ! fakesink"
    seen = gstreamer.run("many", pipeline=line, count=16)
    assert seen["events"] == [4] * 16
    assert len(seen["nodes"]) == 16
    assert len(wait_for_events(simulator, 64)) == 64


def test_a_live_stream_over_rtsp(simulator: Simulator, tmp_path: Path) -> None:
    line = "rtspsrc location=URL latency=0 ! rtph264depay ! h264parse ! avdec_h264 ! testdetector every=5 ! "
    seen = gstreamer.run("rtsp", pipeline=f"{line} {trigger(simulator, tmp_path)} ! fakesink", events=4)
    before, behind = seen["latencies"]
    assert seen["errors"] == []
    assert before[0] is True  # it is live
    assert behind == before  # and the element adds no latency
    assert len(seen["events"]) >= 4
    wait_for_events(simulator, 4)


def test_what_was_kept_when_the_process_was_killed_is_delivered_after_the_next_start(
    simulator: Simulator, tmp_path: Path
) -> None:
    endless = SOURCE.replace("num-buffers={}", "is-live=true")
    ours = trigger(simulator, tmp_path, event_name="{{ frame_time.timestamp() }}", drain_timeout=60)
    simulator.kill_receiver()
    with gstreamer.program("forever", pipeline=f"{endless} ! testdetector every=2 ! {ours} ! fakesink") as first:
        kept = set(islice(first.lines(), 25))
        first.kill()
        kept |= set(first.lines())
    simulator.restart_receiver()
    again = gstreamer.run("play", pipeline=f"{SOURCE.format(3)} ! {ours} ! fakesink")
    assert again["events"] == []
    names = [event["name"] for event in wait_for_events(simulator, len(kept))]
    assert kept <= set(names)
    assert len(names) == len(set(names))


@pytest.fixture(scope="module")
def people_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of the sample video."""
    pytest.importorskip("onnxruntime", reason="the detector of the example needs the extra video")
    try:
        video = sample_video()
    except MissingPartError as error:
        pytest.skip(str(error))
    short = tmp_path_factory.mktemp("people") / "short.mkv"
    cut = f"filesrc location={video} ! avidemux ! decodebin ! identity eos-after=14 ! x264enc ! matroskamux ! filesink"
    gstreamer.run("play", pipeline=f"{cut} location={short}")
    return short


@pytest.mark.parametrize("way", ["analytics", "region", "mapping", "side-table"])
def test_the_example_finds_people_in_a_real_video(
    simulator: Simulator, tmp_path: Path, people_video: Path, way: str
) -> None:
    require_analytics(way)
    people = trigger(simulator, tmp_path, event_name="{{ objects | length }} people", interval=1, drain_timeout=30)
    program = str(gstreamer.ROOT / "examples" / "gstreamer" / "people.py")
    properties = people.removeprefix("securostrigger ").replace('name="yard"', "", 1)
    ran = subprocess.run(
        [sys.executable, program, str(people_video), "--metadata", way, properties],
        env=gstreamer.environment(),
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert re.fullmatch(r"0\.\d\d s  [2-9] people\n1\.\d\d s  [2-9] people\n", ran.stdout), ran.stdout
    assert [event["name"].split()[1] for event in wait_for_events(simulator, 2)] == ["people", "people"]


def test_running_time_is_what_gstreamer_computes() -> None:
    assert gstreamer.run("running_times", count=500) == []
