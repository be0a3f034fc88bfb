"""A sink for pipelines that write no video. Needs no library."""

from __future__ import annotations

from collections.abc import Sequence

from securos_trigger.model import Event, Frame


class NullSink:
    """Discards the frames."""

    def write(self, frame: Frame, events: Sequence[Event]) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Nothing to finish."""
