"""How many cameras of 1080p this machine carries: raise their number until frames are no longer read at their pace.

python -m benchmarks.bench_capacity [--scenes NAME,…] [--frames-per-s N] [--seconds N] [--most N] [--json FILE]

One `securos-trigger run` as a process of its own: each camera is a pipeline that decodes H.264 of 1920 x 1080 in real
time (a file that is read at its own speed, again and again), runs the analytics of its scene and a trigger node, and
has its events delivered to the real receiver in the simulator. A number of cameras is carried when each of them reads
at least 0.98 of its frames. The number is doubled until one is not carried; then the largest that is carried is
searched for between the two.

The scenes: `metadata` has no detector (a function sets the objects, so this is the cost of decoding and deciding),
`every4` has the bundled detector on every fourth frame with a tracker and a zone, `every1` on every frame.

CPU time is that of the service. What else ran on the machine meanwhile stands beside it: with more than a few percent
of a core the figure is too low, and the CPU time of one camera is what to trust.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from benchmarks.table import Row, report
from securos_trigger.demo.sample_video import sample_video
from securos_trigger.notices import Announcer
from securos_trigger.runtime.control import StatusRequest, ask
from securos_trigger.vms.simulator import Simulator

LEAST_PACE = 0.98
START_LIMIT_S = 120.0
CLIP_S = 10
FUNCTION = """\
def process_frame(frame, **kwargs):
    data = frame.meta()
    data.set_field("objects", [{"id": 1, "label": "person", "probability": 0.9}])
    data.save()
"""
_DETECTOR = """\
[[pipelines.nodes]]
type = "detector"
every = {every}

[[pipelines.nodes]]
type = "tracker"

[[pipelines.nodes]]
type = "zone_presence"

"""
#: The analytics of each scene, and the condition of its trigger.
SCENES = {
    "metadata": ('[[pipelines.nodes]]\ntype = "function"\nfile = "sets_objects.py"\n\n', "len(objects) > 0"),
    "every4": (_DETECTOR.format(every=4), "nodes.annotate_presence1.rois.fullframe.current_objects_count > 0"),
    "every1": (_DETECTOR.format(every=1), "nodes.annotate_presence1.rois.fullframe.current_objects_count > 0"),
}
TITLES = {
    "metadata": "no detector: decode, function, trigger",
    "every4": "detector on every 4th frame, tracker, zone, trigger",
    "every1": "detector on every frame, tracker, zone, trigger",
}
CAMERA = """\
[[pipelines]]
name = "camera{number}"
source = {{ type = "file", path = "clip.mp4", realtime = true, loop = true }}

{analytics}[[pipelines.nodes]]
type = "trigger_securos_event"
event_source = "custom"
trigger = "{condition}"
interval = 5.0
event_name = "Person"
iss_camera_ids = "{number}"
{receiver}

"""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one number of cameras came to. CPU times are in cores; `pace` is that of the slowest camera."""

    cameras: int
    pace: float
    cpu_cores: float
    other_cores: float
    resident_mb: float


def largest(carries: Callable[[int], bool], most: int) -> int:
    """The largest number from 0 to `most` that is carried, when no larger one than a failing one is."""
    carried, failing = 0, 1
    while failing <= most and carries(failing):
        carried, failing = failing, failing * 2
    failing = min(failing, most + 1)
    while failing - carried > 1:
        middle = (carried + failing) // 2
        carried, failing = (middle, failing) if carries(middle) else (carried, middle)
    return carried


class Site:
    """The folder of the configuration, the video and the outbox."""

    def __init__(self, folder: Path, simulator: Simulator, frames_per_s: int, seconds: float) -> None:
        self._folder = folder
        self._frames_per_s = frames_per_s
        self._seconds = seconds
        self._receiver = "\n".join(f"{key} = {json.dumps(value)}" for key, value in simulator.settings().items())
        (folder / "sets_objects.py").write_text(FUNCTION, encoding="utf-8")
        write_clip(folder / "clip.mp4", frames_per_s)

    def turn(self, scene: str, cameras: int) -> Turn:
        """Run this number of cameras, and measure them for some seconds once all of them give frames."""
        analytics, condition = SCENES[scene]
        pipelines = (
            CAMERA.format(number=number, analytics=analytics, condition=condition, receiver=self._receiver)
            for number in range(1, cameras + 1)
        )
        outbox = self._folder / "outbox.sqlite"
        site = self._folder / "site.toml"
        site.write_text('[outbox]\npath = "outbox.sqlite"\n\n' + "".join(pipelines), encoding="utf-8")
        site.chmod(0o600)
        with self._running() as process:
            self._wait_until_all_read(outbox, cameras, process)
            time.sleep(min(5.0, self._seconds / 2))  # what was late at the start is read by then, or never
            before, cpu_s, busy_s = frames_of(outbox), cpu_of(process.pid), busy_cpu_s()
            began_at_s = time.monotonic()
            time.sleep(self._seconds)
            after, took_s = frames_of(outbox), time.monotonic() - began_at_s
            cpu_s, busy_s = cpu_of(process.pid) - cpu_s, busy_cpu_s() - busy_s
            resident_mb = resident_mb_of(process.pid)
        slowest = min(after[name] - before[name] for name in before)
        pace = slowest / (took_s * self._frames_per_s)
        return Turn(cameras, pace, cpu_s / took_s, max(0.0, busy_s - cpu_s) / took_s, resident_mb)

    def _wait_until_all_read(self, outbox: Path, cameras: int, process: subprocess.Popen[bytes]) -> None:
        """Wait until each camera has given a frame."""
        give_up_at_s = time.monotonic() + START_LIMIT_S
        while len(read := frames_of(outbox)) < cameras or not all(read.values()):
            if process.poll() is not None or time.monotonic() > give_up_at_s:
                log = (self._folder / "log").read_text(encoding="utf-8")
                raise TimeoutError(f"not each of {cameras} cameras has given a frame: {log[-2000:]}")
            time.sleep(0.2)

    @contextmanager
    def _running(self) -> Iterator[subprocess.Popen[bytes]]:
        command = [sys.executable, "-m", "securos_trigger", "run", "--quiet", "site.toml"]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        with (
            (self._folder / "log").open("wb") as log,
            subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log, env=environment) as process,
        ):
            try:
                yield process
            finally:
                process.terminate()


