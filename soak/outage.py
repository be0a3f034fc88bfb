"""The VMS away for two days, by a clock that runs as it is set, while events go on being kept."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from securos_trigger.vms.simulator import Simulator
from soak.report import Report
from soak.sending import CAMERAS, Sender, close_books, figures_of, sending_to
from tests.ports import reserved_port

OUTAGE_S = 2 * 24 * 3600.0
FRESH_EVENTS = 12
_HAND_OVER_AT_ONCE = 1000


def run(*, is_long: bool) -> Report:
    """Two days of events that cannot be delivered; then the VMS comes back."""
    count, late_per_s = (100_000, 200.0) if is_long else (600, 200.0)
    drain_limit_s = 120 + 2 * count / late_per_s  # a machine that does other work too is slower than that
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "calls.jsonl")
        simulator = Simulator(CAMERAS, log=log, receiver_port=reserved_port())
        sending = sending_to(simulator, Path(folder), simulator.receiver_port, late_per_s=late_per_s)
        clock = _Clock(time.time() - OUTAGE_S)
        with Sender(sending, clock=clock) as sender:
            _two_days_without_vms(sender, clock, count)
            with simulator:
                is_drained = sender.couriers.drain(drain_limit_s)
                drain = Drain(late_per_s, tuple(_calls(log)))
                _send_fresh_ones(sender)
                books, broken = close_books(sending, simulator, log)
    fresh_recordings = sum(call.action == "REC" for call in books.calls[len(drain.calls) :])
    if not is_drained:
        broken += (f"not everything was delivered within {drain_limit_s:.0f} s",)
    if len(books.kept) != count + FRESH_EVENTS:
        broken += (f"{len(books.kept)} events were kept, not {count + FRESH_EVENTS}",)
    if not fresh_recordings:
        broken += ("fresh events started no recording: that late ones started none proves nothing",)
    figures = {**drain.figures(), "recordings by fresh events afterwards": fresh_recordings, **figures_of(books)}
    return Report(figures, (*broken, *drain.broken_promises()))


@dataclass(frozen=True, slots=True)
class Drain:
    """How late events left, and the calls that SecurOS took meanwhile."""

    late_per_s: float
    calls: tuple[dict[str, Any], ...]

    @property
    def recordings(self) -> int:
        """Recordings that were started."""
        return sum(call["action"] == "REC" for call in self.calls)

    @property
    def arrived_at_s(self) -> list[float]:
        """When each delivery arrived, in seconds after the first one; an event for two cameras is one of them."""
        first = {call["name"]: call["at_s"] for call in reversed(self.calls) if call["action"] == "VCA_EVENT"}
        began_at_s = min(first.values(), default=0.0)
        return sorted(at_s - began_at_s for at_s in first.values())

    @property
    def took_s(self) -> float:
        """From the first arrival to the last one: the start of the simulator and the back-off are no part of it."""
        return max(self.arrived_at_s, default=0.0)

    @property
    def busiest(self) -> int:
        """Most deliveries within one second."""
        return max(Counter(map(int, self.arrived_at_s)).values(), default=0)

    @property
    def most_ahead(self) -> float:
        """By how many deliveries the arrivals were ahead of the pace that was set, at the worst moment.

        A pause earns nothing: what comes after it must not come faster.
        """
        ahead = most = 0.0
        for before_s, at_s in pairwise(self.arrived_at_s):
            ahead = max(0.0, ahead - (at_s - before_s) * self.late_per_s) + 1.0
            most = max(most, ahead)
        return most

    def figures(self) -> dict[str, object]:
        """Say what is worth knowing."""
        return {
            "outage": f"{OUTAGE_S / 3600:.0f} h by the clock of the sender",
            "drained in": f"{self.took_s:.0f} s",
            "pace that was set, and the busiest second": f"{self.late_per_s:.0f} a second, {self.busiest}",
            "recordings by late events": self.recordings,
        }

    def broken_promises(self) -> list[str]:
        """What went wrong, each as a sentence."""
        broken = []
        if self.recordings:
            broken.append(f"late events started {self.recordings} recordings")
        if self.most_ahead > self.late_per_s / 4:  # counted where they arrive, a little bunched
            broken.append(f"late deliveries were {self.most_ahead:.0f} ahead of their pace: not paced")
        return broken


class _Clock:
    """Unix seconds that stand still between two steps, until it is let go as a real clock."""

    def __init__(self, at_s: float) -> None:
        self._at_s = at_s
        self._is_real = threading.Event()

    def __call__(self) -> float:
        return time.time() if self._is_real.is_set() else self._at_s

    def forward(self, seconds: float) -> None:
        """A step, never beyond the present."""
        self._at_s = min(self._at_s + seconds, time.time())

    def be_real(self) -> None:
        """From now on as the machine's own clock."""
        self._is_real.set()


def _two_days_without_vms(sender: Sender, clock: _Clock, count: int) -> None:
    """The last event is an hour old when the VMS returns: all of them are late."""
    for number in range(count):
        sender.send_one()
        clock.forward((OUTAGE_S - 3600.0) / count)
        if number % _HAND_OVER_AT_ONCE == 0:
            sender.outbox.flush(30.0)
    sender.outbox.flush(30.0)
    clock.be_real()


def _send_fresh_ones(sender: Sender) -> None:
    for _ in range(FRESH_EVENTS):
        sender.send_one()
    sender.couriers.drain(60.0)


def _calls(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
