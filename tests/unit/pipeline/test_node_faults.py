"""When a node that fails is one that a person must mend, and when it is not."""

from __future__ import annotations

import pytest

from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.notices import Announcer, Notice
from securos_trigger.pipeline import node_faults
from securos_trigger.pipeline.node_faults import NodeFaults

MINE = ("mine", 0)
FRAMES = 1000


def faults_of(pattern: str, heard: list[Notice] | None = None) -> NodeFaults:
    """One frame for each letter: `x` fails."""
    faults = NodeFaults(["mine"], "yard", Announcer([heard.append] if heard is not None else []), Heartbeat())
    for letter in pattern:
        if letter == "x":
            faults.note_fault(MINE, ValueError("broken"))
        elif faults.has_trouble:
            faults.note_success(MINE)
    return faults


@pytest.mark.parametrize(
    ("pattern", "is_serious", "is_well"),
    [
        ("xxx", True, False),
        ("x" * FRAMES, True, False),
        ("x." * FRAMES, True, False),
        ("." * FRAMES + "xxx", True, False),
        ("x" + "." * FRAMES, False, True),
        ("xx" + "." * FRAMES + "x", False, True),
        ("xxx" + "." * 96, False, True),
        ("x" * 100 + "." * 900, True, False),
    ],
)
def test_a_node_is_failing_by_how_often_it_fails(pattern: str, is_serious: bool, is_well: bool) -> None:
    faults = faults_of(pattern)
    assert faults.failing()["mine"].is_serious is is_serious
    assert (not faults.not_well(len(pattern))) is is_well


def test_the_only_frame_of_a_short_video_counts() -> None:
    assert faults_of("x").not_well(1)["mine"].reason == "ValueError('broken')"


def test_a_step_that_cannot_be_closed_is_not_well_however_well_it_worked() -> None:
    faults = faults_of("." * FRAMES)
    faults.note_fault(MINE, OSError("no"), is_closing=True)
    assert faults.not_well(FRAMES)["mine"].is_unfinished


def test_a_trouble_that_is_over_is_said_and_still_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_faults, "OVER_AFTER_S", 0.0)
    heard: list[Notice] = []
    faults = faults_of("xxx.", heard)
    assert [(one.name, one.fields["count"]) for one in heard] == [("node_failed", 1), ("node_recovered", 3)]
    assert (faults.failing(), faults.counts, faults.not_well(FRAMES)) == ({}, {"mine": 3}, {})
    faults_of("x.", heard := [])
    assert [one.name for one in heard] == ["node_failed"], "one frame is no trouble that ends"


def test_the_heartbeat_has_what_a_person_must_end_and_what_did_not_end_well() -> None:
    heartbeat = Heartbeat()
    faults = NodeFaults(["mine"], "yard", Announcer([]), heartbeat)

    def told() -> str:
        return "" if heartbeat.failing is None else heartbeat.failing.reason

    for _ in range(3):
        assert told() == "", "one frame is no trouble for a person"
        faults.note_fault(MINE, ValueError("broken"))
    assert told() == "ValueError('broken')"
    for _ in range(28):
        faults.note_success(MINE)
    assert told() == "", "3 of 31"
    faults.note_end(31)
    assert told() == ""
    faults.note_fault(MINE, OSError("no"), is_closing=True)
    faults.note_end(31)
    assert told() == "OSError('no')"
