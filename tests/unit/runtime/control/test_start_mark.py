from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from securos_trigger.errors import OutboxOwnedError
from securos_trigger.notices import Announcer
from securos_trigger.operations.reload import reload_service
from securos_trigger.outbox import Outbox
from securos_trigger.runtime.control.client import ask
from securos_trigger.runtime.control.outbox_requests import OutboxRequest
from securos_trigger.runtime.control.start_mark import StartMark, require_not_starting, starter_of
from tests.unit.operations.site import write_site

KILLED = """
import os, signal, sys
from pathlib import Path
from securos_trigger.runtime.control.start_mark import StartMark
mark = StartMark(Path(sys.argv[1]))
os.kill(os.getpid(), signal.SIGKILL)
"""


def left_beside(outbox: Path) -> list[str]:
    return sorted(file.name for file in outbox.parent.glob("*.starting"))


def test_a_start_is_known_until_it_is_over_or_has_failed(tmp_path: Path) -> None:
    config, outbox = write_site(tmp_path), tmp_path / "outbox.sqlite"
    assert starter_of(outbox) is None
    with StartMark(config) as mark:
        starter = starter_of(outbox)
        assert starter is not None and starter[0] == os.getpid()
        with pytest.raises(
            OutboxOwnedError, match=f"is starting: process {os.getpid()} loads the service of the outbox"
        ):
            require_not_starting(outbox)
        mark.remove()
        assert (starter_of(outbox), left_beside(outbox)) == (None, [])
        mark.remove()
    with pytest.raises(ZeroDivisionError), StartMark(config):
        raise ZeroDivisionError
    assert (starter_of(outbox), left_beside(outbox)) == (None, [])


def test_two_starts_with_one_outbox_are_the_first_until_it_is_over(tmp_path: Path) -> None:
    config, outbox = write_site(tmp_path), tmp_path / "outbox.sqlite"
    with StartMark(config) as first:
        with StartMark(config):
            assert starter_of(outbox) is not None
        assert starter_of(outbox) is not None
        first.remove()
        with StartMark(config):
            assert starter_of(outbox) is not None


def test_a_start_that_was_killed_leaves_a_file_that_says_nothing(tmp_path: Path) -> None:
    config, outbox = write_site(tmp_path), tmp_path / "outbox.sqlite"
    subprocess.run([sys.executable, "-c", KILLED, str(config)], check=False, timeout=120)
    assert left_beside(outbox) == ["outbox.sqlite.starting"]
    assert starter_of(outbox) is None
    with StartMark(config):
        assert starter_of(outbox) is not None
    assert left_beside(outbox) == []


def test_a_start_where_no_file_can_be_made_goes_on(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    (tmp_path / "none").write_text("no folder")
    config.write_text(config.read_text().replace("outbox.sqlite", "none/outbox.sqlite"))
    with StartMark(config):
        assert starter_of(tmp_path / "none/outbox.sqlite") is None
    config.write_text("[outbox\n")
    with StartMark(config), StartMark(tmp_path / "no.toml"):
        pass
    assert left_beside(tmp_path / "outbox.sqlite") == []


def test_what_needs_the_service_waits_for_its_start_and_what_reads_the_file_does_not(tmp_path: Path) -> None:
    config, outbox = write_site(tmp_path), tmp_path / "outbox.sqlite"
    with StartMark(config), pytest.raises(OutboxOwnedError, match="Ask again in some seconds"):
        reload_service(config)
    with closing(Outbox(outbox, announcer=Announcer())):
        pass
    with StartMark(config):
        assert ask(outbox, OutboxRequest(do="list", limit=1), Announcer())["counts"]["waiting"] == 0
    assert not reload_service(config).is_running
