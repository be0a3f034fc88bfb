"""A condition that was unknown on all of the first frames is reported once, with what is missing."""

from __future__ import annotations

from typing import Any

from securos_trigger.model import Address, Decision, Moment
from securos_trigger.notices import Announcer
from securos_trigger.runtime.first_frames import LEAST_FRAMES, WATCHED_S, FirstFrames
from securos_trigger.trigger.node import TriggerSecurOSEvent


def seen(
    trigger: str, metadata: list[dict[str, Any]], *, step_s: float = 0.2, **properties: Any
) -> list[dict[str, Any]]:
    """The notices after a node with this condition has seen these frames."""
    notices: list[dict[str, Any]] = []
    node = TriggerSecurOSEvent(
        iss_ip="vms.example", iss_password="token", event_source="custom", event_name="x", trigger=trigger, **properties
    )
    announcer = Announcer([lambda notice: notices.append({"name": notice.name, **notice.fields})])
    watch = FirstFrames(node, Address("yard", "", "alarm"), announcer)
    for number, frame in enumerate(metadata):
        decision: Decision = node.decide(frame, Moment(number * step_s))
        if not watch.is_over:
            watch.see(decision, frame)
    return notices


def test_a_path_that_is_never_there_is_named_once() -> None:
    [notice] = seen("nodes.zone.count > 0 and speed > 3", [{"nodes": {"zone": {"n": 1}}}] * 200)
    assert notice == {
        "name": "condition_always_unknown",
        "node": Address("yard", "", "alarm"),
        "count": 51,
        "reason": "no nodes.zone.count and no speed in the metadata",
    }


def test_values_that_cannot_be_compared_are_named_so() -> None:
    [notice] = seen("speed > 3", [{"speed": "fast"}] * 200)
    assert notice["reason"] == "its values cannot be compared"


def test_one_frame_that_could_be_decided_is_enough() -> None:
    assert seen("speed > 3", [{"speed": 1}] + [{}] * 200) == []
    assert seen("speed > 3", [{}] * 20 + [{"speed": 1}] + [{}] * 200) == []


def test_it_waits_for_some_seconds_and_some_frames() -> None:
    assert seen("speed > 3", [{}] * 50) == []
    assert seen("speed > 3", [{}] * (LEAST_FRAMES - 1), step_s=WATCHED_S) == []
    assert len(seen("speed > 3", [{}] * LEAST_FRAMES, step_s=WATCHED_S)) == 1


def test_a_node_that_is_off_is_not_watched() -> None:
    assert seen("speed > 3", [{}] * 200, enabled=False) == []
