"""Where a placed pipeline runs and how it is: what Ray says of its place, joined with what the cluster has of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from securos_trigger.operations.trouble import Trouble
from securos_trigger.placement.placed_pipeline import PlacedPipeline
from securos_trigger.relay.pipeline_records import SeenRecord
from securos_trigger.relay.pipeline_state import PipelineState
from securos_trigger.system.timestamps import rfc3339


@dataclass(frozen=True, slots=True)
class PipelinePlace:
    """Where a pipeline runs. `state`: see `PlacedPipeline`.

    Without Ray it is `runs`, `starts`, `ended`, `no_holder` (no machine runs it now) or `not_known` (the cluster of
    [relay] is away). With and without, `no_answer`: a machine should run it, and its process says nothing to the
    cluster, since `no_answer_since`. `since` is when that machine took it over; None: it does not run, or that is not
    known. `moves` counts how often another machine did, `starts` how often a process took it up. `reason` says why it
    does not run. `troubles` are those of `securos-trigger status` there, the worst first.
    """

    pipeline: str
    state: str
    node: str
    since: str | None
    moves: int
    starts: int
    reason: str
    no_answer_since: str | None = None
    troubles: tuple[Trouble, ...] = ()

    @property
    def is_healthy(self) -> bool:
        """True when it runs, starts or has come to the end of its source, and no person must act."""
        is_well = self.state in ("runs", "starts", "ended") and not self.reason
        return is_well and not any(one.needs_person for one in self.troubles)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "troubles": [one.to_json() for one in self.troubles]}


#: No process that answers: else what another one said before is of no interest.
_NOT_THERE: Final = ("no_answer", "no_holder", "no_place", "not_placed")


def joined(name: str, placed: PlacedPipeline | None, written: SeenRecord | None, reason: str) -> PipelinePlace:
    """One pipeline. `placed` None: Ray does not place it. `written` None: the cluster of [relay] is away.

    `reason` says why it has no place.
    """
    if written is None:
        seen = placed or PlacedPipeline(name, "not_known")
        return PipelinePlace(name, seen.state, seen.node, None, 0, 0, reason or seen.reason)
    seen, said, record = placed or PlacedPipeline(name, _state_by_cluster(written)), written.said, written.record
    holder = record.holder
    state = "no_answer" if _is_silent(written, seen.state) else seen.state
    if state == "starts" and placed is None and said is None:
        reason = reason or "its process has said nothing yet of how it is"
    return PipelinePlace(
        name,
        state,
        seen.node or ("" if holder is None else holder.node),
        None if holder is None or state != "runs" else rfc3339(holder.since_s),
        record.moves,
        record.starts,
        reason or seen.reason or written.reason,
        rfc3339(said.said_at_s) if said is not None and said.is_silent and state in _NOT_THERE else None,
        () if said is None or said.is_silent or seen.reason else troubles_in(said.state),
    )


def troubles_in(state: PipelineState) -> tuple[Trouble, ...]:
    """What the process of a pipeline has said of itself."""
    return tuple(Trouble(one.text, one.fix, one.needs_person) for one in state.troubles)


def _state_by_cluster(written: SeenRecord) -> str:
    """What the cluster knows of a pipeline where Ray does not place it."""
    if written.reason:
        return "not_known"
    said = None if written.said is None else written.said.state.state
    if not written.is_held:
        return "ended" if said == "ended" else "no_holder"
    return "starts" if said in (None, "starts") else "runs"


def _is_silent(written: SeenRecord, state: str) -> bool:
    """True when no process that holds the lease says how the pipeline is; not for a record that cannot be read.

    One that starts may not have the lease yet.
    """
    if written.reason or state not in ("runs", "starts"):
        return False
    return (state == "runs" and not written.is_held) or (
        written.is_held and written.said is not None and written.said.is_silent
    )
