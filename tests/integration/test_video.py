"""The video host on real files: real decoder, real encoder, real detector."""

from __future__ import annotations

import itertools
import logging
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from pydantic import TypeAdapter

from securos_trigger.analytics import build, overlays_of
from securos_trigger.analytics.settings import NodeSettings
from securos_trigger.demo.sample_video import sample_video
from securos_trigger.errors import MissingPartError, VideoError
from securos_trigger.model import Action, AnalyticsNode, Decision, Event, Frame, Moment, Reason
from securos_trigger.model.source_figures import SourceFigures
from securos_trigger.notices import Announcer, Notice, source_outage
from securos_trigger.pipeline.lane_steps import LaneSteps
from securos_trigger.pipeline.loop import Pipeline
from securos_trigger.pipeline.node_trouble import FailingNode
from securos_trigger.pipeline.null_sink import NullSink
from securos_trigger.pipeline.ports import Sink
from securos_trigger.pipeline.steps import Step, TriggerStep
from securos_trigger.video import frame_times, open_sink, sources
from securos_trigger.video.settings import AnnotatedSinkSettings, FileSinkSettings, FileSourceSettings
from securos_trigger.video.sources import FileSource, LiveSource

NODE: TypeAdapter[NodeSettings] = TypeAdapter(NodeSettings)


@pytest.fixture(scope="session")
def small_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 frames of 96 x 64 pixels at 10 a second."""
    path = tmp_path_factory.mktemp("video") / "small.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.options = {"bf": "0", "g": "10"}
        for number in range(30):
            pixels = np.full((64, 96, 3), number * 8, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return path


class Watcher:
    """A step and a sink that keep what passes."""

    def __init__(self, node_id: str = "watcher1") -> None:
        self.node_id = node_id
        self.seen: list[Frame] = []
        self.times_closed = 0

    def process(self, frame: Frame) -> None:
        self.seen.append(frame)

    def write(self, frame: Frame, events: Sequence[Event]) -> None:
        self.seen.append(frame)

    def close(self) -> None:
        self.times_closed += 1


class Failing(Watcher):
    """A node with a bug."""

    def process(self, frame: Frame) -> None:
        raise KeyError("colour")


class FailingSink(NullSink):
    """A sink whose disk is full."""

    def write(self, frame: Frame, events: Sequence[Event]) -> None:
        raise VideoError("The video out.mp4 cannot be written: the disk is full")


def pipeline(video: Path, steps: Sequence[Step], sink: Sink | None = None, **source: Any) -> Pipeline:
    return Pipeline(FileSource(FileSourceSettings(path=video, **source)), steps, sink or NullSink())


def times_of(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [round(float(image.time or 0), 3) for image in container.decode(video=0)]


def test_every_frame_reaches_the_sink_as_the_same_object(small_video: Path) -> None:
    first, sink = Watcher(), Watcher()
    result = pipeline(small_video, [first, TriggerStep("iss1", quiet)], sink).run(threading.Event())
    assert (result.frames_read, result.frames_written, dict(result.faults)) == (30, 30, {})
    assert all(before is after for before, after in zip(first.seen, sink.seen, strict=True))
    images = [frame.image for frame in first.seen]
    assert all(image is frame.image for image, frame in zip(images, sink.seen, strict=True))
    assert (first.times_closed, sink.times_closed) == (1, 1)


def test_media_time_is_the_time_stamp_of_the_image(small_video: Path) -> None:
    sink = Watcher()
    pipeline(small_video, [], sink).run(threading.Event())
    assert [round(frame.at, 3) for frame in sink.seen] == [number / 10 for number in range(30)]


def test_a_loop_jumps_back_in_media_time(small_video: Path) -> None:
    stop, sink = threading.Event(), Watcher()
    counter = itertools.count(1)

    def stop_after_50(frame: Frame) -> Decision:
        if next(counter) == 50:
            stop.set()
        return quiet(frame)

    result = pipeline(small_video, [TriggerStep("iss1", stop_after_50)], sink, loop=True).run(stop)
    assert result.frames_read == 50
    assert [round(frame.at, 3) for frame in sink.seen[29:32]] == [2.9, 0.0, 0.1]


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [("raw.h264", "libx264", 10.0), ("raw.hevc", "libx265", 10.0), ("raw.mjpeg", "mjpeg", 25.0)],
)
@pytest.mark.parametrize("frames_per_s", [None, 5.0])
def test_a_file_without_time_stamps_is_counted_at_its_rate_and_says_so_once(
    tmp_path: Path, name: str, codec: str, rate: float, frames_per_s: float | None
) -> None:
    """Read twice, as with a loop: the notice comes once. B-frames are among them."""
    path, notices = tmp_path / name, list[Notice]()
    write_raw(path, codec)
    settings = FileSourceSettings(path=path, loop=True, frames_per_s=frames_per_s)
    frames = list(itertools.islice(FileSource(settings, Announcer([notices.append])).frames(threading.Event()), 40))
    counted = frames_per_s or rate
    assert [round(frame.at, 3) for frame in frames] == [round(number % 20 / counted, 3) for number in range(40)]
    assert [len({frame.moment.start for frame in part}) for part in (frames[:20], frames[20:], frames)] == [1, 1, 2]
    assert [str(notice) for notice in notices] == [
        (
            f'source_times_made_up source=raw frames_per_s={counted} reason="the format has none" '
            'fix="set frames_per_s if it has another rate"'
        )
    ]


def write_raw(path: Path, codec: str) -> None:
    """20 frames at 10 a second, as the encoder gives them."""
    with av.open(str(path), "w", format=path.suffix[1:]) as container:
        stream: Any = container.add_stream(codec, rate=10)
        stream.width, stream.height = 96, 64
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
        for number in range(20):
            pixels = np.full((64, 96, 3), number * 8, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))


def write_stamped(path: Path, stamps: Sequence[float]) -> None:
    """A Matroska file whose frames have these time stamps."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuvj420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for stamp in stamps:
            image = av.VideoFrame.from_ndarray(np.zeros((64, 96, 3), dtype=np.uint8), format="rgb24")
            image.pts, image.time_base = round(stamp * 1000), Fraction(1, 1000)
            container.mux(stream.encode(image))
        container.mux(stream.encode(None))


