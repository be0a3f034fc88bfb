"""`kill -9` of the sender at random moments, while events flow and the way to the receiver comes and goes."""

from __future__ import annotations

import random
import subprocess
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

from securos_trigger.vms.simulator import Simulator
from soak.proxy import Fault, Proxy
from soak.report import Report, seeded
from soak.sending import CAMERAS, Sender, Sending, close_books, command_for, figures_of, sending_to

FOLDER = Path(__file__).parent.parent
DRAIN_LIMIT_S = 120.0


def run(*, is_long: bool, kills: int = 0, seed: int | None = None) -> Report:
    """Kill, start again, kill …; then let everything through and read the books."""
    kills = kills or (200 if is_long else 15)
    seed, chance = seeded(seed)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "calls.jsonl")
        with Simulator(CAMERAS, log=log) as simulator, Proxy(simulator.receiver_port, chance) as proxy:
            sending = sending_to(simulator, Path(folder), proxy.port)
            with _ComingAndGoing(proxy, chance):
                for number in range(kills):
                    _one_life(replace(sending, name=f"life{number:03}"), chance.uniform(0.0, 1.0))
            with Sender(replace(sending, name="last")) as sender:
                sender.send_one()
                is_drained = sender.couriers.drain(DRAIN_LIMIT_S)
            books, broken = close_books(sending, simulator, log)
            cuts = proxy.struck[Fault.CUT]
    if not is_drained:
        broken += (f"not everything was delivered within {DRAIN_LIMIT_S:g} s",)
    if len(books.kept) < kills:
        broken += ("hardly anything was kept: this run proves nothing",)
    return Report(
        {"seed": seed, "kills of the sender": kills, "connections cut or refused": cuts, **figures_of(books)}, broken
    )


def _one_life(sending: Sending, kill_after_s: float) -> None:
    """A sender in a process of its own, killed some time after it has handed over its first event."""
    with subprocess.Popen(command_for(sending), cwd=FOLDER) as process:
        try:
            _wait_for(sending.book_path, f'"{sending.name}-')
            time.sleep(kill_after_s)
        finally:
            process.kill()


def _wait_for(book: Path, words: str, timeout_s: float = 90.0) -> None:
    give_up_at_s = time.monotonic() + timeout_s
    begin = max(0, book.stat().st_size - 4096) if book.exists() else 0
    while time.monotonic() < give_up_at_s:
        if book.exists():
            with book.open("rb") as lines:
                lines.seek(begin)
                if words.encode() in lines.read():
                    return
        time.sleep(0.005)
    raise TimeoutError("a sender did not begin to work")


class _ComingAndGoing(threading.Thread):
    """Cuts the way to the receiver and gives it back, at random."""

    def __init__(self, proxy: Proxy, chance: random.Random) -> None:
        super().__init__(daemon=True)
        self._proxy = proxy
        self._chance = chance
        self._stop_asked = threading.Event()

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *_: object) -> None:
        self._stop_asked.set()
        self.join()
        self._proxy.fault = Fault.NONE

    def run(self) -> None:
        """Until asked to stop."""
        while not self._stop_asked.wait(self._chance.uniform(0.05, 1.0)):
            self._proxy.fault = Fault.NONE if self._proxy.fault is Fault.CUT else Fault.CUT
