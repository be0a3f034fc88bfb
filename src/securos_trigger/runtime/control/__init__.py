"""The control channel: other programs of the same user ask the running service (docs/control.md).

Each kind of request is a module here that is named in `registry`. Only its owner ever opens an outbox file. Each name
is loaded when it is first used: `status` needs `sockets` alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from securos_trigger.runtime.control.client import ask
    from securos_trigger.runtime.control.event_requests import EventRequest, SearchRequest
    from securos_trigger.runtime.control.frame_requests import FrameRequest
    from securos_trigger.runtime.control.outbox_requests import OutboxRequest
    from securos_trigger.runtime.control.read_request import ReadRequest
    from securos_trigger.runtime.control.request_base import Request
    from securos_trigger.runtime.control.server import ControlServer
    from securos_trigger.runtime.control.service import Answer, FrameWish, Service
    from securos_trigger.runtime.control.service_requests import ReloadRequest, SettingsRequest, StatusRequest

_HOMES = {
    "Answer": "service",
    "ControlServer": "server",
    "EventRequest": "event_requests",
    "FrameRequest": "frame_requests",
    "FrameWish": "service",
    "OutboxRequest": "outbox_requests",
    "ReloadRequest": "service_requests",
    "ReadRequest": "read_request",
    "Request": "request_base",
    "SearchRequest": "event_requests",
    "Service": "service",
    "SettingsRequest": "service_requests",
    "StatusRequest": "service_requests",
    "ask": "client",
}

__all__ = [
    "Answer",
    "ControlServer",
    "EventRequest",
    "FrameRequest",
    "FrameWish",
    "OutboxRequest",
    "ReadRequest",
    "ReloadRequest",
    "Request",
    "SearchRequest",
    "Service",
    "SettingsRequest",
    "StatusRequest",
    "ask",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
