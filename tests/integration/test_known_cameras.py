"""Which cameras receivers know: all of them are asked side by side, and a silent one holds up no other."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.config.reader import read_config
from securos_trigger.operations import known_cameras
from securos_trigger.operations.given_up_troubles import given_up_troubles
from securos_trigger.operations.known_cameras import with_known_cameras
from securos_trigger.operations.service_report import ServiceReport, Verdict

NODE = """
[[pipelines]]
name = "yard{port}"
source = {{ type = "file", path = "yard.avi" }}
[[pipelines.nodes]]
type = "trigger_securos_event"
event_source = "custom"
event_name = "Person"
trigger = "people > 0"
iss_ip = "127.0.0.1"
iss_scheme = "http"
iss_port = "{port}"
iss_camera_ids = "9"
iss_password = "0123456789abcdef"
"""


@contextmanager
def receiver(wait: Callable[[], object]) -> Iterator[int]:
    """A receiver that lists its cameras when `wait` has returned; gives its port."""

    class Listing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wait()
            content = json.dumps([{"id": "8", "name": "Yard"}, {"id": "1", "name": "Gate"}]).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_about: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Listing) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()


UNKNOWN = "camera 9: event refused: SecurOS knows no such camera"


def fixes(folder: Path, ports: list[int], reason: str = UNKNOWN, *, is_healthy: bool | None = True) -> Any:
    site = folder / "site.toml"
    site.write_text(f'[outbox]\npath = "{folder}/o.sqlite"\n' + "".join(NODE.format(port=port) for port in ports))
    targets = [f"http://127.0.0.1:{port}" for port in ports]
    now = datetime.now(UTC)
    given_up = [
        {"target": one, "camera": "9", "since": now.isoformat(), "reason": reason, "count": 1} for one in targets
    ]
    answer = {"given_up": given_up, "targets": [{"target": one, "is_healthy": is_healthy} for one in targets]}
    report = ServiceReport(Verdict.TROUBLE, tuple(given_up_troubles(given_up, now)), answer)
    return [one.fix for one in with_known_cameras(report, site).troubles]


def test_receivers_are_asked_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answers when all four were asked."""
    monkeypatch.setattr(known_cameras, "ANSWERS_WITHIN_S", 60.0)
    all_asked = threading.Barrier(4)
    with ExitStack() as stack:
        ports = [stack.enter_context(receiver(lambda: all_asked.wait(60))) for _ in range(4)]
        found = fixes(tmp_path, ports)
    assert [one.partition(". ")[0] for one in found] == ["SecurOS knows 1, 8"] * 4


def test_a_silent_receiver_leaves_the_others_their_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_cameras, "ANSWERS_WITHIN_S", 5.0)
    ending = threading.Event()
    with receiver(ending.wait) as silent, receiver(lambda: None) as other:
        first, second = fixes(tmp_path, [silent, other])
        ending.set()
    assert first.startswith(f"`securos-trigger doctor {tmp_path}/site.toml` lists the cameras that it knows. ")
    assert second.startswith("SecurOS knows 1, 8. ")


#: Asks two receivers, of which the name of one is never resolved.
ASKS = """
import socket, sys, threading
from pathlib import Path
from securos_trigger.operations.receiver_cameras import cameras_known_to
resolve = socket.getaddrinfo
def hangs(host, *words, **options):
    if host == "hangs.example":
        threading.Event().wait()
    return resolve(host, *words, **options)
socket.getaddrinfo = hangs
targets = sys.argv[2:]
print(cameras_known_to(Path(sys.argv[1]), targets, 5.0)[targets[1]])
"""


def test_a_name_server_that_hangs_holds_up_neither_the_answer_nor_the_end_of_the_process(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    with receiver(lambda: None) as port:
        text = NODE.format(port=port + 1 if port < 65535 else 1).replace("127.0.0.1", "hangs.example")
        site.write_text(f'[outbox]\npath = "{tmp_path}/o.sqlite"\n' + text + NODE.format(port=port))
        targets = [str(one.properties.target) for one in read_config(site).trigger_nodes().values()]
        done = subprocess.run(
            [sys.executable, "-c", ASKS, site, *targets], capture_output=True, text=True, timeout=120, check=False
        )
    assert (done.returncode, done.stdout) == (0, "['8', '1']\n"), done.stderr


def test_a_receiver_is_asked_only_where_it_does_not_know_a_camera(tmp_path: Path) -> None:
    asked: list[int] = []
    with receiver(lambda: asked.append(1)) as port:
        [fix] = fixes(tmp_path, [port], "camera 9: event refused: busy")
        assert (asked, "SecurOS knows" in fix) == ([], False)
        [fix] = fixes(tmp_path, [port], "camera 9: EVENT unknown camera 9")  # of an older version
        assert fix.startswith("SecurOS knows 1, 8. ")


@pytest.mark.parametrize(("is_healthy", "is_asked"), [(None, True), (False, False)])
def test_a_receiver_is_asked_before_its_first_delivery_and_not_while_it_fails(
    tmp_path: Path, is_healthy: bool | None, is_asked: bool
) -> None:
    """It refuses each event of a new site whose camera is wrong: none is delivered that would make it healthy."""
    with receiver(lambda: None) as port:
        [fix] = fixes(tmp_path, [port], is_healthy=is_healthy)
    assert fix.startswith("SecurOS knows 1, 8. ") is is_asked


def test_cameras_that_were_corrected_hide_no_camera_that_is_still_wrong(tmp_path: Path) -> None:
    """Nothing sends to camera 9 any more; camera 7 is still named. The trouble of each says what the receiver knows."""
    site, now = tmp_path / "site.toml", datetime.now(UTC)
    with receiver(lambda: None) as port:
        target = f"http://127.0.0.1:{port}"
        site.write_text(f'[outbox]\npath = "{tmp_path}/o.sqlite"\n' + NODE.format(port=port))
        common = {"target": target, "since": now.isoformat(), "count": 1}
        given_up = [{**common, "camera": one, "reason": UNKNOWN.replace("9", one)} for one in ("9", "7")]
        answer = {"given_up": given_up, "targets": [{"target": target, "is_healthy": True}]}
        troubles = given_up_troubles(given_up, now, may_send_to=lambda _target, camera: camera == "7")
        found = with_known_cameras(ServiceReport(Verdict.TROUBLE, tuple(troubles), answer), site).troubles
    assert [one.cameras for one in found] == [("9",), ("7",)]
    assert [one.fix.partition(". ")[0] for one in found] == ["SecurOS knows 1, 8"] * 2
