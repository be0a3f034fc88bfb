"""From the outbox to the receiver: couriers, the webhook client, which certificates are trusted."""

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
    TrustStore,
    certificate_of,
    fingerprint_of,
    unverified_context,
)
from securos_trigger.delivery.courier import Couriers, DeliveryPolicy, PreparedTarget
from securos_trigger.delivery.webhook import Connection, Reply, Webhook, body_for, object_in, outcome_of, plain

__all__ = [
    "SIGNED_BY_SYSTEM_CA",
    "AcceptedBy",
    "BackOff",
    "CertificateMemory",
    "Connection",
    "Couriers",
    "DeliveryPolicy",
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
    "object_in",
    "outcome_of",
    "plain",
    "unverified_context",
]
