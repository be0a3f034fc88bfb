"""`kill -9` of the receiver at random moments, half of them in the middle of a SecurOS call.

The senders are those of tests/integration/test_receiver_kill.py: each repeats a delivery until it is answered with ok.
"""

from __future__ import annotations

import random
import tempfile
import threading
import time
from pathlib import Path

from securos_trigger.vms.simulator import Simulator
from soak.books import Answer, Books, broken_promises, read_calls
from soak.report import Report, seeded
from soak.sending import CAMERAS, wait_until_quiet
from tests.integration.test_receiver_kill import Sender, until_dead

ACTIONS = ("REC", "ADD_SUBTITLES", "VCA_EVENT", "REC_STOP")


def run(*, is_long: bool, kills: int = 0, seed: int | None = None) -> Report:
    """Kill, start again, kill …; then let the senders come to their end and read the books."""
    kills = kills or (100 if is_long else 12)
    seed, chance = seeded(seed)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "calls.jsonl")
        with Simulator(CAMERAS, scheme="http", log=log) as simulator:
            stop = threading.Event()
            senders = [Sender(simulator, camera_id, stop) for camera_id in CAMERAS]
            for sender in senders:
                sender.start()
            _kill(simulator, kills, chance)
            stop.set()
            for sender in senders:
                sender.join(timeout=60)
            wait_until_quiet(simulator)
            books = _books(senders, log)
    broken = broken_promises(books)
    if any(sender.is_alive() for sender in senders):
        broken += ("a sender never got its answer",)
    if len(books.kept) < kills:
        broken += ("hardly anything was delivered: this run proves nothing",)
    events = [call.event_id for call in books.calls if call.event_id]
    figures = {
        "seed": seed,
        "kills of the receiver, every second in mid-call": kills,
        "events answered with ok": len(books.kept),
        "of them lost": len(books.kept - set(events)),
        "done twice": len(events) - len(set(events)),
        "answers marked as repeated": sum(answer.is_repeated for answer in books.answers),
        "calls of SecurOS": len(books.calls),
    }
    return Report(figures, broken)


def _kill(simulator: Simulator, kills: int, chance: random.Random) -> None:
    for number in range(kills):
        time.sleep(chance.uniform(0.02, 0.2))
        if number % 2:
            mode = chance.choice(["crash_before", "crash_after"])
            simulator.fault({"action": chance.choice(ACTIONS), "mode": mode, "times": 1})
            until_dead(simulator)
            simulator.fault()
        simulator.restart_receiver()


def _books(senders: list[Sender], log: Path) -> Books:
    """What a sender has an ok for counts as kept. It knows of one answer for each event: the last."""
    return Books(
        offered={name: (sender.camera,) for sender in senders for name in sender.delivered},
        kept=frozenset(name for sender in senders for name in sender.delivered),
        answers=tuple(
            Answer(name, is_ok=True, is_repeated=name in sender.repeated)
            for sender in senders
            for name in sender.delivered
        ),
        calls=read_calls(log),
    )
