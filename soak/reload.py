"""Reloads of a running service under load: every setting that may change does, and no frame and no event is lost.

A real service runs two pipelines. The one called `steady` never starts again; the other one does now and then. Three
books are compared: that of the pipelines' functions, with a line for each frame on which the trigger must fire, the
answers of the receiver, and the calls that SecurOS took.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from securos_trigger.errors import SecurosTriggerError
from securos_trigger.operations.reload import Reloaded, reload_service
from securos_trigger.vms.simulator import Simulator
from soak.books import read_answers, read_calls
from soak.memory import memory_bytes
from soak.report import Report
from soak.waiting import status_of

CAMERAS: Final = ("1", "2")
FRAMES_PER_S: Final = 50
#: A trigger fires on each frame whose number can be divided by this.
EVERY: Final = 3
_SETTLE_LIMIT_S: Final = 240.0
_START_LIMIT_S: Final = 60.0

_FUNCTION: Final = """\
import os, time, uuid

life = uuid.uuid4().hex[:8]
number = longest_s = 0
last_s = None

def process_frame(frame, book, every, **kwargs):
    global number, longest_s, last_s
    now_s = time.monotonic()
    longest_s = max(longest_s, now_s - (last_s or now_s))
    last_s = now_s
    number += 1
    meta = frame.meta()
    is_due = number % every == 0 and not os.path.exists(f"{book}.closed")
    name = f"{life}-{number:06}"
    meta.set_field("is_due", is_due)
    meta.set_field("name", name)
    meta.save()
    if is_due:
        with open(book, "a") as lines:
            lines.write(f"{name} {number} {longest_s:.3f}\\n")
"""

_TABLES: Final = (
    '[outbox]\npath = "outbox.sqlite"\nlate_per_s = 1000\n\n[ledger]\nenabled = false\n\n[console]\nport = 0\n\n'
)

#: Conditions that all mean the same.
TRIGGERS: Final = (
    "is_due",
    "is_due == true",
    "not (is_due == false)",
    "is_due or false",
    "true and is_due",
)


class Service:
    """`securos-trigger run` in a folder, with a configuration that is written again and again."""

    def __init__(self, folder: Path, simulator: Simulator, chance: random.Random) -> None:
        self.config = folder / "site.toml"
        self._folder = folder
        self._simulator = simulator
        self._chance = chance
        self._lateness_s = 30
        self._process: subprocess.Popen[bytes] | None = None
        _write_clip(folder / "a.mp4")
        (folder / "b.mp4").write_bytes((folder / "a.mp4").read_bytes())
        (folder / "mine.py").write_text(_FUNCTION, encoding="ascii")

    def __enter__(self) -> Service:
        self.write(is_plain=True)
        command = [sys.executable, "-m", "securos_trigger", "run", "site.toml"]
        with (self._folder / "log.txt").open("wb") as log:
            self._process = subprocess.Popen(command, cwd=self._folder, stderr=log)
        _wait_for(self._has_started, _START_LIMIT_S)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _has_started(self) -> bool:
        status = self.status()
        return bool(status.get("pipelines")) and not status["is_starting"]

    def end(self) -> int:
        """End it as systemd does; gives its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(60)

    def status(self) -> dict[str, Any]:
        """What the service says of itself."""
        return status_of(self._folder / "outbox.sqlite")

    @property
    def log(self) -> str:
        """What it has logged."""
        return (self._folder / "log.txt").read_text(encoding="utf-8")

    def close_books(self) -> None:
        """Let no more frame fire."""
        for name in ("steady", "moving"):
            (self._folder / f"{name}.book.closed").touch()

    def memory_bytes(self) -> int:
        """Its resident memory."""
        assert self._process is not None
        return memory_bytes(self._process.pid)

    def write(self, *, is_plain: bool = False, is_broken: bool = False) -> None:
        """Write the configuration: as it is at the start and at the end, or with some of everything changed."""
        some = self._chance.random
        host = "127.0.0.1" if is_plain or some() < 0.7 else "localhost"
        password = self._simulator.token if is_plain or some() < 0.7 else "not-the-token"
        self._lateness_s = 20 + 10 * (some() < 0.5)  # the same for all nodes of a receiver
        source = "a.mp4" if is_plain or some() < 0.6 else "b.mp4"
        pipelines = [self._pipeline("steady", "a.mp4", host, password, is_plain=is_plain)]
        pipelines.append(self._pipeline("moving", source, host, password, is_plain=is_plain))
        # So that in the end both receivers are served, and whatever waits for one goes out.
        other = self._trigger("other", "localhost", password, "is_due and not is_due") if is_plain else ""
        self.config.write_text(_TABLES + "\n".join(pipelines) + other + ("trigger = 3\n" if is_broken else ""))

    def _pipeline(self, name: str, source: str, host: str, password: str, *, is_plain: bool) -> str:
        trigger = TRIGGERS[0] if is_plain else self._chance.choice(TRIGGERS)
        book = self._folder / f"{name}.book"
        return (
            f'[[pipelines]]\nname = "{name}"\n'
            f'source = {{ type = "file", path = "{source}", realtime = true, loop = true }}\n\n'
            '[[pipelines.nodes]]\ntype = "function"\nid = "mine"\nfile = "mine.py"\n'
            f'arguments = {{ book = "{book}", every = {EVERY} }}\n\n' + self._trigger("alarm", host, password, trigger)
        )

    def _trigger(self, node_id: str, host: str, password: str, trigger: str) -> str:
        receiver = {**self._simulator.settings(), "iss_ip": host, "iss_password": password}
        lines = "\n".join(f'{name} = "{value}"' for name, value in receiver.items())
        camera = self._chance.choice(CAMERAS)
        return (
            f'[[pipelines.nodes]]\ntype = "trigger_securos_event"\nid = "{node_id}"\n{lines}\n'
            f'event_source = "custom"\ntrigger = "{trigger}"\nevent_name = "{{{{ meta.name }}}}"\n'
            f'iss_camera_ids = "{camera}"\nrecord_max_lateness = {self._lateness_s}\n\n'
        )


