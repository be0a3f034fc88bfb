"""Troubles that begin quietly, while frames, messages and events go on: `status` and `doctor` say each, and its end."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.vms.receiver_init import CertifiedKey, new_certified_key, new_token
from securos_trigger.vms.simulator import Simulator
from tests.e2e.test_never_green import asked
from tests.e2e.test_status import running
from tests.integration.test_stream import motion_jpeg, served

SENDER = "a-token-of-the-senders"
SITE = """\
[outbox]
path = "outbox.sqlite"
idle_check_s = 0

[metrics]
port = 0

[[pipelines]]
name = "slow"
source = {{ type = "stream", url = "{address}/gate.mjpg", frozen_after_s = 0 }}

[[pipelines.nodes]]
type = "function"
file = "slow.py"

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
event_source = "custom"
trigger = "1 == 2"
event_name = "Person"
iss_camera_ids = "1"
{ending}

[[pipelines]]
name = "posts"
cameras = {{ front = "1", back = "2" }}

[pipelines.source]
type = "generic"
listen = "127.0.0.1:0"
token = "{token}"

[pipelines.source.mapping]
source = "cam"
time = "t"
objects = "items"
label = "cls"

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "seen"
event_source = "custom"
trigger = "len(objects) > 99"
event_name = "Person"
iss_camera_ids = "1"
{ended}

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "pinned"
event_source = "custom"
trigger = "len(objects) > 99"
event_name = "Person"
iss_camera_ids = "1"
{pinned}
"""
SLOW = """\
import pathlib
import time


def process_frame(frame, **_):
    time.sleep(3 if pathlib.Path("slow").exists() else 0)
    return True
"""


class Site:
    """A running service in a folder, and what its commands say of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def troubles(self) -> dict[str, bool]:
        """What `status` complains about, each with whether a person must act."""
        answer: dict[str, Any] = json.loads(asked(self.folder, "status", "site.toml", "--json")[1] or "{}")
        return {one["text"]: one["needs_person"] for one in answer.get("troubles", ())}

    def until(self, is_so: Callable[[dict[str, bool]], object]) -> dict[str, bool]:
        """The first troubles that are so."""
        until_s = time.monotonic() + 240
        while not is_so(found := self.troubles()):
            assert time.monotonic() < until_s, "\n".join([*found, "missing:", *missing(found)])
            time.sleep(0.3)
        return found

    def metrics(self) -> str:
        url = re.findall(r"metrics_served url=(\S+)", (self.folder / "log.txt").read_text())[-1]
        with urllib.request.urlopen(url, timeout=30) as answer:
            return str(answer.read().decode())

    def post(self, body: object, times: int = 1) -> None:
        where = re.search(r"listens on (http://[\d.:]+)", (self.folder / "log.txt").read_text())
        assert where is not None
        headers = {"Authorization": f"Bearer {SENDER}", "Content-Type": "application/json"}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        for _ in range(times):
            request = urllib.request.Request(f"{where[1]}/metadata/mine", content, headers)
            try:
                urllib.request.urlopen(request, timeout=30).close()
            except urllib.error.HTTPError as error:
                assert error.code < 500, error

    def see(self, camera: str, ahead_s: float = 0.0, times: int = 1) -> None:
        """Post what a camera sees, with a clock that is ahead."""
        for _ in range(times):
            self.post({"cam": camera, "t": time.time() + ahead_s, "items": [{"cls": "person"}]})


def receiver(folder: Path, name: str, certificate: CertifiedKey, running: ExitStack, *, is_pinned: bool) -> str:
    """Start a receiver with this certificate; gives the properties of nodes that send to it."""
    home = folder / name
    home.mkdir()
    (home / "identity.json").write_text(json.dumps({"token": new_token(), "certificate": asdict(certificate)}))
    (folder / f"{name}.pem").write_text(certificate.cert_pem)
    settings = dict(running.enter_context(Simulator(("1",), home=home)).settings())
    if not is_pinned:
        del settings["iss_certificate_sha256"]
        settings["iss_ca_file"] = f"{name}.pem"
    return "\n".join(f"{name} = {json.dumps(value)}" for name, value in settings.items())


