"""`kill -9` of a process that keeps and delivers events, at random moments: nothing that was kept is lost."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from securos_trigger.model import Delivery
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Done, Outbox, State

TARGET = "https://vms.example:3443"
CAMERAS = 4
CYCLES = int(os.environ.get("OUTBOX_KILLS", "8"))

#: Puts as fast as it can, delivers half as fast, and tells of each on one line once it is on the disk.
CHILD = """
import os, sys, threading
from datetime import UTC, datetime
from pathlib import Path
from securos_trigger.model import Action, Event
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Done, Outbox

path, cycle, target, cameras = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
tell = lambda *words: os.write(1, (" ".join(words) + "\\n").encode())
outbox = Outbox(path, announcer=Announcer(), on_kept=lambda event: tell("kept", event.camera_ids[0], event.event_id))

def deliver():
    while True:
        for delivery in outbox.claim(target, 2).result():
            tell("sent", delivery.camera_ids[0], delivery.event_id)
            outbox.settle(delivery, Done())

threading.Thread(target=deliver, daemon=True).start()
number = 0
while True:
    camera = str(number % cameras)
    event = Event(f"{cycle}-{number:07}", "n", "d", "name", "x" * 200, (camera,), Action.EVENT, 5, 0.0, datetime.now(UTC))
    if outbox.put(event, target):
        number += 1
    if number % 8 == 0:
        outbox.flush(5)
"""


def test_nothing_kept_is_lost_and_no_camera_sees_its_events_out_of_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, chance = tmp_path / "outbox.db", random.Random()
    kept: dict[str, list[str]] = {str(camera): [] for camera in range(CAMERAS)}
    sent: dict[str, list[str]] = {str(camera): [] for camera in range(CAMERAS)}
    for cycle in range(CYCLES):
        for verb, camera, event_id in lines_until_killed(path, cycle, chance.uniform(0.02, 0.25)):
            (kept if verb == "kept" else sent)[camera].append(event_id)
    for delivery in all_that_waits(path):
        sent[delivery.camera_ids[0]].append(delivery.event_id)

    lost = {event_id for camera in kept for event_id in set(kept[camera]) - set(sent[camera])}
    firsts = {camera: list(dict.fromkeys(ids)) for camera, ids in sent.items()}
    repeats = sum(len(ids) for ids in sent.values()) - sum(len(ids) for ids in firsts.values())
    number = sum(len(ids) for ids in kept.values())
    with capsys.disabled():
        sys.stdout.write(f"\n  {CYCLES} kills, {number} events kept, {len(lost)} lost, {repeats} sent twice\n")
    assert number > 100
    assert lost == set()
    assert firsts == {camera: sorted(ids) for camera, ids in firsts.items()}
    assert repeats <= CYCLES * CAMERAS


def lines_until_killed(path: Path, cycle: int, after_s: float) -> list[tuple[str, str, str]]:
    """What a child said before it was killed `after_s` seconds after its first line. A torn last line is dropped."""
    command = [sys.executable, "-c", CHILD, str(path), f"{cycle:03}", TARGET, str(CAMERAS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        timer = subprocess.Popen(
            [sys.executable, "-c", f"import time, os; time.sleep({after_s}); os.kill({child.pid}, 9)"]
        )
        text = first + child.stdout.read()
        timer.wait()
    assert child.returncode == -9
    whole, _, _torn = text.rpartition("\n")
    return [(verb, camera, event_id) for verb, camera, event_id in map(str.split, whole.splitlines())]


def all_that_waits(path: Path) -> list[Delivery]:
    """Everything that is left, as a courier would get it."""
    outbox = Outbox(path, announcer=Announcer())
    left: list[Delivery] = []
    deadline_at = time.monotonic() + 60
    while outbox.counts()[State.WAITING] and time.monotonic() < deadline_at:
        for delivery in outbox.claim(TARGET, 100).result(60):
            left.append(delivery)
            outbox.settle(delivery, Done())
        assert outbox.flush(60)
    assert outbox.close()
    return left
