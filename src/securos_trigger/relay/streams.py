"""The streams and buckets in the cluster: made when they are missing, never changed or deleted."""

from __future__ import annotations

from typing import Final

from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, KeyValueConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BucketNotFoundError, NotFoundError
from nats.js.kv import KeyValue

from securos_trigger.relay.names import Names

#: A message that comes again within this time is not stored a second time.
DUPLICATE_WINDOW_S: Final = 600.0
#: A lease that is not renewed ends after this long.
LEASE_S: Final = 5.0
OUTCOMES_STAY_S: Final = 8 * 24 * 3600.0
DEAD_STAY_S: Final = 30 * 24 * 3600.0


async def ensure_streams(
    jetstream: JetStreamContext, names: Names, replicas: int, max_bytes: int | None = None
) -> None:
    """Make the streams that are missing. Events have no age limit, and a full stream refuses: nothing is dropped.

    `max_bytes` bounds the stream of events on each server; None: nothing but the space of the server does.
    """
    queue, limits = RetentionPolicy.WORK_QUEUE, RetentionPolicy.LIMITS
    for name, subject, retention, max_age_s, most_bytes in (
        (names.events, f"{names.prefix}.event.*", queue, 0.0, max_bytes),
        (names.outcomes, f"{names.prefix}.outcome.*", queue, OUTCOMES_STAY_S, None),
        (names.dead, f"{names.prefix}.dead.*", limits, DEAD_STAY_S, None),
    ):
        try:
            await jetstream.stream_info(name)
        except NotFoundError:
            await jetstream.add_stream(
                StreamConfig(
                    name=name,
                    subjects=[subject],
                    retention=retention,
                    storage=StorageType.FILE,
                    num_replicas=replicas,
                    discard=DiscardPolicy.NEW,
                    max_age=max_age_s,
                    max_bytes=most_bytes,
                    duplicate_window=DUPLICATE_WINDOW_S,
                    allow_atomic=name == names.events,
                )
            )


async def lease_bucket(jetstream: JetStreamContext, names: Names, replicas: int) -> KeyValue:
    """Give the bucket of leases, in which a key that is not renewed disappears."""
    return await _bucket(jetstream, KeyValueConfig(bucket=names.leases, ttl=LEASE_S, replicas=replicas))


async def pipeline_lease_bucket(jetstream: JetStreamContext, names: Names, replicas: int) -> KeyValue:
    """Give the bucket of the leases of pipelines. It is not that of receivers, which no gateway may write into."""
    return await _bucket(jetstream, KeyValueConfig(bucket=names.pipeline_leases, ttl=LEASE_S, replicas=replicas))


async def pipeline_bucket(jetstream: JetStreamContext, names: Names, replicas: int) -> KeyValue:
    """Give the bucket of the records of pipelines."""
    return await _bucket(jetstream, KeyValueConfig(bucket=names.pipelines, replicas=replicas))


async def trust_bucket(jetstream: JetStreamContext, names: Names, replicas: int) -> KeyValue:
    """Give the bucket of remembered certificates."""
    return await _bucket(jetstream, KeyValueConfig(bucket=names.trust, replicas=replicas))


async def _bucket(jetstream: JetStreamContext, config: KeyValueConfig) -> KeyValue:
    try:
        return await jetstream.key_value(config.bucket)
    except BucketNotFoundError:
        return await jetstream.create_key_value(config)
