"""A process has a name that the next one with its id does not have."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from securos_trigger.system import process_identity as module
from securos_trigger.system.process_identity import process_identity


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system has no /proc")
def test_a_process_keeps_its_identity_and_another_one_has_another() -> None:
    own = process_identity(os.getpid())
    assert own == process_identity(os.getpid()) != ""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        assert process_identity(other.pid) not in ("", own)
        other.communicate(b"\n")
    assert process_identity(other.pid) == "", "it has ended"


def test_the_same_id_with_another_start_is_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PROCESSES", tmp_path)
    assert process_identity(7) == "", "a system without such files"
    (tmp_path / "7").mkdir()
    found = set()
    for started in ("100", "101"):
        fields = ["S", *["0"] * 18, started, "0"]
        (tmp_path / "7" / "stat").write_text(f"7 (a) b) {' '.join(fields)}")
        found.add(process_identity(7))
    assert sorted(one.split()[1] for one in found) == ["100", "101"]
