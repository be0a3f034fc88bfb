"""What tables of a configuration do to each other: ports and devices that two of them want, values that do not fit.

All that is found are warnings: what another program has taken shows only at the start.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from securos_trigger.analytics.settings import RecorderSettings
from securos_trigger.config.agreement import Numbered, triggers_of
from securos_trigger.config.console_settings import ConsoleSettings, is_loopback
from securos_trigger.config.images_settings import ImagesSettings
from securos_trigger.config.property_warnings import seconds_warnings
from securos_trigger.config.settings import MetricsSettings, OutboxSettings, TriggerSettings
from securos_trigger.errors import Mistake
from securos_trigger.health.settings import HealthSettings
from securos_trigger.inputs.http_settings import HttpSettings

_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class _Listener:
    """An address of this machine that a part of the program listens on."""

    what: str
    where: str
    host: str
    port: int
    is_udp: bool = False

    def clashes_with(self, other: _Listener) -> bool:
        """True when both cannot listen."""
        is_one_host = self.host == other.host or _is_every(self.host) or _is_every(other.host)
        return is_one_host and (self.port, self.is_udp) == (other.port, other.is_udp)


def pair_warnings(
    pipelines: Numbered,
    metrics: MetricsSettings,
    console: ConsoleSettings | None,
) -> list[Mistake]:
    """Warnings about tables that do not fit each other. `console`: None where the file has no such table."""
    listeners = list(_listeners(pipelines, metrics, console))
    return [
        *_clashes(listeners),
        *_own_targets(pipelines, listeners),
        *_two_schemes(pipelines),
        *_twins(pipelines),
        *_shared_devices(pipelines),
        *_useless(pipelines),
    ]


def _listeners(pipelines: Numbered, metrics: MetricsSettings, console: ConsoleSettings | None) -> Iterator[_Listener]:
    if metrics.port:
        yield _Listener("the metrics", "metrics.port", metrics.host, metrics.port)
    console = console or ConsoleSettings.model_construct()  # `securos-trigger console` needs no table
    if console.port:
        yield _Listener("the console", "console.port", console.host, console.port)
    for number, pipeline in pipelines:
        place = f"pipelines[{number}].source"
        transport = pipeline.source.transport if pipeline.has_input else None
        if isinstance(transport, HttpSettings) and transport.port:
            yield _Listener(f'the input of "{pipeline.name}"', f"{place}.listen", transport.host, transport.port)
        if pipeline.source.type == "stream":
            parts = urlsplit(pipeline.source.url.get_secret_value())
            if parts.scheme == "udp" and parts.port and not _is_multicast(parts.hostname or ""):
                what = f'the source of "{pipeline.name}"'
                yield _Listener(what, f"{place}.url", parts.hostname or "", parts.port, is_udp=True)


def _clashes(listeners: Sequence[_Listener]) -> Iterator[Mistake]:
    seen: dict[int, list[_Listener]] = {}
    for one in listeners:
        before = seen.setdefault(one.port, [])
        other = next((other for other in before if one.clashes_with(other)), None)
        before.append(one)
        if other is not None:
            at = one if other.where == "console.port" or one.where != "console.port" else other
            first, second = (other, one) if at is one else (one, other)
            what = f"{second.what} and {first.what} both listen on port {one.port}: only one of them can"
            yield Mistake(at.where, what, "Give each of them a port of its own.")


def _own_targets(pipelines: Numbered, listeners: Sequence[_Listener]) -> Iterator[Mistake]:
    """Nodes that send to a port of this program."""
    by_port: dict[int, list[_Listener]] = {}
    for one in listeners:
        by_port.setdefault(one.port, []).append(one)
    for where, trigger in triggers_of(pipelines):
        target = trigger.properties.target
        for one in by_port.get(target.port, ()):
            if not one.is_udp and is_loopback(target.host):
                what = f"{one.port} at {target.host} is the port of {one.what}, not of a receiver"
                yield Mistake(f"{where}.iss_port", what, "Set iss_ip and iss_port to those of the receiver.")


def _two_schemes(pipelines: Numbered) -> Iterator[Mistake]:
    """Nodes that send to one port, some with https and some with http: a port speaks one of them."""
    first: dict[tuple[str, int], TriggerSettings] = {}
    for where, trigger in triggers_of(pipelines):
        target = trigger.properties.target
        other = first.setdefault((target.host.lower(), target.port), trigger)
        if other.properties.target.scheme != target.scheme:
            what = f'is "{target.scheme}", and {other.id} sends to the same port with "{other.properties.iss_scheme}"'
            yield Mistake(
                f"{where}.iss_scheme", f"{what}: a port accepts only one of them", "Set both to the same value."
            )


def _twins(pipelines: Numbered) -> Iterator[Mistake]:
    """Enabled trigger nodes of one pipeline whose properties are all alike: each event is sent twice."""
    for number, pipeline in pipelines:
        seen: dict[str, list[TriggerSettings]] = {}
        for index, node in enumerate(pipeline.nodes):
            if not isinstance(node, TriggerSettings):
                if node.type in ("detector", "function"):  # from here on the same properties are about other objects
                    seen.clear()
                continue
            if not node.properties.enabled:
                continue
            alike = seen.setdefault(node.properties.model_dump_json(), [])  # but for secrets, which it hides
            if other := next((one for one in alike if one.properties == node.properties), None):
                what = f"sends each event of {other.id} a second time: both have the same properties"
                yield Mistake(f"pipelines[{number}].nodes[{index}]", what, "Remove one of the two nodes.")
            alike.append(node)


def _shared_devices(pipelines: Numbered) -> Iterator[Mistake]:
    """Cameras at this machine that two pipelines read."""
    devices: dict[Any, str] = {}
    for number, pipeline in pipelines:
        source, place = pipeline.source, f"pipelines[{number}].source"
        if source.type == "usb" and (other := devices.setdefault(source.device, pipeline.name)) != pipeline.name:
            what = f'is read by the pipeline "{other}" too, and only one pipeline can read a camera'
            yield Mistake(f"{place}.device", what, "Put the nodes of both into one pipeline.")


def _useless(pipelines: Numbered) -> Iterator[Mistake]:
    """Pipelines whose nodes work for nothing: no trigger node, no recording, no video."""
    for number, pipeline in pipelines:
        is_kept = pipeline.sink.type != "null" or any(isinstance(node, RecorderSettings) for node in pipeline.nodes)
        if (
            pipeline.nodes
            and not pipeline.triggers
            and not is_kept
            and not any(node.type == "function" for node in pipeline.nodes)
        ):
            what = "it has no effect: it has no trigger node, no recorder and no sink"
            yield Mistake(f"pipelines[{number}]", what, 'Add a node with type = "trigger_securos_event".')


def value_warnings(
    pipelines: Numbered, outbox: OutboxSettings, health: HealthSettings, images: ImagesSettings | None
) -> Iterator[Mistake]:
    """Values of one table that make those of another useless."""
    if any(trigger.properties.health_cameras for _, trigger in triggers_of(pipelines)) and (
        health.outbox_oldest_after_s >= outbox.expire_after_days * _DAY_S
    ):
        what = "is longer than outbox.expire_after_days: events expire before a report says that they wait"
        yield Mistake("health.outbox_oldest_after_s", what, "Set it lower.")
    for warning in seconds_warnings(health):
        yield replace(warning, where=f"health.{warning.where}")
    if images is not None and pipelines and all(pipeline.has_input for _, pipeline in pipelines):
        yield Mistake("images", "not used, because no source gives images", "Remove the table.")


def _is_every(host: str) -> bool:
    return host.strip("[]") in ("0.0.0.0", "::", "")


def _is_multicast(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_multicast
    except ValueError:
        return False
