"""A site for the tests of the console: the real service on a made video, a receiver, and the real console beside it."""

from __future__ import annotations

import http.client
import json
import re
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from securos_trigger.vms.receiver_init import new_certified_key
from tests import commands
from tests.integration.fake_receivers import TOKEN, OldReceiver
from tests.made_videos import write_video

START_LIMIT_S = 120.0
CONFIG = """\
# The yard. This comment stays.
[identity]
deployment_id = "site"

[outbox]
path = "outbox.sqlite"

[console]
port = 0
folders = ["recordings"]

[images]
max_width = 64

[[pipelines]]
name = "yard"
source = {{ type = "file", path = "yard.mp4", realtime = true, loop = true }}

[[pipelines.nodes]]
type = "function"
id = "mine"
file = "mine.py"

[[pipelines.nodes]]
type = "zone_presence"
id = "zone1"
units = "fractions"
rois = {{ left = [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]] }}

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"                      # the one that people see
iss_ip = "127.0.0.1"
iss_port = "{port}"
iss_scheme = "http"
iss_password = "{token}"
iss_camera_ids = "1"
event_source = "custom"
trigger = "is_alarm and len(objects) > 0"
event_name = "Person {{{{ number }}}}"
event_description = "In the yard"
iss_action = "event_and_record"
send_bounding_boxes = true

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "refused"
iss_ip = "127.0.0.1"
iss_port = "{port}"
iss_scheme = "http"
iss_password = "{token}"
event_source = "custom"
trigger = "number == 3"
event_name = "Without a camera"
"""

FUNCTION = """\
number = 0

def process_frame(frame, **kwargs):
    global number
    number += 1
    meta = frame.meta()
    meta.set_field("number", number)
    meta.set_field("is_alarm", number % 20 == 5)
    label = "person" if number % 40 < 30 else "<img src=x onerror=alert(1)>"
    rect = {"left": 16, "top": 12, "width": 32, "height": 24}
    meta.set_field("objects", [{"id": 7, "label": label, "probability": 0.9, "rect": rect}])
    meta.save()
"""


@dataclass
class Answer:
    """An answer of the console."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


@dataclass
class Browser:
    """What a browser does: it keeps the cookie, and sends the CSRF token that it was given."""

    port: int
    cookie: str = ""
    csrf: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request. `headers` have an underscore for each dash."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.cookie:
            sent.setdefault("Cookie", self.cookie)
        if method != "GET" and self.csrf:
            sent.setdefault("X-CSRF-Token", self.csrf)
        content = body if body is None or isinstance(body, bytes) else json.dumps(body)
        if content is not None:
            sent.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, content, sent)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        """The JSON at a path, which must be there."""
        answer = self.ask("GET", path)
        assert answer.status == 200, (path, answer)
        return answer.json

    def post(self, path: str, body: Any = None) -> Any:
        """The JSON that a request is answered with, which must be accepted."""
        answer = self.ask("POST", path, {} if body is None else body)
        assert answer.status == 200, (path, answer)
        return answer.json

    def log_in(self, **body: str) -> Answer:
        """Log in, and keep the cookie and the token."""
        answer = self.ask("POST", "/api/login", body)
        if answer.status == 200:
            self.cookie = answer.headers["set-cookie"].partition(";")[0]
            self.csrf = answer.json["csrf"]
        return answer


@dataclass
class Site:
    """A running site. `link` is the secret of the one-time link; `folder` has all of its files."""

    folder: Path
    port: int
    link: str
    receiver: OldReceiver

    @property
    def config(self) -> Path:
        return self.folder / "site.toml"

    @property
    def token(self) -> str:
        return (self.folder / "outbox.console-token").read_text().strip()

    def browser(self, role: str = "") -> Browser:
        """A browser: of a user with this role who has logged in, or of a stranger."""
        browser = Browser(self.port)
        if role:
            assert browser.log_in(user=role, password=f"password of {role}").status == 200
        return browser

    def program(self) -> Browser:
        """A program with the token."""
        return Browser(self.port, headers={"Authorization": f"Bearer {self.token}"})


def write_site(folder: Path, port: int) -> Path:
    """The files of a site whose receiver listens at this port."""
    images = [np.full((60, 80, 3), 10 + number * 2, dtype=np.uint8) for number in range(40)]
    write_video(folder / "yard.mp4", images)
    (folder / "mine.py").write_text(FUNCTION)
    (folder / "recordings").mkdir()
    config = folder / "site.toml"
    config.write_text(CONFIG.format(port=port, token=TOKEN))
    config.chmod(0o600)
    return config


def write_site_with_https(folder: Path, host: str = "127.0.0.1") -> tuple[Path, ssl.SSLContext]:
    """The files of a site whose console is served over HTTPS at this host; and what trusts it."""
    config = write_site(folder, 9)
    made = new_certified_key(["127.0.0.1"])
    (folder / "console.pem").write_text(made.cert_pem)
    (folder / "console.key").write_text(made.key_pem)
    added = f'port = 0\nhost = "{host}"\ncertificate = "console.pem"\nkey = "console.key"\n'
    config.write_text(config.read_text().replace("port = 0\n", added))
    return config, ssl.create_default_context(cadata=made.cert_pem)


@contextmanager
def running(folder: Path, *arguments: str, name: str) -> Iterator[commands.Command]:
    """A command of securos-trigger in a folder; its output is in `NAME.log`."""
    with (
        (folder / f"{name}.log").open("w") as log,
        commands.start(*arguments, cwd=folder, stdout=log, stderr=log) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def address_of(folder: Path, name: str = "console") -> tuple[int, str]:
    """The port of a console that has started, and the secret of its one-time link."""
    log = folder / f"{name}.log"
    until_s = time.monotonic() + START_LIMIT_S
    while "The console: " not in (text := log.read_text()) or not text.endswith("\n"):
        assert time.monotonic() < until_s, text
        time.sleep(0.05)
    [port] = re.findall(r"The console: http://127\.0\.0\.1:(\d+)/", text)
    return int(port), "".join(re.findall(r"/login\.html#(\S+)", text))


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    """The service with its receiver and its console, which three users may log in to, one for each role."""
    with OldReceiver() as receiver:
        config = write_site(folder, receiver.port)
        with (
            running(folder, "run", config.name, name="service"),
            running(folder, "console", config.name, name="console"),
        ):
            port, link = address_of(folder)
            yield Site(folder, port, link, receiver)
