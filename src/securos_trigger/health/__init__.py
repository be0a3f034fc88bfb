"""The service's own health: reports to the operator of the VMS what is wrong with it (docs/health.md).

In: heartbeats, the outbox, certificates. Out: events to the cameras in `health_camera_ids`, when a trouble begins and
when it is over. Read `subjects` first (what is watched), then `troubles` (when it counts) and `watch` (the thread).
Knows no pipeline and no courier.

Each name is loaded when it is first used: a configuration needs `health.settings` alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from securos_trigger.health.open_troubles import OpenTroubles
    from securos_trigger.health.reports import Recipient
    from securos_trigger.health.settings import HealthSettings
    from securos_trigger.health.watch import HealthWatch

_HOMES = {
    "HealthSettings": "settings",
    "HealthWatch": "watch",
    "OpenTroubles": "open_troubles",
    "Recipient": "reports",
}

__all__ = ["HealthSettings", "HealthWatch", "OpenTroubles", "Recipient"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