#: What is wrong, without figures and instants; True: a person must act.
BEGUN = {
    (r"The certificate of https://\S+ expires in 11 days .*", False),
    (r"The certificate of https://\S+ expired on .*: the next connection is refused", True),
    (r"Pipeline slow reads \d\.\d of \d+\.\d frames a second and leaves the others out", True),
    (r"The file of mutes cannot be read since .*, so no node is muted: it does not hold mutes .*", True),
    (r"Pipeline posts: 12 messages cannot be read, and all others raise no event, since .*: .*JSON.*", True),
    (r"Pipeline posts: 12 messages name no camera, and all others raise no event either, since .*", True),
    (
        r"Pipeline posts: the last \d+ messages of back name a time 1 h.* ago, which is too old: .*",
        True,
    ),
    (
        r"Pipeline posts: messages name a time that is up to 1 h \d+ min.* in the future: front; their events .*",
        False,
    ),
}


def missing(found: dict[str, bool]) -> list[str]:
    """What of `BEGUN` is not said."""
    return [
        text for text, red in BEGUN if not any(red is said and re.fullmatch(text, one) for one, said in found.items())
    ]


@pytest.mark.timeout(900)
def test_what_begins_quietly_is_said_until_it_is_over(tmp_path: Path) -> None:
    soon, over = new_certified_key(["127.0.0.1"], days=12), new_certified_key(["127.0.0.1"], days=0)
    (tmp_path / "slow.py").write_text(SLOW)
    (tmp_path / "slow").touch()
    site = Site(tmp_path)
    with ExitStack() as stack:
        places = {
            "ending": receiver(tmp_path, "soon", soon, stack, is_pinned=False),
            "ended": receiver(tmp_path, "over", over, stack, is_pinned=False),
            "pinned": receiver(tmp_path, "pinned", over, stack, is_pinned=True),
        }
        address = stack.enter_context(served(motion_jpeg(100_000, 0.25)))
        (tmp_path / "site.toml").write_text(SITE.format(address=address, token=SENDER, **places))
        stack.enter_context(running(tmp_path))
        site.until(lambda _: "source_connected" in (tmp_path / "log.txt").read_text())
        site.see("front", 5400.0, times=3)
        site.post(b"{", times=12)
        site.post(["no camera"], times=12)
        assert asked(tmp_path, "mute", "site.toml", "posts/seen", "--for", "2h")[0] == 0
        site.until(lambda found: any("seen is muted" in text for text in found))
        (tmp_path / "outbox.mutes.json").write_text("{")

        def is_all_said(found: dict[str, bool]) -> bool:
            site.see("back", -3600.0)
            return not missing(found)

        found = site.until(is_all_said)
        places_said = [text for text in found if text.startswith("The certificate of ")]
        assert len(places_said) == 2, "a pinned certificate may expire"
        code, said = asked(tmp_path, "doctor", "site.toml")
        assert code == 1
        for words in (
            "frames a second and leaves",
            "12 messages cannot be read",
            "name no camera",
            "is too old",
            "future",
        ):
            assert words in said, said
        assert said.count("messages cannot be read") == 1 and said.count("mutes.json is damaged") == 1, said
        ends = re.findall(r'certificate_ends_seconds\{is_refused_when_expired="(.*?)",.*\} (\S+)', site.metrics())
        found_ends = sorted((is_refused, float(at) > time.time()) for is_refused, at in ends)
        assert found_ends == [("false", False), ("true", False), ("true", True)]

        (tmp_path / "slow").unlink()
        (tmp_path / "outbox.mutes.json").unlink()
        site.see("front", times=33)
        site.see("back")
        places["ended"] = places["ending"]
        (tmp_path / "site.toml").write_text(SITE.format(address=address, token=SENDER, **places))
        assert asked(tmp_path, "reload", "site.toml")[0] == 0
        is_ending = re.compile(r"The certificate of \S+ expires in 11 days .*").fullmatch

        def is_over(found: dict[str, bool]) -> bool:
            """A busy machine may hand over two frames at once, of which one is left out: that is no fault here."""
            left = {text: red for text, red in found.items() if red or "leaves the others out" not in text}
            return len(left) == 1 and all(map(is_ending, left))

        site.until(is_over)
        assert asked(tmp_path, "status", "site.toml", "-q") == (0, "")
