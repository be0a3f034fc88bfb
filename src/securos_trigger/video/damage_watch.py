"""Says since when a part of a live stream's video cannot be decoded whole, and which part. Pure: no clock."""

from __future__ import annotations

from typing import Final

from securos_trigger.model.source_figures import SourceFigures

#: Shares of packets that are measured together: over this many seconds and packets at least.
_BLOCK_S: Final = 10.0
_BLOCK_PACKETS: Final = 50
#: A share from which video counts as damaged, when it lasts for this many blocks, and one below which it does not.
DAMAGED, WHOLE = 0.1, 0.05
#: A stream that is joined between two key frames gives damaged images until the next one.
_BLOCKS: Final = 3


class DamageWatch:
    """Keeps `damaged_since_at_ticks` and `damaged_share` of `figures`."""

    def __init__(self, figures: SourceFigures, now_ticks: float) -> None:
        self._figures = figures
        self._began_at_ticks = self._block_at_ticks = now_ticks
        self._packets = self._damaged = self._blocks = 0

    def note(self, *, is_damaged: bool, now_ticks: float) -> None:
        """Take a packet: whether it could not be decoded, or gave damaged images alone."""
        self._packets += 1
        self._damaged += is_damaged
        if self._packets < _BLOCK_PACKETS or now_ticks - self._block_at_ticks < _BLOCK_S:
            return
        self._end_block(self._damaged / self._packets)
        self._block_at_ticks, self._packets, self._damaged = now_ticks, 0, 0

    def _end_block(self, share: float) -> None:
        figures = self._figures
        if share < DAMAGED:
            self._blocks = 0
        elif self._blocks == 0:
            self._began_at_ticks = self._block_at_ticks
        if share >= DAMAGED:
            self._blocks += 1
        if self._blocks >= _BLOCKS and figures.damaged_since_at_ticks is None:
            figures.damaged_since_at_ticks = self._began_at_ticks
        elif share < WHOLE:
            figures.damaged_since_at_ticks = None
        figures.damaged_share = 0.0 if figures.damaged_since_at_ticks is None else share
