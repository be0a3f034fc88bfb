"""The trigger node of one element: it is opened, changed and given up in a thread of its own. Knows no GStreamer.

The streaming thread only decides. Whatever is wrong with the settings or the outbox, frames pass.
"""

from __future__ import annotations

import sys
import threading
from typing import Any, Final

from securos_trigger.errors import ConfigurationError, Mistake, SecurosTriggerError
from securos_trigger.gst.element_settings import element_settings
from securos_trigger.gst.properties import dashed
from securos_trigger.model import Decision, Frame
from securos_trigger.notices import Announcer, Observer, kinds, log_notice
from securos_trigger.runtime.shared_service import SharedNode, join
from securos_trigger.runtime.unready_elements import note_ready, note_unready
from securos_trigger.system.worker import Failures, Worker
from securos_trigger.trigger.properties import TriggerProperties

#: A start waits no longer than this for the outbox to be open, so that the first frames are seen.
START_WITHIN_S: Final = 10.0
#: A stop waits no longer than this, beside the time for deliveries: the disk may hang.
STOP_WITHIN_S: Final = 10.0
#: A frame that follows a change of properties waits no longer than this for the change to be made.
CHANGE_WITHIN_S = 0.1
#: A node that could not be made, or changed, is tried again after this time, in seconds: the cause may be outside.
TRY_AGAIN_AFTER_S: Final = 5.0
#: Python gives the streaming thread its turn after this time, in seconds, instead of its usual 5 ms.
SWITCH_INTERVAL_S: Final = 0.0005


