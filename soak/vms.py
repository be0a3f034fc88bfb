"""A VMS that is not what it was: its name, its certificate, its way of answering. Real video plays all the while.

`securos-trigger run` as a process of its own, with the product's own rules and trust on first use. Every frame fires.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import numpy

from securos_trigger.vms.simulator import Simulator
from soak.proxy import Fault, Proxy
from soak.report import Report

FOLDER = Path(__file__).parent.parent
FRAMES_PER_S = 25
#: The short form runs beside other tests. Its events must not come faster than one camera is served there: the
#: backlog would never end.
FRAMES_PER_S_BESIDE_OTHERS = 8
HOST = "vms.soak"
START_LIMIT_S = 60.0
RECOVERY_LIMIT_S = 120.0

#: What the log must have of a name that is gone, and of a certificate that has changed.
UNRESOLVED = "cannot be resolved"
UNTRUSTED = "target_untrusted"

#: A pipeline that loses more of its pace than this has been harmed: one that waits for the VMS loses much more. The
#: short form runs beside other tests, which take their part of the processor.
LEAST_PACE = 0.98
LEAST_PACE_BESIDE_OTHERS = 0.85

#: Connections that stand and pass nothing come last: it takes the product's own 15 seconds to notice them.
_FAULTS = (Fault.DRIP, Fault.RESET_ON_ACCEPT, Fault.HALF_OPEN)


def run(*, is_long: bool, fault_s: float = 0.0) -> Report:
    """Each trouble for some seconds, each time until events arrive again; then the run is ended as a person would."""
    if reason := why_not():
        return Report(skipped=reason)
    fault_s = fault_s or (30.0 if is_long else 3.0)
    faults = _FAULTS if is_long else _FAULTS[:-1]
    chance = random.Random()
    with (
        tempfile.TemporaryDirectory() as folder,
        Simulator(("1",)) as simulator,
        Simulator(("1",)) as stranger,
        Proxy(simulator.receiver_port, chance) as proxy,
    ):
        frames_per_s = FRAMES_PER_S if is_long else FRAMES_PER_S_BESIDE_OTHERS
        place = Place(Path(folder), proxy.port, simulator.token, frames_per_s)
        with place.running() as process:
            broken = _troubles(place, simulator, stranger, proxy, faults, fault_s)
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        figures: dict[str, object] = {"troubles": ", ".join(["name gone", "certificate changed", *faults])}
        figures["seconds of each"] = fault_s
        least_pace = LEAST_PACE if is_long else LEAST_PACE_BESIDE_OTHERS
        return _report(place, simulator, stranger, figures, broken, least_pace)


def why_not() -> str:
    """Why this machine cannot do it; empty when it can."""
    if os.geteuid() != 0:
        return "a name that comes and goes needs a file system of its own, and that needs root"
    return "" if shutil.which("unshare") else "unshare is not installed"


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of one run: its video, its configuration, its log, and the names that it can resolve."""

    folder: Path
    port: int
    token: str
    frames_per_s: int

    @property
    def log(self) -> str:
        """What the process has printed."""
        return (self.folder / "log").read_text(encoding="utf-8")

    def left(self) -> set[str]:
        """The names of the events that the outbox holds for the next start. The process must have ended."""
        with closing(sqlite3.connect(self.folder / "outbox.sqlite")) as connection:
            return {
                row[0]
                for row in connection.execute("SELECT name FROM delivery WHERE state = 'waiting' OR state = 'sending'")
            }

    def wait_for(self, words: str) -> None:
        """Wait until these words stand in the log, or as long as a slow machine may need to get there."""
        give_up_at_s = time.monotonic() + START_LIMIT_S
        while words not in self.log and time.monotonic() < give_up_at_s:
            time.sleep(0.05)

    def name_is_known(self, is_known: bool) -> None:
        """Let the name of the VMS have an address, or none."""
        (self.folder / "hosts").write_text(f"127.0.0.1 {HOST}\n" if is_known else "", encoding="ascii")

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """The product, in a mount namespace in which these names are the only ones. It starts without the name."""
        self.name_is_known(False)
        (self.folder / "resolv.conf").write_text(
            "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n", encoding="ascii"
        )
        _write_video(self.folder / "video.mkv", self.frames_per_s)
        (self.folder / "site.toml").write_text(self._settings(), encoding="utf-8")
        names = (
            'mount --bind "$1/hosts" /etc/hosts && mount --bind "$1/resolv.conf" /etc/resolv.conf && shift && exec "$@"'
        )
        product = [sys.executable, "-m", "securos_trigger", "run", str(self.folder / "site.toml")]
        command = ["unshare", "--mount", "sh", "-c", names, "sh", str(self.folder), *product]
        with (self.folder / "log").open("wb") as log, subprocess.Popen(command, cwd=FOLDER, stderr=log) as process:
            try:
                yield process
            finally:
                process.kill()

    def _settings(self) -> str:
        return f"""
[outbox]
path = "outbox.sqlite"

[[pipelines]]
name = "yard"
source = {{ type = "file", path = "video.mkv", realtime = true, loop = true }}

[[pipelines.nodes]]
type = "trigger_securos_event"
event_source = "custom"
trigger = "1 > 0"
event_name = "{{{{ frame_time.strftime('%Y%m%d%H%M%S%f') }}}}"
iss_camera_ids = "1"
iss_ip = "{HOST}"
iss_port = {self.port}
iss_password = "{self.token}"
"""


