"""The demo's pipeline as a running service, a simulated SecurOS, the console beside them, and a browser."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from securos_trigger.demo.run import _RECORDER, _configuration
from securos_trigger.demo.sample_video import sample_video
from securos_trigger.errors import MissingPartError
from securos_trigger.vms.simulator import Simulator
from tests import commands
from tests.browsers import WIDE, chromium
from tests.e2e.conftest import wait_until
from tests.integration.console_site import Site as SmallSite
from tests.integration.console_site import address_of, running_site
from tests.ports import reserved_port

#: A name that would act if it were ever read as HTML.
HOSTILE = '<img src=x onerror="window.hacked=1">'
DETECTOR = 'id = "detector1"\n'
GENEROUS_S = 120.0
#: A page asks before it saves what can never fire, unless it takes the console longer than this many milliseconds to
#: find that: on a busy machine it may. With this script the page waits until it knows.
PATIENT = """
const real = window.setTimeout.bind(window);
window.setTimeout = (act, ms, ...more) => real(act, ms === 3000 ? 120000 : ms, ...more);
"""
expect.set_options(timeout=GENEROUS_S * 1000)  # instead of 5 s: the machine does other work too


@dataclass
class Site:
    """A running site. `processes` are the service and the console by name."""

    folder: Path
    video: Path
    port: int
    simulator: Simulator
    processes: dict[str, commands.Command] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "demo.toml"

    @property
    def recordings(self) -> Path:
        """A folder of the console."""
        return self.folder / "recordings"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def token(self) -> str:
        return (self.folder / "outbox.console-token").read_text().strip()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def start(self, name: str) -> None:
        """Start `run` or `console`."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = commands.start(name, str(self.config), stdout=log, stderr=log)

    def stop(self, name: str) -> None:
        """End it and wait for its end."""
        process = self.processes.pop(name)
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    @contextmanager
    def running(self) -> Iterator[None]:
        """The service and the console beside it, until both have ended."""
        try:
            self.start("run")
            self.start("console")
            yield
        finally:
            for name in list(self.processes):
                self.stop(name)

    def link(self) -> str:
        """The one-time link that the console has printed."""
        written = re.compile(r"(http://\S+/login\.html#\S+)\n")
        wait_until(lambda: written.search(self.log("console")) is not None, GENEROUS_S)
        [link] = written.findall(self.log("console"))
        return str(link)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site; its service has delivered an event."""
    try:
        video = sample_video()
    except MissingPartError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("site")
    port = reserved_port()
    with Simulator(("1", "2"), names=("Road", "Junction")) as simulator:
        source = {"type": "file", "path": str(video), "realtime": True, "loop": True}
        text = _configuration(source, simulator.settings_toml()).partition("[pipelines.sink]")[0]
        text = text.replace('event_type = "Group at the junction"', f"event_type = '{HOSTILE}'")
        assert text.count(DETECTOR) == 1
        text = text.replace(DETECTOR, f"{DETECTOR}every = 4\n")  # still 2.5 looks a second, as walking people need
        zone = "rois.junction = "
        assert text.count(zone) == 1
        text = text.replace(zone, f"rois.'{HOSTILE}' = [[0.02, 0.02], [0.2, 0.02], [0.1, 0.2]]\n{zone}")
        found = Site(folder, video, port, simulator)
        found.recordings.mkdir()
        folders = json.dumps([str(video.parent), str(found.recordings)])
        for own, pattern in ((f"\nport = {port}\n#", "\nport = 0 "), (f"\nfolders = {folders}\n#", "\nfolders = ")):
            assert text.count(pattern) == 1
            text = text.replace(pattern, own)
        text, recorders = _RECORDER.subn("", text)
        assert recorders == 1
        found.config.write_text(text, encoding="utf-8")
        found.config.chmod(0o600)
        with found.running():
            wait_until(lambda: bool(simulator.events()), 3 * GENEROUS_S)  # the detector shares the machine with others
            found.link()
            yield found


@pytest.fixture
def as_it_was(site: Site) -> Iterator[None]:
    """The next test starts from the same configuration, which the service has, whatever this one comes to."""
    before = site.config.read_text(encoding="utf-8")
    yield
    if site.config.read_text(encoding="utf-8") != before:
        site.config.write_text(before, encoding="utf-8")
        done = commands.run("reload", str(site.config))
        while "Another reload is under way" in done.stderr:  # that of a save; the time limit of the test bounds it
            done = commands.run("reload", str(site.config))
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


OpenPage = Callable[..., Page]


@contextmanager
def visit(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """The browser of a stranger, with cookies of its own, who is patient: the machine does other work too."""
    with browser.new_context(viewport=WIDE, **options) as own:
        own.set_default_timeout(GENEROUS_S * 1000)
        yield own


def log_in(person: BrowserContext, url: str, token: str) -> None:
    """Log the browser of a person in at the console, with its token."""
    answer = person.request.post(f"{url}/api/login", data={"token": token}, headers={"Origin": url})
    assert answer.ok, answer.text()


def entered(folder: Path, person: BrowserContext) -> Page:
    """A page of a person who has come with the one-time link of the console in a folder."""
    port, link = address_of(folder)
    page = person.new_page()
    page.goto(f"http://127.0.0.1:{port}/login.html#{link}")
    expect(page.get_by_role("link", name="Nodes", exact=True)).to_be_visible()
    return page


def show_remarks(page: Page) -> None:
    """Open the list of remarks of the page Overview, as soon as there is one; it stays open until none is left."""
    fold = page.locator(".remarks > details")
    expect(fold).to_be_visible()
    if fold.get_attribute("open") is None:
        fold.locator("> summary").click()


@pytest.fixture
def context(site: Site, browser: Browser) -> Iterator[BrowserContext]:
    """A person's browser, logged in with the token."""
    with visit(browser) as own:
        log_in(own, site.url, site.token)
        yield own


@pytest.fixture
def open_page(site: Site, context: BrowserContext) -> OpenPage:
    """Open a page of the console; what its scripts fail with fails the test."""
    faults: list[str] = []

    def opened(path: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{site.url}{path}")
        assert not faults
        return page

    return opened


@pytest.fixture(scope="module")
def scripts(site: Site, browser: Browser) -> Iterator[Page]:
    """One page for all tests of a module that only call functions of the pages' scripts, and change nothing of it."""
    with visit(browser) as own:
        log_in(own, site.url, site.token)
        page = own.new_page()
        page.goto(f"{site.url}/audit.html")
        yield page


@pytest.fixture(scope="module")
def small_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallSite]:
    """A site without a detector; the tests of a module share it."""
    with running_site(tmp_path_factory.mktemp("small")) as site:
        yield site


@pytest.fixture
def small_page(small_site: SmallSite, browser: Browser) -> Iterator[Page]:
    """A page of a person who may configure the small site, whose file is put back afterwards."""
    before = small_site.config.read_text()
    address = f"http://127.0.0.1:{small_site.port}"
    with visit(browser) as person:
        log_in(person, address, small_site.token)
        own = person.new_page()
        own.on("dialog", lambda dialog: dialog.accept())  # a page with unsaved texts asks before it is left
        own.goto(address)
        yield own
    small_site.config.write_text(before)
