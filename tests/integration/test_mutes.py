"""A running node takes up a mute from its file, keeps it over a restart, and lets it go."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner

from securos_trigger import Reason, running
from securos_trigger.cli.main import app
from securos_trigger.notices import Announcer, Notice, kinds
from securos_trigger.operations.mute import mute, unmute
from securos_trigger.operations.service_troubles import troubles_of
from securos_trigger.runtime.control import StatusRequest, ask

CONFIG = """
[outbox]
path = "outbox.sqlite"
[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4" }
[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
iss_ip = "127.0.0.1"
iss_port = "9"
iss_scheme = "http"
iss_password = "token"
event_source = "custom"
trigger = "go"
event_name = "Alarm"
"""


def wait_until(holds: Callable[[], bool]) -> None:
    until_s = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until_s
        time.sleep(0.02)


def test_a_mute_is_taken_up_while_running_and_holds_over_a_restart(tmp_path: Path) -> None:
    config, heard = tmp_path / "site.toml", list[Notice]()
    config.write_text(CONFIG)
    with running(config, observers=(heard.append,), drain_s=0) as live:
        assert live.process({"go": True}).reason is Reason.FIRED
        mute(config, ["alarm"], "2h", "works")
        wait_until(lambda: live.node.muted_until is not None)
        assert live.process({"go": True}).reason is Reason.MUTED
        explained = " ".join(str(live.explain(datetime.now(UTC))).split())
        assert re.search(r"the node was muted until .*[\d:.]+ \(works\)", explained)
    with running(config, observers=(heard.append,), drain_s=0) as live:
        assert live.process({"go": True}).reason is Reason.MUTED, "from the first frame on"
        assert unmute(config, ["yard"]) == ("yard/alarm",)
        wait_until(lambda: live.node.muted_until is None)
        assert live.process({"go": True}).reason is Reason.FIRED
    names = [notice.name for notice in heard if notice.kind in (kinds.NODE_MUTED, kinds.NODE_UNMUTED)]
    assert names == ["node_muted", "node_muted", "node_unmuted"]


def test_a_node_can_be_muted_before_the_first_start_of_the_service(tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    config.write_text(CONFIG)
    mute(config, ["yard/alarm"], "1h")
    with running(config, observers=(), drain_s=0) as live:
        assert live.process({"go": True}).reason is Reason.MUTED
        unmute(config, ["yard/alarm"])
        wait_until(lambda: live.node.muted_until is None)
        assert live.process({"go": True}).reason is Reason.FIRED


def test_a_file_of_mutes_that_cannot_be_written_is_a_line_of_the_status_until_it_is(tmp_path: Path) -> None:
    config, outbox, heard = tmp_path / "site.toml", tmp_path / "outbox.sqlite", list[Notice]()
    config.write_text(CONFIG)
    mute(config, ["yard/alarm"], "4s")
    lock = outbox.with_name("outbox.mutes.json.lock")
    lock.unlink()
    lock.mkdir()

    def said() -> list[str]:
        answer = ask(outbox, StatusRequest(), Announcer())
        return [one.text for one in troubles_of(answer, datetime.now(UTC)) if "mutes are not written" in one.text]

    with running(config, observers=(heard.append,), drain_s=0):
        wait_until(lambda: len(said()) == 1)
        lock.rmdir()
        wait_until(lambda: said() == [])
    names = [notice.name for notice in heard if notice.kind in (kinds.MUTES_NOT_WRITTEN, kinds.MUTES_WRITTEN)]
    assert names == ["mutes_not_written", "mutes_written"]


def test_a_length_in_two_words_is_asked_for_in_one(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["mute", str(tmp_path / "site.toml"), "yard", "--for", "2", "h"])
    assert said.exit_code == 2
    assert "write 2h together: --for 2h" in said.stderr
