"""A site with one placed pipeline, and its books: what fired, what was kept, what arrived.

A function in the pipeline writes the book of what must fire, the outboxes of the machines say what was kept, and the
stand-in for SecurOS what arrived. How long the pipeline was away is measured each time: from the signal to the first
event in SecurOS of a process that came after it.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from securos_trigger.config.reader import read_config
from securos_trigger.outbox import State
from securos_trigger.placement.place import place_of
from soak import waiting
from soak.books import Books, Call, broken_promises, read_answers, read_calls
from soak.report import Report
from soak.sending import figures_of
from soak.vms_program import CALLS
from tests import builders
from tests.integration.placed_site import outbox_read
from tests.integration.ray_nodes import ray_environment
from tests.made_videos import write_video

#: A moved pipeline must be back within this time on a machine that does nothing else.
BACK_WITHIN_S: Final = 30.0
LIMIT_S: Final = 300.0
_PAUSE_S: Final = 0.1
PIPELINE: Final = "yard"
MACHINES: Final = ("a", "b")
_VIDEO_S: Final = 1200
CALM_S: Final = 5.0
#: It must fire this often. What a dead machine fired within its last second may fire again on the next one.
SLOTS_PER_S: Final = 2
MOST_DOUBLES_A_MOVE: Final = 2 * SLOTS_PER_S

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
iss_ip = "{host}"
iss_port = "{port}"
"""
_FUNCTION: Final = """
import json, os, time, uuid

LAST, RUN = [0], uuid.uuid4().hex[:12]

def process_frame(frame, **kwargs):
    slot = int(time.time() * {slots})
    node, is_new = os.environ["SECUROS_TRIGGER_NODE"], slot != LAST[0]
    LAST[0], name = slot, f"{{node}}-{{RUN}}-{{slot}}"
    if is_new:
        with open({book!r}, "a") as book:
            book.write(json.dumps({{"name": name, "node": node, "run": RUN, "slot": slot}}) + "\\n")
    meta = frame.meta()
    meta.set_field("fires", int(is_new))
    meta.set_field("name", name)
    meta.save()
"""


@dataclass(frozen=True, slots=True)
class Fired:
    """What a process has fired, by its own book: `slot` is the half second in which it did, `run` names the process."""

    name: str
    node: str
    run: str
    slot: int


