"""A real broker for tests: Debian's mosquitto on a free port of the loopback interface."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.ports import reserved_port

_START_WITHIN_S = 60.0
_MOST_UNANSWERED = 100
_PLACES = "/usr/sbin:/usr/bin:/usr/local/sbin"


def require_mosquitto() -> str:
    """The broker's program."""
    return require_program("mosquitto", "mosquitto")


def require_program(name: str, package: str) -> str:
    """A program of Debian; installed with apt when that can be done, else the test is skipped."""
    found = shutil.which(name) or shutil.which(name, path=_PLACES)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        command = ["apt-get", "install", "-y", "--no-install-recommends", package]
        for words in (["apt-get", "update"], command):
            subprocess.run(words, capture_output=True, timeout=300, check=False)
        found = shutil.which(name, path=_PLACES)
    if found is None:
        pytest.skip(f"{name} is not installed, and apt cannot install it here")
    return found


class Mosquitto:
    """A broker that keeps its state in `folder`, and may be killed and started again on the same port."""

    def __init__(self, folder: Path, lines: Sequence[str] = (), listener: Sequence[str] = ()) -> None:
        self._program = require_mosquitto()
        self.port = reserved_port()
        self._state = folder / "mosquitto.db"
        self._config = folder / "mosquitto.conf"
        self._log = folder / "mosquitto.log"
        text = [
            f"listener {self.port} 127.0.0.1",
            *listener,
            *(lines or ["allow_anonymous true"]),
            "user root",
            "persistence true",
            f"persistence_location {folder}/",
            "autosave_interval 1",
            "max_queued_messages 0",
        ]
        self._config.write_text("\n".join(text) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([self._program, "-c", str(self._config)], stdout=log, stderr=log)
        until = time.monotonic() + _START_WITHIN_S
        while True:
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < until, "mosquitto does not listen"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)

    def wait_until_saved(self) -> None:
        """Wait until the broker has written its state twice: the second time, it began after this call."""
        saved_at_ns, saves, until = self._saved_at_ns(), 0, time.monotonic() + _START_WITHIN_S
        while saves < 2:
            assert time.monotonic() < until, "mosquitto does not save its state"
            time.sleep(0.02)
            if (now_ns := self._saved_at_ns()) != saved_at_ns:
                saved_at_ns, saves = now_ns, saves + 1

    def _saved_at_ns(self) -> int:
        return self._state.stat().st_mtime_ns if self._state.exists() else 0

    def kill(self) -> None:
        """`kill -9`: what is not saved is gone."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(60)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Publisher:
    """Publishes with QoS 1 and waits for the broker's acknowledgement."""

    def __init__(self, broker: Mosquitto, **login: Any) -> None:
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        if login:
            self._client.username_pw_set(**login)
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()

    def send(self, topic: str, body: bytes | str, *, qos: int = 1, retain: bool = False) -> None:
        info = self._client.publish(topic, body, qos=qos, retain=retain)
        info.wait_for_publish(30)
        assert info.is_published()

    def send_all(self, topic: str, bodies: Iterable[bytes], timeout_s: float) -> None:
        """Send one after the other, without waiting for each acknowledgement, and wait for all of them at the end."""
        sent: deque[mqtt.MQTTMessageInfo] = deque()
        for body in bodies:
            sent.append(self._client.publish(topic, body, qos=1))
            if len(sent) > _MOST_UNANSWERED:
                sent.popleft().wait_for_publish(timeout_s)
        for one in sent:
            one.wait_for_publish(timeout_s)
            assert one.is_published()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()
