"""The thread of a pipeline, and what happens when the pipeline fails."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from securos_trigger.errors import SecurosTriggerError
from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.model.node_ids import SINK_ID
from securos_trigger.notices import Announcer, kinds
from securos_trigger.pipeline.loop import Pipeline, PipelineResult
from securos_trigger.system.timestamps import rfc3339, rfc3339_of_ticks
from securos_trigger.system.worker import Failures

RUNNING: Final = "running"
RESTARTING: Final = "restarting"
ENDED: Final = "ended"
FAILED: Final = "failed"
_FIX_DAMAGED: Final = "copy the file again"
_FIX_UNWRITTEN: Final = "look at its disk and its rights, then record again"

_MOST_LEFT_TOGETHER: Final = 32

_log = logging.getLogger("securos_trigger")


class PipelineThread(threading.Thread):
    """Runs one pipeline until its source ends or `stop` is set, and announces how it ended.

    What a step or the sink raises is the pipeline's own affair. Anything else is a bug: a live source is started again
    after a pause, its nodes go on as they were; a file has failed. After the end `error` is None or says why it failed.

    `announcer` is that of this pipeline alone: it is closed when the pipeline is left behind.
    """

    def __init__(
        self,
        name: str,
        pipeline: Pipeline,
        announcer: Announcer,
        stop: threading.Event,
        heartbeat: Heartbeat | None = None,
    ) -> None:
        super().__init__(name=f"pipeline-{name}", daemon=True)  # one that hangs must not keep the process from its end
        self.pipeline_name = name
        self.pipeline = pipeline
        self.state = RUNNING
        self.error: SecurosTriggerError | BaseException | None = None
        self.failures = Failures(self.name, announcer)
        #: How many events of its nodes were lost; asked once, at the end.
        self.count_lost: Callable[[], int] = lambda: 0
        #: The lines and zones of its nodes that lie outside of its images: `node`, `reason`, `fix`.
        self.drawings_outside: Callable[[], list[dict[str, str]]] = list
        #: The files that its nodes have read and that were written or removed since: `path`, `is_there`.
        self.files_changed: Callable[[], list[dict[str, Any]]] = list
        #: `every` of its detector, where a tracker guesses on the frames between; None: nothing is guessed.
        self.guesses_between: int | None = None
        #: What its recorders cannot write: `what`, `name`, `since`, `reason`.
        self.unwritten: Callable[[], list[dict[str, str]]] = list
        #: Called when it is left behind, with the heartbeat that its source is to stamp from then on.
        self.on_left_behind: Callable[[Heartbeat], None] = lambda _: None
        self._announcer = announcer
        self._stop_event = stop
        self.heartbeat = heartbeat or Heartbeat()
        self._is_left_behind = False

    def request_stop(self) -> None:
        """Have the pipeline end before its next frame; returns at once."""
        self._stop_event.set()

    def leave_behind(self) -> None:
        """Stop waiting for its end: from now on nothing that it does or announces counts for its successor.

        An input gives its port or session free, which takes seconds at most.
        """
        self._is_left_behind = True
        self._announcer.close()
        self.heartbeat = Heartbeat()
        self.pipeline.leave_behind(self.heartbeat)
        self.on_left_behind(self.heartbeat)

    @property
    def result(self) -> PipelineResult:
        """The figures so far; after the end the final ones."""
        return self.pipeline.figures()

    @property
    def has_ended_well(self) -> bool:
        """After the end: True when it was read to its end, and its nodes and outputs did their work."""
        return self.error is None and not self.result.not_well and not self.unwritten()

    def failing_nodes(self) -> list[dict[str, Any]]:
        """The nodes that fail now, or failed until the end, as `status` answers them."""
        result = self.result
        return [
            {
                "node": node_id,
                "frames": one.frames,
                "of_frames": one.of_frames,
                "since": rfc3339(one.since_s),
                "reason": one.reason,
                "fix": one.fix,
                "is_serious": one.is_serious or node_id in result.not_well,
            }
            for node_id, one in {**result.failing, **result.not_well}.items()
        ]

    def busy(self) -> dict[str, Any]:
        """For how long its nodes are busy with the present frame, in seconds, and which of them is, for `status`."""
        since_at_ticks = self.heartbeat.walking_since_at_ticks
        if since_at_ticks is None or not self.is_alive():
            return {"busy_s": None, "busy_node": ""}
        return {"busy_s": round(time.monotonic() - since_at_ticks, 1), "busy_node": self.pipeline.present_node}

    def silence(self) -> dict[str, Any]:
        """When its source counts as silent (`silent_after_s` without a frame), and since when it is, for `status`.

        Messages may be rare: an input never counts as silent.
        """
        last_at_ticks = self.heartbeat.last_at_ticks
        if self.heartbeat.is_of_messages:
            return {"silent_after_s": None, "silent_since": None}
        after_s = self.result.silent_after_s
        is_silent = last_at_ticks is not None and time.monotonic() - last_at_ticks > after_s and self.is_alive()
        return {
            "silent_after_s": round(after_s, 1),
            "silent_since": rfc3339_of_ticks(last_at_ticks) if is_silent else None,
        }

    def left_out(self) -> dict[str, Any]:
        """How many frames it leaves out, and reads beside them, for `status`."""
        result = self.result
        return {
            "left_out_level": result.left_out_level,
            "left_out_per_s": round(result.left_out_per_s, 1),
            "read_beside_per_s": round(result.read_beside_per_s, 1),
        }

    def last_faults(self) -> dict[str, dict[str, str]]:
        """When each node that ever failed did so last (`at`), and why, as `status` answers it."""
        found = self.result.last_faults.items()
        return {node_id: {"at": rfc3339(one.last_s), "reason": one.reason} for node_id, one in found}

    def run(self) -> None:
        """Run the pipeline; never raises."""
        try:
            while self._reads_on():
                pass
        finally:
            self._close()
            self.heartbeat.failure = self._why()
            self.heartbeat.has_ended, self.heartbeat.has_failed = self.error is None, self.error is not None
            self.state = ENDED if self.error is None else FAILED
            self._announce_end()

    def _reads_on(self) -> bool:
        """Read until the source ends. True: it failed and is to be started again."""
        try:
            self.pipeline.read(self._stop_event, self._note_first_frame)
        except SecurosTriggerError as error:
            self.error = error
        except BaseException as error:  # noqa: BLE001  the one bulkhead of this thread
            if self.pipeline.is_live and isinstance(error, Exception):
                self.state = RESTARTING
                return not self._stop_event.wait(self.failures.note_failure(error))
            self._fail(error)
        return False

    def _note_first_frame(self) -> None:
        self.state = RUNNING
        self.failures.note_success()

    def _close(self) -> None:
        try:
            self.pipeline.close()
        except Exception as error:  # noqa: BLE001  the same bulkhead, at the end
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self.error = error
        self.failures.count += 1
        which = " that was left behind" if self._is_left_behind else ""
        _log.error("The pipeline %s%s has failed.", self.pipeline_name, which, exc_info=error)

    def _why(self) -> str:
        if self.error is None or isinstance(self.error, SecurosTriggerError):
            return str(self.error or "")
        return f"an unexpected error: {self.error!r}"

    def _announce_end(self) -> None:
        if self._is_left_behind:
            _log.warning("A thread of the pipeline %s that was left behind has ended.", self.pipeline_name)
            return
        if self.error is not None:
            self._announcer.announce(kinds.PIPELINE_FAILED, pipeline=self.pipeline_name, reason=self._why())
            return
        result = self.result
        whys = [f"{node_id}: {one.reason}" for node_id, one in result.not_well.items()]
        whys += [f"{one['what']} in {one['name']}: {one['reason']}" for one in self.unwritten()]
        figures = self.pipeline.source.figures
        whys += [why for why in (figures.ended_early, figures.damage) if why]
        fixes = [one.fix for one in result.not_well.values()] + ([_FIX_UNWRITTEN] if self.unwritten() else [])
        fixes += [_FIX_DAMAGED] if figures.damage else []
        self._announcer.announce(
            kinds.PIPELINE_ENDED,
            logging.ERROR if not self.has_ended_well else logging.WARNING if whys else logging.NOTSET,
            pipeline=self.pipeline_name,
            frames=result.frames_read,
            frames_per_s=f"{result.frames_per_s:.1f}",
            events=result.events_fired,
            lost=self.count_lost(),
            decode_errors=result.decode_errors,
            failures=",".join(f"{node_id}:{count}" for node_id, count in result.faults.items()),
            reason="; ".join(whys),
            fix="; ".join(dict.fromkeys(fixes)),
        )


def leave_behind_together(threads: Sequence[PipelineThread], waited_s: float) -> None:
    """Leave pipelines behind that have not ended within `waited_s`, all at once, and announce what hangs in each."""

    def leave(thread: PipelineThread) -> None:
        node, announcer = thread.busy()["busy_node"], thread._announcer.of_pipeline(thread.pipeline_name)
        what = {"": "source", SINK_ID: "sink"}.get(node, f"node {node}")
        thread.leave_behind()
        reason = f"it has not ended within {waited_s:g} s and is left behind: its {what} hangs"
        announcer.announce(kinds.PIPELINE_FAILED, pipeline=thread.pipeline_name, reason=reason)

    with ThreadPoolExecutor(_MOST_LEFT_TOGETHER) as together:
        list(together.map(leave, threads))
