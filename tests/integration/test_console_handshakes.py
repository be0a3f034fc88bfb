"""The console over HTTPS while a stranger holds hundreds of connections open and sends nothing."""

from __future__ import annotations

import json
import resource
import socket
import ssl
import subprocess
import sys
from contextlib import ExitStack, closing, suppress
from http.client import HTTPSConnection
from pathlib import Path

from tests.e2e.conftest import wait_until
from tests.integration.console_site import START_LIMIT_S, running, write_site_with_https

#: Files that the console may have open: fewer than the stranger has connections, as where those are thousands.
OPEN_FILES = 280


def log_in(port: int, token: str, host: str, context: ssl.SSLContext) -> int:
    """The status of a log-in with the token, from this address of the machine."""
    with closing(HTTPSConnection("127.0.0.1", port, context=context, timeout=30, source_address=(host, 0))) as person:
        person.request("POST", "/api/login", json.dumps({"token": token}), {"Content-Type": "application/json"})
        return person.getresponse().status


def https_port(folder: Path) -> int:
    """The port of the console, when it has started."""
    log = folder / "console.log"
    wait_until(lambda: "The console: https://127.0.0.1:" in log.read_text(), START_LIMIT_S)
    return int(log.read_text().split("https://127.0.0.1:")[1].split("/")[0])


def test_1100_half_handshakes_fill_no_log_where_the_usual_number_of_files_may_be_open(tmp_path: Path) -> None:
    config, context = write_site_with_https(tmp_path)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    usual = f"ulimit -Sn 1024; exec {sys.executable} -m securos_trigger console {config.name}"
    with (
        (tmp_path / "console.log").open("w") as log,
        subprocess.Popen(["sh", "-c", usual], cwd=tmp_path, stdout=log, stderr=log) as console,
        ExitStack() as held,
    ):
        held.callback(console.terminate)
        port = https_port(tmp_path)
        assert resource.prlimit(console.pid, resource.RLIMIT_NOFILE) == (before[1], before[1]), "as many as it may have"
        resource.prlimit(console.pid, resource.RLIMIT_NOFILE, (1024, before[1]))
        held.callback(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], 2000), before[1]))
        for _ in range(1100):
            half = held.enter_context(closing(socket.create_connection(("127.0.0.1", port), 60)))
            with suppress(OSError):  # the oldest are closed meanwhile
                half.sendall(b"\x16\x03\x01\x02\x00")
        token = (tmp_path / "outbox.console-token").read_text().strip()
        assert log_in(port, token, "127.0.0.2", context) == 200
        said = (tmp_path / "console.log").read_text()
        assert ("Traceback" in said, len(said) < 5000) == (False, True), said[:2000]


def test_300_connections_without_a_handshake_keep_nobody_out(tmp_path: Path) -> None:
    config, context = write_site_with_https(tmp_path)
    with running(tmp_path, "console", config.name, name="console") as process, ExitStack() as held:
        port = https_port(tmp_path)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
        token = (tmp_path / "outbox.console-token").read_text().strip()
        for _ in range(300):
            held.enter_context(socket.create_connection(("127.0.0.1", port), 30, source_address=("127.0.0.1", 0)))
        assert log_in(port, token, "127.0.0.2", context) == 200
        assert log_in(port, token, "127.0.0.1", context) == 200
