"""What commands print on a terminal of 80 columns has no longer line; elsewhere a sentence is one line, for `grep`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from securos_trigger.operations.receiver import init_receiver
from tests.terminals import read_to_end

pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals")
SITE = """
[[pipelines]]
name = "Hof Süd, Einfahrt"
source = { type = "rtsp", url = "rtsp://camera.example/main" }

[[pipelines.nodes]]
type = "line_counter"
units = "fractions"
lines = { gate = [[0.1, 0.5], [0.9, 0.5]] }

[[pipelines.nodes]]
type = "zone_presence"

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
event_source = "custom"
trigger = "nodes.annotate_presence1.rois.fullframe.current_objects_count > 0"
event_name = "Person"
iss_camera_ids = "1, 2, 3, 4, 5, 6, 7"
iss_ip = "vms.north.example"
iss_port = "3443"
iss_password = "0123456789abcdef"
"""
NAME = "a-receiver-of-the-northern-gate-with-a-long-name.js"


def printed(*words: str, cwd: Path, has_terminal: bool) -> str:
    """What a command prints, on a terminal of 80 columns or in a pipe."""
    command = [sys.executable, "-m", "securos_trigger", *words]
    if not has_terminal:
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60).stdout
    reading, writing = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80", "TERM": "dumb", "NO_COLOR": "1"}
    process = subprocess.Popen(command, cwd=cwd, stdin=writing, stdout=writing, stderr=writing, env=environment)
    os.close(writing)
    text = read_to_end(reading)
    process.wait(60)
    return text.replace("\r\n", "\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site.toml").write_text(SITE)
    (tmp_path / "README.md").write_text("# Hello\n\nThis is the text of another file, and no configuration.\n")
    init_receiver(tmp_path / NAME, host="10.0.0.7", port=3443, token=None, is_https=True, is_forced=False)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ("check", "site.toml"),
        ("check", "README.md"),
        ("check", "nothing-here-by-this-very-long-name-which-is-no-file-at-all.toml"),
        ("receiver", "update", NAME),
        ("receiver", "update", NAME, "--out", "another-receiver-of-the-northern-gate-with-a-long-name.js"),
        ("status", "site.toml"),
        ("explain", "site.toml"),
        ("outbox", "list", "site.toml"),
    ],
    ids=" ".join,
)
def test_no_line_is_longer_than_a_terminal_of_80_columns(words: tuple[str, ...], folder: Path) -> None:
    text = printed(*words, cwd=folder, has_terminal=True)
    assert [line for line in text.splitlines() if len(line) > 80 and str(folder) not in line] == []  # a path is whole


def test_in_a_pipe_the_nodes_of_a_pipeline_are_one_line(folder: Path) -> None:
    text = printed("check", "site.toml", cwd=folder, has_terminal=False)
    assert "pipeline Hof Süd, Einfahrt: rtsp -> annotate_line_counter1, annotate_presence1, alarm -> null\n" in text, (
        text
    )
