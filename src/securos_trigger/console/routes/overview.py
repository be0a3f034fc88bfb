"""The overview, what happens as it happens, and the live images."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from securos_trigger.console.access import Looks, is_still_let_in
from securos_trigger.console.bodies import NameInPath
from securos_trigger.console.routes.query import Name
from securos_trigger.operations.overview import overview

router = APIRouter(prefix="/api", tags=["overview"])
_JSON: Final = "application/json"
_NOT_RUNNING: Final = "The service does not run."


@router.get("/overview")
async def show_overview(person: Looks) -> dict[str, Any]:
    """The service, its pipelines and receivers, on one page."""
    own = person.console
    return await own.asking.shared("overview", lambda: overview(own.config, now=datetime.now().astimezone()))


@router.get("/stream", response_class=StreamingResponse)
async def stream(person: Looks, request: Request, changes: bool = False) -> StreamingResponse:
    """Server-sent events: `overview` when it has changed, `delivery` for each new event.

    With `changes` the overview comes once, then `changes` in it as a JSON Patch.
    """
    feed, session = person.console.feed, person.session.csrf if person.session else ""
    if feed is None or feed.is_full(person.owner, session):
        raise HTTPException(503, "Too many pages are open. Close some.")
    fed = feed.lines(person.owner, session, takes_changes=changes)
    first = await anext(fed)  # it is counted now: nothing else runs between the question whether it is full and this

    async def lines() -> AsyncIterator[str]:
        async with aclosing(fed):
            yield first
            async for text in fed:
                if not await run_in_threadpool(is_still_let_in, request, person) or await request.is_disconnected():
                    return
                yield text

    return StreamingResponse(lines(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@router.get("/pipelines/{pipeline}/frame", response_class=Response, responses={200: {"content": {_JSON: {}}}})
async def show_frame(
    person: Looks, pipeline: NameInPath, camera: Name = "", width: Annotated[int, Query(ge=0, le=1280)] = 0
) -> Response:
    """What the nodes saw on the newest frame. With a width, its image can be asked for by its number."""
    frames = person.console.frames
    asked = pipeline, camera, width
    body = frames.fresh_body(*asked) or await person.console.asking.run(person.owner, frames.body, *asked)
    if body is None:
        raise HTTPException(503, _NOT_RUNNING)
    return Response(body, media_type=_JSON)


@router.get(
    "/pipelines/{pipeline}/image.jpg", response_class=Response, responses={200: {"content": {"image/jpeg": {}}}}
)
async def show_image(
    person: Looks,
    pipeline: NameInPath,
    camera: Name = "",
    width: Annotated[int, Query(ge=64, le=1280)] = 640,
    number: Annotated[int | None, Query(ge=0)] = None,
) -> Response:
    """The image of the newest frame, or of the one with this number that was answered a moment ago, as JPEG."""
    frames = person.console.frames
    asked = pipeline, camera, width
    if number is not None:
        frame = frames.shown_frame(*asked, number)
        if frame is None:
            raise HTTPException(404, f"The image of frame {number} is not kept any more: ask for the frame again.")
    else:
        frame = frames.fresh_frame(*asked) or await person.console.asking.run(person.owner, frames.frame, *asked)
    if frame is None:
        raise HTTPException(503, _NOT_RUNNING)
    if not frame.jpeg:
        raise HTTPException(404, "There is no image." if frame.number else "There was no frame yet.")
    return Response(frame.jpeg, media_type="image/jpeg", headers={"X-Frame-Number": str(frame.number)})
