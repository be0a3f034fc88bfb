"""Starts the SecurOS simulator (`vms/simulator`): the real receiver against a stand-in for SecurOS.

For tests, the demo and trials at the desk. `vms/simulator/README.md` says what the stand-in imitates.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import subprocess
import tempfile
import threading
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any, Self
from urllib.parse import quote

from securos_trigger.errors import SimulatorError
from securos_trigger.system.child_process import end_with_stdin
from securos_trigger.system.closing import Closeable
from securos_trigger.system.files import write_new, write_whole
from securos_trigger.system.reasons import reason_of
from securos_trigger.vms.bundle import node_program, simulator_script
from securos_trigger.vms.call_log import require_call_log
from securos_trigger.vms.receiver_init import CertifiedKey, new_certified_key, new_token
from securos_trigger.vms.receiver_settings import receiver_settings, settings_toml

_START_LIMIT_S = 30.0
_STOP_LIMIT_S = 5.0
_CALL_LIMIT_S = 20.0


class Simulator(Closeable):
    """A running simulator, as a context manager: `with Simulator() as simulator: …`.

    `cameras` are the ids of the cameras that exist, `names` their names. Port 0 is any free port. Without `token` a
    random one is made, which the page shows; with the scheme `https` a certificate for 127.0.0.1 is made, too. `log`
    gets every SecurOS call as a JSON line: a new file, or the log of an earlier start. `state_dir`
    is where the receiver keeps its state (a
    temporary folder by default). `home` is a folder that makes the next start the same receiver: token, certificate
    and state are kept there. `faults` are in force from the start; see `fault`. With `hot_rec_stops` a recording
    ends by itself after its `hot_rec_time`. `receiver` is another script to run in the place of ours.
    """

    def __init__(
        self,
        cameras: Sequence[str] = ("1", "2"),
        *,
        names: Sequence[str] = (),
        scheme: str = "https",
        receiver_port: int = 0,
        page_port: int = 0,
        token: str | None = None,
        log: Path | None = None,
        state_dir: Path | None = None,
        home: Path | None = None,
        faults: dict[str, Any] | None = None,
        hot_rec_stops: bool = False,
        receiver: Path | None = None,
    ) -> None:
        self.cameras = tuple(cameras)
        self.scheme = scheme
        identity = _identity(home)
        self.token = token or identity.token
        self._shows_token = token is None and receiver is None  # else it may be that of a real receiver
        self.certificate: CertifiedKey | None = identity.certificate if scheme == "https" else None
        self.receiver_port = receiver_port
        self.page_url = ""
        self._names = tuple(names)
        self._page_port = page_port
        self._log = log
        self._state_dir = home / "state" if home is not None and state_dir is None else state_dir
        self._faults = faults or {}
        self._hot_rec_stops = hot_rec_stops
        self._receiver = receiver
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._printed: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self.start()

    def start(self) -> Self:
        """Start it and wait until the receiver serves. SimulatorError says why it does not."""
        self._require_free_ports()
        if self._log is not None:
            require_call_log(self._log)
        self._folder = tempfile.TemporaryDirectory(prefix="securos-simulator-")
        folder = Path(self._folder.name)
        self._printed = (folder / "printed.log").open("w+b")
        try:
            self._process = subprocess.Popen(
                self._command(folder),
                stdin=subprocess.PIPE,  # it ends with it, also when this process is killed
                stdout=subprocess.PIPE,
                stderr=self._printed,
                env={**os.environ, "AUTH_TOKEN": self.token},  # other users may read a command line
            )
            ready = self._ready_line(self._process)
        except BaseException:
            self.close()
            raise
        self.receiver_port = ready["receiver"]["port"]
        self.page_url = ready["page"]
        return self

    def close(self) -> None:
        """End the simulator and its receiver. May be called twice."""
        process, self._process = self._process, None
        if process is not None:
            assert process.stdout is not None
            end_with_stdin(process, _STOP_LIMIT_S)
            process.stdout.close()
        if self._printed is not None:
            self._printed.close()
            self._printed = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    @property
    def url(self) -> str:
        """The address of the receiver, as `init` and the console take it."""
        return f"{self.scheme}://127.0.0.1:{self.receiver_port}"

    def settings(self) -> dict[str, str]:
        """The node's `iss_*` properties that reach this receiver."""
        return receiver_settings(
            host="127.0.0.1",
            port=self.receiver_port,
            token=self.token,
            scheme=self.scheme,
            certificate_sha256=self.certificate.sha256 if self.certificate is not None else None,
        )

    def settings_toml(self) -> str:
        """The same as lines of TOML."""
        return settings_toml(self.settings())

    def state(self) -> dict[str, Any]:
        """The receiver (`running`, `port`), every camera's state, the number of the last call, the faults."""
        return dict(self._call("GET", "api/state"))

    def camera(self, camera_id: str) -> dict[str, Any]:
        """The state of one camera: `recording`, `subtitle`, `events`, `rec_calls`, `rec_stop_calls` …"""
        return next(dict(one) for one in self.state()["cameras"] if one["id"] == camera_id)

    def calls(self, since: int = 0) -> list[dict[str, Any]]:
        """Every SecurOS call after number `since`: `sequence`, `call`, `type`, `id`, `action`, `params`, `at_s`."""
        return list(self._call("GET", f"api/events?since={since}"))

    def events(self, since: int = 0) -> list[dict[str, Any]]:
        """The calls that put an event into the log; each has also `name`, `description`, `late`."""
        return [call for call in self.calls(since) if call["action"] == "VCA_EVENT"]

    def fault(self, *calls: dict[str, Any], core_ready: bool = True, unknown_cameras: Sequence[str] = ()) -> None:
        """Put these faults in force instead of those before; without arguments: none.

        Each of `calls` says how SecurOS calls go wrong: `mode` (`throw`, `reject`, `silent`, `slow` with `delay_ms`,
        `crash_before`, `crash_after`), and which ones: `camera`, `action` (all when absent) and `times` (for ever when
        absent). A core that is not ready shows after the next start of the receiver. A crash with `times` 1 is over
        once it has happened; any other fault is in force again after a restart.
        """
        faults = {"calls": list(calls), "core_ready": core_ready, "unknown_cameras": list(unknown_cameras)}
        self._call("POST", "api/faults", faults)

    def operate(self, camera: str, action: str) -> None:
        """Let an operator start (`REC`) or end (`REC_STOP`) a recording by hand; the receiver hears of it."""
        self._call("POST", "api/operator", {"camera": camera, "action": action})

    def show_image(self, camera: str, jpeg: bytes, at_s: float) -> None:
        """Show what a camera sees at `at_s` (Unix seconds) on the operator's page; kept while the camera records.

        An empty `jpeg`: it shows nothing any more.
        """
        self._call("POST", f"api/image?camera={quote(camera)}&at={at_s:.3f}", jpeg, "image/jpeg")

    def kill_receiver(self) -> None:
        """Kill the receiver as `kill -9` does. It stays away until `restart_receiver`."""
        self._call("POST", "api/kill", {})

    def restart_receiver(self) -> None:
        """Kill the receiver if it runs, start it on the same port and wait until it serves."""
        self._call("POST", "api/restart", {})

    def printed(self) -> str:
        """What the simulator and the receiver have printed so far: the receiver's own log."""
        if self._printed is None:
            return ""
        return Path(self._printed.name).read_text(encoding="utf-8", errors="replace")

    def _require_free_ports(self) -> None:
        ports = {"receiver": (self.receiver_port, "--port"), "operator's page": (self._page_port, "--page-port")}
        with ExitStack() as stack:
            for what, (port, option) in ports.items():
                try:
                    if port:
                        stack.enter_context(socket.create_server(("127.0.0.1", port)))
                except OSError as error:
                    why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used: {reason_of(error)}"
                    raise SimulatorError(
                        f"Port {port}, for the {what}, {why}. Choose another one with {option}; 0 is any free one."
                    ) from error

    def _command(self, folder: Path) -> list[str]:
        command = [str(node_program()), str(simulator_script())]
        command += ["--receiver-port", str(self.receiver_port), "--page-port", str(self._page_port)]
        command += ["--cameras", ",".join(self.cameras), "--names", ",".join(self._names)]
        command += ["--state-dir", str(self._state_dir or folder / "state"), "--faults", json.dumps(self._faults)]
        if self._log is not None:
            command += ["--log", str(self._log)]
        if self._hot_rec_stops:
            command.append("--hot-rec-stops")
        if self._shows_token:
            command.append("--show-token")
        if self._receiver is not None:
            command += ["--receiver", str(self._receiver)]
        if self.certificate is None:
            return [*command, "--http"]
        (folder / "cert.pem").write_text(self.certificate.cert_pem)
        (folder / "key.pem").write_text(self.certificate.key_pem)
        return [*command, "--cert", str(folder / "cert.pem"), "--key", str(folder / "key.pem")]

    def _ready_line(self, process: subprocess.Popen[bytes]) -> dict[str, Any]:
        assert process.stdout is not None
        lines: SimpleQueue[bytes] = SimpleQueue()  # pipes cannot be waited for with a limit on every system
        reading = threading.Thread(target=_read_line, args=(process.stdout, lines), name="simulator", daemon=True)
        reading.start()
        try:
            line = lines.get(timeout=_START_LIMIT_S)
        except Empty:
            process.kill()  # so that the thread ends
            reading.join()
            raise SimulatorError(
                f"The simulator was not ready in {_START_LIMIT_S:g} s.\n{self.printed()[-2000:]}"
            ) from None
        reading.join()
        if not line:
            raise SimulatorError(f"The simulator ended at its start.\n{self.printed()[-2000:]}")
        ready: dict[str, Any] = json.loads(line)
        return ready

    def _call(
        self, method: str, path: str, body: dict[str, Any] | bytes | None = None, kind: str = "application/json"
    ) -> Any:
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        request = urllib.request.Request(self.page_url + path, data=data, method=method, headers={"Content-Type": kind})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback never goes by a proxy
        try:
            with opener.open(request, timeout=_CALL_LIMIT_S) as response:
                return json.load(response)
        except OSError as error:
            raise SimulatorError(f"The simulator does not answer at {self.page_url}: {error}") from error


