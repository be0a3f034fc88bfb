"""A gateway as a program: it keeps events until its standard input ends, and ends when the cluster has done them all.

With each event that it keeps it sends one datagram with the id of the event to the control: what a sender without an
outbox would do. `python -m soak.gateway_program SETTINGS`, JSON.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.notices import Notice
from securos_trigger.outbox import State
from soak.sending import Sender, Sending

_OPEN = (State.WAITING, State.SENDING, State.RELAYED)


@dataclass(frozen=True, slots=True)
class GatewayRun:
    """What to send, by which servers, and the control's address. After `drain_limit_s` it gives up."""

    sending: Sending
    servers: tuple[str, ...]
    replicas: int
    control: tuple[str, int]
    drain_limit_s: float

    @property
    def notices_path(self) -> Path:
        """Where it writes how often it has announced what."""
        return Path(self.sending.folder, "notices.json")

    def command(self) -> list[str]:
        """The command of this program."""
        return [sys.executable, "-m", "soak.gateway_program", json.dumps(asdict(self))]


def main(settings: str) -> int:
    """Send until the end of the standard input, then wait. 0: the cluster has done everything."""
    read = json.loads(settings)
    run = GatewayRun(**{**read, "sending": Sending(**read["sending"]), "control": tuple(read["control"])})
    relay = {"servers": run.servers, "gateway": run.sending.name, "replicas": run.replicas}
    seen: Counter[str] = Counter()

    def count(notice: Notice) -> None:
        seen[notice.name] += 1

    ended = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    with Sender(run.sending, observers=(count,), relay=RelaySettings.model_validate(relay)) as sender:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            while not ended.wait(1 / run.sending.events_per_s):
                _send_to(control, sender.send_one(), run.control)
        is_drained = _is_drained(sender, run.drain_limit_s)
    run.notices_path.write_text(json.dumps(seen))
    return 0 if is_drained else 1


def _send_to(control: socket.socket, event_id: str, place: tuple[str, int]) -> None:
    try:
        control.sendto(event_id.encode(), place)
    except OSError:
        return  # lost, as the control must lose it: nothing keeps it


def _is_drained(sender: Sender, limit_s: float) -> bool:
    give_up_at_s = time.monotonic() + limit_s
    while time.monotonic() < give_up_at_s:
        if not any(sender.outbox.counts()[state] for state in _OPEN):
            return True
        time.sleep(0.05)
    return False


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
