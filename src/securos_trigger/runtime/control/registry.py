"""Every kind of request by the word that stands in `do`, and how a line from outside becomes an answer."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import Final

from pydantic import ValidationError

from securos_trigger.errors import OutboxError
from securos_trigger.runtime.control.event_requests import EventRequest, SearchRequest
from securos_trigger.runtime.control.frame_requests import FrameRequest
from securos_trigger.runtime.control.outbox_requests import OutboxRequest
from securos_trigger.runtime.control.request_base import Request
from securos_trigger.runtime.control.service import CANNOT_BE_READ, Answer, Service
from securos_trigger.runtime.control.service_requests import ReloadRequest, SettingsRequest, StatusRequest

#: A new kind is a module with its model, and a line here.
REQUESTS: Final = MappingProxyType[str, type[Request]](
    {
        "status": StatusRequest,
        "settings": SettingsRequest,
        "reload": ReloadRequest,
        "frame": FrameRequest,
        "search": SearchRequest,
        "event": EventRequest,
        "list": OutboxRequest,
        "show": OutboxRequest,
        "retry": OutboxRequest,
        "drop": OutboxRequest,
        "move": OutboxRequest,
    }
)


def read_request(line: bytes) -> Request | str:
    """The request on a line of JSON, or a sentence that says what is wrong with it."""
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"{CANNOT_BE_READ}: {error}."
    kind = raw.get("do") if isinstance(raw, dict) else None
    model = REQUESTS.get(kind) if isinstance(kind, str) else None
    if model is None:
        return f"{CANNOT_BE_READ}: do is one of {', '.join(REQUESTS)}."
    try:
        return model.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return f"{CANNOT_BE_READ}: {where + ': ' if where else ''}{first['msg']}."


def answered(service: Service, request: Request) -> Answer:
    """The answer to a request; an outbox that cannot be used is an answer too."""
    try:
        return request.answer(service)
    except OutboxError as error:
        return {"error": str(error)}