class Site:
    """One placed pipeline, its configuration and its function. `ray` is the address of the head."""

    def __init__(self, folder: Path, server: str, receiver: tuple[str, int], ray: str, token_file: Path) -> None:
        self.folder, self._book, self.log = folder, folder / "book.jsonl", folder / CALLS
        self._book.touch()
        self.log.touch()
        self._token_file = token_file
        self.config = folder / "site.toml"
        host, port = receiver
        self.config.write_text(_SITE.format(server=server, ray=ray, host=host, port=port))
        (folder / "book.py").write_text(_FUNCTION.format(slots=SLOTS_PER_S, book=str(self._book)))
        write_video(folder / "yard.mp4", [np.full((32, 32, 3), 16, np.uint8)] * (_VIDEO_S * 10))

    def on(self, machine: str, command: list[str]) -> list[str]:
        """The command that runs another one on a machine. Here all machines are this one."""
        return command

    def longest_gap_s(self, first: int) -> float:
        """The longest time without an event in the book of what fired, from its event number `first` on."""
        slots = sorted(one.slot for one in self.fired()[first:])
        return max((later - earlier for earlier, later in pairwise(slots)), default=0) / SLOTS_PER_S

    def cluster_command(self, *words: str) -> list[str]:
        """A command of `cluster`, as the machine from which the pipelines are placed runs it."""
        command = [sys.executable, "-m", "securos_trigger", "cluster", words[0], str(self.config), *words[1:]]
        return self.on("head", command)

    @property
    def environment(self) -> dict[str, str]:
        """What a command of `cluster` is run with."""
        return {**os.environ, **ray_environment(self._token_file)}

    def command(self, *words: str) -> str:
        """Run a command of `cluster`; gives what it printed. RuntimeError: it failed."""
        command, environment = self.cluster_command(*words), self.environment
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_S, env=environment)
        if done.returncode:
            raise RuntimeError(f"cluster {words[0]}: {done.stdout} {done.stderr}")
        return done.stdout

    def fired(self) -> list[Fired]:
        """The book of what must fire."""
        return [Fired(**json.loads(line)) for line in self._book.read_text().splitlines()]

    def back_s(self, began_at_ticks: float, before: set[str]) -> float:
        """Wait until SecurOS has an event of a process that is not one of these; gives the seconds since then."""

        def has_come() -> bool:
            of_new = {one.name for one in self.fired() if one.run not in before}
            return bool(of_new) and any(call.event_id in of_new for call in read_calls(self.log))

        wait_for(has_come, "the pipeline did not come back")
        return time.monotonic() - began_at_ticks

    def runner(self) -> str:
        """The machine that runs the pipeline."""
        return self.fired()[-1].node

    def actors(self) -> list[int]:
        """The processes of the actors on the machine that runs the pipeline."""
        raise NotImplementedError

    def answers(self) -> str:
        """What the stand-in for SecurOS has answered, as it prints it."""
        raise NotImplementedError

    def has_fired(self) -> bool:
        """True when the pipeline has fired."""
        return bool(self.fired())

    def runs(self) -> set[str]:
        """The processes that have run the pipeline so far."""
        return {one.run for one in self.fired()}

    def rows(self, *states: State) -> dict[str, str]:
        """Event ids by name of what stands in the outboxes of all machines. All processes must have ended."""
        settings, found = read_config(self.config, has_secrets=False), dict[str, str]()
        for machine in MACHINES:
            file = place_of(settings, PIPELINE, machine).outbox
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
            replace(one, event_id=names.get(one.event_id, one.event_id)) for one in read_answers(self.answers())
        )
        calls = tuple(
            Call(cameras.get(one.event_id, one.camera_id), one.action, one.event_id) for one in read_calls(self.log)
        )
        return Books({name: (camera,) for name, camera in cameras.items()}, frozenset(kept), answers, calls)


def actor_dies(site: Site) -> tuple[str, float]:
    """Kill the actor of the pipeline, and wait until the pipeline is back; gives what it was, and the seconds."""
    before, [actor] = site.runs(), site.actors()
    began_at_ticks = time.monotonic()
    os.kill(actor, signal.SIGKILL)
    return "actor killed", site.back_s(began_at_ticks, before)


def actors_of(commands: Mapping[int, str]) -> list[int]:
    """Of these command lines, by process, the processes that are actors of pipelines."""
    return [pid for pid, command in commands.items() if "ray::PipelineActor" in command]


def report(site: Site, back: dict[str, list[float]], moves: int, broken: Sequence[str]) -> Report:
    """Compare the books after this many moves. `back`: the seconds until the pipeline was back, by what happened."""
    books, superseded = site.books(), site.rows(State.DEAD)
    broken = [*broken, *broken_promises(books)]
    doubles = _doubles(books)
    if doubles > moves * MOST_DOUBLES_A_MOVE:
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


def drained(site: Site) -> list[str]:
    """Have what a machine kept and did not relay sent by the next process there, as it is when it comes back."""
    for machine in MACHINES:
        command = [sys.executable, "-m", "securos_trigger", "cluster", "pipeline", str(site.config), PIPELINE]
        environment = {**os.environ, "SECUROS_TRIGGER_NODE": machine}
        command = site.on(machine, [*command, "--node", machine])
        running = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        before = site.runs()
        try:
            site.back_s(time.monotonic(), before)
            time.sleep(CALM_S)
        finally:
            running.terminate()
            running.wait()
    left = site.rows(State.WAITING)
    return [f"{len(left)} events were kept and not relayed"] if left else []


def wait_for(claim: Callable[[], bool], what: str) -> None:
    """Wait until something is so, with the limit and the pause of the soaks of placed pipelines."""
    waiting.wait_for(claim, LIMIT_S, what, pause_s=_PAUSE_S)
