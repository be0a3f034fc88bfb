"""An input that messages are posted to: answers, limits, and that an answer means that it is kept."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.errors import OutboxError
from securos_trigger.inputs import http_server
from securos_trigger.inputs.http_server import HttpFeed
from securos_trigger.inputs.http_settings import HttpSettings
from securos_trigger.inputs.message import MAX_BODY_BYTES
from securos_trigger.inputs.source import InputSource
from securos_trigger.model import Delivery
from securos_trigger.notices import Announcer, Notice, kinds
from securos_trigger.operations.input_troubles import input_troubles
from securos_trigger.outbox import Search
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.input_status import input_status
from securos_trigger.runtime.pipelines import Pipelines
from tests.integration.test_mqtt_input import wait_until

TOKEN = "a-token-of-the-senders"
CONFIG = """\
[outbox]
path = "outbox.sqlite"

[ledger]
enabled = false

[[pipelines]]
name = "posts"
source = {{ {source}, listen = "127.0.0.1:0", token = "{token}" }}
{cameras}

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
iss_ip = "127.0.0.1"
iss_port = "9"
iss_password = "token"
event_source = "built_in"
"""
#: An event of a sender of Lumeo's.
LUMEO_EVENT = {"event_name": "Line crossed", "event_description": "At the gate", "camera_id": "3", "event_id": "e-1"}
SWITCH = 'type = "generic", mapping = { gives = "event", label = "what" }'


class Service:
    """The pipelines of a configuration in this process."""

    def __init__(self, dispatch: Dispatch, pipelines: Pipelines, notices: list[Notice]) -> None:
        self.dispatch = dispatch
        self.pipelines = pipelines
        self.notices = notices

    @property
    def source(self) -> InputSource:
        source = self.pipelines.threads[0].pipeline.source
        assert isinstance(source, InputSource)
        return source

    @property
    def port(self) -> int | None:
        source = self.source
        return source.feed.port if isinstance(source.feed, HttpFeed) else None

    def deliveries(self) -> list[Delivery]:
        # All states at one moment: one that is being sent is refused, and waits again, at any time.
        rows, _ = self.dispatch.outbox.search(Search())
        return list({row.delivery.event_id: row.delivery for row in reversed(rows)}.values())

    def kept(self) -> list[tuple[str, str, tuple[str, ...]]]:
        return [(one.name, one.description, one.camera_ids) for one in self.deliveries()]

    def post(
        self, path: str, body: bytes | dict[str, Any], *, token: str = TOKEN, **headers: str
    ) -> tuple[int, dict[str, Any], Any]:
        """Status, body and headers of the answer."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        wanted = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", **headers}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", content, wanted, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                text = error.read()
                return error.code, json.loads(text) if text.startswith(b"{") else {}, error.headers


@contextmanager
def running(folder: Path, source: str, cameras: str = "") -> Iterator[Service]:
    notices: list[Notice] = []
    announcer = Announcer([notices.append])
    text = CONFIG.format(source=source, token=TOKEN, cameras=cameras)
    settings = parse_config(text, base=folder)
    with ExitStack() as closing:
        dispatch = closing.enter_context(Dispatch(settings.outbox, announcer))
        pipelines = Pipelines(dispatch, announcer)
        pipelines.start(settings)
        stop = threading.Event()
        closing.callback(pipelines.wait, stop)
        closing.callback(stop.set)
        service = Service(dispatch, pipelines, notices)
        wait_until(lambda: service.port)
        yield service


@pytest.mark.timeout(120)
def test_a_post_of_metadata_is_answered_when_its_event_is_kept(tmp_path: Path) -> None:
    with running(tmp_path, SWITCH, 'cameras = { gate = "1" }') as service:
        status, answer, _ = service.post("/metadata/gate", {"what": "fall"})
        assert status == 202
        assert (answer["kept"], answer["verdict"], len(answer["event_ids"])) == (True, "new", 1)
        assert service.kept() == [("fall", "fall at gate", ("1",))]
        assert "why" not in answer
        status, answer, _ = service.post("/metadata/attic", {"what": "fall"})
        assert (status, answer["event_ids"]) == (202, [])
        assert answer["why"] == 'the camera map has no "attic", so it raises no event'
        assert any(notice.kind is kinds.CAMERA_UNKNOWN for notice in service.notices)


