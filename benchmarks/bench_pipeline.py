"""A pipeline with detector, tracker, zone and trigger on the sample video, against the same written by hand.

python -m benchmarks.bench_pipeline [--frames N] [--rounds N] [--json FILE]

Ours is `securos-trigger run` with its outbox, its ledger and its courier; the other side is pipeline_by_hand.py, which
has none of them. Both are processes of their own, give the detector two threads, and post their events to the real
receiver in the simulator, over TLS. The time is that of the frames: loading Python and the model is not in it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path
from statistics import median

import av

from benchmarks.alternate import Samples, alternate, ratio
from benchmarks.pipeline_by_hand import ENOUGH, INTERVAL_S, ZONE
from benchmarks.table import Row, report
from securos_trigger.demo.sample_video import sample_video
from securos_trigger.vms.simulator import Simulator

BAR = 1.0
BY_HAND = {"by hand": "1", "by hand, no thread spins": "0"}
#: The first frames of the sample are quiet; from here on people stand in the zone.
FIRST_FRAME = 330
SITE = """\
[outbox]
path = {outbox}

[[pipelines]]
name = "square"
source = {{ type = "file", path = {video} }}

[[pipelines.nodes]]
type = "detector"
threads = 2

[[pipelines.nodes]]
type = "tracker"

[[pipelines.nodes]]
type = "zone_presence"
units = "fractions"
min_presence_s = 0.0
rois.junction = {zone}

[[pipelines.nodes]]
type = "trigger_securos_event"
event_source = "custom"
trigger = "nodes.annotate_presence1.rois.junction.current_objects_count >= {enough}"
interval = {interval_s}
event_name = "Group at the junction"
event_description = "{{{{ nodes.annotate_presence1.rois.junction.current_objects_count }}}} people"
iss_camera_ids = "1"
{receiver}
"""
_ENDED = re.compile(r"pipeline_ended .*?frames=(\d+) .*?frames_per_s=([\d.]+) .*?events=(\d+)")


class Pipelines:
    """Both pipelines on the same video and the same receiver. Each run gives its frames a second."""

    def __init__(self, folder: Path, simulator: Simulator, frames: int) -> None:
        self.frames = frames
        self.ours_fired = self.by_hand_fired = 0
        video = folder / "part.avi"
        cut(sample_video(), video, frames)
        settings = simulator.settings()
        self._runs = 0
        self._folder = folder
        self._video = video
        self._receiver = "\n".join(f"{key} = {json.dumps(value)}" for key, value in settings.items())
        certificate = folder / "receiver.pem"
        assert simulator.certificate is not None
        certificate.write_text(simulator.certificate.cert_pem)
        model = str(files("securos_trigger.analytics") / "models" / "nanodet-g-416.onnx")
        url = f"https://{settings['iss_ip']}:{settings['iss_port']}/lumeoevent"
        self._by_hand = ["benchmarks.pipeline_by_hand", str(video), model, url, str(certificate)]
        self._environment = os.environ | {"SECUROS_TOKEN": simulator.token}

    def ours(self) -> float:
        """`securos-trigger run`, with a new outbox."""
        self._runs += 1
        site = self._folder / f"site{self._runs}.toml"
        site.write_text(
            SITE.format(
                outbox=json.dumps(str(site.with_suffix(".sqlite"))),
                video=json.dumps(str(self._video)),
                zone=json.dumps(ZONE),
                enough=ENOUGH,
                interval_s=INTERVAL_S,
                receiver=self._receiver,
            ),
            encoding="utf-8",
        )
        site.chmod(0o600)
        printed = self._run("securos_trigger", "run", str(site))
        ended = _ENDED.search(printed)
        assert ended is not None and int(ended[1]) == self.frames, printed
        self.ours_fired += int(ended[3])
        return float(ended[2])

    def by_hand(self, spinning: str) -> float:
        """The script, with or without spinning threads in onnxruntime (ours has none)."""
        figures = json.loads(self._run(*self._by_hand, spinning).splitlines()[-1])
        assert figures["frames"] == self.frames, figures
        self.by_hand_fired += figures["events"]
        return float(figures["frames"] / figures["elapsed_s"])

    def _run(self, *command: str) -> str:
        whole = [sys.executable, "-m", *command]
        done = subprocess.run(
            whole, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=self._environment, text=True
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


def cut(whole: Path, part: Path, frames: int) -> None:
    """Copy a part of a video, without decoding: from the first key frame after `FIRST_FRAME` on."""
    with av.open(str(whole)) as source, av.open(str(part), "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        packets = [packet for packet in source.demux(stream) if packet.dts is not None]
        first = next(i for i, packet in enumerate(packets) if i >= FIRST_FRAME and packet.is_keyframe)
        chosen = packets[first : first + frames]
        assert len(chosen) == frames, f"the sample has {len(packets) - first} frames from there on"
        assert stream.average_rate is not None and stream.time_base is not None
        ticks = round(1 / (stream.average_rate * stream.time_base))
        for number, packet in enumerate(chosen):
            packet.pts = packet.dts = number * ticks
            packet.stream = copy
            target.mux(packet)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and write JSON if asked. 1 when a bar is not reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=100, help="frames of each turn")
    parser.add_argument("--rounds", type=int, default=2, help="turns of each side")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder, Simulator(["1"]) as simulator:
        pipelines = Pipelines(Path(folder), simulator, options.frames)
        sides: dict[str, Callable[[], float]] = {"ours": pipelines.ours}
        sides |= {title: partial(pipelines.by_hand, flag) for title, flag in BY_HAND.items()}
        samples = alternate(sides, options.rounds, warm_up=0)
        delivered = len(simulator.events())
    assert pipelines.ours_fired and pipelines.by_hand_fired, "neither side may run without an event"
    assert delivered == pipelines.ours_fired + pipelines.by_hand_fired, delivered
    rows = [_row(samples, title) for title in BY_HAND]
    return report("A whole pipeline", rows, options.json)


def _row(samples: Samples, title: str) -> Row:
    times = ratio(samples, "ours", title)
    return Row(
        f"detector, tracker, zone, trigger: sample video, {title}",
        f"{median(samples['ours']):.1f} frames/s",
        f"{title} {median(samples[title]):.1f} frames/s",
        f"{times:.2f}",
        f"at least {BAR}",
        times >= BAR,
    )


if __name__ == "__main__":
    raise SystemExit(main())
