"""What the receiver takes a second, against a bare Node.js https server (the limit) and a receiver on express.

python -m benchmarks.bench_receiver [--deliveries N] [--rounds N] [--json FILE]

All have the same key, the same Node.js and a core of their own; the load comes from the other core, over 16 connections
for 32 cameras, each delivery with a new event id. Ours and the one on express make their calls in the stand-in for
SecurOS, and write a line of log for each delivery. The sides take turns.

Only a turn in which the server was the limit counts: its thread ran, or stood ready while another program had its core,
at least 95% of the time. Any other turn measured the load or the neighbours, and is taken again. On a busy machine the
CPU time of a delivery says more than the rate.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import ssl
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.table import Row, report
from securos_trigger.vms.bundle import node_program, receiver_script, simulator_script
from securos_trigger.vms.receiver_init import new_certified_key, new_token
from tests.e2e.field_receiver import installed
from tests.ports import reserved_port

FOLDER = Path(__file__).parent / "receiver"
CAMERAS = 32
JOURNALED_BAR = 0.40
EXPRESS_BAR = 1.7
READY_BAR = 0.95
TRIES = 5
START_LIMIT_S = 15.0


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: its port and its process."""

    port: int
    process: subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn of a side took. Shares are of the turn's time."""

    per_s: float
    cpu_us: float  # of all threads of the server, for each delivery
    ready_share: float  # the server's main thread ran, or was ready to
    load_share: float  # the load's process ran


Turns = Mapping[str, Sequence[Turn]]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and write JSON if asked. 1 when a bar is not reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deliveries", type=int, default=6000, help="deliveries of each turn")
    parser.add_argument("--rounds", type=int, default=9, help="turns of each side")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    options = parser.parse_args(argv)
    npm = shutil.which("npm")
    if npm is None:
        parser.error("npm is needed to install express for the other side: apt-get install npm")
    rows = rows_of(measured(npm, options.deliveries, options.rounds))
    return report("The receiver", rows, options.json)


def rows_of(turns: Turns) -> list[Row]:
    """The table."""
    journaled, memory = "ours, journaled", "ours, without a journal"
    bare, express = "a bare https server", "a receiver on express"
    rows = [
        _rate_row(turns, journaled, bare, f">= {JOURNALED_BAR:.2f}", at_least=JOURNALED_BAR),
        _rate_row(turns, journaled, express, f">= {EXPRESS_BAR}", at_least=EXPRESS_BAR),
        _rate_row(turns, memory, express),
        _cpu_row(turns, journaled, bare),
        _cpu_row(turns, memory, express),
    ]
    ready = min(median(turn.ready_share for turn in side) for side in turns.values())
    load = max(median(turn.load_share for turn in side) for side in turns.values())
    proof = Row(
        "the server is the limit: it ran or was ready to",
        f"{ready:.0%} of the time or more",
        f"the load ran {load:.0%} at most",
        "",
        f">= {READY_BAR:.0%}",
        ready >= READY_BAR,
    )
    return [*rows, proof]


def _rate_row(turns: Turns, ours: str, theirs: str, bar: str = "", *, at_least: float = 0.0) -> Row:
    pairs = zip(turns[ours], turns[theirs], strict=True)
    ratio = median(one.per_s / other.per_s for one, other in pairs)
    return Row(
        f"deliveries a second, {ours}",
        f"{median(turn.per_s for turn in turns[ours]):,.0f}/s",
        f"{theirs} {median(turn.per_s for turn in turns[theirs]):,.0f}/s",
        f"{ratio:.2f}",
        bar,
        ratio >= at_least,
    )


def _cpu_row(turns: Turns, ours: str, theirs: str) -> Row:
    pairs = zip(turns[ours], turns[theirs], strict=True)
    return Row(
        f"CPU of a delivery, {ours}",
        f"{median(turn.cpu_us for turn in turns[ours]):.0f} us",
        f"{theirs} {median(turn.cpu_us for turn in turns[theirs]):.0f} us",
        f"{median(one.cpu_us / other.cpu_us for one, other in pairs):.2f}",
        "",
        True,
    )