def test_realtime_waits_for_no_jump_of_time(tmp_path: Path) -> None:
    path = tmp_path / "jumps.mkv"
    write_stamped(path, [*(number / 25 for number in range(10)), *(3600 + number / 25 for number in range(10))])
    began_at_s = time.monotonic()
    frames = list(FileSource(FileSourceSettings(path=path, realtime=True)).frames(threading.Event()))
    assert 0.6 < time.monotonic() - began_at_s < 60.0  # the jump is an hour
    assert len(frames) == 20
    assert round(frames[-1].at, 3) == 3600.36


def test_a_file_that_this_machine_is_too_slow_for_is_known_to_be_behind(
    small_video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class SlowMachine:
        now_s = 100.0

        def monotonic(self) -> float:
            return self.now_s

    clock, notices = SlowMachine(), list[Notice]()
    monkeypatch.setattr(frame_times, "time", clock)
    source = FileSource(FileSourceSettings(path=small_video, realtime=True), Announcer([notices.append]))
    for _ in source.frames(threading.Event()):  # ten frames a second
        clock.now_s += 1.1
    assert [notice.name for notice in notices] == ["source_behind"]
    assert source.figures.behind_lately_s(clock.now_s) == pytest.approx(29.0)


@pytest.mark.parametrize("error", [ValueError("no such pixel format"), UnicodeDecodeError("utf-8", b"x", 0, 1, "bad")])
def test_whatever_is_raised_while_a_file_is_read_ends_in_one_sentence(
    small_video: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def failing(*_: object) -> Any:
        raise error

    monkeypatch.setattr(sources, "images_of", failing)
    with pytest.raises(VideoError, match=f"The video .*small.mp4 cannot be read: {type(error).__name__}"):
        list(FileSource(FileSourceSettings(path=small_video)).frames(threading.Event()))


def test_realtime_keeps_the_pace_of_the_file_and_stops_promptly(small_video: Path) -> None:
    stop = threading.Event()
    threading.Timer(0.75, stop.set).start()
    began_at_s = time.monotonic()
    result = pipeline(small_video, [], realtime=True).run(stop)
    took_s = time.monotonic() - began_at_s
    assert took_s > 0.7
    assert 1 <= result.frames_read <= 10 * took_s + 2, "ten images a second, and never faster"
    assert result.frames_read < 30 or took_s > 2.5, "it read on to the end of the file"


def test_a_node_with_a_bug_is_logged_once_and_counted_and_the_video_goes_on(
    small_video: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sink = Watcher()
    with caplog.at_level(logging.ERROR, logger="securos_trigger.video"):
        result = pipeline(small_video, [Failing("broken1")], sink).run(threading.Event())
    assert (result.frames_written, dict(result.faults)) == (30, {"broken1": 30})
    (record,) = caplog.records
    assert record.getMessage() == "The node broken1 has failed on a frame of small."
    assert record.exc_info is not None and record.exc_info[0] is KeyError


def test_a_node_that_fails_on_its_latest_frames_is_failing_until_it_works_again(small_video: Path) -> None:
    class FailsAtTheBegin(Watcher):
        def process(self, frame: Frame) -> None:
            super().process(frame)
            if len(self.seen) <= 10:
                raise VideoError("The model cannot be used.")

    recovering, broken = FailsAtTheBegin("recovering1"), Failing("broken1")
    begun: list[Mapping[str, FailingNode]] = []

    class Asks(Watcher):
        def process(self, frame: Frame) -> None:
            begun.append(whole.figures().failing)

    whole = pipeline(small_video, [recovering, broken, Asks()])
    whole.run(threading.Event())
    assert (begun[4]["recovering1"].frames, begun[4]["recovering1"].reason) == (
        5,
        "VideoError('The model cannot be used.')",
    )
    assert begun[9]["recovering1"].since_s == begun[0]["recovering1"].since_s
    assert [(node, one.frames, one.of_frames) for node, one in begun[29].items()] == [
        ("recovering1", 10, 30),  # within ten seconds
        ("broken1", 30, 30),
    ]


def test_a_node_that_works_for_one_camera_and_fails_for_another_is_failing() -> None:
    class TwoCameras:
        def __init__(self) -> None:
            self.name, self.is_live, self.figures = "two", False, SourceFigures()

        def frames(self, stop: threading.Event) -> Iterator[Frame]:
            for number in range(10):
                yield Frame(Moment(float(number), source_name="gate" if number % 2 else "yard"))

    lanes = LaneSteps(["rule1"])
    lanes.add("gate", [Failing("rule1")])
    lanes.add("yard", [Watcher("rule1")])
    whole = Pipeline(TwoCameras(), [], NullSink(), lanes=lanes)
    whole.read(threading.Event())
    assert {node: one.frames for node, one in whole.figures().failing.items()} == {"rule1": 5}


def test_a_sink_that_fails_is_counted_and_the_nodes_go_on(small_video: Path) -> None:
    node = Watcher()
    result = pipeline(small_video, [node], FailingSink()).run(threading.Event())
    assert (len(node.seen), result.frames_written, dict(result.faults)) == (30, 0, {"sink": 30})


def test_a_node_that_answers_false_ends_the_frame(small_video: Path) -> None:
    class EveryOther(Watcher):
        def process(self, frame: Frame) -> bool:  # type: ignore[override]
            self.seen.append(frame)
            return len(self.seen) % 2 == 0

    later = Watcher()
    result = pipeline(small_video, [EveryOther(), later]).run(threading.Event())
    assert (result.frames_ended, result.frames_written, len(later.seen)) == (15, 15, 15)


def test_a_damaged_packet_is_counted_and_the_rest_is_read(small_video: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.mp4"
    with av.open(str(small_video)) as container:
        packet = next(itertools.islice(container.demux(video=0), 5, None))
        place, size = packet.pos, packet.size
    assert place is not None
    content = bytearray(small_video.read_bytes())
    content[place : place + size] = b"\xff" * size
    damaged.write_bytes(content)
    result = pipeline(damaged, []).run(threading.Event())
    assert result.decode_errors >= 1
    assert result.frames_read >= 20


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(VideoError) as found:
        pipeline(tmp_path / "no.mp4", []).run(threading.Event())
    assert str(found.value) == f"The video {tmp_path / 'no.mp4'} cannot be read: No such file or directory"


def test_a_written_file_has_every_frame_at_its_time(small_video: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    result = pipeline(small_video, [], open_sink(FileSinkSettings(path=path))).run(threading.Event())
    assert dict(result.faults) == {}
    assert times_of(path) == [number / 10 for number in range(30)]


def test_a_written_file_lends_the_image_and_gives_it_back_unchanged(small_video: Path, tmp_path: Path) -> None:
    sink = open_sink(FileSinkSettings(path=tmp_path / "out.mp4"))
    for frame in FileSource(FileSourceSettings(path=small_video)).frames(threading.Event()):
        before = (
            frame.require_image().pts,
            frame.require_image().time_base,
            frame.require_image().pict_type,
            frame.require_image().to_ndarray(),
        )
        sink.write(frame, ())
        assert before[:3] == (
            frame.require_image().pts,
            frame.require_image().time_base,
            frame.require_image().pict_type,
        )
        assert np.array_equal(before[3], frame.require_image().to_ndarray())
    sink.close()


def test_a_written_file_goes_on_after_a_jump_back(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    sink = open_sink(FileSinkSettings(path=path))
    for at in (10.0, 10.1, 10.2, 0.0, 0.1):
        image = av.VideoFrame.from_ndarray(np.zeros((65, 97, 3), dtype=np.uint8), format="rgb24")
        image.time_base = Fraction(1, 10)
        sink.write(Frame(Moment(at, None, "yard"), image), ())
    sink.close()
    times = times_of(path)
    assert times[:3] == [0.0, 0.1, 0.2]
    assert times[3:] == [0.24, 0.34]


def test_a_sink_whose_path_is_the_source_leaves_it_as_it_was(small_video: Path, tmp_path: Path) -> None:
    """A configuration like this is refused; settings that a program makes must not cost the video either."""
    source = tmp_path / "yard.mp4"
    shutil.copy(small_video, source)
    result = pipeline(source, [], open_sink(FileSinkSettings(path=source))).run(threading.Event())
    assert dict(result.faults) == {}
    assert source.read_bytes() == small_video.read_bytes()
    assert times_of(tmp_path / "yard-2.mp4") == [number / 10 for number in range(30)]


def test_a_killed_run_leaves_a_partial_file_that_can_be_played(small_video: Path, tmp_path: Path) -> None:
    code = """
import os, signal, sys, threading
from pathlib import Path
from securos_trigger.video import open_sink, open_source
from securos_trigger.video.settings import FileSinkSettings, FileSourceSettings

sink = open_sink(FileSinkSettings(path=Path(sys.argv[2])))
source = open_source(FileSourceSettings(path=Path(sys.argv[1]), loop=True))
for number, frame in enumerate(source.frames(threading.Event())):
    sink.write(frame, ())
    if number == 600:
        os.kill(os.getpid(), signal.SIGKILL)
"""
    path = tmp_path / "out.mp4"
    killed = subprocess.run([sys.executable, "-c", code, small_video, path], check=False, timeout=120)
    assert killed.returncode == -9
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith("out")] == ["out.mp4.partial"]
    assert len(times_of(tmp_path / "out.mp4.partial")) > 100


def test_a_sink_that_cannot_be_written_says_so(small_video: Path, tmp_path: Path) -> None:
    path = tmp_path / "no" / "out.mp4"
    sink = open_sink(FileSinkSettings(path=path))
    frame = next(FileSource(FileSourceSettings(path=small_video)).frames(threading.Event()))
    with pytest.raises(VideoError) as found:
        sink.write(frame, ())
    assert str(found.value) == f"The video {path} cannot be written: No such file or directory"
    sink.close()


def test_a_pipeline_that_is_too_slow_for_a_camera_gets_its_newest_frames(small_video: Path) -> None:
    """The file stands for a camera that sends 30 frames at once."""
    source = LiveSource("yard", lambda: av.open(str(small_video)), Announcer())
    stop, times = threading.Event(), list[float]()
    for frame in source.frames(stop):
        if not times:
            until_s = time.monotonic() + 60
            while not source.figures.times_lost and time.monotonic() < until_s:
                time.sleep(0.01)
        times.append(round(frame.at, 3))
        if times[-1] == 2.9:
            stop.set()
    assert times[-7:] == [2.3, 2.4, 2.5, 2.6, 2.7, 2.8, 2.9]
    assert len(times) <= 9
    assert source.figures.frames_left_out == 30 - len(times)
    assert source.figures.frames_left_out_at_start == source.figures.frames_left_out, "this machine is not too slow"


def test_whatever_is_raised_while_a_camera_is_opened_or_read_costs_a_reconnect(
    small_video: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The address, which may hold a password, stands neither in the notice nor in the log."""
    monkeypatch.setattr(sources, "_FIRST_PAUSE_S", 0.01)
    notices: list[Notice] = []
    errors: list[Exception] = [
        ValueError("embedded null byte in rtsp://viewer:s3cret@yard/"),
        KeyError("stream"),
        OSError(24, "Too many open files"),
    ]

    def opened() -> Any:
        if errors:
            raise errors.pop(0)
        return av.open(str(small_video))

    source = LiveSource("yard", opened, Announcer([notices.append]))
    assert isinstance(next(source.frames(threading.Event())), Frame)
    assert errors == []
    lines = [str(notice).partition(" outage_s")[0].partition(" fix=")[0] for notice in notices]
    lines = lines[: lines.index("source_recovered source=yard") + 1]  # it reads on: the video may have ended meanwhile
    assert lines[0] == 'source_lost source=yard reason="an unexpected error while it was read: ValueError"'
    assert [line.split()[0] for line in lines[1:-1]] == ["source_still_lost"] * (len(lines) - 2)
    assert len(set(lines)) == len(lines), "each reason is announced once"
    assert "s3cret" not in caplog.text
    assert "KeyError: 'stream'" in caplog.text


def test_a_camera_that_stays_dead_becomes_an_error_of_the_log(
    small_video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "_FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(sources, "_LONGEST_PAUSE_S", 0.05)
    monkeypatch.setattr(source_outage, "RED_AFTER_S", 0.3)
    notices: list[Notice] = []

    def opened() -> Any:
        if any(one.level >= logging.ERROR for one in notices) and len(tries) > 20:
            return av.open(str(small_video))
        tries.append(None)
        raise OSError(111, "Connection refused")

    tries: list[None] = []
    source = LiveSource("yard", opened, Announcer([notices.append]))
    assert isinstance(next(source.frames(threading.Event())), Frame)
    told = [(one.name, one.level) for one in notices]
    told = told[: told.index(("source_recovered", logging.WARNING))]
    assert [level for _, level in told].count(logging.ERROR) == 1, "one line of an outage is an error, and no more"
    assert told[-1][1] == logging.ERROR


@pytest.fixture(scope="session")
def people() -> Path:
    """The real video of people on a square."""
    try:
        return sample_video()
    except MissingPartError as error:
        pytest.skip(str(error))


def quiet(frame: Frame) -> Decision:
    return Decision(Reason.NO_EVENT, frame.at)


def fires_when_event1_starts(frame: Frame) -> Decision:
    record = frame.metadata["nodes"]["event1"]
    if not (record["event_delta"] and record["event_state"]):
        return quiet(frame)
    event = Event(
        record["event_id"], "iss1", "d1", record["event"], record["event_description"], (), Action.EVENT, 5, frame.at
    )
    return Decision(Reason.FIRED, frame.at, (event,))


def chain() -> list[AnalyticsNode]:
    tables: list[dict[str, Any]] = [
        {"type": "detector", "threads": 2},
        {"type": "tracker"},
        {"type": "line_counter", "lines": {"gate": [[0, 300], [767, 300]]}},
        {"type": "zone_presence", "rois": {"square": [[300, 150], [560, 150], [600, 400], [260, 400]]}},
        {
            "type": "event",
            "event_type": "line_crossed",
            "condition": "nodes.annotate_line_counter1.lines.gate.total_objects_crossed_delta > 0",
            "description": "Somebody crossed the gate",
        },
    ]
    return [build(NODE.validate_python(table)) for table in tables]


@pytest.mark.timeout(180)
def test_people_on_a_square_are_found_followed_counted_and_drawn(people: Path, tmp_path: Path) -> None:
    """100 frames through the whole chain, to an annotated file that can be played."""
    nodes, stop, watcher, path = chain(), threading.Event(), Watcher(), tmp_path / "annotated.mp4"

    def decide(frame: Frame) -> Decision:
        if len(watcher.seen) == 100:
            stop.set()
        return fires_when_event1_starts(frame)

    sink = open_sink(AnnotatedSinkSettings(path=path), overlays_of(nodes))
    steps: list[Step] = [*nodes, watcher, TriggerStep("iss1", decide)]
    result = pipeline(people, steps, sink).run(stop)

    assert dict(result.faults) == {}
    assert result.frames_read == result.frames_written == 100
    persons = [len(frame.metadata["objects"]) for frame in watcher.seen]
    assert 3 <= sum(persons) / len(persons) <= 9
    last = watcher.seen[-1].metadata
    crossed = last["nodes"]["annotate_line_counter1"]["lines"]["gate"]
    assert crossed["total_objects_crossed"] >= 3
    deltas = [
        frame.metadata["nodes"]["annotate_line_counter1"]["lines"]["gate"]["total_objects_crossed_delta"]
        for frame in watcher.seen
    ]
    assert sum(deltas) == crossed["total_objects_crossed"]
    assert 1 <= result.events_fired <= sum(deltas)
    ids = {thing["id"] for frame in watcher.seen for thing in frame.metadata["objects"]} - {None}
    assert 5 <= len(ids) <= 25
    assert last["nodes"]["annotate_presence1"]["rois"]["square"]["objects_entered_count"] >= 2
    assert times_of(path) == [number / 10 for number in range(100)]
