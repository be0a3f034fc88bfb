"""The state file of a placed pipeline, and that those who only read it do not load what runs a pipeline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from securos_trigger.placement.place import Place
from securos_trigger.placement.state_file import (
    ENDED,
    RUNS,
    STARTS,
    WAITS,
    is_alive,
    is_long_start,
    is_opening,
    state_in,
    write_state,
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place("site", "yard", "node", tmp_path / "place")


def test_what_is_written_is_read_with_the_process_that_wrote_it(place: Place) -> None:
    place.folder.mkdir()
    write_state(place, RUNS)
    found = state_in(place.folder)
    assert (found["state"], found["pid"]) == (RUNS, os.getpid())
    assert is_alive(found)
    assert not is_alive({**found, "process": "an earlier boot 17"})
    assert not is_alive({"state": RUNS})


@pytest.mark.parametrize("content", ["", "[]", "{"])
def test_a_file_that_is_no_state_counts_as_none(place: Place, content: str) -> None:
    place.folder.mkdir()
    (place.folder / "state.json").write_text(content)
    assert state_in(place.folder) == {}


def test_a_process_that_starts_is_opening_its_outbox_and_one_that_waits_or_started_long_ago_is_not(
    place: Place,
) -> None:
    place.folder.mkdir()
    write_state(place, STARTS)
    assert is_opening(place.folder)
    (place.folder / "state.json").write_text(json.dumps({**state_in(place.folder), "at_s": 0.0}))
    assert not is_opening(place.folder)
    write_state(place, WAITS)
    assert not is_opening(place.folder)


def earlier(place: Place, seconds: float) -> None:
    """Make the state that was written last older by this time."""
    written = state_in(place.folder)
    aged = {name: written[name] - seconds for name in ("at_s", "starting_since_s") if written[name] is not None}
    (place.folder / "state.json").write_text(json.dumps({**written, **aged}))


def test_a_start_is_long_after_a_minute_with_those_that_failed_before(place: Place) -> None:
    place.folder.mkdir()
    write_state(place, STARTS)
    assert not is_long_start(state_in(place.folder))
    earlier(place, 59.0)
    assert not is_long_start(state_in(place.folder))
    write_state(place, WAITS)  # its process has ended, and the next one has begun
    assert not is_long_start(state_in(place.folder))
    earlier(place, 2.0)
    write_state(place, STARTS)
    assert is_long_start(state_in(place.folder)), "no start before succeeded"
    write_state(place, RUNS)
    assert not is_long_start(state_in(place.folder))
    earlier(place, 5.0)
    write_state(place, STARTS)
    assert is_long_start(state_in(place.folder)), "it has run for five seconds, and starts again"


@pytest.mark.parametrize("state", [RUNS, WAITS, ENDED])
def test_a_start_after_a_good_run_or_a_long_wait_is_not_a_long_one(place: Place, state: str) -> None:
    place.folder.mkdir()
    write_state(place, STARTS)
    earlier(place, 50.0)
    write_state(place, state)
    earlier(place, 61.0)
    write_state(place, STARTS)
    assert not is_long_start(state_in(place.folder))


@pytest.mark.parametrize("at_s", [0.0, None, "then"])
def test_a_start_of_an_earlier_version_counts_from_when_it_was_written(place: Place, at_s: object) -> None:
    place.folder.mkdir()
    assert is_long_start({"state": STARTS, "at_s": at_s})


def test_a_state_that_cannot_be_written_down_stops_nothing(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    write_state(place, RUNS)  # there is no folder
    assert "The state of yard cannot be written down" in caplog.text
    assert state_in(place.folder) == {}


@pytest.mark.parametrize("module", ["actor", "keeper"])
def test_what_ray_keeps_on_each_machine_does_not_load_what_runs_a_pipeline(module: str) -> None:
    asked = (
        f"import sys, securos_trigger.placement.{module};"
        "print([one for one in sys.modules if one.startswith('securos_trigger.runtime')])"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