@pytest.mark.timeout(120)
def test_a_drawing_outside_of_the_images_that_messages_name_is_found(tmp_path: Path) -> None:
    zone = '[[pipelines.nodes]]\ntype = "zone_presence"\nid = "zone"\nrois = { door = [[700, 1], [800, 1], [800, 40]] }'
    seen = {"x": 430, "y": 375, "width": 60, "height": 150, "confidence": 0.9, "class": "person"}
    with running(tmp_path, 'type = "roboflow"', f'cameras = {{ gate = "1" }}\n{zone}') as service:
        [thread] = service.pipelines.threads

        def is_outside(nodes: list[str]) -> bool:
            return [one["node"] for one in thread.drawings_outside()] == nodes

        for width, outside in ((640, ["zone"]), (1280, [])):
            body = {"image": {"width": width, "height": 720}, "predictions": [seen]}
            status, answer, _ = service.post("/metadata/gate", body)
            assert (status, answer["verdict"]) == (202, "frame"), answer
            wait_until(partial(is_outside, outside))


@pytest.mark.timeout(120)
def test_a_sender_of_lumeos_events_is_answered_as_by_the_receiver_and_an_event_that_comes_again_is_kept_once(
    tmp_path: Path,
) -> None:
    body = {"event_name": "Line crossed", "event_description": "At the gate", "camera_id": "3,4", "event_id": "e-1"}
    with running(tmp_path, 'type = "lumeoevent"') as service:
        status, first, _ = service.post("/lumeoevent", body)
        assert (status, first["ok"], first["kept"], first["results"]) == (200, True, True, [])
        assert first["event_id"]
        status, second, _ = service.post("/lumeoevent", body)
        assert (status, second["kept"], second["event_id"]) == (200, True, None)
        assert (first.get("why"), second["why"]) == (None, "the same was said before")
        assert service.kept() == [("Line crossed", "At the gate", ("3", "4"))]


@pytest.mark.timeout(120)
def test_a_sender_of_lumeos_events_gets_the_recording_and_the_subtitle_that_it_asks_for(tmp_path: Path) -> None:
    body = {"event_name": "Fall", "camera_id": "3", "trigger_recording": True, "event_duration": 12}
    with running(tmp_path, 'type = "lumeoevent"') as service:
        assert service.post("/lumeoevent", body)[0] == 200
        assert service.post("/lumeoevent", body | {"add_subtitle": True})[0] == 200
        assert service.post("/lumeoevent", body | {"trigger_recording": False})[0] == 200
        kept = sorted((one.action.value, one.record_duration_s) for one in service.deliveries())
        assert kept == [("event", 5), ("event_and_record", 12), ("event_and_record_and_subtitle", 12)]


GATE_TOKEN = "a-token-of-the-gate"


@pytest.mark.timeout(120)
def test_a_token_that_is_limited_to_cameras_is_refused_for_others_and_changes_nothing(tmp_path: Path) -> None:
    limited = f'{SWITCH}, tokens = [{{ token = "{GATE_TOKEN}", cameras = ["gate"] }}]'
    with running(tmp_path, limited, 'cameras = { gate = "1", yard = "2" }') as service:
        body = {"what": "fall"}
        assert service.post("/metadata/gate", body, token=GATE_TOKEN)[0] == 202
        status, answer, _ = service.post("/metadata/yard", body, token=GATE_TOKEN)
        assert (status, answer["error"]) == (403, "This token is not for the camera yard. It is for gate.")
        assert service.post("/metadata/attic", body, token=GATE_TOKEN)[0] == 403
        assert service.post("/metadata/gate", body, token="another-token-here")[0] == 401
        assert service.kept() == [("fall", "fall at gate", ("1",))]
        assert service.post("/metadata/yard", body)[0] == 202  # the token for all cameras
        assert len(service.kept()) == 2


