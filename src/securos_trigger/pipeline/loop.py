"""The loop of a pipeline: reads a source, walks every frame through the steps, hands it to the sink.

The frame object and its image are the same from source to sink. Nothing a step does stops the video: a step that
raises is logged, counted and passed over for that frame.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar, TypeVarTuple

from securos_trigger.model import AnalyticsNode, Event, Frame
from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.model.node_ids import SINK_ID
from securos_trigger.notices import Announcer
from securos_trigger.pipeline.lane_steps import LaneSteps
from securos_trigger.pipeline.left_out import NONE, LeftOut
from securos_trigger.pipeline.newest_frames import NewestFrames
from securos_trigger.pipeline.node_faults import Key, NodeFaults
from securos_trigger.pipeline.node_trouble import FailingNode
from securos_trigger.pipeline.ports import Sink, Source
from securos_trigger.pipeline.speed import Speed
from securos_trigger.pipeline.steps import Step, TriggerStep

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")


@dataclass(frozen=True, slots=True)
class PipelineResult:
    """What a pipeline did. `busy_s` (seconds) and `faults` are by node id; the sink's own stand under "sink".

    `failing` are the nodes in trouble now, by id, `last_faults` the last trouble of each that ever failed; after the
    end, `not_well` are those that make the run no good one.

    `frames_left_out`: live frames that came faster than the pipeline could take them. `frames_ended`: frames that a
    node ended on purpose (a `function` that returned False). `recent_frames_per_s` is of the last seconds.
    `left_out_level`, `left_out_per_s` and `read_beside_per_s` are of the last half minute (`pipeline.left_out`).
    `silent_after_s`: after how many seconds without a frame the source counts as silent.
    """

    source_name: str
    frames_read: int
    frames_written: int
    frames_ended: int
    frames_left_out: int
    decode_errors: int
    times_lost: int
    events_fired: int
    elapsed_s: float
    recent_frames_per_s: float = 0.0
    left_out_level: str = NONE
    left_out_per_s: float = 0.0
    read_beside_per_s: float = 0.0
    silent_after_s: float = 0.0
    busy_s: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    faults: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    failing: Mapping[str, FailingNode] = field(default_factory=lambda: MappingProxyType({}))
    last_faults: Mapping[str, FailingNode] = field(default_factory=lambda: MappingProxyType({}))
    not_well: Mapping[str, FailingNode] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def frames_per_s(self) -> float:
        """Frames read for each second of the run."""
        return self.frames_read / self.elapsed_s if self.elapsed_s else 0.0


class Pipeline:
    """One source, its steps in order, one sink. `figures` may be asked from any thread.

    `lanes` has the steps instead where the source carries several cameras.

    `run` once; or `read`, again after a failure if need be, and `close` at the end. `heartbeat` is stamped with every
    frame that is read.
    """

    def __init__(
        self,
        source: Source,
        steps: Sequence[Step],
        sink: Sink,
        announcer: Announcer | None = None,
        heartbeat: Heartbeat | None = None,
        lanes: LaneSteps | None = None,
    ) -> None:
        self.newest_frames = NewestFrames()
        #: Takes the name of a camera and the size of its images, with the first one and when it changes (width, height;
        #: None: not known).
        self.on_size: Callable[[str, tuple[int, int] | None], None] | None = None
        self._sizes: dict[str, tuple[int, int] | None] = {}
        self._source = source
        self._lanes = lanes
        self._steps = tuple(steps)
        self._sink = sink
        self._announcer = announcer or Announcer()
        self._heartbeat = heartbeat or Heartbeat()
        self._is_left_behind, self.present_node = False, ""  # the node that is busy with a frame, or was last
        self._frames_read = self._frames_written = self._frames_ended = self._events_fired = 0
        self._began_at_ticks = self._ended_at_ticks = 0.0
        ids = [*(step.node_id for step in self._steps), *(lanes.node_ids if lanes is not None else ()), SINK_ID]
        self._busy_s = dict.fromkeys(ids, 0.0)
        self._calls = dict.fromkeys(ids, 0)
        self._faults = NodeFaults(ids, source.name, self._announcer, self._heartbeat)
        self._speed, self._left_out = Speed(), LeftOut()

    @property
    def source(self) -> Source:
        """Where its frames come from."""
        return self._source

    @property
    def is_live(self) -> bool:
        """True when the source never ends by itself."""
        return self._source.is_live

    def steps_of(self, frame: Frame) -> tuple[Step, ...]:
        """The steps that such a frame walks through now."""
        return self._steps if self._lanes is None else self._lanes.of(frame)

    def replace_steps(self, steps: Sequence[Step]) -> None:
        """Walk the next frame through these steps, and close these at the end. From any thread.

        To be used for trigger steps: a node that is no more among the steps is not closed.
        """
        for step in steps:
            self._busy_s.setdefault(step.node_id, 0.0)
            self._calls.setdefault(step.node_id, 0)
            self._faults.counts.setdefault(step.node_id, 0)
        self._steps = tuple(steps)
        self._faults.keep_only({*(step.node_id for step in steps), SINK_ID})

    def run(self, stop: threading.Event) -> PipelineResult:
        """Walk frames until the source ends or `stop` is set; then close every step and the sink.

        Raises `VideoError` when the source cannot be opened.
        """
        try:
            self.read(stop)
        finally:
            self.close()
        return self.figures()

    def read(self, stop: threading.Event, on_first_frame: Callable[[], None] | None = None) -> None:
        """Walk frames until the source ends or `stop` is set. Raises `VideoError` when the source cannot be opened."""
        self._began_at_ticks = self._began_at_ticks or time.monotonic()
        speed, counted = self._speed, self._source.figures
        for frame in self._source.frames(stop):
            heartbeat = self._heartbeat
            if on_first_frame is not None:
                on_first_frame()
                on_first_frame = None
            self._frames_read += 1
            heartbeat.last_at_ticks = now_s = time.monotonic()  # a node may end a frame before a trigger
            heartbeat.walking_since_at_ticks = now_s
            heartbeat.moved_at_ticks = counted.moved_at_ticks
            heartbeat.frozen_since_at_ticks = counted.frozen_since_at_ticks
            if now_s >= speed.until_s:
                speed.begin_window(now_s, self._frames_read)
                self._left_out.note(
                    now_s, self._frames_read, counted.frames_left_out - counted.frames_left_out_at_start
                )
            if self.on_size is not None and frame.size != self._sizes.get(frame.moment.source_name):
                self._sizes[frame.moment.source_name] = frame.size
                self.on_size(frame.moment.source_name, frame.size)
            self._walk(frame)
            if self._is_left_behind:
                return  # what the source gave last is taken again, as after a crash
            heartbeat.walking_since_at_ticks = None

    def leave_behind(self, heartbeat: Heartbeat) -> None:
        """Another pipeline has taken its place while a step of it hangs: it walks no frame further. From any thread.

        From now on it stamps `heartbeat`, which no health watch reads.
        """
        self._is_left_behind = True
        self._heartbeat = heartbeat
        self._faults.leave_behind(heartbeat)

    def close(self) -> None:
        """Close every step and the sink; whatever one of them raises, the others are closed."""
        for step in self._all_steps():
            if not isinstance(step, TriggerStep):
                self._close_one(step.node_id, step)
        faults_before = self._faults.counts[SINK_ID]
        self._close_one(SINK_ID, self._sink)
        self._frames_written -= min(self._frames_written, self._faults.counts[SINK_ID] - faults_before)
        self._faults.note_end(self._attempts())
        self._ended_at_ticks = time.monotonic()

    def _all_steps(self) -> Sequence[Step]:
        return self._steps if self._lanes is None else self._lanes.all()

    def _attempts(self) -> dict[str, int]:
        """By node id, on how many frames each has worked, or tried to."""
        attempts = dict(self._calls)
        for step in self._all_steps():
            attempts[step.node_id] -= getattr(step, "frames_between", 0)
        return attempts

    def _close_one(self, node_id: str, owner: AnalyticsNode | Sink) -> None:
        try:
            owner.close()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  the bulkhead of the end: the others are closed
            self._faults.note_fault(self._key(node_id, owner), error, is_closing=True)

    def figures(self) -> PipelineResult:
        """The figures so far."""
        until_s = self._ended_at_ticks or time.monotonic()
        counted = self._source.figures
        return PipelineResult(
            source_name=self._source.name,
            frames_read=self._frames_read,
            frames_written=self._frames_written,
            frames_ended=self._frames_ended,
            frames_left_out=counted.frames_left_out,
            decode_errors=counted.decode_errors,
            times_lost=counted.times_lost,
            events_fired=self._events_fired,
            elapsed_s=until_s - self._began_at_ticks if self._began_at_ticks else 0.0,
            busy_s=MappingProxyType(dict(self._busy_s)),
            recent_frames_per_s=0.0 if self._ended_at_ticks else self._speed.at(until_s, self._frames_read),
            left_out_level=NONE if self._ended_at_ticks else self._left_out.level,
            left_out_per_s=0.0 if self._ended_at_ticks else self._left_out.per_s,
            read_beside_per_s=0.0 if self._ended_at_ticks else self._left_out.read_per_s,
            silent_after_s=self._speed.silent_after_s(),
            faults=MappingProxyType({key: count for key, count in self._faults.counts.items() if count}),
            failing=MappingProxyType(self._faults.failing()),
            last_faults=MappingProxyType(self._faults.last_faults()),
            not_well=MappingProxyType(self._faults.not_well(self._attempts()) if self._ended_at_ticks else {}),
        )

    def _walk(self, frame: Frame) -> None:
        """One frame through every step to the sink."""
        events: tuple[Event, ...] = ()
        for step in self._steps if self._lanes is None else self._lanes.of(frame):
            if self._is_left_behind:
                return
            if isinstance(step, TriggerStep):
                decision = self._guarded(step.node_id, step, step.decide, frame)
                if decision is not None:
                    events += decision.events
            elif self._guarded(step.node_id, step, step.process, frame) is False:
                self._frames_ended += 1
                return
        self._events_fired += len(events)
        if self._is_left_behind:
            return
        self.newest_frames.keep(frame, self._frames_read)
        faults_before = self._faults.counts[SINK_ID]
        self._guarded(SINK_ID, self._sink, self._sink.write, frame, events)
        # A fault may cost frames that the sink had taken before.
        self._frames_written += 1 - (self._faults.counts[SINK_ID] - faults_before)

    def _guarded(self, node_id: str, owner: object, work: Callable[[*_Ts], _T], *args: *_Ts) -> _T | None:
        """The one bulkhead of the steps: whatever `work` of `owner` raises (`sys.exit()` too), the video goes on."""
        began_at_ticks = time.perf_counter()
        self._calls[node_id] += 1
        self.present_node = node_id
        try:
            result = work(*args)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  see the docstring
            self._faults.note_fault(self._key(node_id, owner), error)
            return None
        finally:
            self._busy_s[node_id] += time.perf_counter() - began_at_ticks
        if self._faults.has_trouble and getattr(owner, "has_worked", True):
            self._faults.note_success(self._key(node_id, owner))
        return result

    def _key(self, node_id: str, owner: object) -> Key:
        """What a step fails under: cameras of one source have steps of the same id, and each fails for itself."""
        return node_id, 0 if self._lanes is None else id(owner)
