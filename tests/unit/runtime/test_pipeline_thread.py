"""A bug in one pipeline is reported and costs that pipeline alone: a live source goes on, a file has failed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime

import pytest

from securos_trigger.errors import VideoError
from securos_trigger.model import AnalyticsNode, Event, Frame, Moment
from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.model.source_figures import SourceFigures
from securos_trigger.notices import Announcer, Notice
from securos_trigger.pipeline.loop import Pipeline
from securos_trigger.pipeline.null_sink import NullSink
from securos_trigger.pipeline.ports import Sink
from securos_trigger.runtime.pipeline_thread import FAILED, PipelineThread, leave_behind_together

WITHIN_S = 60.0


class Source:
    """Gives 5 frames; the first `raising` times something is raised after the third."""

    def __init__(self, raising: list[BaseException], *, is_live: bool = False) -> None:
        self.name = "yard"
        self.figures = SourceFigures()
        self.is_live = is_live
        self._raising = raising

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        for number in range(5):
            if number == 3 and self._raising:
                raise self._raising.pop(0)
            yield Frame(Moment(number / 10, datetime.now(UTC), "yard"))


class Node:
    """Notes what becomes of it; raises `error` on every frame."""

    node_id = "node1"

    def __init__(self, error: BaseException | None = None) -> None:
        self.frames = self.times_closed = 0
        self._error = error

    def process(self, frame: Frame) -> None:
        self.frames += 1
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        self.times_closed += 1


@pytest.fixture
def heard() -> list[Notice]:
    return []


def finished(source: Source, node: AnalyticsNode, heard: list[Notice]) -> tuple[PipelineThread, Heartbeat]:
    announcer, heartbeat = Announcer([heard.append]), Heartbeat()
    pipeline = Pipeline(source, [node], NullSink(), announcer, heartbeat)
    thread = PipelineThread("gate", pipeline, announcer, threading.Event(), heartbeat)
    thread.start()
    thread.join(WITHIN_S)
    assert not thread.is_alive()
    return thread, heartbeat


def test_a_bug_in_a_live_source_restarts_it_with_the_same_nodes(
    heard: list[Notice], caplog: pytest.LogCaptureFixture
) -> None:
    node = Node()
    thread, heartbeat = finished(Source([KeyError("a"), OSError("b")], is_live=True), node, heard)
    assert (node.frames, node.times_closed, thread.error) == (3 + 3 + 5, 1, None)
    assert (thread.failures.count, heartbeat.has_ended, heartbeat.has_failed) == (2, True, False)
    assert [notice.name for notice in heard] == [
        "thread_failed",
        "thread_recovered",
        "thread_failed",
        "thread_recovered",
        "pipeline_ended",
    ]
    assert heard[0].fields["thread"] == "pipeline-gate"
    assert caplog.text.count("Traceback") == 2


def test_the_end_of_a_damaged_file_is_a_warning_that_says_so(heard: list[Notice]) -> None:
    source = Source([])
    source.figures.damage = "20 of its 200 packets are damaged"
    finished(source, Node(), heard)
    [ended] = heard
    assert (ended.name, ended.level) == ("pipeline_ended", logging.WARNING)
    assert (ended.fields["reason"], ended.fields["fix"]) == (source.figures.damage, "copy the file again")


@pytest.mark.parametrize("error", [KeyError("a"), SystemExit(3)], ids=repr)
def test_a_bug_while_a_file_is_read_fails_the_pipeline_with_a_traceback(
    error: BaseException, heard: list[Notice], caplog: pytest.LogCaptureFixture
) -> None:
    node = Node()
    thread, heartbeat = finished(Source([error]), node, heard)
    assert (node.frames, node.times_closed, thread.error, thread.state) == (3, 1, error, FAILED)
    assert (heartbeat.has_ended, heartbeat.has_failed) == (False, True)
    assert [notice.name for notice in heard] == ["pipeline_failed"]
    assert heard[0].fields == {"pipeline": "gate", "reason": f"an unexpected error: {error!r}"}
    assert caplog.text.count("Traceback") == 1


def test_a_source_that_cannot_be_read_fails_the_pipeline_without_a_traceback(
    heard: list[Notice], caplog: pytest.LogCaptureFixture
) -> None:
    thread, _ = finished(Source([VideoError("The video x cannot be read: no")], is_live=True), Node(), heard)
    assert str(thread.error) == "The video x cannot be read: no"
    assert [str(notice) for notice in heard] == [
        (
            'pipeline_failed pipeline=gate reason="The video x cannot be read: no" '
            'fix="correct the cause, then start the service again"'
        )
    ]
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("error", [SystemExit(0), GeneratorExit(), ValueError("x")], ids=repr)
def test_whatever_a_node_raises_is_a_failure_of_the_node(error: BaseException, heard: list[Notice]) -> None:
    thread, _ = finished(Source([]), Node(error), heard)
    assert thread.error is None
    assert (thread.result.frames_written, dict(thread.result.faults)) == (5, {"node1": 5})
    assert [notice.name for notice in heard] == ["node_failed", "pipeline_ended"]


def test_a_stop_ends_the_pause_before_a_restart(heard: list[Notice]) -> None:
    errors: list[BaseException] = [KeyError(number) for number in range(1000)]
    announcer, stop = Announcer([heard.append]), threading.Event()
    thread = PipelineThread("gate", Pipeline(Source(errors, is_live=True), [], NullSink()), announcer, stop)
    thread.start()
    while thread.failures.count < 3:
        assert thread.is_alive()
    stop.set()
    thread.join(WITHIN_S)
    assert (thread.is_alive(), heard[-1].name) == (False, "pipeline_ended")


def test_the_heartbeat_says_since_when_the_steps_are_busy_with_a_frame(heard: list[Notice]) -> None:
    heartbeat = Heartbeat()
    seen: list[tuple[float | None, float | None]] = []

    class Looking(Node):
        def process(self, frame: Frame) -> None:
            seen.append((heartbeat.walking_since_at_ticks, heartbeat.last_at_ticks))

    pipeline = Pipeline(Source([]), [Looking()], NullSink(), Announcer([heard.append]), heartbeat)
    pipeline.run(threading.Event())
    assert len(seen) == 5
    assert all(since is not None and since == last for since, last in seen)
    assert heartbeat.walking_since_at_ticks is None, "a source that is waited for does not hang"


class HangingNode(Node):
    """Hangs in its first frame until `goes_on`."""

    def __init__(self) -> None:
        super().__init__()
        self.is_busy, self.goes_on = threading.Event(), threading.Event()

    def process(self, frame: Frame) -> None:
        super().process(frame)
        self.is_busy.set()
        assert self.goes_on.wait(WITHIN_S)
        raise ValueError("at last")


class UnfinishedSink(NullSink):
    """Cannot be finished."""

    def close(self) -> None:
        raise VideoError("The video out.mp4 cannot be finished: no space")


def test_a_thread_that_was_left_behind_says_and_does_nothing_in_the_name_of_its_successor(
    heard: list[Notice], caplog: pytest.LogCaptureFixture
) -> None:
    announcer, heartbeat, stop = Announcer([heard.append], "gate"), Heartbeat(), threading.Event()
    hanging, after = HangingNode(), Node()
    pipeline = Pipeline(Source([], is_live=True), [hanging, after], UnfinishedSink(), announcer, heartbeat)
    thread = PipelineThread("gate", pipeline, announcer, stop, heartbeat)
    of_the_source: list[Heartbeat] = []
    thread.on_left_behind = of_the_source.append
    thread.start()
    assert hanging.is_busy.wait(WITHIN_S)
    thread.request_stop()
    thread.leave_behind()
    successor = {field.name: -1.0 for field in fields(Heartbeat)}
    for name, value in successor.items():
        setattr(heartbeat, name, value)
    hanging.goes_on.set()
    thread.join(WITHIN_S)
    assert not thread.is_alive()
    assert {name: getattr(heartbeat, name) for name in successor} == successor
    assert (hanging.frames, after.frames, thread.result.frames_written) == (1, 0, 0)
    assert heard == []
    assert (of_the_source, thread.heartbeat is heartbeat) == ([thread.heartbeat], False)
    said = "From a thread of the pipeline gate that was left behind: node_failed"
    assert f"{said} node=node1" in caplog.text and f"{said} node=sink" in caplog.text, "no fault is hidden"
    assert "The node node1 has failed on a frame of yard (left behind)." in caplog.text


class HangingSource(Source):
    """Hangs before its first frame, and then fails with a bug."""

    def __init__(self) -> None:
        super().__init__([], is_live=False)
        self.is_busy, self.goes_on = threading.Event(), threading.Event()

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        self.is_busy.set()
        assert self.goes_on.wait(WITHIN_S)
        yield from ()
        raise KeyError("a bug")


def test_a_bug_of_a_source_that_was_left_behind_is_not_that_of_its_successor(
    heard: list[Notice], caplog: pytest.LogCaptureFixture
) -> None:
    announcer, source = Announcer([heard.append], "gate"), HangingSource()
    thread = PipelineThread("gate", Pipeline(source, [], NullSink(), announcer), announcer, threading.Event())
    thread.start()
    assert source.is_busy.wait(WITHIN_S)
    thread.request_stop()
    thread.leave_behind()
    source.goes_on.set()
    thread.join(WITHIN_S)
    assert (thread.is_alive(), heard) == (False, [])
    assert "The pipeline gate that was left behind has failed." in caplog.text


class SilentSource(Source):
    """Gives no frame and does not end."""

    def __init__(self) -> None:
        super().__init__([], is_live=True)
        self.goes_on = threading.Event()

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        self.goes_on.wait(WITHIN_S)
        yield from ()


class HangingSink:
    """Does not come back from its first frame."""

    def __init__(self) -> None:
        self.is_busy, self.goes_on = threading.Event(), threading.Event()

    def write(self, frame: Frame, events: Sequence[Event]) -> None:
        self.is_busy.set()
        self.goes_on.wait(WITHIN_S)

    def close(self) -> None:
        pass


def test_pipelines_that_hang_are_left_behind_at_once_and_each_says_what_hangs(heard: list[Notice]) -> None:
    """Each waits here until all are being left: an input takes seconds to give its port free."""
    source, node, sink = SilentSource(), HangingNode(), HangingSink()
    parts: dict[str, tuple[Source, Node, Sink]] = {
        "a": (source, Node(), NullSink()),
        "b": (Source([], is_live=True), node, NullSink()),
        "c": (Source([], is_live=True), Node(), sink),
    }
    all_are_left, threads = threading.Barrier(len(parts)), []

    def wait_for_all(_heartbeat: Heartbeat) -> None:
        all_are_left.wait(WITHIN_S)

    for name, (its_source, its_node, its_sink) in parts.items():
        announcer = Announcer([heard.append], name)
        heartbeat = Heartbeat()
        pipeline = Pipeline(its_source, [its_node], its_sink, announcer, heartbeat)
        thread = PipelineThread(name, pipeline, announcer, threading.Event(), heartbeat)
        thread.on_left_behind = wait_for_all
        thread.start()
        threads.append(thread)
    assert node.is_busy.wait(WITHIN_S) and sink.is_busy.wait(WITHIN_S)
    leave_behind_together(threads, 10.0)
    left = "it has not ended within 10 s and is left behind: its"
    whys = {"a": f"{left} source hangs", "b": f"{left} node node1 hangs", "c": f"{left} sink hangs"}
    assert {notice.fields["pipeline"]: notice.fields["reason"] for notice in heard} == whys
    for one in (source, node, sink):
        one.goes_on.set()
    for thread in threads:
        thread.request_stop()
        thread.join(WITHIN_S)
