"""The receiver on every line of Node.js that a SecurOS server may have: its own tests in JavaScript, and HTTPS."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from securos_trigger.vms.bundle import vms_dir
from securos_trigger.vms.receiver_init import write_script
from tests.integration.node_releases import RELEASES, NotToBeHadError, release_program, runner_program
from tests.integration.test_receiver_script import free_port, running

TESTS = sorted((vms_dir() / "receiver").glob("*.test.js"))
RUN_LIMIT_S = 240  # of one release, on a machine that does other work too
SIDE_BY_SIDE = 4  # the tests wait more than they compute

Runs = dict[str, Future[subprocess.CompletedProcess[str]]]


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest) -> Iterator[Runs]:
    """The JavaScript tests on each release that this session asks for, side by side."""
    items = [
        item for item in request.session.items if isinstance(item, pytest.Function) and "runs" in item.fixturenames
    ]
    asked_for = {item.callspec.params["release"] for item in items}
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield {release: pool.submit(run_tests, release) for release in RELEASES if release in asked_for}


def run_tests(release: str) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [runner_program(), "--test", "--test-reporter=tap", "--test-concurrency=4", *TESTS]
    environment = {**os.environ, "RECEIVER_NODE": str(release_program(release))}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=RUN_LIMIT_S, cwd=TESTS[0].parent, check=False
    )


@pytest.mark.timeout(RUN_LIMIT_S + 60)
@pytest.mark.parametrize("release", RELEASES)
def test_the_tests_of_the_receiver_in_javascript_pass(release: str, runs: Runs) -> None:
    try:
        ended = runs[release].result()
    except NotToBeHadError as error:
        pytest.skip(str(error))
    assert ended.returncode == 0, failures(ended.stdout)
    assert "# fail 0" in ended.stdout
    assert f"# the receiver runs on Node.js v{release}" in ended.stdout


def failures(printed: str) -> str:
    """What `node --test` printed, without the tests that passed."""
    lines = printed.splitlines()
    places = [place for place, line in enumerate(lines) if line.lstrip().startswith("not ok")]
    return "\n".join("\n".join(lines[place : place + 40]) for place in places)[:8000]


@pytest.mark.parametrize("release", RELEASES)
def test_a_written_script_serves_https_on_every_release(release: str, tmp_path: Path) -> None:
    try:
        node = release_program(release)
    except NotToBeHadError as error:
        pytest.skip(str(error))
    setup = write_script(tmp_path / "receiver.js", host="127.0.0.1", port=free_port())
    with running(setup.path, node):
        context = ssl.create_default_context(cadata=ssl.get_server_certificate(("127.0.0.1", setup.port)))
        connection = http.client.HTTPSConnection("127.0.0.1", setup.port, timeout=20, context=context)
        connection.request("GET", "/health")
        health = json.load(connection.getresponse())
        connection.close()
    assert (health["node"], health["https"], health["durable"]) == (f"v{release}", True, True)
