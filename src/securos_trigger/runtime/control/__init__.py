"""The control channel: other programs of the same user ask the running service (docs/control.md).

Each kind of request is a module here that is named in `registry`. Nobody but its owner ever opens an outbox file.
"""

from securos_trigger.runtime.control.client import ask
from securos_trigger.runtime.control.outbox_requests import OutboxRequest
from securos_trigger.runtime.control.request_base import Answer, Request, Service
from securos_trigger.runtime.control.server import ControlServer
from securos_trigger.runtime.control.service_requests import SettingsRequest, StatusRequest

__all__ = [
    "Answer",
    "ControlServer",
    "OutboxRequest",
    "Request",
    "Service",
    "SettingsRequest",
    "StatusRequest",
    "ask",
]
