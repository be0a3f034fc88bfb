"""The story of each kind of input: the pipeline and the first message of its page become an event in the simulator.

One service has the pipelines of all pages, at one broker, so that the whole takes seconds. Each page has a camera of its
own in SecurOS, by which its event is known.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.errors import OutboxError
from securos_trigger.inputs.kinds import KINDS
from securos_trigger.notices import Announcer
from securos_trigger.runtime.control import StatusRequest, ask
from securos_trigger.vms.simulator import Simulator
from tests import commands
from tests.brokers import Mosquitto, require_program
from tests.e2e.conftest import wait_until
from tests.ports import reserved_port

DOCS = Path(__file__).parents[2] / "docs" / "inputs"
#: Senders of Lumeo's events name the camera in SecurOS themselves.
NAMED_BY_MESSAGE = "1"


@dataclass(frozen=True)
class Story:
    """What the page of a kind says to write, and to type."""

    kind: str
    pipeline: str
    command: str
    camera: str

    @property
    def comes_before_the_start(self) -> bool:
        """True for a file, which must be there."""
        return self.command.startswith("cat >")


def story_of(kind: str, camera: str) -> Story:
    section = (DOCS / f"{kind}.md").read_text(encoding="utf-8").partition("## From nothing to an event\n")[2]
    [pipeline] = re.findall(r"^```toml\n(\[\[pipelines\]\].*?)^```$", section, re.MULTILINE | re.DOTALL)
    rest = section.partition(f"{pipeline}```\n")[2].partition("<!-- The tables")[0]
    [command] = re.findall(r"^```\n(.*?)^```$", rest, re.MULTILINE | re.DOTALL)
    assert f'type = "{kind}"' in pipeline
    return Story(kind, pipeline, command, NAMED_BY_MESSAGE if kind == "lumeoevent" else camera)


STORIES = {kind: story_of(kind, str(number)) for number, kind in enumerate(sorted(KINDS), start=2)}


def adapted(story: Story, broker: Mosquitto, address: str, receiver: dict[str, Any]) -> str:
    """The page's pipeline with the addresses of this test, and the lines that the simulator prints."""
    text = story.pipeline.replace('name = "first"', f'name = "{story.kind}"', 1)
    text = text.replace("mqtt://broker:1883", broker.url).replace("127.0.0.1:8099", address)
    if story.kind != "lumeoevent":
        text, count = re.subn(r'(?m)^(cameras = \{.*= )"1" \}', rf'\g<1>"{story.camera}" }}', text)
        assert count == 1, text
    return text + "\n".join(f'{name} = "{value}"' for name, value in receiver.items()) + "\n"


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """The simulated SecurOS, after every command of every page was typed beside the running service."""
    require_program("mosquitto_pub", "mosquitto-clients")
    if shutil.which("curl") is None:
        require_program("curl", "curl")
    folder = tmp_path_factory.mktemp("stories")
    environment = {**os.environ, "TOKEN": secrets.token_hex(16)}
    cameras = [NAMED_BY_MESSAGE, *(story.camera for story in STORIES.values())]
    with ExitStack() as stack:
        running = stack.enter_context(Simulator(cameras))
        broker = stack.enter_context(Mosquitto(folder))
        addresses = {kind: f"127.0.0.1:{reserved_port()}" for kind in STORIES}
        pipelines = [adapted(one, broker, addresses[one.kind], running.settings()) for one in STORIES.values()]
        (folder / "site.toml").write_text('[outbox]\npath = "outbox.sqlite"\n' + "\n".join(pipelines))

        def typed(story: Story) -> None:
            text = story.command.replace("-h broker", f"-h 127.0.0.1 -p {broker.port}")
            text = text.replace("http://127.0.0.1:8099", f"http://{addresses[story.kind]}").replace(
                "curl ", "curl -sS "
            )
            done = subprocess.run(
                ["sh", "-ec", text],
                check=False,
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert done.returncode == 0, (story.kind, done.stderr)
            assert '"error"' not in done.stdout, (story.kind, done.stdout)

        for story in STORIES.values():
            if story.comes_before_the_start:
                typed(story)
        log = stack.enter_context((folder / "log.txt").open("w"))
        process = stack.enter_context(commands.start("run", "site.toml", cwd=folder, stderr=log, env=environment))
        stack.callback(process.wait, 60)
        stack.callback(process.terminate)
        wait_until(lambda: are_connected(folder), 120)
        for story in STORIES.values():
            if not story.comes_before_the_start:
                typed(story)
        with suppress(AssertionError):  # the test of each kind says which event is missing
            wait_until(lambda: len({one["id"] for one in running.events()}) == len(STORIES), 60)
        yield running


def are_connected(folder: Path) -> bool:
    """True when each source has its connection, or has ended, because it was a file."""
    try:
        pipelines = ask(folder / "outbox.sqlite", StatusRequest(), Announcer()).get("pipelines") or []
    except OutboxError:
        return False
    return len(pipelines) == len(STORIES) and all(
        one["state"] == "ended" or (one.get("input") or {}).get("is_connected") for one in pipelines
    )


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", STORIES)
def test_the_first_message_of_a_page_becomes_an_event_of_its_camera(kind: str, simulator: Simulator) -> None:
    camera = STORIES[kind].camera
    assert [one["id"] for one in simulator.events() if one["id"] == camera] == [camera]
