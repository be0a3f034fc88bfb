"""The bridge's own health: what is wrong with it is told to the operator of the VMS (docs/health.md)."""

from securos_trigger.health.open_troubles import OpenTroubles
from securos_trigger.health.watch import HealthWatch
from securos_trigger.heartbeat import Heartbeat

__all__ = ["HealthWatch", "Heartbeat", "OpenTroubles"]
