"""What the process of a placed pipeline says of itself in the cluster: its state, and what its `status` says."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import msgspec
from nats.js.kv import KeyValue

from securos_trigger.relay.lease import ANSWER_WITHIN_S, key_beside
from securos_trigger.relay.messages import decoded
from securos_trigger.relay.shared_record import PipelineOwner

VERSION: Final = 1
#: It says its state again this often, so that one that hangs is noticed.
SAID_EVERY_S: Final = 5.0
#: Without news for this long a process does not answer: `status` itself waits a few seconds for one that is busy.
SILENT_AFTER_S: Final = 30.0

State = Literal["starts", "runs", "stopped", "ended", "unknown"]

_BESIDE: Final = "state"
#: The worst troubles of a pipeline are first.
_MOST_TROUBLES: Final = 50


@dataclass(frozen=True, slots=True)
class StateTrouble:
    """A trouble as `securos-trigger status` of the pipeline says it, in the words and the zone of its machine."""

    text: str
    fix: str
    needs_person: bool


@dataclass(frozen=True, slots=True)
class PipelineState:
    """The state of a pipeline, by the process that holds its lease. `since_s` (Unix seconds) by its machine's clock.

    `stopped`: the process has ended, and not at the end of its source, which is `ended`. `unknown` stands for what
    cannot be read.
    """

    site: str
    pipeline: str
    owner: str
    node: str
    state: State
    since_s: float
    troubles: tuple[StateTrouble, ...] = ()
    version: Literal[1] = VERSION

    @property
    def needs_person(self) -> bool:
        """True when one of its troubles does."""
        return any(one.needs_person for one in self.troubles)


def key_of_state(key: str) -> str:
    """The key of the state of a pipeline, beside that of its record."""
    return key_beside(key, _BESIDE)


def pipeline_of(key: str) -> str:
    """The key of the record beside which a state stands; empty when it is not the key of a state."""
    before, _, last = key.rpartition(".")
    return before if last == _BESIDE else ""


def state_from(content: bytes) -> PipelineState:
    """Read a state. Raises `UnreadableMessageError`, for a newer version `NewerMessageError`."""
    return decoded(content, PipelineState)


class StateBeside:
    """The state beside the record of a pipeline. Any thread notes it; one event loop writes it, while it has the lease.

    `clock` gives Unix seconds.
    """

    def __init__(self, who: PipelineOwner, key: str, clock: Callable[[], float] = time.time) -> None:
        self._who = who
        self._key = key_of_state(key)
        self._clock = clock
        self._lock = threading.Lock()
        self._noted: PipelineState | None = None
        self._is_written = True

    def note(self, state: State, troubles: Sequence[StateTrouble] = ()) -> None:
        """Note the state now. The worst troubles come first; what is beyond 50 is left out, and counted."""
        shown = tuple(troubles[:_MOST_TROUBLES])
        if left_out := troubles[_MOST_TROUBLES:]:
            more = f"… and {len(left_out):,} more"
            fix = "The `status` of its process shows all (docs/ray.md)."
            shown += (StateTrouble(more, fix, any(one.needs_person for one in left_out)),)
        with self._lock:
            before = self._noted
            since_s = self._clock() if before is None or before.state != state else before.since_s
            who = self._who
            self._noted = PipelineState(who.site, who.pipeline, who.owner, who.node, state, since_s, shown)
            self._is_written = False

    async def write(self, bucket: KeyValue) -> None:
        """Write what was noted last, unless it is written. Raises one of CLUSTER_FAULTS: it is written next time."""
        with self._lock:
            noted, is_written = self._noted, self._is_written
            self._is_written = True
        if noted is None or is_written:
            return
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await bucket.put(self._key, msgspec.json.encode(noted))
        except BaseException:
            with self._lock:
                self._is_written = False
            raise
