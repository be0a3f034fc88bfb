"""The receiver on every line of Node.js that a SecurOS server may have: its own tests in JavaScript, and HTTPS.

All of the tests run on the oldest and the newest release; on the others those of the wire, the shapes of requests and
HTTP. `python -m soak nodes` runs all of them on each.
"""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from securos_trigger.vms.bundle import vms_dir
from securos_trigger.vms.receiver_init import write_script
from tests.integration.node_releases import (
    RELEASES,
    NotToBeHadError,
    failures,
    files_for,
    has_passed,
    release_program,
    run_tests,
)
from tests.integration.test_receiver_script import running
from tests.ports import reserved_port

RUN_LIMIT_S = 240  # of one release, on a machine that does other work too
SIDE_BY_SIDE = 2  # each runs four files at a time

Runs = dict[str, Future[subprocess.CompletedProcess[str]]]


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest) -> Iterator[Runs]:
    """The JavaScript tests on each release that this session asks for, side by side."""
    items = [
        item for item in request.session.items if isinstance(item, pytest.Function) and "runs" in item.fixturenames
    ]
    asked_for = {item.callspec.params["release"] for item in items}
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield {
            release: pool.submit(run_tests, release, files_for(release), RUN_LIMIT_S)
            for release in RELEASES
            if release in asked_for
        }


@pytest.mark.timeout(RUN_LIMIT_S + 60)
@pytest.mark.parametrize("release", RELEASES)
def test_the_tests_of_the_receiver_in_javascript_pass(release: str, runs: Runs) -> None:
    try:
        ended = runs[release].result()
    except NotToBeHadError as error:
        pytest.skip(str(error))
    assert ended.returncode == 0, failures(ended.stdout)
    assert has_passed(ended, release)


def test_every_test_runs_on_the_oldest_and_the_newest_release_and_the_wire_on_each() -> None:
    everything = files_for(RELEASES[0])
    assert everything == files_for(RELEASES[-1]) == tuple(sorted((vms_dir() / "receiver").glob("*.test.js")))
    for release in RELEASES:
        assert {"shapes.test.js", "vectors.test.js"} <= {test.name for test in files_for(release)}
        assert all(test.is_file() for test in files_for(release))


@pytest.mark.parametrize("release", RELEASES)
def test_a_written_script_serves_https_on_every_release(release: str, tmp_path: Path) -> None:
    try:
        node = release_program(release)
    except NotToBeHadError as error:
        pytest.skip(str(error))
    setup = write_script(tmp_path / "receiver.js", host="127.0.0.1", port=reserved_port())
    with running(setup.path, node):
        context = ssl.create_default_context(cadata=ssl.get_server_certificate(("127.0.0.1", setup.port)))
        connection = http.client.HTTPSConnection("127.0.0.1", setup.port, timeout=60, context=context)
        connection.request("GET", "/health")
        health = json.load(connection.getresponse())
        connection.close()
    assert (health["node"], health["https"], health["durable"]) == (f"v{release}", True, True)
