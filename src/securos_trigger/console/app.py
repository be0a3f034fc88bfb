"""Puts the console together: routes, static pages, and how a failure becomes an answer."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from securos_trigger.console.access import InOtherTurn, Looks, is_known
from securos_trigger.console.context import Console
from securos_trigger.console.feed import Feed
from securos_trigger.console.refusals import REFUSALS
from securos_trigger.console.routes import audit, config, decisions, events, overview, probes, session, targets, trials
from securos_trigger.console.security.guard import App, Guard
from securos_trigger.errors import (
    ArgumentError,
    ConditionError,
    ConfigurationChangedError,
    ConfigurationError,
    Mistake,
    NotFoundError,
    OutboxError,
    SecurosTriggerError,
)
from securos_trigger.operations.config_view import config_view
from securos_trigger.operations.overview import overview as overview_now
from securos_trigger.system.package_version import package_version

STATIC: Final = Path(__file__).parent / "static"
_MOST_MISTAKES: Final = 20
ROUTERS: Final = (session, overview, events, decisions, config, trials, targets, audit, probes)
_log = logging.getLogger("securos_trigger.console")


class AsciiJSON(JSONResponse):
    """JSON in plain ASCII: no text of a frame or a file can break it."""

    def render(self, content: Any) -> bytes:
        """Write the body."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


def console_app(own: Console) -> App:
    """The whole application of a console, with its guard before it."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        own.feed = Feed(own.config)
        reading = asyncio.get_running_loop().run_in_executor(None, _read_ahead, own)
        try:
            yield
            await reading
        finally:
            own.feed.close()
            own.log_ins.close()

    app = FastAPI(
        title="Console of securos-trigger",
        version=package_version(),
        default_response_class=AsciiJSON,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.console = own
    for module in ROUTERS:
        app.include_router(module.router, responses=REFUSALS)
    _add_failures(app)

    @app.get("/api/openapi.json", tags=["session"], dependencies=[InOtherTurn])
    def openapi(person: Looks) -> dict[str, Any]:
        """Describe this API."""
        return app.openapi()

    app.mount("/", _Pages(directory=STATIC, html=True))

    def may_send_much(scope: Scope) -> bool:
        return is_known(own, Request(scope))

    return Guard(app, own.plan.host_names, may_send_much, is_https=own.plan.is_https)


def _read_ahead(own: Console) -> None:
    """Read the configuration before the first page asks: with hundreds of pipelines that takes a second."""
    try:
        overview_now(own.config, now=datetime.now().astimezone())
        config_view(own.config, own.plan.folders)
    except SecurosTriggerError as error:  # each page says so
        _log.debug("The configuration cannot be read yet: %s", error)
    except Exception:  # noqa: BLE001 - the console goes on, and each page reads it again
        _log.exception("The configuration could not be read ahead.")


class _Pages(StaticFiles):
    """The static pages. One that is missing is answered with `404.html`; a path of the API as the API answers."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with a file."""
        answer = await super().get_response(path, scope)
        if answer.status_code == 404 and scope["path"].startswith("/api/"):
            raise HTTPException(404, "The API has no such path.")
        return answer


def failure_answer(error: SecurosTriggerError) -> AsciiJSON:
    """The answer for an operation that was refused, or failed."""
    content: dict[str, Any] = {"error": str(error)}
    match error:
        case NotFoundError():
            return AsciiJSON(content, 404)
        case ArgumentError():
            return AsciiJSON({**content, "argument": error.argument}, 422)
        case ConfigurationChangedError():
            return AsciiJSON({"error": "The file has changed since it was read. Read it again, and repeat it."}, 412)
        case ConfigurationError():
            mistakes = [one.to_json() for one in error.mistakes]
            return AsciiJSON({**content, "mistakes": mistakes}, 422)
        case ConditionError():
            return AsciiJSON(content, 422)
        case OutboxError():
            return AsciiJSON(content, 503)
    return AsciiJSON(content, 409)


def _add_failures(app: FastAPI) -> None:
    @app.exception_handler(SecurosTriggerError)
    def _refused(_request: Request, error: SecurosTriggerError) -> AsciiJSON:
        return failure_answer(error)

    @app.exception_handler(HTTPException)
    def _http(_request: Request, error: HTTPException) -> AsciiJSON:
        return AsciiJSON({"error": error.detail}, error.status_code, error.headers)

    @app.exception_handler(RequestValidationError)
    def _invalid(_request: Request, error: RequestValidationError) -> AsciiJSON:
        mistakes = [_wrong_part(one) for one in error.errors()[:_MOST_MISTAKES]]
        what = mistakes[0]["what"] if mistakes else "it cannot be read"
        return AsciiJSON({"error": f"The request has mistakes: {what}.", "mistakes": mistakes}, 422)

    @app.exception_handler(Exception)
    def _bug(_request: Request, error: Exception) -> AsciiJSON:
        _log.error("A request has failed.", exc_info=error)
        return AsciiJSON({"error": "The console has had an unexpected error: its log has the traceback."}, 500)


def _wrong_part(found: Mapping[str, Any]) -> dict[str, str]:
    """A mistake of a request as the API describes it."""
    if found["type"] == "json_invalid":
        return Mistake("body", "the body is not JSON", "Send JSON in UTF-8.").to_json()
    return Mistake(".".join(map(str, found["loc"][1:])), str(found["msg"])).to_json()
