"""The text in which SecurOS reads shapes: `color:255,0,0;rect:9.42708,20.09259,5.98958,14.44444`.

Positions are in percent of the frame's width and height, with five decimals. A colour stands before what it colours.
"""

from __future__ import annotations

from collections.abc import Sequence

from securos_trigger.model import Box


def shapes_text(boxes: Sequence[Box], color: str = "") -> str:
    """Write boxes as shapes; `color` is `R,G,B`, empty for SecurOS's own."""
    shapes = [f"rect:{','.join(f'{side * 100:.5f}' for side in box)}" for box in boxes]
    return ";".join([f"color:{color}", *shapes] if color and shapes else shapes)
