"""Requests for the newest frame of a pipeline: what its nodes saw, and its image."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from securos_trigger.runtime.control.request_base import Request
from securos_trigger.runtime.control.service import Answer, FrameWish, Service


class FrameRequest(Request):
    """The newest frame of a pipeline. `width` is the greatest width of its image in pixels; 0: no image.

    `after` is the number of the frame that the client has: the same one is not sent again. Without `has_metadata` only
    the image and its numbers are given: nothing else is worked out.
    """

    answered_within_s: ClassVar[float] = 5.0

    do: Literal["frame"] = "frame"
    pipeline: str = Field(max_length=1000)
    camera: str = Field("", max_length=1000)
    width: int = Field(0, ge=0, le=1920)
    after: int = Field(-1, ge=-1)
    has_metadata: bool = True

    def answer(self, service: Service) -> Answer:
        """Give the keys of docs/control.md, or `error`."""
        wish = FrameWish(self.pipeline, self.camera, self.width, self.after, self.has_metadata)
        return {"is_running": True, **service.frame(wish)}