@pytest.mark.timeout(120)
def test_a_sender_of_lumeos_events_may_be_limited_to_cameras_of_securos(tmp_path: Path) -> None:
    limited = f'type = "lumeoevent", tokens = [{{ token = "{GATE_TOKEN}", cameras = [3, 4] }}]'
    with running(tmp_path, limited) as service:
        body = {"event_name": "A", "camera_id": ["3", "5"], "event_id": "e-1"}
        status, answer, _ = service.post("/lumeoevent", body, token=GATE_TOKEN)
        assert (status, answer["error"]) == (403, "This token is not for the camera 5. It is for 3, 4.")
        status, answer, _ = service.post("/lumeoevent", body | {"camera_id": None}, token=GATE_TOKEN)
        assert (status, answer["error"]) == (
            403,
            "This token is not for a message that names no camera. It is for 3, 4.",
        )
        assert service.post("/lumeoevent", body | {"camera_id": "3,4"}, token=GATE_TOKEN)[0] == 200
        assert [one[2] for one in service.kept()] == [("3", "4")]


@pytest.mark.timeout(120)
def test_what_cannot_be_read_or_is_not_allowed_is_refused_with_its_reason(tmp_path: Path) -> None:
    with running(tmp_path, SWITCH, 'cameras = { "*" = "1" }') as service:
        body = {"what": "fall"}
        assert service.post("/metadata/gate", body, token="another-token-here")[0] == 401
        assert service.post("/metadata/gate", body, Authorization="Basic abc")[0] == 401
        for place in ("/elsewhere", "/metadata"):
            status, answer, _ = service.post(place, body)
            assert (status, answer["error"].startswith("Messages are accepted at POST /metadata/SOURCE")) == (404, True)
        status, answer, _ = service.post("/metadata/gate", b"{ no json")
        assert (status, answer["error"].startswith("The message cannot be read: ")) == (400, True)
        assert service.post("/metadata/gate?token=another-token-here", body, Authorization="")[0] == 401
        packed = gzip.compress(json.dumps(body).encode())
        assert service.post("/metadata/gate", packed, **{"Content-Encoding": "gzip"})[0] == 415
        assert service.post("/metadata/gate", b"x", **{"Content-Type": "image/jpeg"})[0] == 415
        assert service.post("/metadata/gate", b" " * (MAX_BODY_BYTES + 1))[0] == 413
        assert service.kept() == []


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("source", "path", "error"),
    [
        (SWITCH, "/", "POST /metadata/SOURCE, where SOURCE is your name of the camera."),
        (SWITCH, "/metadata/", "POST /metadata/SOURCE, where SOURCE is your name of the camera."),
        (SWITCH, "/lumeoevent", "POST /metadata/SOURCE, where SOURCE is your name of the camera."),
        ('type = "lumeoevent"', "/lumeoevent/%3Cscript%3E", "POST /lumeoevent."),
        ('type = "lumeoevent"', "/metadata/gate", "POST /lumeoevent."),
    ],
)
def test_a_sender_with_a_wrong_address_is_told_the_right_one_and_is_red_in_the_status(
    tmp_path: Path, source: str, path: str, error: str
) -> None:
    right, body = ("/lumeoevent", LUMEO_EVENT) if "lumeoevent" in source else ("/metadata/gate", {"what": "fall"})
    with running(tmp_path, source, "" if "lumeoevent" in source else 'cameras = { gate = "1" }') as service:

        def troubles() -> list[tuple[str, str, bool]]:
            found = input_troubles("Pipeline posts", input_status(service.source), datetime.now(UTC))
            return [(one.text.partition(", the last")[0], one.fix, one.needs_person) for one in found]

        assert [service.post(path, body)[:2] for _ in range(3)] == 3 * [
            (404, {"error": f"Messages are accepted at {error}"})
        ]
        for _ in range(3):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(f"http://127.0.0.1:{service.port}/robots.txt", timeout=30)
        fix = f"Let it send to {error.partition(',')[0].rstrip('.')}."
        text = "Pipeline posts: 3 posts of 127.0.0.1 go to an address that is not there (404)"
        assert troubles() == [(text, fix, True)]
        assert service.post(right, body)[0] in (200, 202)
        assert troubles() == []
        for _ in range(3):
            assert service.post(right, body, token="another-token-here")[0] == 401
        text = "Pipeline posts: 3 posts of 127.0.0.1 show no token or a wrong one (401)"
        assert troubles() == [(text, "Let the sender show the token: Authorization: Bearer TOKEN.", False)]
        assert service.post(right, body)[0] in (200, 202)
        assert service.post(right, body, token="another-token-here")[0] == 401
        assert service.post(right, body)[0] in (200, 202)
        text = "Pipeline posts: 4 posts of 127.0.0.1 show no token or a wrong one (401)"
        assert [one[0] for one in troubles()] == [text], "two senders behind one address"


