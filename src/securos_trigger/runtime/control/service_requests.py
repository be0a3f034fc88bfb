"""Requests about the running service as a whole (docs/control.md has the keys of their answers)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from securos_trigger.runtime.control.request_base import Request
from securos_trigger.runtime.control.service import Answer, Service


class StatusRequest(Request):
    """The state of the service: pipelines, nodes, targets, outbox, threads."""

    do: Literal["status"] = "status"

    def answer(self, service: Service) -> Answer:
        """The state of everything, whatever the outbox is doing."""
        return {"is_running": True, **service.status()}


class SettingsRequest(Request):
    """The settings in force; with `has_text` also the text of the file that they were read from."""

    do: Literal["settings"] = "settings"
    has_text: bool = False

    def answer(self, service: Service) -> Answer:
        """The settings with every secret as `***`, and which file they were read from. The text is as it was read."""
        return {"is_running": True, **service.settings(self.has_text)}


class ReloadRequest(Request):
    """Take the changed configuration file. `path` is the file to read, so that no other one is taken."""

    answered_within_s: ClassVar[float] = 180.0  # models may have to be loaded

    do: Literal["reload"] = "reload"
    path: str = Field(max_length=8_192)

    @property
    def is_change(self) -> bool:
        """It changes what the service runs with."""
        return True

    def answer(self, service: Service) -> Answer:
        """`is_done`, what was changed, and else why nothing was."""
        return {"is_running": True, **service.reload(self.path)}
