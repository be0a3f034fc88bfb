"""A wall clock that is set forward and back, while events flow and the network comes and goes."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

from securos_trigger.vms.simulator import Simulator
from soak.proxy import Fault, Proxy
from soak.report import Report
from soak.sending import CAMERAS, Sender, close_books, figures_of, sending_to

DAY_S = 24 * 3600.0
DRAIN_LIMIT_S = 120.0

#: How far each setting moves the clock, in seconds. The sum is 0. Twenty days are more than the seven an event may be
#: old: being set makes no event older.
STEPS_S = (
    *(3600.0, -3600.0, -2 * DAY_S, 2 * DAY_S, 1.0, -1.0, DAY_S, -DAY_S),
    *(-60.0, 60.0, -3000.0, 3000.0, 20 * DAY_S, -20 * DAY_S),
)


def run(*, is_long: bool) -> Report:
    """Set the clock again and again; in every other setting the way to the receiver is cut."""
    rounds = 10 if is_long else 1
    chance = random.Random()
    offset_s = 0.0
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "calls.jsonl")
        with Simulator(CAMERAS, log=log) as simulator, Proxy(simulator.receiver_port, chance) as proxy:
            sending = sending_to(simulator, Path(folder), proxy.port)
            with Sender(sending, clock=lambda: time.time() + offset_s) as sender:
                for step_s in STEPS_S * rounds:
                    proxy.fault = Fault.CUT if chance.random() < 0.5 else Fault.NONE
                    sender.send_for(0.2)
                    offset_s += step_s
                    sender.send_for(0.2)
                proxy.fault = Fault.NONE
                is_drained = sender.couriers.drain(DRAIN_LIMIT_S)
            books, broken = close_books(sending, simulator, log)
    if not is_drained:
        broken += (f"not everything was delivered within {DRAIN_LIMIT_S:g} s",)
    return Report({"times the clock was set": len(STEPS_S) * rounds, **figures_of(books)}, broken)
