"""The overview, what happens as it happens, and the live images."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import StreamingResponse

from securos_trigger.console.access import Looks
from securos_trigger.operations.frames import ShownFrame
from securos_trigger.operations.overview import overview

router = APIRouter(prefix="/api", tags=["overview"])
Name = Annotated[str, Query(max_length=1000)]


@router.get("/overview")
def show_overview(person: Looks) -> dict[str, Any]:
    """The service, its pipelines and receivers, on one page."""
    return overview(person.console.config, now=datetime.now().astimezone())


@router.get("/stream", response_class=StreamingResponse)
async def stream(person: Looks, request: Request) -> StreamingResponse:
    """Server-sent events: `overview` when it has changed, `delivery` for each new event."""
    feed = person.console.feed
    if feed is None or feed.is_full:
        raise HTTPException(503, "Too many pages are open.")

    def is_over() -> bool:
        session = person.session
        return session is not None and person.console.sessions.has_ended(session)

    async def lines() -> AsyncIterator[str]:
        async for text in feed.lines():
            if is_over() or await request.is_disconnected():
                return
            yield text

    return StreamingResponse(lines(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@router.get("/pipelines/{pipeline}/frame")
def show_frame(person: Looks, pipeline: str, camera: Name = "") -> dict[str, Any]:
    """What the nodes saw on the newest frame."""
    return _frame(person, pipeline, camera, 0).to_json()


@router.get(
    "/pipelines/{pipeline}/image.jpg", response_class=Response, responses={200: {"content": {"image/jpeg": {}}}}
)
def show_image(
    person: Looks, pipeline: str, camera: Name = "", width: Annotated[int, Query(ge=64, le=1280)] = 640
) -> Response:
    """The image of the newest frame, as JPEG."""
    frame = _frame(person, pipeline, camera, width)
    if not frame.jpeg:
        raise HTTPException(404, "There is no image." if frame.number else "There was no frame yet.")
    return Response(frame.jpeg, media_type="image/jpeg", headers={"X-Frame-Number": str(frame.number)})


def _frame(person: Looks, pipeline: str, camera: str, width: int) -> ShownFrame:
    frame = person.console.frames.frame(pipeline, camera, width)
    if frame is None:
        raise HTTPException(503, "securos-trigger is not running.")
    return frame
