"""When a node that fails is one that a person must mend, and when it is not."""

from __future__ import annotations

import pytest

from securos_trigger.errors import FramesLostError, VideoError
from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.notices import Announcer, Notice
from securos_trigger.pipeline.node_faults import NodeFaults

MINE = ("mine", 0)
BROKEN = VideoError("broken", "mend it")
HOUR_S = 3600


class Run:
    """Frames of one node at a rate, on a clock of its own: `x` fails, `.` works, `-` is a frame between two looks."""

    def __init__(self, frames_per_s: float = 25.0) -> None:
        self.now_s, self.frames_per_s, self.calls = 1000.0, frames_per_s, 0
        self.heard: list[Notice] = []
        self.heartbeat = Heartbeat()
        announcer = Announcer([self.heard.append])
        self.faults = NodeFaults(["mine"], "yard", announcer, self.heartbeat, lambda: self.now_s)
        self.turns: list[bool] = []

    def walk(self, pattern: str) -> Run:
        for letter in pattern:
            self.now_s += 1 / self.frames_per_s
            self.calls += letter != "-"
            if letter == "x":
                self.faults.note_fault(MINE, BROKEN)
            elif letter == "." and self.faults.has_trouble:
                self.faults.note_success(MINE)
            if not self.turns or self.is_red != self.turns[-1]:
                self.turns.append(self.is_red)
        return self

    @property
    def is_red(self) -> bool:
        is_told = self.heartbeat.failing is not None
        assert is_told == any(one.is_serious for one in self.faults.failing().values())
        return is_told

    @property
    def is_well(self) -> bool:
        """At its end."""
        return not self.faults.not_well({"mine": self.calls})

    def names(self) -> list[str]:
        return [one.name for one in self.heard if one.name != "node_failed"]


@pytest.mark.parametrize(
    ("pattern", "is_well"),
    [
        ("x", False),
        ("xxx", False),
        ("x" * 1000, False),
        ("x." * 1000, False),
        ("." * 1000 + "xxx", False),
        ("x" + "." * 1000, True),
        ("xx" + "." * 1000 + "x", True),
        ("xxx" + "." * 96, True),
        ("x" * 100 + "." * 900, False),
    ],
)
def test_the_end_judges_all_frames_of_a_run_and_what_fails_at_its_end(pattern: str, is_well: bool) -> None:
    assert Run().walk(pattern).is_well is is_well


def test_the_counts_at_the_end_are_those_of_the_run() -> None:
    found = Run().walk("x" * 60 + "." * 310 + "x").faults.not_well({"mine": 371})["mine"]
    assert (found.frames, found.of_frames) == (61, 371)


def test_a_glitch_is_no_report() -> None:
    assert Run().walk("xxx" + "." * 1000).turns == [False]
    assert Run(2.0).walk("xxx" + "." * 1000).turns == [False]


@pytest.mark.parametrize("frames_per_s", [2.0, 10.0, 25.0])
def test_a_node_that_fails_on_all_is_red_after_some_seconds_and_well_again_after_some(frames_per_s: float) -> None:
    run = Run(frames_per_s).walk("x" * int(60 * frames_per_s))
    assert run.turns == [False, True]
    failing = run.faults.failing()["mine"]
    assert failing.frames == failing.of_frames == run.calls
    run.walk("." * int(5 * frames_per_s))
    assert run.is_red, "it has failed within ten seconds"
    run.walk("." * int(30 * frames_per_s))
    assert (run.turns, run.faults.failing()) == ([False, True, False], {})
    assert run.names() == ["node_recovered"]


def test_eight_hours_of_a_rare_fault_do_not_hide_that_it_fails_on_all_now() -> None:
    run = Run().walk(("x" + "." * 124) * (8 * HOUR_S // 5))
    assert run.turns == [False]
    run.walk("x" * 25 * 60)
    assert run.is_red
    failing = run.faults.failing()["mine"]
    assert failing.frames > 0.95 * failing.of_frames, "the counts are those since it is a trouble"


def test_a_long_outage_that_is_over_does_not_stay_for_hours_with_a_rare_fault() -> None:
    run = Run().walk("x" * 25 * 2 * HOUR_S)
    run.walk(("x" + "." * 124) * 24)
    assert run.turns == [False, True, False]


@pytest.mark.parametrize("frames_per_s", [2.0, 5.0, 10.0, 25.0, 100.0])
def test_what_fails_near_the_border_does_not_come_and_go(frames_per_s: float) -> None:
    for of_frames in (8, 9, 10, 11, 12, 15, 20, 25):
        run = Run(frames_per_s).walk(("x" + "." * (of_frames - 1)) * int(600 * frames_per_s / of_frames))
        assert len(run.turns) <= 3, (of_frames, frames_per_s, len(run.turns))


@pytest.mark.parametrize("every", [2, 11, 15, 100, 1500])
def test_a_node_that_fails_on_every_look_is_red_however_rarely_it_looks(every: int) -> None:
    run = Run().walk(("x" + "-" * (every - 1)) * max(4, 25 * 60 // every))
    assert (run.is_red, run.is_well) == (True, False)
    assert run.faults.failing()["mine"].frames == run.faults.failing()["mine"].of_frames
    run = Run().walk(("x" + "-" * (every - 1) + "." + "-" * (every - 1)) * max(4, 25 * 60 // every))
    assert (run.is_red, run.is_well) == (True, False), "on every other look"


def test_frames_that_a_sink_had_taken_and_lost_count() -> None:
    run = Run()
    run.faults.note_fault(MINE, FramesLostError("full", "free some space", 40))
    assert (run.faults.counts["mine"], run.faults.failing()["mine"].frames) == (41, 41)


def test_a_step_that_cannot_be_closed_is_not_well_however_well_it_worked() -> None:
    run = Run().walk("." * 1000)
    run.faults.note_fault(MINE, OSError("no"), is_closing=True)
    found = run.faults.not_well({"mine": 1000})["mine"]
    assert found.is_unfinished and found.of_frames == 0
    run.faults.note_end({"mine": 1000})
    assert run.heartbeat.failing is not None and run.heartbeat.failing.reason == "OSError('no')"


def test_a_trouble_that_is_over_is_said_and_still_counted() -> None:
    run = Run().walk("x" * 250 + "." * 300)
    assert [(one.name, one.fields["count"]) for one in run.heard] == [("node_failed", 1), ("node_recovered", 250)]
    assert (run.faults.failing(), run.faults.counts) == ({}, {"mine": 250})
    assert Run().walk("x" + "." * 300).names() == [], "one frame is no trouble that ends"


def test_a_step_that_is_gone_does_not_fail_any_more() -> None:
    run = Run().walk("x" * 250)
    assert run.is_red
    run.faults.keep_only(["other"])
    assert (run.is_red, run.faults.failing(), run.is_well) == (False, {}, True)


def test_the_last_fault_of_a_node_is_known_after_its_trouble_is_over() -> None:
    run = Run().walk("x" + "." * 1000)
    assert (run.faults.failing(), run.faults.last_faults()["mine"].reason) == ({}, "broken")
