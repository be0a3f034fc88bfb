"""An upstream event may ask for a recording; nothing that it or the node wants recorded is lost."""

from __future__ import annotations

from typing import Any

import pytest

from securos_trigger.model.decisions import Action
from securos_trigger.trigger.asked_action import action_of

RECORD, SUBTITLE = Action.EVENT_AND_RECORD, Action.EVENT_AND_RECORD_AND_SUBTITLE


@pytest.mark.parametrize(
    ("record", "own", "expected"),
    [
        ({}, RECORD, (RECORD, 5)),
        ({"asked_action": "event", "duration_s": 60.0}, Action.EVENT, (Action.EVENT, 5)),
        ({"asked_action": "event"}, RECORD, (RECORD, 5)),
        ({"asked_action": "event_and_record", "duration_s": 2.5}, Action.EVENT, (RECORD, 3)),
        ({"asked_action": "event_and_record", "duration_s": 2.5}, RECORD, (RECORD, 5)),
        ({"asked_action": "event_and_record", "duration_s": 60}, SUBTITLE, (SUBTITLE, 60)),
        ({"asked_action": "event_and_record_and_subtitle"}, Action.EVENT, (SUBTITLE, 5)),
        ({"asked_action": "event_and_record", "duration_s": 0}, Action.EVENT, (RECORD, 0)),
    ],
)
def test_the_stronger_of_what_is_asked_for_and_of_the_nodes_own_counts(
    record: dict[str, Any], own: Action, expected: tuple[Action, int]
) -> None:
    assert action_of(record, own, 5) == expected


@pytest.mark.parametrize("asked", [None, 1, "", "record", ["event_and_record"], {"a": 1}])
def test_what_is_no_action_asks_for_nothing(asked: object) -> None:
    assert action_of({"asked_action": asked, "duration_s": 60}, Action.EVENT, 5) == (Action.EVENT, 5)


@pytest.mark.parametrize("duration_s", [-1, 86_401, float("nan"), float("inf"), True, "60", None])
def test_a_duration_that_is_none_is_that_of_the_node(duration_s: object) -> None:
    assert action_of({"asked_action": "event_and_record", "duration_s": duration_s}, Action.EVENT, 5) == (RECORD, 5)
