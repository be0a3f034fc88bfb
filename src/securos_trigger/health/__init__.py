"""The bridge's own health: what is wrong with it is told to the operator of the VMS (docs/health.md)."""

from securos_trigger.health.memory import Memory
from securos_trigger.health.pulse import Pulse
from securos_trigger.health.watch import Watch

__all__ = ["Memory", "Pulse", "Watch"]
