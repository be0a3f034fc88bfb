"""What Ray says of the place of a pipeline, joined with what the cluster has of it: never green without both."""

from __future__ import annotations

import pytest

from securos_trigger.operations.cluster import placed_troubles
from securos_trigger.operations.pipeline_place import joined
from securos_trigger.placement.placed_pipeline import PlacedPipeline
from securos_trigger.placement.state_file import LONG_START
from securos_trigger.relay.holders import PipelineRecord
from securos_trigger.relay.pipeline_records import SeenRecord, SeenState
from securos_trigger.relay.pipeline_state import PipelineState, State, StateTrouble
from securos_trigger.relay.view import ClusterView

_RECORD = PipelineRecord("yard").taken_by("a 1", "a", 1.0)
_DARK = StateTrouble("the camera gives no frames", "Look at it.", needs_person=True)
_LONG = StateTrouble(LONG_START, "Its log says which.", needs_person=True)
_FULL = StateTrouble("the disk is nearly full", "", needs_person=False)


def written(
    state: State | None, *troubles: StateTrouble, is_held: bool = True, is_silent: bool = False, reason: str = ""
) -> SeenRecord:
    said = None
    if state is not None:
        said = SeenState(PipelineState("site", "yard", "a 1", "a", state, 1.0, troubles), 60.0, is_held, is_silent)
    return SeenRecord(_RECORD, is_held, reason, said)


@pytest.mark.parametrize(
    ("placed", "record", "state", "is_healthy"),
    [
        (None, written("runs"), "runs", True),
        (None, written("runs", _FULL), "runs", True),
        (None, written("runs", _DARK), "runs", False),
        (None, written("starts"), "starts", True),
        (None, written("starts", _LONG), "starts", False),
        (None, written("starts", is_silent=True), "no_answer", False),
        (None, written(None), "starts", False),
        (None, written("runs", is_silent=True), "no_answer", False),
        (None, written("runs", is_held=False, is_silent=True), "no_holder", False),
        (None, written("stopped", is_held=False), "no_holder", False),
        (None, written("ended", is_held=False), "ended", True),
        (None, written("ended", _DARK, is_held=False), "ended", False),
        (None, written("runs", reason="It is damaged."), "not_known", False),
        (None, None, "not_known", False),
        ("runs", written("runs"), "runs", True),
        ("runs", written("runs", _DARK), "runs", False),
        ("runs", written("runs", is_silent=True), "no_answer", False),
        ("runs", written("runs", is_held=False, is_silent=True), "no_answer", False),
        ("runs", written("runs", reason="It is damaged."), "runs", False),
        ("starts", written("runs", is_held=False, is_silent=True), "starts", True),
        ("starts", written("starts", _LONG), "starts", False),
        ("starts", written("starts", is_silent=True), "no_answer", False),
        ("waits", written("runs"), "waits", False),
        ("ended", written("ended", is_held=False), "ended", True),
    ],
)
def test_a_pipeline_is_healthy_only_when_all_that_is_known_of_it_is(
    placed: str | None, record: SeenRecord | None, state: str, is_healthy: bool
) -> None:
    found = joined("yard", None if placed is None else PlacedPipeline("yard", placed, "a"), record, "")
    assert (found.state, found.is_healthy) == (state, is_healthy)


def test_what_a_silent_process_said_before_is_not_said_as_of_now() -> None:
    found = joined("yard", None, written("runs", _DARK, is_silent=True), "")
    assert (found.troubles, found.no_answer_since) == ((), "1970-01-01T00:01:00.000Z")


@pytest.mark.parametrize(("placed", "is_said"), [("no_place", True), ("starts", False), ("waits", False)])
def test_what_the_machine_before_said_last_is_shown_only_while_no_other_one_has_begun(
    placed: str, is_said: bool
) -> None:
    before = written("runs", is_held=False, is_silent=True)
    found = joined("yard", PlacedPipeline("yard", placed, "b"), before, "")
    assert (found.no_answer_since is not None) == is_said


def test_a_process_that_starts_is_not_said_to_be_stopped_or_run_nowhere() -> None:
    records = (written("starts"), written("starts", _LONG), written("stopped", is_held=False), written("runs"))
    seen = [one.said for one in records if one.said]
    view = ClusterView("nats://a:4222", 1, True, (), (), pipelines=tuple(seen))
    assert [(one.text, one.needs_person) for one in placed_troubles(view)] == [
        ("yard on a: nothing is watched yet: it is starting, since 1970-01-01T00:00:01.000Z", False),
        (f"yard on a: {LONG_START}", True),
        ("yard on a: no machine runs it now: its process was stopped at 1970-01-01T00:00:01.000Z", True),
    ]
