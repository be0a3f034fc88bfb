"""The bridge's own health: what is wrong with it is told to the operator of the VMS (docs/health.md)."""

from securos_trigger.health.open_troubles import Memory
from securos_trigger.health.watch import Watch
from securos_trigger.heartbeat import Pulse

__all__ = ["Memory", "Pulse", "Watch"]