def _read_line(stream: IO[bytes], lines: SimpleQueue[bytes]) -> None:
    lines.put(stream.readline())


@dataclass(frozen=True, slots=True)
class _Identity:
    token: str = field(repr=False)
    certificate: CertifiedKey


def _identity(home: Path | None) -> _Identity:
    """Token and certificate: those that `home` keeps, else new ones, which it keeps from now on."""
    if home is None:
        return _Identity(new_token(), new_certified_key(["127.0.0.1"]))
    kept, token_file = home / "identity.json", home / "token"  # the token for `iss_password = { file = … }`
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not kept.is_file():
            made = _Identity(new_token(), new_certified_key(["127.0.0.1"]))
            with contextlib.suppress(FileExistsError):  # another simulator has made one in this moment
                write_new(kept, json.dumps(asdict(made)))
        identity = _identity_in(kept)
        if (
            not token_file.is_file()
            or token_file.read_text(encoding="utf-8", errors="replace") != identity.token + "\n"
        ):
            write_whole(token_file, identity.token + "\n")
    except OSError as error:
        raise SimulatorError(f"{kept} cannot be used: {reason_of(error)}. Choose another folder.") from error
    return identity


def _identity_in(kept: Path) -> _Identity:
    try:
        found = json.loads(kept.read_text(encoding="utf-8"))
        return _Identity(found["token"], CertifiedKey(**found["certificate"]))
    except (ValueError, KeyError, TypeError) as error:
        raise SimulatorError(f"{kept} cannot be read. Remove it, and a new one is made.") from error
