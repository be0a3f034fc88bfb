"""Requests for the newest frame of a pipeline: what its nodes saw, and its image."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from securos_trigger.runtime.control.request_base import Request
from securos_trigger.runtime.control.service import Answer, Service


class FrameRequest(Request):
    """The newest frame of a pipeline. `width` is the greatest width of its image in pixels; 0: no image.

    `after` is the number of the frame that the asker has: the same one is not sent again.
    """

    answered_within_s: ClassVar[float] = 5.0

    do: Literal["frame"] = "frame"
    pipeline: str = Field(max_length=1000)
    camera: str = Field("", max_length=1000)
    width: int = Field(0, ge=0, le=1920)
    after: int = Field(-1, ge=-1)

    def answer(self, service: Service) -> Answer:
        """Give the keys of docs/control.md, or `error`."""
        return {"is_running": True, **service.frame(self.pipeline, self.camera, self.width, self.after)}