def run(*, is_long: bool, reloads: int = 0) -> Report:
    """Reload again and again, now and then with a broken file or twice at once; then read the books."""
    reloads = reloads or (650 if is_long else 60)
    chance = random.Random()
    done: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name, Simulator(CAMERAS, log=Path(name, "calls.jsonl")) as simulator:
        folder = Path(name)
        with Service(folder, simulator, chance) as service:
            began_at_ticks, memory_bytes = time.monotonic(), 0
            for number in range(reloads):
                done.update(_reload_once(service, chance))
                time.sleep(chance.uniform(0.0, 0.2))
                if number == reloads // 5:
                    memory_bytes = service.memory_bytes()
            took_s = time.monotonic() - began_at_ticks
            service.write(is_plain=True)
            last = reload_service(service.config)
            grown_bytes = service.memory_bytes() - memory_bytes
            wait_until_drained(service)
            status = service.status()
            exit_code = service.end()
            broken = tuple(broken_books(folder, simulator, status, service.log))
        figures = {
            "reloads": done["done"],
            "of them with a change": done["changed"],
            "refused as they must be": done["refused"],
            "reloads in a second": f"{reloads / took_s:.1f}",
            "events fired and delivered": fired_count(folder),
            "longest pause between two frames of the steady pipeline": f"{_longest_pause_s(folder):.3f} s",
            "memory grown after the first fifth": f"{grown_bytes / 1024**2:.1f} MB",
        }
    if last.reason or exit_code:
        broken += (f"the last reload or the end failed: {last.reason} {exit_code}",)
    if done["wrong"]:
        broken += (f"{done['wrong']} reloads ended otherwise than they must",)
    return Report(figures, broken)


