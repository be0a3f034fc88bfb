"""What a person waits for when a command starts: whole processes, against `python -c pass`.

python -m benchmarks.bench_cold_start [--rounds N] [--json FILE]

The bars are for elapsed time. CPU is user and system time of the process: on a busy machine it says more. Python may
write its bytecode, as it does where the package is installed.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median

from benchmarks.alternate import Samples, alternate, ratio
from benchmarks.table import Row, report
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox

SITE = """\
[outbox]
path = "outbox.sqlite"

[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4" }

[[pipelines.nodes]]
type = "function"
file = "count.py"

[[pipelines.nodes]]
type = "trigger_securos_event"
event_source = "custom"
trigger = "nodes.function1.crossed > 0"
event_name = "Line crossed"
iss_ip = "vms.example"
iss_port = "3443"
iss_camera_ids = "1"
iss_password = { env = "BENCH_TOKEN" }
"""
FUNCTION = """\
def process_frame(frame, **kwargs):
    return {"crossed": 1}
"""
EMPTY = "python -c pass"
#: At most this many times `python -c pass`.
BARS = {"--help": 12.0, "status": 12.0, "check": 20.0, "outbox list --help": 12.0}
#: At most this many seconds.
BARS_S = {"outbox list": 0.3, "outbox show": 0.3, "status": 0.3}


#: The service does not run, and the outbox has no such delivery.
ENDS_WITH_ANOTHER_CODE = {"status", "outbox show"}


class Processes:
    """Runs commands as whole processes, and keeps the CPU time of each run beside its elapsed time."""

    def __init__(self, commands: Mapping[str, Sequence[str]]) -> None:
        self.commands = commands
        self.cpu_s: Samples = {name: [] for name in commands}

    def side(self, name: str) -> Callable[[], float]:
        """A side that runs one command: seconds until it has ended."""

        def run() -> float:
            before_s, began_at_s = _children_cpu_s(), time.perf_counter()
            command = [sys.executable, *self.commands[name]]
            environment = {**os.environ, "BENCH_TOKEN": "token", "PYTHONDONTWRITEBYTECODE": ""}
            must_end_well = name not in ENDS_WITH_ANOTHER_CODE
            subprocess.run(command, check=must_end_well, stdout=subprocess.DEVNULL, env=environment)
            took_s = time.perf_counter() - began_at_s
            self.cpu_s[name].append(_children_cpu_s() - before_s)
            return took_s

        return run


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def commands_in(folder: Path) -> dict[str, list[str]]:
    """The commands by name, with the files that they read."""
    site, outbox = folder / "site.toml", folder / "outbox.sqlite"
    site.write_text(SITE, encoding="utf-8")
    (folder / "yard.mp4").write_bytes(b"a video, which no command here decodes")
    (folder / "count.py").write_text(FUNCTION, encoding="utf-8")
    with closing(Outbox(outbox, announcer=Announcer())):
        pass
    outbox.with_name(outbox.name + ".lock").unlink()  # it names this process, which is alive
    ours = ["-m", "securos_trigger"]
    return {
        EMPTY: ["-c", "pass"],
        "--help": [*ours, "--help"],
        "check": [*ours, "check", str(site)],
        "outbox list --help": [*ours, "outbox", "list", "--help"],
        "status": [*ours, "status", str(site)],
        "outbox list": [*ours, "outbox", "list", str(site)],
        "outbox show": [*ours, "outbox", "show", str(site), "1"],
        "import pydantic, jinja2, click": ["-c", "import pydantic, jinja2, click"],
    }


def rows_of(elapsed: Samples, cpu_s: Samples) -> list[Row]:
    """The table."""
    empty = _figure(elapsed, cpu_s, EMPTY)
    rows = []
    for name, taken_s in elapsed.items():
        times = ratio(elapsed, name, EMPTY)
        ratios = f"{times:.1f} (CPU {ratio(cpu_s, name, EMPTY):.1f})"
        bars, is_reached = [], True
        if name in BARS:
            bars.append(f"under {BARS[name]:g} x")
            is_reached = times < BARS[name]
        if name in BARS_S:
            bars.append(f"within {BARS_S[name]} s")
            is_reached = is_reached and median(taken_s) <= BARS_S[name]
        if name != EMPTY:
            rows.append(
                Row(
                    name,
                    _figure(elapsed, cpu_s, name),
                    empty,
                    ratios,
                    ", ".join(bars),
                    is_reached,
                )
            )
    return rows


def _figure(elapsed: Samples, cpu_s: Samples, name: str) -> str:
    return f"{median(elapsed[name]) * 1000:.0f} ms (CPU {median(cpu_s[name]) * 1000:.0f})"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and write JSON if asked. 1 when a bar is not reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11, help="turns of each side")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        processes = Processes(commands_in(Path(folder)))
        samples = alternate({name: processes.side(name) for name in processes.commands}, options.rounds)
    rows = rows_of(samples, processes.cpu_s)
    return report("The cold start of a command", rows, options.json)


if __name__ == "__main__":
    raise SystemExit(main())
