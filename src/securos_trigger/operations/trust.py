"""Look at the certificates that the receivers of a configuration show now, and accept one that changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from securos_trigger.config.deliver import RECEIVER_PROPERTIES, DeliverSettings, read_deliver_config
from securos_trigger.config.deliver_file import is_deliver_config
from securos_trigger.delivery import SIGNED_BY_SYSTEM_CA, certificate_of, fingerprint_of, unverified_context
from securos_trigger.errors import ConfigurationError
from securos_trigger.model import Address, Target
from securos_trigger.operations.remembered import remembered_settings
from securos_trigger.operations.setting_lines import setting_lines
from securos_trigger.operations.site import settings_in_force
from securos_trigger.operations.status import outbox_in_use
from securos_trigger.runtime.connections import trust_store
from securos_trigger.system.reasons import reason_of
from securos_trigger.trigger.properties import TriggerProperties

TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """How a receiver's certificate stands.

    `fixed_by` says why there is nothing to accept (empty: it is remembered). `shown` is the SHA-256 of the
    certificate that the receiver shows now (None: there was no handshake, see `error`), `accepted` that of the one
    accepted until now (None: none), at `accepted_at` (RFC 3339; None: not known). `was_signed_by_ca`: until now it was
    one that a CA of the system had signed. `is_pinned`: `accepted` stands in the configuration, so another one is
    accepted there and nowhere else. `pinned_at`: where, for each node: `yard/alarm, line 31`.
    """

    target: Target
    fixed_by: str = ""
    shown: str | None = None
    accepted: str | None = None
    was_signed_by_ca: bool = False
    error: str = ""
    is_pinned: bool = False
    pinned_at: tuple[str, ...] = ()
    accepted_at: str | None = None

    @property
    def is_accepted(self) -> bool:
        """True when nothing is left to do: there is nothing to accept, or it is the accepted one."""
        return bool(self.fixed_by) or (self.shown is not None and self.shown == self.accepted)


def shown_certificates(config: Path) -> Iterator[ShownCertificate]:
    """Each receiver's certificate, one after the other: a bare handshake, nothing else is sent."""
    if is_deliver_config(config):
        yield from _shown_in_cluster(read_deliver_config(config))
        return
    served = _served_by(config)
    if served.has_relay:
        for target in served.receivers:
            yield ShownCertificate(target, "`deliver` reaches it, so its configuration is the one to name here")
        return
    store = trust_store(served.outbox_path)
    for target, own in served.receivers.items():
        fixed_by = _fixed_by(own)
        if fixed_by:
            yield ShownCertificate(target, fixed_by)
            continue
        shown, error = _handshake(target)
        if own.iss_certificate_sha256:
            pin, places = own.iss_certificate_sha256, tuple(_places(config, served.pinned_by[target]))
            yield ShownCertificate(target, "", shown, pin, error=error, is_pinned=True, pinned_at=places)
            continue
        known = store.known(target)
        was_signed = known == SIGNED_BY_SYSTEM_CA
        accepted_at = None if was_signed else store.since(target)
        yield ShownCertificate(
            target, "", shown, None if was_signed else known, was_signed, error, accepted_at=accepted_at
        )


def accept_certificate(config: Path, certificate: ShownCertificate) -> None:
    """Remember a certificate that was shown. From now on the receiver is trusted with it."""
    assert certificate.shown is not None, "only a certificate that was shown can be accepted"
    assert not certificate.is_pinned, "a pin is changed in the configuration"
    if is_deliver_config(config):
        from securos_trigger.relay.cluster_trust import accept_in_cluster  # brings the client of the cluster

        accept_in_cluster(read_deliver_config(config).relay, certificate.target, certificate.shown)
        return
    trust_store(outbox_in_use(config)).accept(certificate.target, certificate.shown)


@dataclass(frozen=True, slots=True)
class _Served:
    """The receivers of a service with how each is reached, and the nodes that pin the certificate of one."""

    outbox_path: Path
    has_relay: bool
    receivers: Mapping[Target, TriggerProperties]
    pinned_by: Mapping[Target, Sequence[str]]


def _served_by(config: Path) -> _Served:
    """What the file says; where it has mistakes, what is in force in the service that runs with it.

    ConfigurationError: it has mistakes, and no service runs with it.
    """
    try:
        settings = remembered_settings(config)  # a page of the console asks
    except ConfigurationError:
        if (in_force := settings_in_force(config)) is None:
            raise
        own = [
            (str(Address(pipeline["name"], "", node["id"])), _how_reached(node["properties"]))
            for pipeline in in_force["pipelines"]
            for node in pipeline["nodes"]
            if "properties" in node
        ]
        return _served(Path(in_force["outbox"]["path"]), in_force.get("relay") is not None, own)
    own = [(str(address), node.properties) for address, node in settings.trigger_nodes().items()]
    return _served(outbox_in_use(config), settings.relay is not None, own)


def _how_reached(properties: Mapping[str, Any]) -> TriggerProperties:
    """The properties of a node in force, without those that are not about its receiver."""
    return TriggerProperties.model_validate(
        {name: properties[name] for name in RECEIVER_PROPERTIES if name in properties}
    )


def _served(outbox_path: Path, has_relay: bool, nodes: Sequence[tuple[str, TriggerProperties]]) -> _Served:
    pinned_by: dict[Target, list[str]] = {}
    for address, own in nodes:
        if own.iss_certificate_sha256:
            pinned_by.setdefault(own.target, []).append(address)
    return _Served(outbox_path, has_relay, {own.target: own for _, own in nodes}, pinned_by)


def _shown_in_cluster(settings: DeliverSettings) -> Iterator[ShownCertificate]:
    """The same for the receivers of `deliver`, whose certificates are remembered in the cluster."""
    from securos_trigger.relay.cluster_trust import known_in_cluster  # brings the client of the cluster

    for own in settings.receivers:
        if fixed_by := _fixed_by(own):
            yield ShownCertificate(own.target, fixed_by)
            continue
        shown, error = _handshake(own.target)
        if own.iss_certificate_sha256:
            yield ShownCertificate(own.target, "", shown, own.iss_certificate_sha256, error=error, is_pinned=True)
            continue
        known = known_in_cluster(settings.relay, own.target)
        was_signed = known == SIGNED_BY_SYSTEM_CA
        yield ShownCertificate(own.target, "", shown, None if was_signed else known, was_signed, error)


def _places(config: Path, addresses: Sequence[str]) -> Iterator[str]:
    """Where the configuration pins a certificate: each of these nodes, with the line where it is known."""
    lines = setting_lines(config)
    for address in addresses:
        line = lines.line("iss_certificate_sha256", address)
        yield f"{address}, line {line}" if line else address


def _fixed_by(properties: TriggerProperties) -> str:
    """Why no certificate is to be accepted for this receiver; empty when one is."""
    if properties.iss_scheme == "http":
        return "http has no certificate"
    is_by_ca = properties.iss_ca_file and not properties.iss_certificate_sha256
    return "iss_ca_file names the CA that must have signed it" if is_by_ca else ""


def _handshake(target: Target) -> tuple[str | None, str]:
    """The fingerprint of the certificate that the target shows, or why there was no handshake."""
    try:
        return fingerprint_of(asyncio.run(certificate_of(target, unverified_context, TIMEOUT_S))), ""
    except OSError as error:
        return None, reason_of(error).lower() or type(error).__name__
