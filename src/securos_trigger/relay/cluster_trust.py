"""The remembered certificates of a cluster: two processes that meet a receiver first agree about what they met."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final, TypeVar

from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.delivery import SIGNED_BY_SYSTEM_CA
from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.model import Target
from securos_trigger.relay.connection import CLUSTER_FAULTS, ClusterUnavailableError, connected, fault_text
from securos_trigger.relay.names import Names, token_of
from securos_trigger.relay.streams import trust_bucket

_ANSWER_WITHIN_S: Final = 5.0
_T = TypeVar("_T")


class ClusterTrust:
    """Remembers certificates in a key-value bucket, which belongs to `loop`; called from other threads.

    Raises `ConfigurationError` when the cluster does not answer: then nothing is sent.
    """

    def __init__(self, bucket: KeyValue, loop: asyncio.AbstractEventLoop) -> None:
        self._bucket = bucket
        self._loop = loop

    def known(self, target: Target) -> str | None:
        """Give what is remembered of a target, or None."""
        return self._wait(known(self._bucket, target))

    def remember_first(self, target: Target, fingerprint: str) -> str | None:
        """Remember the first certificate of a target. Gives what is known already, which then stays, or None."""
        return self._wait(remember_first(self._bucket, target, fingerprint))

    def note_signed_by_system_ca(self, target: Target) -> str | None:
        """Remember that a CA of the system has signed the target's certificate. Gives what was known before."""
        return self._wait(replace(self._bucket, target, SIGNED_BY_SYSTEM_CA))

    def _wait(self, work: Awaitable[_T]) -> _T:
        async def bounded() -> _T:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                return await work

        try:
            return asyncio.run_coroutine_threadsafe(bounded(), self._loop).result()
        except CLUSTER_FAULTS as error:
            what = f"the remembered certificates of the cluster cannot be read: {fault_text(error)}"
            raise ConfigurationError([Mistake("", what, "Nothing is sent until it answers.")]) from error


async def known(bucket: KeyValue, target: Target) -> str | None:
    """Give the fingerprint that is remembered for a target, `SIGNED_BY_SYSTEM_CA`, or None."""
    try:
        entry = await bucket.get(token_of(str(target)))
    except KeyNotFoundError:
        return None
    return str(json.loads(entry.value or b"{}").get("certificate", ""))


async def remember_first(bucket: KeyValue, target: Target, fingerprint: str) -> str | None:
    """Remember a certificate unless one is known, in one atomic step. Gives the known one."""
    try:
        await bucket.create(token_of(str(target)), _entry(target, fingerprint))
    except KeyWrongLastSequenceError:
        return await known(bucket, target)
    return None


async def replace(bucket: KeyValue, target: Target, certificate: str) -> str | None:
    """Accept another certificate from now on. Gives the one that was known."""
    before = await known(bucket, target)
    if before != certificate:
        await bucket.put(token_of(str(target)), _entry(target, certificate))
    return before


def _entry(target: Target, certificate: str) -> bytes:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"target": str(target), "certificate": certificate, "since": since}).encode()


def known_in_cluster(settings: RelaySettings, target: Target) -> str | None:
    """Give what is remembered for a target. Raises `ConfigurationError` when the cluster does not answer."""
    return _with_bucket(settings, lambda bucket: known(bucket, target))


def accept_in_cluster(settings: RelaySettings, target: Target, fingerprint: str) -> None:
    """Accept a certificate from now on. Raises `ConfigurationError` when the cluster does not answer."""
    _with_bucket(settings, lambda bucket: replace(bucket, target, fingerprint))


def _with_bucket(settings: RelaySettings, work: Callable[[KeyValue], Awaitable[_T]]) -> _T:
    async def done() -> _T:
        async with connected(settings, "trust") as connection:
            return await work(await trust_bucket(connection.jetstream, Names(settings.stream), settings.replicas))

    try:
        return asyncio.run(done())
    except (ClusterUnavailableError, *CLUSTER_FAULTS) as error:
        what = f"the remembered certificates cannot be reached: {fault_text(error)}"
        raise ConfigurationError([Mistake("relay", what)]) from error
