"""What a command imports before it answers: a person waits for it. Counted modules, no clock (benchmarks: `cold`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox

#: Takes tens of milliseconds to import, each.
HEAVY = {
    "PIL", "aiohttp", "asyncio", "av", "cryptography", "jinja2", "msgspec", "numpy", "onnxruntime", "pydantic",
    "rich", "scipy", "sqlite3", "ssl",
}  # fmt: skip

#: Parts of ours that decide on frames, or know that they go on: no command needs them that only reads the file.
OF_A_RUN = {
    "securos_trigger.model.heartbeat", "securos_trigger.trigger.event_writer", "securos_trigger.trigger.rules",
    "securos_trigger.trigger.timing",
}  # fmt: skip

SITE = """\
[outbox]
path = "outbox.sqlite"

[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4" }

[[pipelines.nodes]]
type = "trigger_securos_event"
event_source = "custom"
trigger = "nodes.line1.total > 0"
event_name = "NAME"
iss_ip = "vms.example"
iss_password = "token"
"""

#: Runs a command, then prints the modules that it has imported as the last line.
MEASURE = """\
import json, sys
sys.argv[0] = "securos-trigger"
from securos_trigger.__main__ import main
try:
    main()
except SystemExit as end:
    assert end.code in (0, 3, None), end.code  # 3: the service does not run
print(json.dumps(sorted(sys.modules)))
"""


#: Runs a command, then prints its collections of garbage, and those when many objects have been made as well.
COLLECTIONS = """\
import gc, sys

def collections():
    return sum(one["collections"] for one in gc.get_stats())

from securos_trigger.__main__ import main
usual, before = gc.get_threshold(), collections()
try:
    main()
except SystemExit as end:
    assert end.code in (0, None), end.code
of_command = collections() - before
many = [[] for _ in range(200_000)]
print(of_command, collections() - before > 50, gc.get_threshold() == usual)
"""


def modules_after(folder: Path, *words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *words], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def heavy_imports(folder: Path, *words: str) -> set[str]:
    return {name.partition(".")[0] for name in modules_after(folder, *words)} & HEAVY


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a configuration, its video and its empty outbox."""
    (tmp_path / "site.toml").write_text(SITE.replace("NAME", "Line crossed"))
    (tmp_path / "template.toml").write_text(SITE.replace("NAME", "{{ nodes.line1.total }} crossed"))
    (tmp_path / "yard.mp4").write_bytes(b"a video")
    with closing(Outbox(tmp_path / "outbox.sqlite", announcer=Announcer())):
        pass
    return tmp_path


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["check", "--help"], ["outbox", "list", "--help"]])
def test_help_imports_nothing_heavy(words: list[str], site: Path) -> None:
    assert heavy_imports(site, *words) == set()


def test_check_imports_what_reads_the_file_and_jinja2_for_a_template(site: Path) -> None:
    assert heavy_imports(site, "check", "site.toml") == {"pydantic"}
    assert heavy_imports(site, "check", "template.toml") == {"pydantic", "jinja2"}


def test_check_imports_nothing_that_decides_on_frames(site: Path) -> None:
    imported = modules_after(site, "check", "site.toml")
    assert "securos_trigger.trigger.property_check" in imported
    assert imported & OF_A_RUN == set()


def test_status_of_no_service_reads_what_waits_and_only_a_file_that_was_changed_since(site: Path) -> None:
    (site / "outbox.sqlite.lock").unlink()  # it names this process, which is alive
    assert heavy_imports(site, "status", "site.toml") == {"sqlite3"}
    os.utime(site / "site.toml", ns=(0, (site / "outbox.sqlite").stat().st_mtime_ns + 10**9))
    assert heavy_imports(site, "status", "site.toml") == {"pydantic", "sqlite3"}


@pytest.mark.parametrize("which", [["site.toml"], ["--path", "outbox.sqlite"]])
def test_outbox_list_reads_the_file_alone(which: list[str], site: Path) -> None:
    assert heavy_imports(site, "outbox", "list", *which) == {"sqlite3"}


def test_check_collects_no_garbage_and_what_makes_more_objects_does_as_usual(site: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COLLECTIONS, "check", "site.toml"],
        cwd=site, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "0 True True"
