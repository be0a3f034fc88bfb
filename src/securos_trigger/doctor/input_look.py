"""Looks whether an input can be connected: the broker or the device is there, and accepts the login."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from securos_trigger.config.settings import PipelineSettings
from securos_trigger.doctor.findings import Finding, failed, ok, warning
from securos_trigger.errors import SecurosTriggerError
from securos_trigger.inputs.feed import Feed
from securos_trigger.notices import Announcer, Notice, kinds
from securos_trigger.runtime.input_pipelines import as_visitor, feed_opener

_LOOK_EVERY_S: Final = 0.05
_MOST_NAMED: Final = 10
_CAMERAS_FIX: Final = 'Add them to cameras of the pipeline, or "*" = "…" for all others.'
_QOS_FIX: Final = "Let the sender use QoS 1 (Frigate: qos: 1 in its mqtt section): docs/inputs/broker.md."
_FIX: Final = "Look at the address in its source, the login and the certificate."


class InputLook:
    """Connects to a broker or a device, and leaves. Nothing that comes is acknowledged, so that nothing is lost."""

    def __init__(self, pipeline: PipelineSettings) -> None:
        self._name = f"{pipeline.name}: {pipeline.source.source_name}"
        self._reason = ""
        self._feed: Feed | None = None
        try:
            # QoS 0: a broker that keeps a session all the same has nothing to keep for it.
            source = as_visitor(pipeline.source, qos=0)
            self._feed = feed_opener(f"{pipeline.name}-doctor", source, Announcer([self._hear]))(None)
            self._feed.start()
        except SecurosTriggerError as error:
            self._reason = str(error)

    def finding(self, ends_at_ticks: float) -> Finding:
        """Wait for the connection, or for the reason why there is none, until an instant of the monotonic clock."""
        is_connected = False
        if (feed := self._feed) is not None:
            while not (feed.state.is_connected or self._reason) and time.monotonic() < ends_at_ticks:
                time.sleep(_LOOK_EVERY_S)
            is_connected = feed.state.is_connected
            feed.close()
        if is_connected:
            return ok("source", f"{self._name} can be connected")
        return failed("source", f"{self._name} cannot be connected: {self._reason or 'no answer in time'}", _FIX)

    def _hear(self, notice: Notice) -> None:
        if notice.kind is kinds.SOURCE_LOST:
            self._reason = self._reason or str(notice.fields["reason"])


def remarks_on(name: str, seen: Mapping[str, Any]) -> Iterator[Finding]:
    """What a person should look at in what the running service says of an input."""
    if cameras := list(seen.get("unknown_cameras") or ()):
        named = ", ".join(cameras[:_MOST_NAMED]) + (", …" if len(cameras) > _MOST_NAMED else "")
        yield warning("cameras", f"{name}: not in the camera map: {named}", _CAMERAS_FIX)
    if count := seen.get("qos_0"):
        what = f"{name}: {count} of its messages came with QoS 0: in an outage such messages are lost"
        yield warning("source", what, _QOS_FIX)
