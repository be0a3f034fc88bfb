"""The names in the cluster: streams, subjects, buckets, message ids. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from securos_trigger.model import Delivery

#: Header by which JetStream refuses a message that it has stored before.
MESSAGE_ID: Final = "Nats-Msg-Id"

_LONGEST: Final = 80


@dataclass(frozen=True, slots=True)
class Names:
    """The names that belong to one prefix, which is `stream` in the configuration."""

    prefix: str

    @property
    def events(self) -> str:
        """The stream of events on their way to a target."""
        return f"{self.prefix}-events"

    @property
    def outcomes(self) -> str:
        """The stream of what became of events, on their way back to the gateways."""
        return f"{self.prefix}-outcomes"

    @property
    def dead(self) -> str:
        """The stream of dead letters."""
        return f"{self.prefix}-dead"

    @property
    def leases(self) -> str:
        """The key-value bucket that says which process serves a target."""
        return f"{self.prefix}-leases"

    @property
    def trust(self) -> str:
        """The key-value bucket of remembered certificates."""
        return f"{self.prefix}-trust"

    @property
    def pipeline_leases(self) -> str:
        """The key-value bucket that says which machine runs a pipeline."""
        return f"{self.prefix}-pipeline-leases"

    @property
    def pipelines(self) -> str:
        """The key-value bucket of the records of pipelines."""
        return f"{self.prefix}-pipelines"

    def event_subject(self, target: str) -> str:
        """Where the events of a target are published."""
        return f"{self.prefix}.event.{token_of(target)}"

    def outcome_subject(self, gateway: str) -> str:
        """Where the outcomes of a gateway's events are published."""
        return f"{self.prefix}.outcome.{token_of(gateway)}"

    def dead_subject(self, target: str) -> str:
        """Where the dead letters of a target are published."""
        return f"{self.prefix}.dead.{token_of(target)}"


def pipeline_key(site: str, pipeline: str) -> str:
    """The key of a pipeline in the buckets of leases and records: sites on one stream may have equal names in them."""
    return f"{token_of(site)}.{token_of(pipeline)}"


@lru_cache(maxsize=4096)
def token_of(text: str) -> str:
    """Make a token of a subject, or a key, of any text: readable, and another one for every other text."""
    readable = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_LONGEST]
    return f"{readable}-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"


def message_id(delivery: Delivery) -> str:
    """Make the id by which the cluster stores a delivery once.

    One event may go to several targets, and a person may have a dead letter sent again: those are other messages.
    """
    again = f".{round(delivery.retried_at_s * 1000)}" if delivery.retried_at_s else ""
    return f"{delivery.event_id}.{token_of(delivery.target)}{again}"
