"""What ten browsers cost the video: frames a second with their pages on live images, and with them on a static page."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import av
import numpy as np

from benchmarks.alternate import alternate, ratio
from benchmarks.table import Row, json_path, show, write
from securos_trigger.notices import Announcer
from securos_trigger.runtime.control import StatusRequest, ask

ROUNDS = 7
SECONDS = 6.0
BAR = 0.97
CONFIG = """\
[outbox]
path = "outbox.sqlite"

[console]
port = 0

[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4", loop = true }

[[pipelines.nodes]]
type = "trigger_securos_event"
iss_ip = "127.0.0.1"
iss_port = "9"
iss_password = "token"
event_source = "custom"
trigger = "number > 3"
event_name = "x"
"""


def write_site(folder: Path) -> None:
    """A pipeline that reads a video in 1280 x 720 as fast as it can."""
    (folder / "site.toml").write_text(CONFIG)
    with av.open(str(folder / "yard.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        noise = np.random.default_rng(1).integers(0, 255, (90, 160, 3), dtype=np.uint8)
        for number in range(50):
            pixels = np.roll(noise, number, axis=1).repeat(8, 0).repeat(8, 1)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))


@contextmanager
def running(folder: Path, command: str) -> Iterator[None]:
    """`securos-trigger run` or `console` on the site."""
    arguments = [sys.executable, "-m", "securos_trigger", command, "site.toml"]
    with (
        (folder / f"{command}.log").open("w") as log,
        subprocess.Popen(arguments, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL) as process,
    ):
        try:
            yield
        finally:
            process.terminate()


def wait_for(is_so: Callable[[], object]) -> None:
    """Wait at most a minute."""
    until_at_ticks = time.monotonic() + 60
    while not is_so():
        if time.monotonic() > until_at_ticks:
            raise TimeoutError("the service or the console did not start")
        time.sleep(0.1)


def frames(folder: Path) -> int:
    """The frames that the pipeline has read until now."""
    pipelines = ask(folder / "outbox.sqlite", StatusRequest(), Announcer()).get("pipelines") or [{"frames": 0}]
    count: int = pipelines[0]["frames"]
    return count


def side(folder: Path, port: int, kind: str) -> Callable[[], float]:
    """Frames a second while ten clients ask for this kind of page."""
    token = (folder / "outbox.console-token").read_text().strip()
    command = [sys.executable, "-m", "benchmarks.console_clients", str(port), token, kind, str(SECONDS)]

    def measure() -> float:
        began_at_ticks, before = time.monotonic(), frames(folder)
        subprocess.run(command, check=True)
        return (frames(folder) - before) / (time.monotonic() - began_at_ticks)

    return measure


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, write. 1 when the bar is missed."""
    path = json_path(__doc__ or "", argv)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_site(folder)
        with running(folder, "run"), running(folder, "console"):
            log = folder / "console.log"
            wait_for(lambda: "The console: " in log.read_text())
            wait_for(lambda: frames(folder) > 0)
            [port] = map(int, re.findall(r"The console: http://127\.0\.0\.1:(\d+)/", log.read_text()))
            samples = alternate({kind: side(folder, port, kind) for kind in ("api", "static")}, ROUNDS)
    found = ratio(samples, "api", "static")
    ours, other = (f"{median(samples[kind]):.0f} frames/s" for kind in ("api", "static"))
    measure = "ten browsers on live images and streams, against ten on a static page"
    rows = [Row(measure, ours, other, f"{found:.3f}", f">= {BAR}", found >= BAR)]
    show("Console", rows)
    write(path, rows)
    return int(found < BAR)


if __name__ == "__main__":
    raise SystemExit(main())