class ElementHost:
    """Holds the properties that were set, and the trigger node while the element is started.

    `start`, `stop`, `pause` and `set_value` may be called from any thread, `decide` from the streaming thread.
    `observer` gets every notice that concerns the element, from any thread.
    """

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        #: Where the threads of the element report.
        self.announcer = Announcer((log_notice, observer))
        self._values: dict[str, Any] = {}
        self._changing = threading.Lock()
        self._has_waited = False  # for the change that is under way
        self._is_made = threading.Event()  # the node is as the last change wants it, or cannot be
        self._wake = threading.Event()
        self._node: SharedNode | None = None
        self._worker: Worker | None = None
        self._failures = Failures("securostrigger", self.announcer)
        self._reason = ""  # why there is no node, or not the one that is wanted; empty: there is
        self._element = self._pipeline = ""
        self._drain_s = 0.0
        self._begins_again = False

    def set_value(self, name: str, value: object) -> None:
        """Set a property (its name with dashes). It counts from the next frame on, or from the next start on."""
        with self._changing:
            self._values[name] = value
            self._note_change()

    def value(self, name: str) -> Any:
        """A property as it was set; None: it was not."""
        return self._values.get(name)

    def start(self, element: str, pipeline: str) -> None:
        """Open the outbox and be ready for frames. Returns also when that is not possible."""
        if sys.getswitchinterval() > SWITCH_INTERVAL_S:
            sys.setswitchinterval(SWITCH_INTERVAL_S)
        self._element, self._pipeline = element, pipeline
        self._failures = Failures(f"securostrigger {element}", self.announcer)
        with self._changing:
            self._note_change()
        self._worker = Worker(f"securostrigger {element}", self._turn, self.announcer, last=self._leave)
        self._worker.start()
        self._is_made.wait(START_WITHIN_S)

    def stop(self, drain_s: float) -> None:
        """Give the node up. The last one of the outbox gives what is due `drain_s` seconds, and closes it."""
        worker, self._worker = self._worker, None
        self._drain_s = drain_s
        if worker is not None:
            worker.request_close()
            self._wake.set()
            worker.close(drain_s + STOP_WITHIN_S)

    def pause(self, *, is_paused: bool) -> None:
        """Note that no frames are to be expected, or that they are again; for the reports of health."""
        if self._node is not None:
            self._node.live.heartbeat.has_ended = is_paused

    def begin_again(self) -> None:
        """Note that the stream begins again with the next frame. At any time."""
        self._begins_again = True

    def decide(
        self, stamp_s: float | None, metadata: dict[str, Any], size: tuple[int, int] | None, *, is_live: bool
    ) -> Decision | None:
        """Decide about a frame. None: there is no node now, or it failed, which was reported. Never raises.

        `stamp_s` is its running time in seconds; None: it has none. `is_live`: its stamps are those of a clock.
        """
        if not self._has_waited and not self._is_made.is_set():
            self._has_waited = True
            self._is_made.wait(CHANGE_WITHIN_S)
        node = self._node
        if node is None:
            return None
        try:
            if self._begins_again:
                self._begins_again = False
                node.times.begin()
            node.times.take_live(is_live=is_live)
            return node.live.process_frame(Frame(node.times.moment(stamp_s), None, metadata, size))
        except Exception as error:  # noqa: BLE001  the bulkhead of the streaming thread: the frame passes
            self.note_failure(error)
            return None

    def note_failure(self, error: BaseException) -> None:
        """Report a bug that was met on a frame."""
        self._failures.note_failure(error)

    @property
    def stream(self) -> str:
        """What its video is called: as the property says, else as the element."""
        return self._values.get("stream") or self._element

    @property
    def address(self) -> str:
        """The address of the node, as it stands in notices; empty: there is none now."""
        node = self._node
        return "" if node is None else str(node.live.address)

    # -- in the worker

    def _note_change(self) -> None:
        self._is_made.clear()
        self._has_waited = False
        self._wake.set()

    def _turn(self, closing: threading.Event) -> bool:
        """Wait for a change, or until it is time to try again, and make the node what the properties say."""
        self._wake.wait(TRY_AGAIN_AFTER_S if self._reason else None)
        if closing.is_set():
            return False
        with self._changing:
            self._wake.clear()
            values = dict(self._values)
        try:
            self._try_to_make(values)
        finally:
            with self._changing:
                if not self._wake.is_set():
                    self._is_made.set()
        return True

    def _leave(self) -> None:
        note_ready(self._element)  # it has stopped: no frames come
        node, self._node = self._node, None
        if node is not None:
            node.leave(self._drain_s)

    def _try_to_make(self, values: dict[str, Any]) -> None:
        """Make the node, and report once when a person has to fix something first, and when that is done."""
        try:
            self._make(values)
        except SecurosTriggerError as error:
            reason = _one_line(error)
            if reason != self._reason:
                self.announcer.announce(kinds.ELEMENT_NOT_READY, node=self._element, reason=reason)
            self._reason = reason
            note_unready(self._element, reason, decides=self._node is not None)
        else:
            note_ready(self._element)
            if self._reason:
                self.announcer.announce(kinds.ELEMENT_READY, node=self._element)
            self._reason = ""

    def _make(self, values: dict[str, Any]) -> None:
        settings = element_settings(values, self._element)
        if self._node is not None:
            self._node.change(settings)
            return
        pipeline = settings.pipelines[0].name or self._pipeline
        self._node = join(settings, self._observer, pipeline=pipeline, element=self._element, stream=self.stream)
        for warning in settings.warnings:
            self.announcer.announce(
                kinds.ELEMENT_SETTINGS_WARNING, node=self._element, reason=" ".join(warning.split())
            )


def _one_line(error: SecurosTriggerError) -> str:
    """The text of an error without line breaks; mistakes one after the other, properties with dashes."""
    if isinstance(error, ConfigurationError):
        return " ".join(_sentence(mistake, error.source) for mistake in error.mistakes)
    return " ".join(str(error).split())


def _sentence(mistake: Mistake, source: str) -> str:
    """A mistake and its fix. One that has no place is about the file, which is `source`."""
    fix = mistake.fix
    if mistake.where == "iss_password":  # the ways of the configuration file are not those of the element
        fix = "Set iss-password, iss-password-env or iss-password-file."
    where = dashed(mistake.where) if mistake.where in TriggerProperties.model_fields else mistake.where or source
    words = f"{where}: {mistake.what}".split() if where else mistake.what.split()
    return " ".join([*words[:-1], words[-1].rstrip(".") + ".", *fix.split()])
