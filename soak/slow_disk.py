"""A slow disk under an input: the broker is held back, memory stays bounded, nothing is acknowledged before it is kept.

The outbox lies on an ext4 of its own, on a loop device to which the kernel lets the service make five writes a second:
each takes 200 ms. A sender publishes faster than that to a real broker. In the middle the power
is cut under it: what it had acknowledged before it was on the disk would be missing. Then it goes on, at full speed.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from securos_trigger.inputs.mqtt_client import RECEIVE_MAXIMUM
from soak import power_cut
from soak.ending import end
from soak.memory import memory_bytes
from soak.report import Report
from soak.waiting import status_of, wait_for
from tests.brokers import Mosquitto, Publisher

WRITES_PER_S: Final = 5
#: The bytes of each message beside what is read of it.
PADDING_BYTES: Final = 20_000
#: By how much the memory may grow: what may wait, and what is being worked on.
MAX_GROWTH_MB: Final = 80
_LIMIT_S: Final = 240.0
_CGROUP: Final = Path("/sys/fs/cgroup")
_CONFIG: Final = """\
[outbox]
path = "{outbox}"
[ledger]
enabled = false
[[pipelines]]
name = "site"
source = {{ type = "frigate", broker = "{broker}", client_id = "bridge", age_limit_s = 86400 }}
cameras = {{ "*" = "1" }}
[[pipelines.nodes]]
type = "trigger_securos_event"
event_source = "built_in"
event_description = "{{{{ event.object_ids[0] }}}}"
iss_ip = "127.0.0.1"
iss_port = "9"
iss_password = "token"
"""


def why_not() -> str:
    """Why this machine cannot do it; empty when it can."""
    if reason := power_cut.why_not():
        return reason
    return "" if _limit_file() else "the kernel has no limit for the writes of a group of processes"


def run(*, is_long: bool, count: int = 0) -> Report:
    """4,000 messages, or 20,000."""
    if reason := why_not():
        return Report(skipped=reason)
    count = count or (20_000 if is_long else 4_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        outbox = folder / "mnt" / "outbox.sqlite"
        with power_cut.loop_device(folder / "disk.img") as device, Mosquitto(folder) as broker:
            (folder / "site.toml").write_text(_CONFIG.format(outbox=outbox, broker=broker.url), encoding="utf-8")
            with power_cut.mounted(device, outbox.parent):
                dealt_with, grown_mb = _until_the_cut(folder, device, outbox, broker, count)
            with power_cut.mounted(device, outbox.parent):
                return _after_the_cut(folder, outbox, count, dealt_with, grown_mb)


def _until_the_cut(folder: Path, device: str, outbox: Path, broker: Mosquitto, count: int) -> tuple[int, float]:
    """How many messages were dealt with when the broker had all of them, and by how many MB the memory grew."""
    with _slow(device) as group, _service(folder, outbox, group) as process:
        before_mb = memory_bytes(process.pid) / 1024**2
        with Publisher(broker) as sender:
            sender.send_all("frigate/events", (_body(number) for number in range(count)), _LIMIT_S)
        dealt_with = _dealt_with(outbox)  # while the broker has everything
        most_mb = before_mb
        before, give_up_at_ticks = 0, time.monotonic() + _LIMIT_S
        while (now := _dealt_with(outbox)) < count // 2:
            if now > before:
                before, give_up_at_ticks = now, time.monotonic() + _LIMIT_S
            if time.monotonic() > give_up_at_ticks:
                raise TimeoutError(f"the service does not get on: {now} of {count} messages")
            most_mb = max(most_mb, memory_bytes(process.pid) / 1024**2)
            time.sleep(0.1)
        power_cut.cut_the_power(process, outbox.parent)
        process.kill()
        process.wait()
        return dealt_with, most_mb - before_mb


def _after_the_cut(folder: Path, outbox: Path, count: int, dealt_with: int, grown_mb: float) -> Report:
    with closing(sqlite3.connect(outbox)) as found:
        [[kept_at_cut]] = found.execute("SELECT count(*) FROM delivery")
    with _service(folder, outbox, None):
        with suppress(TimeoutError):  # the claims say what is missing
            wait_for(lambda: _kept(outbox) >= count, 60.0 + count / 100)
        again = _input(outbox)["messages"]["duplicate"]
    with closing(sqlite3.connect(outbox)) as found:
        kept = Counter(name for (name,) in found.execute("SELECT description FROM delivery"))
    figures = {
        "writes a second": WRITES_PER_S,
        "messages": f"{count} of {len(_body(0))} bytes",
        "dealt with when the broker had all": dealt_with,
        "kept when the power was cut": kept_at_cut,
        "most memory grown, MB": round(grown_mb, 1),
        "sent once more by the broker, and recognised": again,
        "kept at the end": len(kept),
        "kept twice": sum(number > 1 for number in kept.values()),
        "never kept": count - len(kept),
    }
    claims = {
        "the disk was not slow: this run proves nothing": dealt_with < count - 2 * RECEIVE_MAXIMUM,
        "everything was kept before the cut: this run proves nothing": kept_at_cut < count - RECEIVE_MAXIMUM,
        f"the memory grew by more than {MAX_GROWTH_MB} MB": grown_mb < MAX_GROWTH_MB,
        "messages are lost or doubled": kept == Counter(_name(number) for number in range(count)),
    }
    return Report(figures, tuple(sentence for sentence, is_true in claims.items() if not is_true))


@contextmanager
def _slow(device: str) -> Iterator[Path]:
    """A group of processes that may write `WRITES_PER_S` times a second to the device."""
    group = (_CGROUP / "blkio" if (_CGROUP / "blkio").exists() else _CGROUP) / f"soak-{Path(device).name}"
    group.mkdir()
    try:
        number = Path("/sys/block", Path(device).name, "dev").read_text().strip()
        limits, key = _limits(group)
        limits.write_text(f"{number} {key}{WRITES_PER_S}")
        yield group
    finally:
        wait_for(lambda: not (group / "cgroup.procs").read_text(), _LIMIT_S)
        group.rmdir()


def _limits(group: Path) -> tuple[Path, str]:
    """The file with the limits of a group, and what stands before a limit of writes in it."""
    v1 = group / "blkio.throttle.write_iops_device"
    return (v1, "") if v1.exists() else (group / "io.max", "wiops=")


def _lift(group: Path) -> None:
    """Let the group write as fast as it can: a service that ends has much to write."""
    limits, key = _limits(group)
    for line in limits.read_text().splitlines():
        limits.write_text(f"{line.split()[0]} {key}{'max' if key else '0'}")


def _limit_file() -> bool:
    controllers = _CGROUP / "cgroup.controllers"
    has_v2 = controllers.exists() and "io" in controllers.read_text().split()
    return (_CGROUP / "blkio" / "blkio.throttle.write_iops_device").exists() or has_v2


@contextmanager
def _service(folder: Path, outbox: Path, group: Path | None) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "securos_trigger", "run", "site.toml"]
    if group is not None:
        command = ["sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh", *command]
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(command, cwd=folder, stderr=log, stdin=subprocess.DEVNULL)
    try:
        wait_for(lambda: bool(_input(outbox).get("is_connected")), _LIMIT_S)
        yield process
    finally:
        if group is not None:
            _lift(group)
        end(process)


def _input(outbox: Path) -> dict[str, Any]:
    pipelines = status_of(outbox).get("pipelines") or [{}]
    return dict(pipelines[0].get("input") or {})


def _dealt_with(outbox: Path) -> int:
    return sum(_input(outbox).get("messages", {}).values())


def _kept(outbox: Path) -> int:
    """The events in the outbox of the running service."""
    return int(sum(status_of(outbox).get("outbox", {}).get("counts", {}).values()))


def _name(number: int) -> str:
    return f"{number:06}-slow"


def _body(number: int) -> bytes:
    """Something new, at one of 20 cameras."""
    now = time.time()
    after: dict[str, Any] = {"id": _name(number), "camera": f"camera{number % 20}", "label": "person"}
    after |= {"frame_time": now, "start_time": now - 0.1, "end_time": None, "score": 0.9}
    after["path_data"] = "x" * PADDING_BYTES
    return json.dumps({"type": "new", "after": after}).encode()