def write_clip(path: Path, frames_per_s: int) -> None:
    """Ten seconds of the sample video, scaled to 1920 x 1080, as a camera sends them: H.264, about 4 Mbit/s."""
    with av.open(str(sample_video())) as source, av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=frames_per_s, options={"preset": "veryfast", "g": str(frames_per_s)})
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 1920, 1080, "yuv420p", 4_000_000
        for number, frame in enumerate(source.decode(video=0)):
            if number == CLIP_S * frames_per_s:
                break
            scaled = frame.reformat(1920, 1080, "yuv420p")
            scaled.pts, scaled.time_base = number, Fraction(1, frames_per_s)  # not at the rate of the sample
            target.mux(stream.encode(scaled))
        target.mux(stream.encode(None))


def frames_of(outbox: Path) -> Mapping[str, int]:
    """The frames that each pipeline has read until now."""
    pipelines = ask(outbox, StatusRequest(), Announcer()).get("pipelines") or []
    return {one["name"]: one["frames"] for one in pipelines}


def cpu_of(pid: int) -> float:
    """CPU time of a process with all its threads, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def busy_cpu_s() -> float:
    """CPU time that all programs of this machine have had, in seconds."""
    first = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()
    user, nice, system, _idle, _iowait, irq, softirq = map(int, first[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def resident_mb_of(pid: int) -> float:
    """Memory of a process that is in use."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1]) / 1024


def rows_of(scene: str, turns: Sequence[Turn], carried: int, frames_per_s: int) -> list[Row]:
    """The rows of one scene: how many cameras, and what the last turn with that number cost."""
    title = f"{TITLES[scene]}, {frames_per_s} frames/s"
    if not carried:
        worst = turns[-1]
        return [Row(title, "no camera", f"pace {worst.pace:.3f}", f"other work {worst.other_cores:.0%}", "", True)]
    best = next(turn for turn in reversed(turns) if turn.cameras == carried)
    return [
        Row(f"cameras, {title}", f"{carried}", f"{os.cpu_count()} cores", f"pace {best.pace:.3f}", "", True),
        Row(
            f"CPU of the service, {title}",
            f"{best.cpu_cores:.0%} of a core",
            f"{best.cpu_cores / carried:.1%} for each camera",
            f"other work {best.other_cores:.0%}",
            "",
            True,
        ),
        Row(f"memory, {title}", f"{best.resident_mb:.0f} MB", "", "", "", True),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and write JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", default=",".join(SCENES), help=f"which ones, of {', '.join(SCENES)}")
    parser.add_argument("--frames-per-s", type=int, default=20, help="frames a second of each camera")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each turn")
    parser.add_argument("--most", type=int, default=64, help="try no more cameras than this")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    options = parser.parse_args(argv)
    rows = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Simulator([str(number) for number in range(1, options.most + 1)]) as simulator,
    ):
        site = Site(Path(folder), simulator, options.frames_per_s, options.seconds)
        for scene in options.scenes.split(","):
            turns: list[Turn] = []

            def carries(cameras: int, scene: str = scene, turns: list[Turn] = turns) -> bool:
                try:
                    turn = site.turn(scene, cameras)
                except TimeoutError as error:  # the service has ended, or is far too slow: too many cameras
                    print(f"{scene}: {error}", file=sys.stderr)
                    turn = Turn(cameras, 0.0, 0.0, 0.0, 0.0)
                turns.append(turn)
                print(f"{scene}: {turn}", file=sys.stderr)
                return turn.pace >= LEAST_PACE

            carried = largest(carries, options.most)
            rows += rows_of(scene, turns, carried, options.frames_per_s)
    return report("How many cameras of 1080p", rows, options.json)


if __name__ == "__main__":
    raise SystemExit(main())