def _troubles(
    place: Place, simulator: Simulator, stranger: Simulator, proxy: Proxy, faults: Sequence[Fault], fault_s: float
) -> list[str]:
    """One trouble after the other. Gives the promises that were broken meanwhile."""
    broken = []
    place.wait_for(UNRESOLVED)  # the name is not known yet
    time.sleep(fault_s)
    place.name_is_known(True)
    broken += _recovered("name gone", simulator)

    proxy.to_port = stranger.receiver_port
    _cut(proxy)  # from now on another server answers at this address, with another certificate
    time.sleep(fault_s)
    place.wait_for(UNTRUSTED)  # the courier may just be in a pause: it has not met the other server yet
    proxy.to_port = simulator.receiver_port
    _cut(proxy)
    broken += _recovered("certificate changed", simulator)

    for fault in faults:
        proxy.fault = fault
        time.sleep(fault_s)
        _wait_until_struck(proxy, fault)
        proxy.fault = Fault.NONE
        broken += _recovered(fault, simulator)
        if not proxy.struck[fault]:
            broken.append(f"{fault} never struck: it proves nothing")
    return broken


def _wait_until_struck(proxy: Proxy, fault: Fault) -> None:
    """Wait until the courier has met this fault, or as long as its longest pause may take on a slow machine."""
    give_up_at_s = time.monotonic() + START_LIMIT_S
    while not proxy.struck[fault] and time.monotonic() < give_up_at_s:
        time.sleep(0.05)


def _cut(proxy: Proxy) -> None:
    proxy.fault = Fault.CUT
    time.sleep(0.2)
    proxy.fault = Fault.NONE


def _recovered(trouble: str, simulator: Simulator) -> list[str]:
    """Wait until an event of after the trouble has arrived: without help from outside."""
    over_at = time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + 1))
    give_up_at_s = time.monotonic() + RECOVERY_LIMIT_S
    sequence = 0
    while time.monotonic() < give_up_at_s:
        for event in simulator.events(sequence):
            sequence = event["sequence"]
            if event["name"] > over_at:
                return []
        time.sleep(0.1)
    return [f"{trouble}: no event arrived for {RECOVERY_LIMIT_S:g} s after it was over"]


def _report(
    place: Place,
    simulator: Simulator,
    stranger: Simulator,
    figures: dict[str, object],
    broken: list[str],
    least_pace: float,
) -> Report:
    ended = re.search(r"pipeline_ended .* frames=(\d+) frames_per_s=([\d.]+) events=(\d+) .*decode_errors=0", place.log)
    if ended is None:
        return Report({}, (*broken, f"the run did not end well: {place.log[-500:]}"))
    frames, pace, fired = int(ended[1]), float(ended[2]) / place.frames_per_s, int(ended[3])
    names, left = [event["name"] for event in simulator.events()], place.left()
    claims = {
        "a frame fired no event: this run proves nothing": fired == frames > 0,
        f"the video ran at {pace:.3f} of its pace": pace >= least_pace,
        "events are counted as not kept": "event_not_kept" not in place.log,
        f"{fired} events fired, {len(names)} arrived, {len(left)} are left": len(left.union(names)) == fired,
        "events arrived twice or out of order": names == sorted(set(names)),
        "a server with another certificate was sent something": stranger.calls() == [],
        "that the name is gone was not logged": UNRESOLVED in place.log,
        "that the certificate has changed was not logged": UNTRUSTED in place.log,
    }
    broken += [sentence for sentence, is_true in claims.items() if not is_true]
    figures |= {
        "frames, all of which fired": frames,
        "pace of the video": f"{pace:.3f}",
        "events that arrived": len(names),
        "left for the next start": len(left),
        "sent to a server with another certificate": len(stranger.calls()),
    }
    return Report(figures, tuple(broken))


def _write_video(path: Path, frames_per_s: int) -> None:
    """Ten seconds of moving noise."""
    chance = numpy.random.default_rng(1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=frames_per_s)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for _ in range(10 * frames_per_s):
            frame = av.VideoFrame.from_ndarray(chance.integers(0, 255, (240, 320, 3), dtype=numpy.uint8), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
