"""Every test of the receiver on every release of Node.js that a SecurOS server may have."""

from __future__ import annotations

import subprocess

from securos_trigger.vms.bundle import vms_dir
from soak.report import Report
from tests.integration.node_releases import RELEASES, NotToBeHadError, failures, has_passed, run_tests

LIMIT_S = 600.0


def run(*, is_long: bool, releases: tuple[str, ...] = RELEASES) -> Report:
    """Run them one release after the other, three times over when it is long."""
    tests = sorted((vms_dir() / "receiver").glob("*.test.js"))
    broken: list[str] = []
    for release in releases * (3 if is_long else 1):
        try:
            ended = run_tests(release, tests, LIMIT_S)
        except NotToBeHadError as error:
            return Report(broken=tuple(broken), skipped="" if broken else str(error))
        except subprocess.TimeoutExpired:
            broken.append(f"Node.js {release}: its tests have not ended within {LIMIT_S:.0f} s")
            continue
        if not has_passed(ended, release):
            broken.append(f"Node.js {release}:\n{failures(ended.stdout)}")
    return Report({"releases of Node.js": len(releases), "files of tests on each": len(tests)}, tuple(broken))
