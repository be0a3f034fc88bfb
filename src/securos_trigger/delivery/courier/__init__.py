"""Couriers: they send deliveries from the outbox and decide what an answer means. The outbox keeps the order.

Read `courier` first (one target), then `settling` (what becomes of a delivery), `target_health` (the circuit breaker),
`poison` (a delivery that fails alone) and `pacing` (the rate limit of late ones). `couriers` runs all in one thread.
"""

from securos_trigger.delivery.courier.changes import PreparedTarget
from securos_trigger.delivery.courier.couriers import Couriers
from securos_trigger.delivery.courier.settling import DeliveryPolicy

__all__ = ["Couriers", "DeliveryPolicy", "PreparedTarget"]
