"""A sender as the product has it, outbox and couriers, that keeps a book of what it was given and what was kept.

As a program (`python -m soak.sending SETTINGS`) it sends until it is killed.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.delivery import BackOff, Connection, Couriers, DeliveryPolicy
from securos_trigger.model import Action, Event, Target
from securos_trigger.notices import Announcer, Observer
from securos_trigger.outbox import Outbox
from securos_trigger.relay.gateway import GatewayRelay
from securos_trigger.vms.simulator import Simulator
from soak.books import Books, KeptBook, broken_promises, read_answers, read_calls, read_kept

CAMERAS = ("1", "2", "3", "4")

#: Of the product's policy only the waits are shorter, so that a soak spends its time at work.
QUICK = BackOff(first_s=0.02, longest_s=0.3)

_ACTIONS = tuple(Action)


@dataclass(frozen=True, slots=True)
class Sending:
    """Where to send, and where to write. The receiver's certificate is pinned."""

    folder: str
    port: int
    token: str
    certificate_sha256: str
    name: str = "event"
    timeout_s: float = 3.0
    late_per_s: float = 1000.0
    events_per_s: float = 100.0
    cameras: tuple[str, ...] = CAMERAS
    host: str = "127.0.0.1"

    @property
    def book_path(self) -> Path:
        """The sender's book."""
        return Path(self.folder, "kept.jsonl")


def sending_to(simulator: Simulator, folder: Path, port: int, **others: float) -> Sending:
    """How to reach the simulator's receiver by way of `port`."""
    assert simulator.certificate is not None
    return Sending(str(folder), port, simulator.token, simulator.certificate.sha256, **others)  # type: ignore[arg-type]


class Sender:
    """An outbox and a courier, as a context manager. `clock` gives Unix seconds. With `relay` it is a gateway."""

    def __init__(
        self,
        sending: Sending,
        *,
        observers: tuple[Observer, ...] = (),
        clock: Callable[[], float] = time.time,
        relay: RelaySettings | None = None,
    ) -> None:
        self.book = KeptBook(sending.book_path)
        self._sending = sending
        self._clock = clock
        self._number = 0
        target = Target("https", sending.host, sending.port)
        self._target = str(target)
        announcer = Announcer(observers)
        self.outbox = Outbox(
            Path(sending.folder, "outbox.sqlite"),
            announcer=announcer,
            on_kept=lambda event: self.book.keep(event.event_id),
            clock=clock,
        )
        connection = Connection(
            target,
            sending.token,
            sending.certificate_sha256,
            connect_timeout_s=sending.timeout_s,
            total_timeout_s=sending.timeout_s,
        )
        policy = DeliveryPolicy(back_off=QUICK, late_per_s=sending.late_per_s)
        self._relay = None if relay is None else GatewayRelay(relay, self.outbox, announcer)
        make = None if self._relay is None else self._relay.transport
        self.couriers = Couriers(self.outbox, announcer=announcer, policy=policy, make_transport=make, clock=clock)
        self.couriers.add(connection, policy if self._relay is None else self._relay.policy(policy.expire_after_s))

    def __enter__(self) -> Self:
        self.couriers.start()
        if self._relay is not None:
            self._relay.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.couriers.close(2.0)
        if self._relay is not None:
            self._relay.close()
        self.outbox.close()
        self.book.close()

    def send_one(self) -> str:
        """Hand one more event over: every seventh for two cameras, every action in turn. Gives its id."""
        number = self._number
        self._number += 1
        cameras = self._sending.cameras
        camera_id = cameras[number % len(cameras)]
        camera_ids = (camera_id, cameras[(number + 1) % len(cameras)]) if number % 7 == 0 else (camera_id,)
        event_id = f"{self._sending.name}-{number:06}"
        event = Event(
            event_id=event_id,
            node_id="trigger1",
            deployment_id="soak",
            name=event_id,
            description="made by a soak",
            camera_ids=camera_ids,
            action=_ACTIONS[number % len(_ACTIONS)],
            record_duration_s=1,
            at=float(number),
            captured_at=datetime.fromtimestamp(self._clock(), UTC),
        )
        self.book.offer(event_id, camera_ids)
        self.outbox.put(event, self._target)
        return event_id

    def send_for(self, seconds: float) -> None:
        """Hand events over at the set rate."""
        end_at_s = time.monotonic() + seconds
        while time.monotonic() < end_at_s:
            self.send_one()
            time.sleep(1 / self._sending.events_per_s)


def wait_until_quiet(simulator: Simulator, timeout_s: float = 60.0) -> None:
    """Wait until no camera records and no subtitle stands, or until the time is over: the books say which."""
    give_up_at_s = time.monotonic() + timeout_s
    while time.monotonic() < give_up_at_s:
        if not any(camera["recording"] or camera["subtitle"] for camera in simulator.state()["cameras"]):
            return
        time.sleep(0.05)


def close_books(sending: Sending, simulator: Simulator, log: Path) -> tuple[Books, tuple[str, ...]]:
    """The three books at the end, and what they prove to have gone wrong."""
    wait_until_quiet(simulator)
    offered, kept = read_kept(sending.book_path)
    books = Books(offered, kept, read_answers(simulator.printed()), read_calls(log))
    return books, broken_promises(books)


def figures_of(books: Books) -> dict[str, object]:
    """What is worth telling of every soak with books."""
    done = {call.event_id for call in books.calls if call.event_id}
    return {
        "events kept": len(books.kept),
        "kept and lost": len(books.kept - done),
        "done, and killed before the sender could note them as kept": len(done - books.kept),
        "deliveries that came again and were recognised": sum(answer.is_duplicate for answer in books.answers),
        "calls of SecurOS": len(books.calls),
    }


def main(settings: str) -> None:
    """Send until killed."""
    with Sender(Sending(**json.loads(settings))) as sender:
        while True:
            sender.send_for(3600.0)


def command_for(sending: Sending) -> list[str]:
    """The command of a sender in a process of its own."""
    return [sys.executable, "-m", "soak.sending", json.dumps(asdict(sending))]


if __name__ == "__main__":
    main(sys.argv[1])
