"""The state file of a placed pipeline, and that those who only read it do not load what runs a pipeline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from securos_trigger.placement.place import Place
from securos_trigger.placement.state_file import RUNS, STARTS, WAITS, is_alive, is_opening, state_in, write_state


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
