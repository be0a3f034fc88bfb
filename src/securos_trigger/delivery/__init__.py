"""From the outbox to the receiver: couriers, the webhook client, which certificates are trusted.

In: deliveries that are due, from the outbox. Out: a settlement for each: delivered, again later, or dead. Read
`courier/courier.py` first (when to send), then `webhook/client.py` (one attempt) and `courier/settling.py` (what an
answer means). Knows no frame and no trigger node; `transport` is the interface behind which a cluster may stand.
"""

from securos_trigger.delivery.back_off import BackOff
from securos_trigger.delivery.certificate_inspection import (
    AcceptedBy,
    ShownCertificate,
    UnreadableCertificateError,
    inspect_certificate,
)
from securos_trigger.delivery.certificate_trust import (
    SIGNED_BY_SYSTEM_CA,
    CertificateMemory,
    KnownCertificates,
    TrustStore,
)
from securos_trigger.delivery.courier import Couriers, DeliveryPolicy, PreparedTarget
from securos_trigger.delivery.handshake import certificate_of, fingerprint_of, unverified_context
from securos_trigger.delivery.webhook import (
    Connection,
    Reply,
    Webhook,
    body_for,
    no_plain_http,
    object_in,
    outcome_of,
    plain,
)

__all__ = [
    "SIGNED_BY_SYSTEM_CA",
    "AcceptedBy",
    "BackOff",
    "CertificateMemory",
    "Connection",
    "Couriers",
    "DeliveryPolicy",
    "KnownCertificates",
    "PreparedTarget",
    "Reply",
    "ShownCertificate",
    "TrustStore",
    "UnreadableCertificateError",
    "Webhook",
    "body_for",
    "certificate_of",
    "fingerprint_of",
    "inspect_certificate",
    "no_plain_http",
    "object_in",
    "outcome_of",
    "plain",
    "unverified_context",
]
