"""What `status` says of a receiver that answers, with a program, its outbox and a receiver that are real."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import securos_trigger
from securos_trigger.notices import Notice
from securos_trigger.outbox import State
from securos_trigger.runtime.control import OutboxRequest, ask
from tests.integration.test_service_status import NODE, QUIET, status, wait_until


def done(camera: str, step: str = "EVENT", error: str | None = None) -> dict[str, Any]:
    return {"camera_id": camera, "step": step, "ok": error is None, "error": error}


@contextmanager
def receiver(results: list[dict[str, Any]]) -> Iterator[int]:
    """A receiver that answers each event with these results; gives its port."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = json.dumps({"event_id": body["event_id"], "results": results}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join(60)


def retries(heard: list[Notice]) -> list[Notice]:
    return [one for one in heard if one.name == "delivery_retry"]


def test_a_receiver_that_answers_of_another_camera_has_accepted_nothing_until_a_person_drops_what_waits(
    tmp_path: Path,
) -> None:
    path, heard = tmp_path / "outbox.sqlite", list[Notice]()
    with receiver([done("9")]) as port:
        node = {**NODE, "iss_port": port, "iss_scheme": "http"}
        with securos_trigger.running(node, outbox=path, observers=(heard.append,), drain_s=0) as live:
            live.process({"people": 1}, 1.0)
            wait_until(lambda: len(retries(heard)) > 1)
            [target] = status(path)["targets"]
            assert (target["not_accepted_since"], target["waiting"]) != (None, 0)
            assert target["not_accepted_reason"].endswith("the answer does not mention this camera")
            # one that is just being sent cannot be dropped
            wait_until(lambda: ask(path, OutboxRequest(do="drop", state=State.WAITING), QUIET)["changed"])
            [target] = status(path)["targets"]
    assert target["waiting"] == 0
    assert "not_accepted_since" not in target


def test_an_event_that_goes_again_for_its_recording_is_accepted(tmp_path: Path) -> None:
    path, heard = tmp_path / "outbox.sqlite", list[Notice]()
    with receiver([done("1"), done("1", "REC", "no archive")]) as port:
        node = {**NODE, "iss_port": port, "iss_scheme": "http"}
        with securos_trigger.running(node, outbox=path, observers=(heard.append,), drain_s=0) as live:
            live.process({"people": 1}, 1.0)
            wait_until(lambda: len(retries(heard)) > 1)
            [target] = status(path)["targets"]
    assert "not_accepted_since" not in target
    assert [one.fields["accepted"] for one in retries(heard)[:2]] == ["now", "before"]
