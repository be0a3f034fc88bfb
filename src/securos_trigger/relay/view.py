"""What the cluster holds now: what waits for each receiver, who delivers to it, which gateways are connected."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from nats.js.api import ClusterInfo, ConsumerInfo, PeerInfo, StorageType
from nats.js.errors import NotFoundError
from nats.js.kv import KeyValue

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.relay.connection import (
    CLUSTER_FAULTS,
    ClusterConnection,
    ClusterRefusedError,
    ClusterUnavailableError,
    connected,
)
from securos_trigger.relay.consumers import consumers_of
from securos_trigger.relay.dropping_streams import dropping_streams
from securos_trigger.relay.full_streams import FullStream, full_streams
from securos_trigger.relay.gateway_clocks import CLOCKS, ClockApart, clocks_from
from securos_trigger.relay.lease import key_beside, owner_of
from securos_trigger.relay.messages import RelayedEvent, UnreadableMessageError, decoded
from securos_trigger.relay.names import Names, token_of
from securos_trigger.relay.pipeline_records import SeenState, read_states
from securos_trigger.relay.server_clocks import SeenClock, ServerApart, apart_of, read_clocks, waited_s
from securos_trigger.relay.streams import lease_bucket
from securos_trigger.relay.target_session import TROUBLE

_GATEWAY: Final = "gateway-"
_DELIVER: Final = "deliver-"
#: Servers of a cluster hear of each other every second.
_AWAY_AFTER_S: Final = 10


@dataclass(frozen=True, slots=True)
class ReceiverView:
    """A receiver in the cluster. `waiting` counts all events that are not finished, `pending` those that its owner has.

    `name` is the target, or its token where no configuration names it. `owner` is empty when no process delivers.
    `oldest_s` is for how long the oldest of those that wait is in the cluster, in seconds; None: none waits, or the
    login has no right to read events, as that of a gateway. `trouble` is why the receiver takes no events, as its owner
    says; empty: it does, or the owner is of an older version.
    """

    name: str
    waiting: int
    pending: int
    dead: int
    owner: str
    oldest_s: float | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class GatewayView:
    """A gateway in the cluster: whether it is connected, and how many messages with outcomes wait for it."""

    name: str
    is_connected: bool
    outcomes_waiting: int


@dataclass(frozen=True, slots=True)
class ClusterView:
    """The whole. `copies` says how many servers store each event; `is_on_disk` whether they do so on disks.

    `used_bytes` is the size of the stream of events, `max_bytes` its limit; None: it has none of its own. `drops` has
    the streams that drop what is still needed, as one does that was changed by hand. `version` is that of the
    server, `full` has the streams that are at their limit, and `takes_batches` says whether the stream lets events that
    queue be stored together. `away` names the servers that store events, and of which the others have heard nothing for
    a while. `clocks_apart` has the gateways whose clocks are wrong, as those who deliver see it, and `servers_apart`
    the servers that lead a stream and whose clocks are not this machine's. `pipelines` are those that several machines
    may run, of all sites; None: this login may not see them.
    """

    server: str
    copies: int
    is_on_disk: bool
    receivers: tuple[ReceiverView, ...]
    gateways: tuple[GatewayView, ...]
    used_bytes: int = 0
    max_bytes: int | None = None
    drops: tuple[str, ...] = ()
    version: tuple[int, int, int] | None = None
    takes_batches: bool = True
    away: tuple[str, ...] = ()
    clocks_apart: tuple[ClockApart, ...] = ()
    servers_apart: tuple[ServerApart, ...] = ()
    full: tuple[FullStream, ...] = ()
    pipelines: tuple[SeenState, ...] | None = ()


def look_at_cluster(settings: RelaySettings, targets: Iterable[str]) -> ClusterView:
    """Look at everything, and change nothing. `targets` are receivers that configurations name.

    Raises `ClusterUnavailableError`; as a `ClusterRefusedError` when the login has no right to look.
    """
    return asyncio.run(_looked(settings, tuple(targets)))


async def _looked(settings: RelaySettings, targets: tuple[str, ...]) -> ClusterView:
    async with connected(settings, "status") as connection:
        try:
            return await _view(connection, settings, targets)
        except NotFoundError as error:
            what = f"it has no streams named {settings.stream}: no gateway and no deliver was connected yet"
            raise ClusterUnavailableError(f"The cluster {connection.server}: {what}.") from error
        except CLUSTER_FAULTS as error:
            failure = ClusterRefusedError if connection.is_refusal(error) else ClusterUnavailableError
            raise failure(f"The cluster {connection.server}: {connection.why(error)}.") from error


async def _view(connection: ClusterConnection, settings: RelaySettings, targets: tuple[str, ...]) -> ClusterView:
    jetstream, names = connection.jetstream, Names(settings.stream)
    kept = names.events, names.outcomes, names.dead
    events, _outcomes, dead = streams = [await jetstream.stream_info(name, subjects_filter=">") for name in kept]
    waiting, given_up = _by_token(events.state.subjects), _by_token(dead.state.subjects)
    known = {token_of(target): target for target in targets}
    pending = {one.name or "": one for one in await consumers_of(jetstream, names.events)}
    leases = await lease_bucket(jetstream, names, settings.replicas)
    clocks = await read_clocks(connection, names)
    tokens = sorted({*known, *waiting, *given_up}, key=lambda token: known.get(token, token))
    apart = await _clocks_apart(leases, tokens)
    receivers = [
        ReceiverView(
            known.get(token, token),
            waiting.get(token, 0),
            sum(one.num_ack_pending or 0 for name, one in pending.items() if name.startswith(f"{_DELIVER}{token}-")),
            given_up.get(token, 0),
            await owner_of(leases, token),
            await _oldest_s(connection, names, token, clocks, apart) if waiting.get(token) else None,
            await owner_of(leases, key_beside(token, TROUBLE)),
        )
        for token in tokens
    ]
    return ClusterView(
        connection.server,
        events.config.num_replicas or 1,
        events.config.storage == StorageType.FILE,
        tuple(receivers),
        tuple([_gateway(one) for one in await consumers_of(jetstream, names.outcomes)]),
        events.state.bytes,
        events.config.max_bytes if (events.config.max_bytes or 0) > 0 else None,
        dropping_streams(names, [one.config for one in streams]),
        connection.version,
        bool(events.config.allow_atomic),
        _away(events.cluster),
        apart,
        apart_of(clocks),
        full_streams(streams),
        await read_states(connection, names, settings.gateway),
    )


async def _clocks_apart(leases: KeyValue, tokens: Iterable[str]) -> tuple[ClockApart, ...]:
    """The gateways whose clocks are wrong; each once, though it sends to several receivers."""
    found: dict[str, ClockApart] = {}
    for token in tokens:
        if shown := await owner_of(leases, key_beside(token, CLOCKS)):
            found.update((one.gateway, one) for one in clocks_from(shown))
    return tuple(found[name] for name in sorted(found))


def _away(cluster: ClusterInfo | None) -> tuple[str, ...]:
    """The servers of a stream that are away. One that has only fallen behind for a moment is not."""
    if cluster is None:
        return ()
    led_s = time.time() - cluster.leader_since.timestamp() if cluster.leader_since else _AWAY_AFTER_S
    return tuple(peer.name or "" for peer in cluster.replicas or () if peer.offline or _is_silent(peer, led_s))


def _is_silent(peer: PeerInfo, led_s: float) -> bool:
    """True when the leader hears nothing of a server. One that it never heard is as long silent as it leads."""
    silent_s = peer.active / 1e9 if peer.active else led_s
    return not peer.current and silent_s >= _AWAY_AFTER_S


async def _oldest_s(
    connection: ClusterConnection,
    names: Names,
    token: str,
    clocks: Iterable[SeenClock],
    gateways_apart: Iterable[ClockApart],
) -> float | None:
    """For how long the first event of a target is in its stream; None when the login may not read it.

    0: the last one has ended since they were counted. `clocks` are those of the servers, `gateways_apart` those of
    gateways that are wrong.
    """
    offsets_s = [one.ahead_s for one in clocks if one.is_apart]
    asked = connection.jetstream.get_msg(names.events, seq=1, subject=f"{names.prefix}.event.{token}", next=True)
    try:
        first = await connection.unless_refused(asked)
    except NotFoundError:
        return 0.0
    except ClusterRefusedError:
        return None
    if first.time is None:
        return None
    try:
        event = decoded(first.data or b"", RelayedEvent)
    except UnreadableMessageError:
        published_at_s = 0.0
    else:
        is_wrong = any(one.gateway == event.gateway for one in gateways_apart)
        published_at_s = 0.0 if is_wrong else event.published_at_s
    return waited_s(time.time(), first.time.timestamp(), offsets_s, published_at_s)


def _by_token(subjects: dict[str, int] | None) -> dict[str, int]:
    return {subject.rpartition(".")[2]: count for subject, count in (subjects or {}).items()}


def _gateway(consumer: ConsumerInfo) -> GatewayView:
    name = (consumer.name or "").removeprefix(_GATEWAY)
    waiting = (consumer.num_pending or 0) + (consumer.num_ack_pending or 0)
    return GatewayView(name, bool(consumer.num_waiting), waiting)
