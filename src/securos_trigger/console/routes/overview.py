"""The overview, what happens as it happens, and the live images."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from securos_trigger.console.access import Looks
from securos_trigger.operations.overview import overview

router = APIRouter(prefix="/api", tags=["overview"])
Name = Annotated[str, Query(max_length=1000)]
_JSON: Final = "application/json"
_NOT_RUNNING: Final = "securos-trigger is not running."


@router.get("/overview")
def show_overview(person: Looks) -> dict[str, Any]:
    """The service, its pipelines and receivers, on one page."""
    return overview(person.console.config, now=datetime.now().astimezone())


@router.get("/stream", response_class=StreamingResponse)
async def stream(person: Looks, request: Request) -> StreamingResponse:
    """Server-sent events: `overview` when it has changed, `delivery` for each new event."""
    feed, owner = person.console.feed, person.session.csrf if person.session else f"{person.user} {person.client}"
    if feed is None or feed.is_full(owner):
        raise HTTPException(503, "Too many pages are open. Close some.")

    def is_over() -> bool:
        session = person.session
        return session is not None and person.console.sessions.has_ended(session)

    async def lines() -> AsyncIterator[str]:
        async for text in feed.lines(owner):
            if is_over() or await request.is_disconnected():
                return
            yield text

    return StreamingResponse(lines(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@router.get("/pipelines/{pipeline}/frame", response_class=Response, responses={200: {"content": {_JSON: {}}}})
async def show_frame(person: Looks, pipeline: str, camera: Name = "") -> Response:
    """What the nodes saw on the newest frame."""
    frames = person.console.frames
    body = frames.fresh_body(pipeline, camera) or await run_in_threadpool(frames.body, pipeline, camera)
    if body is None:
        raise HTTPException(503, _NOT_RUNNING)
    return Response(body, media_type=_JSON)


@router.get(
    "/pipelines/{pipeline}/image.jpg", response_class=Response, responses={200: {"content": {"image/jpeg": {}}}}
)
async def show_image(
    person: Looks, pipeline: str, camera: Name = "", width: Annotated[int, Query(ge=64, le=1280)] = 640
) -> Response:
    """The image of the newest frame, as JPEG."""
    frames = person.console.frames
    frame = frames.fresh_frame(pipeline, camera, width)
    if frame is None:
        frame = await run_in_threadpool(frames.frame, pipeline, camera, width)
    if frame is None:
        raise HTTPException(503, _NOT_RUNNING)
    if not frame.jpeg:
        raise HTTPException(404, "There is no image." if frame.number else "There was no frame yet.")
    return Response(frame.jpeg, media_type="image/jpeg", headers={"X-Frame-Number": str(frame.number)})
