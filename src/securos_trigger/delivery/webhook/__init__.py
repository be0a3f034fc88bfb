"""One attempt to hand one delivery to a receiver. The wire is described in contract/delivery.md."""

from securos_trigger.delivery.webhook.answer import object_in, outcome_of, plain
from securos_trigger.delivery.webhook.body import body_for
from securos_trigger.delivery.webhook.client import Connection, Reply, Webhook

__all__ = ["Connection", "Reply", "Webhook", "body_for", "object_in", "outcome_of", "plain"]
