"""Couriers: they send deliveries from the outbox and decide what an answer means. The outbox keeps the order."""

from securos_trigger.delivery.courier.couriers import Couriers, PreparedTarget
from securos_trigger.delivery.courier.settling import DeliveryPolicy

__all__ = ["Couriers", "DeliveryPolicy", "PreparedTarget"]