def _reload_once(service: Service, chance: random.Random) -> Iterator[str]:
    """One reload; gives words to count."""
    kind = chance.random()
    service.write(is_broken=kind < 0.1)
    if kind < 0.1:
        yield "refused" if not reload_service(service.config).is_done else "wrong"
        return
    ended: list[Reloaded | SecurosTriggerError] = []
    count = 2 if kind < 0.2 else 1
    asking = [threading.Thread(target=lambda: ended.append(_reloaded(service))) for _ in range(count)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    for one in ended:
        if isinstance(one, Reloaded) and one.is_done:
            yield "done"
            if one.changes:
                yield "changed"
        else:
            yield "refused" if "Another reload is under way" in str(one) and count == 2 else "wrong"


def _reloaded(service: Service) -> Reloaded | SecurosTriggerError:
    try:
        return reload_service(service.config)
    except SecurosTriggerError as error:
        return error


# -- the books


def broken_books(folder: Path, simulator: Simulator, status: dict[str, Any], log: str) -> Iterator[str]:
    """What the books of the functions, of the service and of SecurOS prove to have gone wrong."""
    shown = Counter(call.event_id for call in read_calls(folder / "calls.jsonl") if call.event_id)
    answered = {answer.event_id for answer in read_answers(simulator.printed()) if answer.is_ok}
    fired = [line[0] for name in ("steady", "moving") for line in _book(folder, name)]
    if lost := [name for name in fired if not shown[name]]:
        yield f"{len(lost)} events never reached SecurOS: {', '.join(lost[:5])}"
    if doubled := [name for name, count in shown.items() if count > 1]:
        yield f"{len(doubled)} events happened twice: {', '.join(doubled[:5])}"
    if invented := set(shown) - set(fired):
        yield f"{len(invented)} events happened that no frame fired: {', '.join(sorted(invented)[:5])}"
    if len(answered) != len(fired):
        yield f"{len(fired)} events fired, and the receiver has accepted {len(answered)}"
    steady = next(one for one in status["pipelines"] if one["name"] == "steady")
    node = next(one for one in status["nodes"] if one["address"] == "steady/alarm")
    lines = [line for line in _book(folder, "steady") if line]
    if len({name.partition("-")[0] for name, *_ in lines}) != 1:
        yield "the steady pipeline has started again"
    numbers = [int(number) for _, number, _ in lines]
    if numbers != list(range(EVERY, EVERY * len(numbers) + 1, EVERY)):
        yield "frames of the steady pipeline are missing"
    decided = sum(node["decisions"].values())
    if abs(decided - steady["frames"]) > 1:
        yield f"the steady pipeline read {steady['frames']} frames, and its trigger node decided {decided} times"
    if "Traceback" in log or status["losses"]["count"]:
        yield f"the service had a fault or lost events: {_fault_in(log)}"


def _fault_in(log: str) -> str:
    """The first fault of a log: what was raised, and where."""
    lines = log.partition("Traceback")[2].splitlines()
    end = next((number for number, line in enumerate(lines[1:], 1) if not line.startswith(" ")), len(lines))
    return "; ".join(line.strip() for line in lines[max(0, end - 4) : end + 1])


def fired_count(folder: Path) -> int:
    """How many events have fired, by the books of the functions."""
    return sum(len(_book(folder, one)) for one in ("steady", "moving"))


def _book(folder: Path, name: str) -> list[list[str]]:
    path = folder / f"{name}.book"
    return [line.split() for line in path.read_text(encoding="ascii").splitlines()] if path.exists() else []


def _longest_pause_s(folder: Path) -> float:
    return max((float(line[2]) for line in _book(folder, "steady")), default=0.0)


def wait_until_drained(service: Service) -> None:
    """Let no more frame fire, and wait until all that fired is delivered, for a while: the books say what is missing.

    On a machine that is busy with other work, more events may fire than one camera can be served with.
    """
    service.close_books()
    _wait_for(lambda: _is_drained(service), _SETTLE_LIMIT_S, must=False)


def _is_drained(service: Service) -> bool:
    """True when nothing waits, and no frame is on its way that fired before the books were closed."""
    frames = [one["frames"] for one in service.status()["pipelines"]]
    _wait_for(lambda: _have_read_on(service, frames), _START_LIMIT_S, must=False)
    counts = service.status()["outbox"]["counts"]
    return bool(counts["waiting"] + counts["sending"] == 0)


def _have_read_on(service: Service, frames: list[int]) -> bool:
    """True when each pipeline has read two more frames than these."""
    now = [one["frames"] for one in service.status()["pipelines"]]
    return all(later >= earlier + 2 for earlier, later in zip(frames, now, strict=True))


def _wait_for(holds: Any, limit_s: float, *, must: bool = True) -> None:
    give_up_at_ticks = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() >= give_up_at_ticks:
            if must:
                raise TimeoutError("the service did not begin to work")
            return
        time.sleep(0.05)


def _write_clip(path: Path) -> None:
    """Two seconds of video that shows nothing."""
    import av
    import numpy as np

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FRAMES_PER_S)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(2 * FRAMES_PER_S):
            pixels = np.full((48, 64, 3), number, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
