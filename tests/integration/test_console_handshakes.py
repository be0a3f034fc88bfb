"""The console over HTTPS while a stranger holds hundreds of connections open and sends nothing."""

from __future__ import annotations

import json
import resource
import socket
import ssl
from contextlib import ExitStack, closing
from http.client import HTTPSConnection
from pathlib import Path

from securos_trigger.vms.receiver_init import new_certified_key
from tests.e2e.conftest import wait_until
from tests.integration.console_site import START_LIMIT_S, running, write_site

#: Files that the console may have open: fewer than the stranger has connections, as where those are thousands.
OPEN_FILES = 280


def log_in(port: int, token: str, host: str, context: ssl.SSLContext) -> int:
    """The status of a log-in with the token, from this address of the machine."""
    with closing(HTTPSConnection("127.0.0.1", port, context=context, timeout=30, source_address=(host, 0))) as person:
        person.request("POST", "/api/login", json.dumps({"token": token}), {"Content-Type": "application/json"})
        return person.getresponse().status


def test_300_connections_without_a_handshake_keep_nobody_out(tmp_path: Path) -> None:
    config = write_site(tmp_path, 9)
    made = new_certified_key(["127.0.0.1"])
    (tmp_path / "console.pem").write_text(made.cert_pem)
    (tmp_path / "console.key").write_text(made.key_pem)
    added = 'port = 0\ncertificate = "console.pem"\nkey = "console.key"\n'
    config.write_text(config.read_text().replace("port = 0\n", added))
    with running(tmp_path, "console", config.name, name="console") as process, ExitStack() as held:
        log = tmp_path / "console.log"
        wait_until(lambda: "The console: https://127.0.0.1:" in log.read_text(), START_LIMIT_S)
        port = int(log.read_text().split("https://127.0.0.1:")[1].split("/")[0])
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
        context = ssl.create_default_context(cadata=made.cert_pem)
        token = (tmp_path / "outbox.console-token").read_text().strip()
        for _ in range(300):
            held.enter_context(socket.create_connection(("127.0.0.1", port), 30, source_address=("127.0.0.1", 0)))
        assert log_in(port, token, "127.0.0.2", context) == 200
        assert log_in(port, token, "127.0.0.1", context) == 200
