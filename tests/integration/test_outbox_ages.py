"""A backlog and the wall clock, with real files: wrong clocks, later starts, and files of an older version."""

from __future__ import annotations

import sqlite3
import stat
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from securos_trigger.delivery import BackOff, Connection, Couriers, DeliveryPolicy
from securos_trigger.model import Action, Box
from securos_trigger.notices import Announcer, Notice
from securos_trigger.outbox import Dead, Outbox, Relayed, Selection, State
from securos_trigger.outbox.sql_files import MIGRATIONS
from tests import builders
from tests.integration.fake_receivers import TOKEN, OldReceiver

LIMIT_S = 60.0
DAY_S = 86_400.0
OLD_VERSIONS = (3, 4, 5)
NEW_VERSION = len(MIGRATIONS)


def kept_at(path: Path, at_s: float, target: str, *names: str) -> None:
    """Run a process whose clock shows `at_s`: it keeps events and delivers none."""
    with closing(Outbox(path, announcer=Announcer(), clock=lambda: at_s)) as outbox:
        for name in names:
            captured_at = datetime.fromtimestamp(at_s - 1.0, UTC)
            outbox.put(builders.event("1", name=name, action=Action.EVENT, captured_at=captured_at), target)
        assert outbox.flush(LIMIT_S)


@pytest.mark.parametrize("first_s", [250.0, time.time() + 3650 * DAY_S], ids=["1970", "ten years ahead"])
def test_what_was_kept_with_a_wrong_clock_is_delivered_with_the_right_one(first_s: float, tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with OldReceiver() as receiver:
        kept_at(path, first_s, str(receiver.target), "first", "second")
        kept_at(path, time.time(), str(receiver.target), "fresh")
        kept_at(path, time.time() + 1.0, str(receiver.target))
        with closing(Outbox(path, announcer=Announcer())) as outbox:
            connection = Connection(receiver.target, TOKEN)
            policy = DeliveryPolicy(back_off=BackOff(first_s=0.02, longest_s=0.1))
            couriers = Couriers(outbox, [connection], announcer=Announcer(), policy=policy)
            couriers.start()
            assert couriers.drain(LIMIT_S)
            couriers.close()
            assert outbox.counts()[State.DEAD] == 0
    assert receiver.names() == ["first", "second", "fresh"]
    if first_s == 250.0:
        said = [body["event_description"] for body in receiver.bodies]
        assert said == ["[1970-01-01 00:04:09 UTC, time uncertain] description"] * 2 + ["description"]


def test_days_of_outage_while_the_process_runs_are_age(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with closing(Outbox(path, announcer=Announcer())) as outbox:
        outbox.put(builders.event("1", captured_at=datetime.fromtimestamp(time.time() - 8 * DAY_S, UTC)), "target")
        [delivery] = outbox.claim("target", 1).result(LIMIT_S)
        assert DeliveryPolicy().is_expired(outbox.age(delivery).age_s)


def test_a_dead_letter_put_back_after_the_clock_was_set_is_new(tmp_path: Path) -> None:
    """It must not get the number of a delivery that the shift counts for."""
    path = tmp_path / "outbox.sqlite"
    kept_at(path, time.time() + 3650 * DAY_S, "target", "first")
    with closing(Outbox(path, announcer=Announcer())) as outbox:
        [delivery] = outbox.claim("target", 1).result(LIMIT_S)
        assert abs(outbox.age(delivery).age_s) < LIMIT_S
        outbox.settle(delivery, Dead("refused"))
        assert outbox.retry(Selection()) == (1, 1)
        [again] = outbox.claim("target", 1).result(LIMIT_S)
        assert again.sequence > delivery.sequence
        assert not outbox.age(again).is_time_uncertain


def old_file(path: Path, version: int) -> None:
    """Put a file at `path` that an older version of this package has made."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(Path(__file__).with_name(f"outbox_version_{version}.sql").read_text(encoding="utf-8"))


@pytest.mark.parametrize("version", OLD_VERSIONS)
def test_a_file_of_an_older_version_is_copied_and_brought_forward_without_loss(version: int, tmp_path: Path) -> None:
    path, notices = tmp_path / "outbox.sqlite", list[Notice]()
    old_file(path, version)
    with closing(Outbox(path, announcer=Announcer([notices.append]))) as outbox:
        rows = {state: builders.rows_of(outbox, state) for state in State}
        counts = outbox.counts()
    assert counts == {State.WAITING: 3, State.SENDING: 0, State.RELAYED: 0, State.DELIVERED: 1, State.DEAD: 1}
    assert [row.delivery.event_id for row in rows[State.WAITING]] == ["event-2", "event-3", "event-5"]
    first = rows[State.WAITING][0]
    assert (first.reason, first.delivery.attempts, first.delivery.description) == ("later", 1, "Zürich – 東京")
    assert (first.delivery.boxes, first.delivery.box_color) == ((), "")
    [notice] = [one for one in notices if one.name == "outbox_migrated"]
    copy = tmp_path / f"outbox.sqlite.before-{NEW_VERSION}.sqlite"
    assert notice.fields == {"path": path, "kept_as": copy.name, "reason": ""}
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (version,)
        assert connection.execute("SELECT count(*) FROM delivery").fetchone() == (5,)
    notices.clear()
    with closing(Outbox(path, announcer=Announcer([notices.append]))) as outbox:
        [claimed] = outbox.claim("https://vms.example:3443", 1).result(LIMIT_S)
        outbox.settle(claimed, Relayed())
        assert outbox.flush(LIMIT_S)
        assert outbox.counts()[State.RELAYED] == 1, "the check of the column knows every state"
    assert notices == [], "there is nothing to migrate at the next start"


def test_an_old_file_that_cannot_be_copied_is_used_all_the_same(tmp_path: Path) -> None:
    path, notices = tmp_path / "outbox.sqlite", list[Notice]()
    old_file(path, OLD_VERSIONS[-1])
    (tmp_path / f"outbox.sqlite.before-{NEW_VERSION}.sqlite.partial").mkdir()
    with closing(Outbox(path, announcer=Announcer([notices.append]))) as outbox:
        assert outbox.counts()[State.WAITING] == 3
    [notice] = [one for one in notices if one.name == "outbox_migrated"]
    assert notice.fields["reason"]


def test_what_an_older_version_kept_is_delivered_without_boxes(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    old_file(path, OLD_VERSIONS[-1])
    with OldReceiver() as receiver:
        with closing(sqlite3.connect(path)) as connection, connection:
            for table in ("delivery", "lane"):
                connection.execute(f"UPDATE {table} SET target = ?", (str(receiver.target),))
        with closing(Outbox(path, announcer=Announcer(), clock=lambda: 1795694500.0)) as outbox:
            boxes = (Box(0.25, 0.5, 0.125, 0.0625),)
            captured_at = datetime.fromtimestamp(1795694499.0, UTC)
            outbox.put(builders.event("1", name="new", captured_at=captured_at, boxes=boxes), str(receiver.target))
            couriers = Couriers(outbox, [Connection(receiver.target, TOKEN)], announcer=Announcer())
            couriers.start()
            assert couriers.drain(LIMIT_S)
            couriers.close()
    shapes = {body["event_name"]: body.get("visualization") for body in receiver.bodies}
    assert shapes == {
        "name 2": None,
        "name 3": None,
        "name 5": None,
        "new": "rect:25.00000,50.00000,12.50000,6.25000",
    }
