"""The simulator appends to a log of its own, and to nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from securos_trigger.errors import SimulatorError
from securos_trigger.vms.call_log import require_call_log
from securos_trigger.vms.simulator import Simulator

CALL = json.dumps({"sequence": 1, "call": "doReact", "type": "CAM", "id": "1", "action": "REC"}) + "\n"


@pytest.mark.parametrize("content", [None, "", CALL, CALL + CALL + "torn"])
def test_a_new_file_and_its_own_log_are_taken(tmp_path: Path, content: str | None) -> None:
    log = tmp_path / "calls.jsonl"
    if content is not None:
        log.write_text(content)
    require_call_log(log)
    assert log.exists() is (content is not None)


@pytest.mark.parametrize("content", ["[identity]\n", '{"at": 1.0, "metadata": {}}\n', "5\n", "\n" + CALL, "x" * 70_000])
def test_a_file_of_somebody_else_stays_as_it_is(tmp_path: Path, content: str) -> None:
    log = tmp_path / "site.toml"
    log.write_text(content)
    with pytest.raises(SimulatorError) as caught:
        Simulator(("1",), log=log).start()
    assert str(caught.value) == (
        f"{log} is not the log of a simulator, and is left as it is. Name a new file with --log."
    )
    assert log.read_text() == content


def test_a_folder_is_no_log_and_a_missing_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(SimulatorError, match="cannot be written: Is a directory"):
        require_call_log(tmp_path)
    with pytest.raises(SimulatorError, match=f"There is no folder {tmp_path / 'no'} for the log calls"):
        require_call_log(tmp_path / "no" / "calls")


def test_a_device_is_written_to() -> None:
    require_call_log(Path("/dev/null"))
