"""Couriers bring deliveries from the outbox to the receivers: what is due, in which order, what an answer means."""

from securos_trigger.delivery.courier.couriers import Couriers
from securos_trigger.delivery.courier.settling import DeliveryPolicy

__all__ = ["Couriers", "DeliveryPolicy"]
