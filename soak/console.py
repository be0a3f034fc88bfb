"""Saves in the console under load, with a page open all the time: no frame and no event is lost, and memory stays flat.

The service and the books are those of `soak.reload`; what is changed is changed through the API of a real console.
"""

from __future__ import annotations

import http.client
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from securos_trigger.vms.simulator import Simulator
from soak import reload
from soak.report import Report
from tests.integration.console_site import Browser

NODE: Final = "/api/config/nodes/steady/alarm"
#: Pages of events and frames are kept by the console while it is warm; growth is counted after the first fifth.
MAX_GROWN_BYTES: Final = 40 * 1024**2
_SAVE_ANSWERS: Final = {"saved": 200, "mistake": 422, "stale": 412}


def run(*, is_long: bool, saves: int = 0, watch_s: float = 0.0) -> Report:
    """Save again and again, now and then with a mistake or from a page that is out of date; then only look on."""
    saves, watch_s = saves or (500 if is_long else 40), watch_s or (3600.0 if is_long else 5.0)
    chance, done = random.Random(), Counter[str]()
    with tempfile.TemporaryDirectory() as name, Simulator(reload.CAMERAS, log=Path(name, "calls.jsonl")) as simulator:
        folder = Path(name)
        with reload.Service(folder, simulator, chance) as service, _console(folder) as console:
            browser = Browser(_port_of(folder), headers={"Authorization": f"Bearer {_token_of(folder)}"})
            with _open_page(browser):
                service_bytes = console_bytes = 0
                for number in range(saves):
                    done.update(_save_once(browser, chance))
                    if number == saves // 5:
                        service_bytes, console_bytes = service.memory_bytes(), _memory_bytes(console.pid)
                time.sleep(watch_s)
            grown = {
                "service": service.memory_bytes() - service_bytes,
                "console": _memory_bytes(console.pid) - console_bytes,
            }
            reload.wait_until_drained(service)
            status, exit_code = service.status(), service.end()
            broken = tuple(reload.broken_books(folder, simulator, status, service.log))
        figures: dict[str, object] = {
            "saves in force": done["saved"],
            "refused for a mistake": done["mistake"],
            "refused because the page was out of date": done["stale"],
            "events fired and delivered": reload.fired_count(folder),
            "looked on": f"{watch_s:.0f} s",
            **{f"memory of the {who} grown": f"{size / 1024**2:.1f} MB" for who, size in grown.items()},
        }
    if done["wrong"] or exit_code:
        broken += (f"{done['wrong']} requests were answered otherwise than they must; exit code {exit_code}",)
    broken += tuple(f"the memory of the {who} grows" for who, size in grown.items() if size > MAX_GROWN_BYTES)
    return Report(figures, broken)


def _save_once(browser: Browser, chance: random.Random) -> Iterator[str]:
    """One save, and what became of it: of two from the same page the second is out of date."""
    kind = chance.random()
    digest = browser.get("/api/config")["digest"]
    values: dict[str, Any] = {
        "trigger": chance.choice(reload.TRIGGERS),
        "iss_camera_ids": chance.choice(reload.CAMERAS),
    }
    values["interval"] = chance.choice([0, 0.0001, 0.0002, 0.0003])
    if kind < 0.1:
        yield _answer(browser, {"trigger": "is_due and"}, digest, "mistake")
        return
    yield _answer(browser, values, digest, "saved")
    if kind < 0.2:
        yield _answer(browser, {"event_description": f"late {chance.random()}"}, f"{digest}0", "stale")


def _answer(browser: Browser, values: dict[str, Any], digest: str, wanted: str) -> str:
    answer = browser.ask("PUT", NODE, {"values": values}, If_Match=f'"{digest}"')
    is_right = answer.status == _SAVE_ANSWERS[wanted]
    if wanted == "saved":
        is_right = is_right and bool(answer.json["reload"]["is_done"])
    return wanted if is_right else "wrong"


@contextmanager
def _console(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The console of the site, beside its service."""
    command = [sys.executable, "-m", "securos_trigger", "console", "site.toml"]
    with (folder / "console.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _port_of(folder: Path) -> int:
    log, give_up_at_ticks = folder / "console.txt", time.monotonic() + 120
    while not (found := re.search(r"The console: http://127\.0\.0\.1:(\d+)/", log.read_text())):
        if time.monotonic() > give_up_at_ticks:
            raise TimeoutError(log.read_text())
        time.sleep(0.05)
    return int(found[1])


def _token_of(folder: Path) -> str:
    return (folder / "outbox.console-token").read_text(encoding="ascii").strip()


@contextmanager
def _open_page(browser: Browser) -> Iterator[None]:
    """A page that listens to the stream and looks at frames until the end. RuntimeError: it could not all the while."""
    closing = threading.Event()
    with ThreadPoolExecutor(2) as threads:
        looking = [threads.submit(one, browser, closing) for one in (_listen, _look)]
        try:
            yield
            for one in looking:
                if one.done():
                    raise RuntimeError("a page that should listen and look to the end has ended") from one.exception()
        finally:
            closing.set()
        for one in looking:
            if not one.result(60):
                raise RuntimeError("a page that should listen and look has got nothing")


def _listen(browser: Browser, closing: threading.Event) -> int:
    """Read the stream; gives the number of lines."""
    connection, count = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=60), 0
    connection.request("GET", "/api/stream", headers=browser.headers)
    response = connection.getresponse()
    if response.status != 200:
        raise RuntimeError(f"the stream answers with status {response.status}")
    while not closing.is_set() and response.readline():
        count += 1
    connection.close()
    return count


def _look(browser: Browser, closing: threading.Event) -> int:
    """Ask for frames, decisions and events in turn; gives the number of answers."""
    count = 0
    while not closing.wait(0.5):
        for path in ("/api/pipelines/steady/frame", "/api/pipelines/steady/image.jpg", "/api/decisions", "/api/events"):
            browser.ask("GET", path)
            count += 1
    return count


def _memory_bytes(pid: int) -> int:
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * 4096