@pytest.mark.timeout(120)
def test_while_the_disk_takes_nothing_a_post_is_answered_with_503_and_when_to_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "KEPT_WITHIN_S", 0.5)
    with running(tmp_path, SWITCH, 'cameras = { gate = "1" }') as service:
        outbox = service.dispatch.outbox
        keep, is_failing = outbox.keep_with_rows, threading.Event()

        def keep_or_fail(*args: Any) -> Any:
            if not is_failing.is_set():
                return keep(*args)
            failed: Future[Any] = Future()
            failed.set_exception(OutboxError("No space left on device"))
            return failed

        monkeypatch.setattr(outbox, "keep_with_rows", keep_or_fail)
        is_failing.set()
        status, _, headers = service.post("/metadata/gate", {"what": "fall"})
        assert (status, headers["Retry-After"]) == (503, "2")
        assert service.kept() == []
        is_failing.clear()
        wait_until(lambda: len(service.kept()) == 1)  # it was not dropped


@pytest.mark.timeout(120)
def test_a_port_that_is_taken_is_said_and_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        settings = HttpSettings(listen=f"127.0.0.1:{port}", token=TOKEN)
        feed = HttpFeed("posts", "generic", settings, Announcer())
        feed.start()
        wait_until(lambda: f"it cannot listen on 127.0.0.1:{port}" in feed.state.reason)
    wait_until(lambda: feed.state.is_connected)
    feed.close()


@pytest.mark.timeout(120)
def test_a_stranger_cannot_fill_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Without a token anybody may send what is no HTTP, or a body that is not what its headers say."""
    head = b"POST /metadata/gate HTTP/1.1\r\nHost: bridge\r\n"
    requests = {
        b"POST / HTTP/9.9\r\n\r\n": b"400",
        head + b"Content-Length: -5\r\n\r\n": b"400",
        head + b"Authorization: Bearer \xff\xfe\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}": b"401",
        head + b"Content-Encoding: gzip\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}": b"401",
        head + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n": b"400",
    }
    with running(tmp_path, SWITCH) as service:
        for request, status in requests.items():
            with socket.create_connection(("127.0.0.1", service.port or 0), 30) as connection:
                connection.sendall(request)
                assert connection.recv(4096).split()[1] == status, request
        assert service.post("/metadata/gate", {"what": "fall"})[0] == 202
    assert caplog.records == []


@pytest.mark.timeout(120)
def test_a_device_without_headers_of_its_own_shows_its_token_in_the_address(tmp_path: Path) -> None:
    alert = b"""<EventNotificationAlert><channelID>1</channelID><eventType>linedetection</eventType>
        <eventState>active</eventState></EventNotificationAlert>"""
    body = b'--x\r\nContent-Disposition: form-data; name="alert"\r\n\r\n' + alert + b"\r\n--x--\r\n"
    with running(tmp_path, 'type = "hikvision"', 'cameras = { gate = "1" }') as service:
        form = {"Content-Type": "multipart/form-data; boundary=x", "Authorization": ""}
        status, answer, _ = service.post(f"/metadata/gate?token={TOKEN}", body, **form)
        assert (status, answer["verdict"], len(answer["event_ids"])) == (202, "new", 1)
        assert service.kept() == [("linedetection", "linedetection at gate", ("1",))]


@pytest.mark.timeout(120)
def test_a_pipeline_that_is_left_behind_gives_its_port_to_its_successor(tmp_path: Path) -> None:
    with running(tmp_path, SWITCH) as service:
        address = ("127.0.0.1", service.port or 0)
        with pytest.raises(OSError, match="Address already in use"):
            socket.create_server(address)
        service.pipelines.threads[0].leave_behind()
        socket.create_server(address).close()
