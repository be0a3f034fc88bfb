"""Asking an outbox from another process, without ever opening a file that somebody owns (docs/delivery.md)."""

from securos_trigger.runtime.control.client import ask
from securos_trigger.runtime.control.requests import Answer, Request
from securos_trigger.runtime.control.server import ControlServer

__all__ = ["Answer", "ControlServer", "Request", "ask"]
