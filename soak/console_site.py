"""The site of `soak.reload` with a real console beside it: for the soaks of the console."""

from __future__ import annotations

import http.client
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from securos_trigger.vms.simulator import Simulator
from soak import reload
from soak.memory import memory_bytes
from tests.integration.console_site import Browser

#: A stream that ends sooner is a fault, and not the page that reads too slowly.
_STREAM_LASTS_S: Final = 10.0
_START_LIMIT_S: Final = 120.0
#: What an open page asks for again and again.
LOOKED_AT = (
    "/api/pipelines/steady/frame",
    "/api/pipelines/steady/image.jpg",
    "/api/decisions",
    "/api/events",
)


@dataclass(frozen=True, slots=True)
class Site:
    """A running service with its console. `console` is the process of the console."""

    folder: Path
    simulator: Simulator
    service: reload.Service
    console: subprocess.Popen[bytes]
    port: int

    @property
    def token(self) -> str:
        """What programs log in with."""
        return (self.folder / "outbox.console-token").read_text(encoding="ascii").strip()

    def program(self) -> Browser:
        """A program with the token."""
        return Browser(self.port, headers={"Authorization": f"Bearer {self.token}"})

    def memory_bytes(self) -> dict[str, int]:
        """The resident memory of the service and of the console."""
        return {"service": self.service.memory_bytes(), "console": memory_bytes(self.console.pid)}

    def open_files(self) -> int:
        """How many files and connections the console has open."""
        return sum(1 for _ in Path(f"/proc/{self.console.pid}/fd").iterdir())

    def end(self) -> tuple[str, ...]:
        """End the service when all is delivered; gives what the books prove to have gone wrong."""
        reload.wait_until_drained(self.service)
        status, exit_code = self.service.status(), self.service.end()
        broken = tuple(reload.broken_books(self.folder, self.simulator, status, self.service.log))
        if exit_code:
            broken += (f"the service ended with exit code {exit_code}",)
        if "Traceback" in (self.folder / "console.txt").read_text(encoding="utf-8"):
            broken += ("the console logs a traceback",)
        return broken


@contextmanager
def running_site(chance: random.Random) -> Iterator[Site]:
    """The site, until it is left; its files are gone then."""
    with (
        tempfile.TemporaryDirectory() as name,
        Simulator(reload.CAMERAS, log=Path(name, "calls.jsonl")) as simulator,
        reload.Service(Path(name), simulator, chance) as service,
        _console(Path(name)) as console,
    ):
        yield Site(Path(name), simulator, service, console, _port_of(Path(name)))


@contextmanager
def _console(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "securos_trigger", "console", "site.toml"]
    with (folder / "console.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _port_of(folder: Path) -> int:
    log, give_up_at_ticks = folder / "console.txt", time.monotonic() + _START_LIMIT_S
    while not (found := re.search(r"The console: http://127\.0\.0\.1:(\d+)/", log.read_text())):
        if time.monotonic() > give_up_at_ticks:
            raise TimeoutError(log.read_text())
        time.sleep(0.05)
    return int(found[1])


@contextmanager
def open_page(browser: Browser) -> Iterator[None]:
    """A page that listens to the stream and looks at frames until the end. RuntimeError: it could not all the while."""
    closing = threading.Event()
    with ThreadPoolExecutor(2) as threads:
        looking = [threads.submit(one, browser, closing) for one in (_listen, _look)]
        try:
            yield
            for one, what in zip(looking, ("listen to the stream", "look at frames"), strict=True):
                if one.done():
                    raise RuntimeError(f"a page that should {what} to the end has ended") from one.exception()
        finally:
            closing.set()
        for one in looking:
            if not one.result(60):
                raise RuntimeError("a page that should listen and look has got nothing")


def listen_shortly(browser: Browser, lines: int) -> None:
    """Read this many lines of the stream, and leave as a browser does whose page is closed.

    RuntimeError: the stream is refused, or ends before.
    """
    connection = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=60)
    try:
        response = _stream(connection, browser)
        for _ in range(lines):
            if not response.readline():
                raise RuntimeError("the stream has ended")
    finally:
        connection.close()


def _listen(browser: Browser, closing: threading.Event) -> int:
    """Read the stream, and open it again where the console ended it, as a browser does; gives the number of lines.

    The console ends the stream of a page that reads too slowly. RuntimeError: it has ended one just after its start.
    """
    count = 0
    while not closing.is_set():
        connection, began_at_ticks = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=60), time.monotonic()
        response = _stream(connection, browser)
        while not closing.is_set() and response.readline():
            count += 1
        connection.close()
        if not closing.is_set() and time.monotonic() - began_at_ticks < _STREAM_LASTS_S:
            raise RuntimeError(f"the console has ended a stream within {_STREAM_LASTS_S:.0f} s")
    return count


def _stream(connection: http.client.HTTPConnection, browser: Browser) -> http.client.HTTPResponse:
    cookie = {"Cookie": browser.cookie} if browser.cookie else {}
    connection.request("GET", "/api/stream", headers={**browser.headers, **cookie})
    response = connection.getresponse()
    if response.status != 200:
        raise RuntimeError(f"the stream answers with status {response.status}")
    return response


def _look(browser: Browser, closing: threading.Event) -> int:
    """Ask for frames, decisions and events in turn; gives the number of answers."""
    count = 0
    while not closing.wait(0.5):
        for path in LOOKED_AT:
            browser.ask("GET", path)
            count += 1
    return count
