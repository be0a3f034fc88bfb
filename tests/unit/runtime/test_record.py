"""What `record` runs: the nodes that the last trigger comes after, and no trigger."""

from __future__ import annotations

import pytest

from securos_trigger.runtime.record import nodes_before_triggers
from tests.unit.replay.frames import pipeline, settings, trigger


def event(node_id: str) -> str:
    return f'[[pipelines.nodes]]\ntype = "event"\nid = "{node_id}"\nevent_type = "x"\ncondition = "a"\n'


@pytest.mark.parametrize(
    ("nodes", "run"),
    [
        ([], []),
        ([event("a"), event("b")], ["a", "b"]),
        ([event("a"), trigger(), event("b")], ["a"]),
        ([event("a"), trigger("t1"), event("b"), trigger("t2"), event("c")], ["a", "b"]),
        ([trigger(), event("a")], []),
    ],
)
def test_recorded_is_what_the_last_trigger_sees(nodes: list[str], run: list[str]) -> None:
    [one] = settings(pipeline("yard", *nodes)).pipelines
    assert [node.id for node in nodes_before_triggers(one)] == run
