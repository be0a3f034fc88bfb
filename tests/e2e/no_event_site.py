"""Two real services in which no event comes, for many causes at once: cameras, receivers, an input, a full outbox."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple

import av
import numpy as np

from securos_trigger.vms.simulator import Simulator
from tests import commands
from tests.e2e.test_status import NO_RECEIVER, running
from tests.integration.test_rtsp import Server
from tests.integration.test_stream import motion_jpeg, served
from tests.ports import reserved_port

ALWAYS = "people > 0"
FUNCTION = """\
import time

def process_frame(frame, pause_s=0.0, **kwargs):
    time.sleep(pause_s)
    meta = frame.meta()
    meta.set_field("people", 1)
    meta.save()
"""
TOKEN = "a-token-of-the-senders"


@dataclass(frozen=True)
class Said:
    """What a service answers: the cause of each node by its address, the text around them, and what `status` prints."""

    causes: Mapping[str, Mapping[str, str]]
    explained: str
    status: str


def _status(folder: Path) -> dict[str, Any]:
    seen: dict[str, Any] = json.loads(commands.run("status", "site.toml", "--json", cwd=folder).stdout)
    return seen


def _ask(folder: Path, second: datetime | None = None) -> Said:
    """Ask about one second (None: about the last ten minutes), and for the present state."""
    at = ("explain", "site.toml", *(("--at", second.isoformat(), "--around", "0") if second else ()))
    nodes = json.loads(commands.run(*at, "--json", cwd=folder).stdout)["nodes"]
    causes = {"/".join(filter(None, (one["pipeline"], one["camera"], one["node"]))): one["cause"] for one in nodes}
    return Said(causes, commands.run(*at, cwd=folder).stdout, commands.run("status", "site.toml", cwd=folder).stdout)


def _table(settings: Mapping[str, object]) -> str:
    return "\n".join(f"{name} = {json.dumps(value)}" for name, value in settings.items())


def node(name: str, trigger: str, receiver: Mapping[str, object], **more: object) -> str:
    """A trigger node."""
    told = {"id": name, "event_source": "custom", "trigger": trigger, "event_name": name, "iss_camera_ids": "1"}
    settings = _table({"type": "trigger_securos_event", **told, **receiver, **more})
    return f"[[pipelines.nodes]]\n{settings}\n"


def pipeline(name: str, source: str, *nodes: str) -> str:
    """A pipeline: its source as TOML."""
    return f'[[pipelines]]\nname = "{name}"\nsource = {source}\n' + "".join(nodes)


#: The node that writes what conditions read, and one that is far too slow.
WRITER = '[[pipelines.nodes]]\ntype = "function"\nfile = "mine.py"\n'
SLOW_WRITER = f"{WRITER}arguments = {{ pause_s = 0.3 }}\n"


def _write_video(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.options = {"bf": "0", "g": "10"}
        for number in range(600):
            pixels = np.full((64, 96, 3), number % 250, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))


def _post_for_ever(port: int, stop: Event) -> None:
    """A camera whose clock is two days behind."""
    while not stop.is_set():
        at = (datetime.now(UTC) - timedelta(days=2)).isoformat()
        body = json.dumps({"camera": "door", "at": at, "what": "Person"}).encode()
        headers = {"Authorization": f"Bearer {TOKEN}"}
        request = urllib.request.Request(f"http://127.0.0.1:{port}/metadata/posts", body, headers)
        with suppress(OSError):
            urllib.request.urlopen(request, timeout=60).close()
        stop.wait(2)


def _site(folder: Path, camera: Server, address: str, port: int, good: Simulator, changed: Simulator) -> str:
    to, other = good.settings(), {**changed.settings()}
    del other["iss_certificate_sha256"]  # so that its first certificate is remembered
    stream = f'{{ type = "stream", url = "{address}/a.mjpg", frozen_after_s = 0 }}'
    never = f"{datetime.now(UTC) + timedelta(days=2):%a} 03:00-03:01".lower()
    often: dict[str, object] = {"interval": 0.3}
    yard = (
        node("false", "people > 99", to),
        node("missing", "persons > 0", to),
        node("interval", ALWAYS, to, interval=3600),
        node("risen", ALWAYS, to, trigger_mode="rising_edge"),
        node("hours", ALWAYS, to, active_hours=[never]),
        node("muted", ALWAYS, to, **often),
        node("off", ALWAYS, to, enabled=False),
        node("down", ALWAYS, NO_RECEIVER, **often),
        node("expired", ALWAYS, {**NO_RECEIVER, "iss_ip": "localhost"}, interval=3600),
        node("token", ALWAYS, {**to, "iss_ip": "localhost", "iss_password": "wr0ng-token"}, **often),
        node("certificate", ALWAYS, other, **often),
        node("camera", ALWAYS, to, iss_camera_ids="9", **often),
    )
    posts = (
        f'{{ type = "generic", listen = "127.0.0.1:{port}", token = "{TOKEN}", '
        'mapping = { gives = "event", label = "what", source = "camera", time = "at" } }\ncameras = { door = "1" }'
    )
    gate = f'{{ type = "rtsp", url = "rtsp://127.0.0.1:{camera.port}/gate.mp4", name = "gate camera" }}'
    detector = '[[pipelines.nodes]]\ntype = "detector"\nevery = 5\n'
    return "".join(
        (
            'time_zone = "UTC"\n[outbox]\npath = "outbox.sqlite"\nexpire_after_days = 0.0005\n',
            pipeline("yard", stream, WRITER, *yard),
            pipeline("gate", gate, WRITER, node("lost", ALWAYS, to, interval=3600)),
            pipeline("street", stream, detector, node("kept", "any(o.label == 'car' for o in objects)", to)),
            pipeline("broken", '{ type = "file", path = "broken.mp4" }', node("stopped", ALWAYS, to)),
            pipeline("busy", stream, SLOW_WRITER, node("slow", "people > 99", to)),
            pipeline("posts", posts, node("post", "", to, event_source="built_in")),
        )
    )


def _counted(seen: Mapping[str, Any], name: str, reason: str) -> int:
    """On how many frames a node ended so."""
    [found] = [one for one in seen["nodes"] if one["address"] == name]
    return int(found["decisions"].get(reason, 0))


def _target(seen: Mapping[str, Any], settings: Mapping[str, str]) -> Mapping[str, Any]:
    [found] = [one for one in seen["targets"] if one["target"].endswith(f"{settings['iss_ip']}:{settings['iss_port']}")]
    return dict(found)


@contextmanager
def _service(folder: Path, stack: ExitStack) -> Iterator[Simulator]:
    """The service with all cameras and receivers that are well at first; gives the receiver that is to be changed."""
    camera, stop, port = Server(folder, reserved_port()), Event(), reserved_port()
    _write_video(folder / "gate.mp4")
    (folder / "broken.mp4").write_bytes(b"no video " * 100)
    (folder / "mine.py").write_text(FUNCTION)
    address = stack.enter_context(served(motion_jpeg(images=100_000, every_s=0.1)))
    good, first = stack.enter_context(Simulator()), Simulator()
    stack.callback(camera.kill)
    camera.start()
    with first:
        (folder / "site.toml").write_text(_site(folder, camera, address, port, good, first))
        stack.enter_context(running(folder))
        sender = Thread(target=_post_for_ever, args=(port, stop), daemon=True)
        sender.start()
        stack.callback(sender.join, 30)
        stack.callback(stop.set)
        _wait_for_none(lambda: _not_begun(_status(folder), first.settings()))
        yield first
    camera.kill()


class Answers(NamedTuple):
    """What services say: one as soon as it can be asked, and when an event has expired; and one with a full outbox."""

    soon: Said
    later: Said
    full: Said


def answers_of_services(folder: Path) -> Answers:
    """Let no event come, for each of the causes, and ask."""
    with ExitStack() as stack:
        with _service(folder, stack) as first:
            pass
        again = stack.enter_context(Simulator(receiver_port=first.receiver_port, token=first.token))
        muted = commands.run("mute", "site.toml", "muted", "--for", "2h", "--reason", "works", cwd=folder)
        assert muted.returncode == 0, muted.stderr
        _wait_for_none(lambda: _not_provoked(_status(folder), again.settings()))
        second = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
        asked = list[Said]()  # a decision shows up in the ledger after about five seconds
        time.sleep(2)  # until that second is over: nobody asks about the future
        _wait_for_none(lambda: [] if _is_written(asked, folder, second) else ["that second in the ledger"])
        full = _full_service(folder / "full")
        _wait_for_none(lambda: _not_old(_status(folder)))
        found = list[Said]()  # what status says is in the ledger some seconds later
        _wait_for_none(lambda: [] if _is_expired(found, folder) else ["expired event in the ledger"])
        return Answers(asked[-1], found[-1], full)


def _full_service(folder: Path) -> Said:
    """What a service says whose outbox is full."""
    folder.mkdir()
    _write_video(folder / "gate.mp4")
    (folder / "mine.py").write_text(FUNCTION)
    source = '{ type = "file", path = "gate.mp4", loop = true }'
    flood = node("flood", ALWAYS, NO_RECEIVER, event_description="x" * 4_000)
    head = 'time_zone = "UTC"\n[outbox]\npath = "outbox.sqlite"\nmax_size_mb = 16\n'
    (folder / "site.toml").write_text(head + pipeline("yard", source, WRITER, flood))
    with running(folder):
        _wait_for_none(lambda: [] if _status(folder).get("losses", {}).get("count", 0) > 3 else ["lost events"])
        found = list[Said]()
        _wait_for_none(lambda: [] if _is_lost(found, folder) else ["lost events in the ledger"])
        return found[-1]


def _is_written(found: list[Said], folder: Path, second: datetime) -> bool:
    """Ask about a second, and add the answer to `found`. True: the pipelines that read frames have it in the ledger."""
    found.append(_ask(folder, second))
    kinds = {found[-1].causes[name]["kind"] for name in ("yard/false", "street/kept", "busy/slow")}
    return not kinds & {"no_frame", "not_written"}


def _is_lost(found: list[Said], folder: Path) -> bool:
    """Ask, and add the answer to `found`."""
    found.append(_ask(folder))
    return "not_kept" in {cause["kind"] for cause in found[-1].causes.values()}


def _is_expired(found: list[Said], folder: Path) -> bool:
    """Ask, and add the answer to `found`."""
    found.append(_ask(folder))
    return found[-1].causes["yard/expired"]["kind"] == "dead"


def _not_begun(seen: Mapping[str, Any], changed: Mapping[str, str]) -> list[str]:
    if not seen.get("nodes"):
        return ["service"]
    begun = {
        "first certificate": _target(seen, changed)["is_healthy"],
        "gate": _counted(seen, "gate/lost", "fired"),
        "yard": _counted(seen, "yard/risen", "not_risen"),
        "street": _counted(seen, "street/kept", "condition_false"),
    }
    return [name for name, has_begun in begun.items() if not has_begun]


def _not_provoked(seen: Mapping[str, Any], changed: Mapping[str, str]) -> list[str]:
    pipelines = {one["name"]: one for one in seen["pipelines"]}
    held = {
        "another certificate": _target(seen, changed)["trouble"] == "untrusted",
        "lost camera": pipelines["gate"]["source_lost_reason"],
        "mute": _counted(seen, "yard/muted", "muted"),
        "frames left out": pipelines["busy"]["left_out_per_s"] > 1,
    }
    return [name for name, holds in held.items() if not holds]


def _not_old(seen: Mapping[str, Any]) -> list[str]:
    [posts] = [one for one in seen["pipelines"] if one["name"] == "posts"]
    expired = {one["target"] for one in seen["given_up"] if one["reason"] == "expired"}
    held = {
        "old messages": any(one["why"] == "too_old" for one in posts["input"]["unusable"]),
        "expired events": f"https://localhost:{NO_RECEIVER['iss_port']}" in expired,
    }
    return [name for name, holds in held.items() if not holds]


def _wait_for_none(missing: Callable[[], list[str]]) -> None:
    """Wait until nothing is missing; fails with what is."""
    until_s = time.monotonic() + 150
    while found := missing():
        assert time.monotonic() < until_s, found
        time.sleep(0.5)
