"""Requests about the running service as a whole (docs/control.md has the keys of their answers)."""

from __future__ import annotations

from typing import Literal

from securos_trigger.runtime.control.request_base import Answer, Request, Service


class StatusRequest(Request):
    """How the service fares: pipelines, nodes, targets, outbox, threads."""

    do: Literal["status"] = "status"

    def answer(self, service: Service) -> Answer:
        """The state of everything, whatever the outbox is doing."""
        return {"is_running": True, **service.status()}


class SettingsRequest(Request):
    """The settings in force."""

    do: Literal["settings"] = "settings"

    def answer(self, service: Service) -> Answer:
        """The settings with every secret as `***`, and which file they were read from."""
        return {"is_running": True, **service.settings()}
