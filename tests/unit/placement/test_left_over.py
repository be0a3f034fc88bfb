"""What is left in the outboxes of a machine: looked for, and never held against a process that wants its outbox."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.config.settings import Settings
from securos_trigger.errors import OutboxOwnedError
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox
from securos_trigger.placement.left_over import LeftOver, relay_left_over
from securos_trigger.placement.place import Place, place_of
from securos_trigger.placement.state_file import RUNS, STARTS, WAITS, write_state
from tests import builders

LIMIT_S = 60.0
#: No server listens there: what is left stays.
_SITE = """
[outbox]
path = "outbox.sqlite"
[relay]
servers = ["nats://127.0.0.1:1"]
gateway = "site"
[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4" }
"""


def wait_for(claim: Callable[[], bool]) -> None:
    deadline_at = time.monotonic() + LIMIT_S
    while not claim():
        assert time.monotonic() < deadline_at
        time.sleep(0.02)


def opened(place: Place) -> Outbox:
    return Outbox(place.outbox, announcer=Announcer([]))


def is_owned(place: Place) -> bool:
    try:
        opened(place).close()
    except OutboxOwnedError:
        return True
    return False


@pytest.fixture
def site(tmp_path: Path) -> tuple[Settings, Place]:
    """A machine that has kept one event of a pipeline, whose process ran and has ended."""
    settings = parse_config(_SITE, base=tmp_path, source="site.toml")
    place = place_of(settings, "yard", "a")
    place.owner()
    write_state(place, RUNS)
    with closing(opened(place)) as outbox:
        assert outbox.put(builders.event(), "https://127.0.0.1:1/gate")
        assert outbox.flush(LIMIT_S)
    return settings, place


def test_what_cannot_be_relayed_is_counted(site: tuple[Settings, Place]) -> None:
    assert relay_left_over(site[0], "a", within_s=0.0) == [LeftOver("yard", "a", 1, 1)]
    assert relay_left_over(site[0], "b", within_s=0.0) == [], "another machine"


def test_an_outbox_of_a_newer_version_keeps_none_of_the_others_waiting(
    site: tuple[Settings, Place], caplog: pytest.LogCaptureFixture
) -> None:
    settings = site[0]
    before = place_of(settings, "a first one", "a")  # it stands before the other one
    before.owner()
    opened(before).close()
    with closing(sqlite3.connect(before.outbox)) as database:
        database.execute("PRAGMA user_version = 9999")
    assert relay_left_over(settings, "a", within_s=0.0) == [LeftOver("yard", "a", 1, 1)]
    assert "What the pipeline a first one has left here is not relayed: The outbox " in caplog.text


def test_the_outbox_is_given_up_when_a_process_of_the_place_wants_it(site: tuple[Settings, Place]) -> None:
    settings, place = site
    looking = threading.Thread(target=relay_left_over, args=(settings, "a"), kwargs={"within_s": 100 * LIMIT_S})
    looking.start()
    try:
        wait_for(lambda: is_owned(place))
    finally:
        write_state(place, WAITS)
        looking.join(LIMIT_S)
    assert not looking.is_alive()
    assert not is_owned(place)


def test_an_outbox_that_its_process_is_about_to_open_or_has_open_is_left_alone(site: tuple[Settings, Place]) -> None:
    settings, place = site
    with closing(opened(place)):
        assert relay_left_over(settings, "a", within_s=0.0) == []
    write_state(place, STARTS)
    assert relay_left_over(settings, "a", within_s=0.0) == []
