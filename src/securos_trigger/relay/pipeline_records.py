"""Reads the records of pipelines: which machine runs each, and how often it moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nats.js.errors import BucketNotFoundError, KeyNotFoundError

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.relay.connection import CLUSTER_FAULTS, ClusterUnavailableError, connected
from securos_trigger.relay.holders import PipelineRecord
from securos_trigger.relay.lease import owner_of
from securos_trigger.relay.names import Names, pipeline_key
from securos_trigger.relay.shared_record import read_record


@dataclass(frozen=True, slots=True)
class SeenRecord:
    """The record of a pipeline, and whether its lease is held now. `reason` says why it cannot be read."""

    record: PipelineRecord
    is_held: bool = False
    reason: str = ""


async def read_records(settings: RelaySettings, pipelines: Sequence[str]) -> dict[str, SeenRecord]:
    """Give the record of each pipeline of this site that was ever run. Raises `ClusterUnavailableError`."""
    found: dict[str, SeenRecord] = {}
    names = Names(settings.stream)
    async with connected(settings, "placement") as connection:
        try:
            records = await connection.jetstream.key_value(names.pipelines)
            leases = await connection.jetstream.key_value(names.pipeline_leases)
            for pipeline in pipelines:
                key = pipeline_key(settings.gateway, pipeline)
                try:
                    entry = await records.get(key)
                except KeyNotFoundError:
                    continue
                is_held = bool(await owner_of(leases, key))
                try:
                    found[pipeline] = SeenRecord(read_record(pipeline, entry), is_held)
                except ClusterUnavailableError as error:
                    found[pipeline] = SeenRecord(PipelineRecord(pipeline), is_held, str(error))
        except BucketNotFoundError:
            return found
        except CLUSTER_FAULTS as error:
            raise ClusterUnavailableError(f"The cluster {connection.server}: {connection.why(error)}.") from error
    return found
