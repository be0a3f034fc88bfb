"""How the receiver of a trigger node is reached, directly or by a relay, and where certificates are remembered."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.config.settings import OutboxSettings
from securos_trigger.delivery import Connection, DeliveryPolicy, TrustStore
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox
from securos_trigger.trigger.properties import TriggerProperties

if TYPE_CHECKING:
    from securos_trigger.relay.gateway import GatewayRelay
    from securos_trigger.relay.pipeline_lease import PipelineLease

_DAY_S: Final = 86_400.0


def trust_store(outbox: Path) -> TrustStore:
    """Where the certificates that were met are remembered: beside the outbox file."""
    return TrustStore(outbox.with_name("trusted-certificates.json"))


def first_of_each_target(nodes: Iterable[TriggerProperties]) -> dict[str, TriggerProperties]:
    """The properties that each target is served with: those of the first of its nodes, with which the others agree."""
    found: dict[str, TriggerProperties] = {}
    for properties in nodes:
        found.setdefault(str(properties.target), properties)
    return found


def connection(properties: TriggerProperties) -> Connection:
    """How the receiver of a node is reached."""
    assert properties.iss_password is not None
    return Connection(
        target=properties.target,
        token=properties.iss_password.get_secret_value(),
        certificate_sha256=properties.iss_certificate_sha256,
        ca_file=Path(properties.iss_ca_file) if properties.iss_ca_file else None,
    )


def policy_of(
    properties: TriggerProperties | None, settings: OutboxSettings, relay: GatewayRelay | None
) -> DeliveryPolicy:
    """How deliveries to the receiver of a node are made, or, without properties, those for an unknown receiver."""
    expire_after_s = settings.expire_after_days * _DAY_S
    if properties is None:
        return DeliveryPolicy(expire_after_s=expire_after_s)
    if relay is not None:
        return relay.policy(expire_after_s)
    return DeliveryPolicy(
        record_max_lateness_s=properties.record_max_lateness,
        expire_after_s=expire_after_s,
        late_per_s=settings.late_per_s,
        idle_check_s=settings.idle_check_s,
    )


def relay_of(
    settings: RelaySettings | None, outbox: Outbox, announcer: Announcer, lease: PipelineLease | None
) -> GatewayRelay | None:
    """The relay to a cluster; None where this machine delivers. `lease` is that of the pipeline, if it has one."""
    if settings is None:
        return None
    from securos_trigger.relay.gateway import GatewayRelay  # brings the client of the cluster

    return GatewayRelay(settings, outbox, announcer, lease)
