"""One attempt to hand one delivery to a receiver over HTTPS. The wire is described in contract/delivery.md.

In: a `Connection` (target, token, certificate), then deliveries. Out: an `Outcome` for each, never an exception of the
network. Read `client` first, then `body` (what is sent) and `answer` (what comes back). `sessions` keeps connections
open, `bounded` bounds what a receiver may send, `shapes` writes bounding boxes as SecurOS reads them, `receiver_clock`
compares the two clocks. Knows no outbox:
when to send, and what follows from an outcome, is the courier's.
"""

from securos_trigger.delivery.webhook.answer import object_in, outcome_of, plain
from securos_trigger.delivery.webhook.body import body_for
from securos_trigger.delivery.webhook.client import Connection, Reply, Webhook
from securos_trigger.delivery.webhook.receiver_clock import ReceiverClock
from securos_trigger.delivery.webhook.schemes import no_plain_http

__all__ = [
    "Connection",
    "ReceiverClock",
    "Reply",
    "Webhook",
    "body_for",
    "no_plain_http",
    "object_in",
    "outcome_of",
    "plain",
]
