"""Couriers take deliveries from the outbox to their receivers: what is due, in which order, what an answer costs."""

from securos_trigger.delivery.courier.couriers import Couriers
from securos_trigger.delivery.courier.settling import DeliveryPolicy

__all__ = ["Couriers", "DeliveryPolicy"]
