"""A hostile network between courier and receiver: one fault after the other, and events flow all the while."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

from securos_trigger.vms.simulator import Simulator
from soak.proxy import Fault, Proxy
from soak.report import Report
from soak.sending import CAMERAS, Sender, close_books, figures_of, sending_to

DRAIN_LIMIT_S = 120.0
_STRIKES = 3
_STRIKE_LIMIT_S = 60.0


def run(*, is_long: bool, fault_s: float = 0.0) -> Report:
    """Each fault for some seconds, with a healthy moment in between; then all must arrive."""
    fault_s = fault_s or (30.0 if is_long else 1.0)
    chance = random.Random()
    faults = [fault for fault in Fault if fault is not Fault.NONE]
    chance.shuffle(faults)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "calls.jsonl")
        with Simulator(CAMERAS, log=log) as simulator, Proxy(simulator.receiver_port, chance) as proxy:
            sending = sending_to(simulator, Path(folder), proxy.port, timeout_s=1.5)
            with Sender(sending) as sender:
                for fault in faults:
                    sender.send_for(0.5)
                    proxy.fault = fault
                    _send_through(proxy, sender, fault_s)
                    proxy.fault = Fault.NONE
                is_drained = sender.couriers.drain(DRAIN_LIMIT_S)
            books, broken = close_books(sending, simulator, log)
            struck = dict(proxy.struck)
    if not is_drained:
        broken += (f"not everything was delivered within {DRAIN_LIMIT_S:g} s after the faults",)
    broken += tuple(f"the fault {fault} never struck: it proves nothing" for fault in faults if not struck.get(fault))
    harm = ", ".join(f"{fault} {struck.get(fault, 0)}" for fault in faults)
    return Report({"seconds of each fault, at least": fault_s, "times it struck": harm, **figures_of(books)}, broken)


def _send_through(proxy: Proxy, sender: Sender, fault_s: float) -> None:
    """Send events for `fault_s`, and on until the fault has struck a few times."""
    sender.send_for(fault_s)
    give_up_at_s = time.monotonic() + _STRIKE_LIMIT_S
    while proxy.struck[proxy.fault] < _STRIKES and time.monotonic() < give_up_at_s:
        sender.send_for(0.1)
