"""Reads what the cluster knows of pipelines: which machine runs each, how often it moved, and how it is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nats.js.errors import BucketNotFoundError, KeyNotFoundError, NotFoundError
from nats.js.kv import KeyValue

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.relay.connection import (
    CLUSTER_FAULTS,
    ClusterConnection,
    ClusterRefusedError,
    ClusterUnavailableError,
    connected,
)
from securos_trigger.relay.holders import PipelineRecord
from securos_trigger.relay.messages import UnreadableMessageError
from securos_trigger.relay.names import Names, pipeline_key, token_of
from securos_trigger.relay.pipeline_state import (
    SILENT_AFTER_S,
    PipelineState,
    StateTrouble,
    key_of_state,
    pipeline_of,
    state_from,
)
from securos_trigger.relay.shared_record import read_record

#: A message with this header marks a key that was deleted.
_DELETED: Final = "KV-Operation"


@dataclass(frozen=True, slots=True)
class SeenState:
    """What the process of a pipeline has said of itself last, and when a server stored that (Unix seconds).

    `is_held`: the lease of the pipeline is held by that machine now. `is_silent`: the process has said nothing for a
    while, or its lease has ended although it did not say that the process ends.
    """

    state: PipelineState
    said_at_s: float
    is_held: bool
    is_silent: bool


@dataclass(frozen=True, slots=True)
class SeenRecord:
    """The record of a pipeline, and whether its lease is held now. `reason` says why it cannot be read.

    `said` is what its process said of itself; None: nothing since the machine that has the lease took it.
    """

    record: PipelineRecord
    is_held: bool = False
    reason: str = ""
    said: SeenState | None = None


async def read_records(settings: RelaySettings, pipelines: Sequence[str]) -> dict[str, SeenRecord]:
    """Give the record of each pipeline of this site that was ever run. Raises `ClusterUnavailableError`."""
    found: dict[str, SeenRecord] = {}
    names = Names(settings.stream)
    async with connected(settings, "placement") as connection:
        try:
            records = await connection.jetstream.key_value(names.pipelines)
            for pipeline in pipelines:
                try:
                    entry = await records.get(pipeline_key(settings.gateway, pipeline))
                    found[pipeline] = await _seen(connection, names, settings.gateway, pipeline, entry)
                except KeyNotFoundError:
                    continue
        except BucketNotFoundError:
            return found
        except CLUSTER_FAULTS as error:
            raise ClusterUnavailableError(f"The cluster {connection.server}: {connection.why(error)}.") from error
    return found


async def read_states(connection: ClusterConnection, names: Names, site: str) -> tuple[SeenState, ...] | None:
    """What the processes of all placed pipelines of all sites have said. None: this login may not see it.

    A state that cannot be read has a site only where that is `site`: else it is known by its key alone. Raises
    one of CLUSTER_FAULTS, `ClusterUnavailableError`.
    """
    try:
        info = await connection.jetstream.stream_info(f"KV_{names.pipelines}", subjects_filter=">")
    except NotFoundError:
        return ()
    found = []
    try:
        for subject in sorted(info.state.subjects or ()):
            key = pipeline_of(subject.removeprefix(f"$KV.{names.pipelines}."))
            if key and (said := await _said(connection, names, key, await _lease(connection, names, key), site)):
                found.append(said)
    except ClusterRefusedError:
        return None
    return tuple(found)


async def forget_states(settings: RelaySettings, pipelines: Sequence[str]) -> None:
    """Forget what the processes of these pipelines said: they are to run no more. Raises `ClusterUnavailableError`."""
    async with connected(settings, "placement") as connection:
        try:
            records = await connection.jetstream.key_value(Names(settings.stream).pipelines)
            for pipeline in pipelines:
                await records.delete(key_of_state(pipeline_key(settings.gateway, pipeline)))
        except BucketNotFoundError:
            return
        except CLUSTER_FAULTS as error:
            raise ClusterUnavailableError(f"The cluster {connection.server}: {connection.why(error)}.") from error


async def _seen(
    connection: ClusterConnection, names: Names, site: str, pipeline: str, entry: KeyValue.Entry
) -> SeenRecord:
    key = pipeline_key(site, pipeline)
    lease = await _lease(connection, names, key)
    said = await _said(connection, names, key, lease, site)
    try:
        return SeenRecord(read_record(pipeline, entry), lease is not None, said=said)
    except ClusterUnavailableError as error:
        return SeenRecord(PipelineRecord(pipeline), lease is not None, str(error), said)


async def _said(
    connection: ClusterConnection, names: Names, key: str, lease: tuple[str, float] | None, site: str
) -> SeenState | None:
    """What stands beside the record. None: nothing, or another machine has the lease and has said nothing yet."""
    stored = await _stored(connection, names.pipelines, key_of_state(key))
    if stored is None:
        return None
    content, said_at_s = stored
    owner, renewed_at_s = lease or ("", said_at_s)
    state = _state_in(content, key, owner, said_at_s, site)
    if lease is not None and owner != state.owner:
        return None
    has_ended = lease is None and state.state in ("stopped", "ended")
    is_silent = renewed_at_s - said_at_s > SILENT_AFTER_S if lease else not has_ended
    return SeenState(state, said_at_s, lease is not None, is_silent)


def _state_in(content: bytes, key: str, owner: str, said_at_s: float, site: str) -> PipelineState:
    """What a process has written; a state that cannot be read is one that needs a person, also at its `site`."""
    try:
        return state_from(content)
    except UnreadableMessageError as error:
        fix = "Use one version of securos-trigger here and on that machine."
        trouble = StateTrouble(f"what its process says of itself cannot be read: {error}", fix, needs_person=True)
        own = site if key.startswith(f"{token_of(site)}.") else ""
        return PipelineState(own, key, owner, "", "unknown", said_at_s, (trouble,))


async def _lease(connection: ClusterConnection, names: Names, key: str) -> tuple[str, float] | None:
    """Who holds a lease, and when it was renewed last by the servers' clock (Unix seconds). None: no process."""
    stored = await _stored(connection, names.pipeline_leases, key)
    return None if stored is None else (stored[0].decode("utf-8", "replace"), stored[1])


async def _stored(connection: ClusterConnection, bucket: str, key: str) -> tuple[bytes, float] | None:
    """The value of a key and when a server stored it (Unix seconds). None: there is none."""
    asked = connection.jetstream.get_msg(f"KV_{bucket}", subject=f"$KV.{bucket}.{key}")
    try:
        message = await connection.unless_refused(asked)
    except NotFoundError:
        return None
    if message.time is None or _DELETED in (message.headers or {}):
        return None
    return message.data or b"", message.time.timestamp()