def measured(npm: str, deliveries: int, rounds: int) -> Turns:
    """All turns of all sides; the first round warms up and does not count."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        env = _environment(folder)
        sides = {title: stack.enter_context(side) for title, side in _sides(npm, folder, env).items()}
        load = stack.enter_context(_load(env))
        turns: dict[str, list[Turn]] = {title: [] for title in sides}
        order = list(sides)
        for _ in range(rounds + 1):
            for title in order:
                turns[title].append(_undisturbed(load, sides[title], deliveries))
            order.append(order.pop(0))  # nobody always follows the same side
        _check_journal(folder / "state", deliveries * (rounds + 1))
    return {title: side[1:] for title, side in turns.items()}


def _environment(folder: Path) -> dict[str, str]:
    """Key, token and stand-in for all sides."""
    certificate = new_certified_key(["127.0.0.1"])
    (folder / "cert.pem").write_text(certificate.cert_pem)
    (folder / "key.pem").write_text(certificate.key_pem)
    cameras = [{"id": str(number), "name": f"Camera {number}"} for number in range(1, CAMERAS + 1)]
    return {
        **os.environ,
        "AUTH_TOKEN": new_token(),
        "LISTEN_HOST": "127.0.0.1",
        "PORT": "0",
        "SSL_CERT": str(folder / "cert.pem"),
        "SSL_KEY": str(folder / "key.pem"),
        "NODE_PATH": str(simulator_script().parent / "modules"),
        "SIMULATED_SECUROS": json.dumps({"cameras": cameras, "faults": {}}),
    }


def _sides(npm: str, folder: Path, env: dict[str, str]) -> dict[str, Any]:
    """The servers by name, not started yet."""
    journal = {"STATE_DIR": str(folder / "state")}
    express = installed(npm, folder / "express")
    return {
        "a bare https server": _served(folder, FOLDER / "bare.js", env),
        "a receiver on express": _served(folder, express, env),
        "ours, journaled": _served(folder, receiver_script(), env | journal, is_durable=True),
        "ours, without a journal": _served(folder, *_unwritable(folder, env), is_durable=False),
    }


def _unwritable(folder: Path, env: dict[str, str]) -> tuple[Path, dict[str, str]]:
    """Our receiver where each folder for its journal is a file, or below one: not even root can write there."""
    port = reserved_port()
    place = folder / "unwritable"
    place.mkdir()
    script = Path(shutil.copy(receiver_script(), place))
    in_the_way = place / f"securos-trigger-state-{port}"
    in_the_way.touch()
    return script, {**env, "PORT": str(port), "STATE_DIR": str(in_the_way / "state"), "TMPDIR": str(in_the_way)}


@contextmanager
def _served(folder: Path, script: Path, env: dict[str, str], *, is_durable: bool | None = None) -> Iterator[Server]:
    """A server on the first core, until the block ends. `is_durable` is what its /health must say."""
    log = folder / f"{script.stem}-{is_durable}.log"
    with _on_core(0), log.open("wb") as printed:
        process = subprocess.Popen([node_program(), script], env=env, stdout=printed, stderr=printed)
    try:
        server = Server(_port_in(log, process), process)
        if is_durable is not None:
            assert _health(server.port, env)["durable"] is is_durable, log.read_text()
        yield server
    finally:
        process.kill()
        process.wait()


@contextmanager
def _load(env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The load's process, on the last core."""
    with _on_core(-1):
        process = subprocess.Popen(
            [node_program(), FOLDER / "load.js"], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def _on_core(index: int) -> Iterator[None]:
    """A process that is started here, with all its threads, stays on one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(cores)[index]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _port_in(log: Path, process: subprocess.Popen[bytes]) -> int:
    """The port in the line that a server prints when it listens."""
    until_s = time.monotonic() + START_LIMIT_S
    while time.monotonic() < until_s and process.poll() is None:
        for line in log.read_text().splitlines():
            if line.endswith("}") and json.loads(line).get("event") == "listening":
                port: int = json.loads(line)["port"]
                return port
        time.sleep(0.02)
    raise RuntimeError(f"a server did not start: {log.read_text()}")


def _health(port: int, env: dict[str, str]) -> dict[str, Any]:
    """What a receiver of ours says about itself."""
    trusted = ssl.create_default_context(cafile=env["SSL_CERT"])
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trusted), urllib.request.ProxyHandler({}))
    with opener.open(f"https://127.0.0.1:{port}/health", timeout=START_LIMIT_S) as response:
        health: dict[str, Any] = json.load(response)
        return health


def _undisturbed(load: subprocess.Popen[bytes], server: Server, deliveries: int) -> Turn:
    """A turn in which the server was the limit; after some tries the last one, whatever it is."""
    for _ in range(TRIES):
        turn = _turn(load, server, deliveries)
        if turn.ready_share >= READY_BAR:
            break
    return turn


def _turn(load: subprocess.Popen[bytes], server: Server, deliveries: int) -> Turn:
    assert load.stdin is not None and load.stdout is not None
    asked = {"port": server.port, "pid": server.process.pid, "deliveries": deliveries}
    load.stdin.write(json.dumps(asked).encode() + b"\n")
    load.stdin.flush()
    line = load.stdout.readline()
    assert line, "the load ended; what it printed stands above"
    took = json.loads(line)
    return Turn(
        per_s=deliveries / took["took_s"],
        cpu_us=took["server_cpu_s"] / deliveries * 1e6,
        ready_share=(took["server_ran_s"] + took["server_queued_s"]) / took["took_s"],
        load_share=took["own_cpu_s"] / took["took_s"],
    )


def _check_journal(state: Path, deliveries: int) -> None:
    """Every delivery stands in the journal twice: before its call and after."""
    lines = sum(file.read_bytes().count(b"\n") for file in state.glob("journal-*.jsonl"))
    assert lines >= 2 * deliveries, f"the journal has {lines} lines for {deliveries} deliveries"


if __name__ == "__main__":
    raise SystemExit(main())
