"""The watch with a real outbox and real TLS; only time is handed in, so that hours pass at once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from securos_trigger.config.settings import HealthSettings
from securos_trigger.delivery.certificates import AcceptedBy
from securos_trigger.delivery.trust import TrustStore
from securos_trigger.delivery.webhook import Connection
from securos_trigger.health import HealthWatch, OpenTroubles
from securos_trigger.health.ages import Now
from securos_trigger.health.certificate_checks import EVERY_S, SOONER_S, CertificateChecks
from securos_trigger.model import Action, Delivery, Event, Target
from securos_trigger.notices import Announcer, Notice
from securos_trigger.outbox import Done, Outbox, State
from securos_trigger.trigger.properties import read_properties
from securos_trigger.trigger.rules import Context
from securos_trigger.vms.receiver_init import new_certified_key
from tests.integration.test_doctor import Talkative
from tests.integration.test_outbox import LIMIT_S, event

TARGET = Target("http", "vms.example", 80)


@dataclass
class House:
    """An outbox and its watch, as the assembly joins them. `after(s)` looks as the watch does so many seconds later."""

    folder: Path
    settings: HealthSettings = field(default_factory=HealthSettings)
    max_rows: int = 1_000_000
    notices: list[Notice] = field(default_factory=list)

    @contextmanager
    def open(self) -> Iterator[House]:
        announcer = Announcer([self.notices.append])
        self.outbox = Outbox(
            self.folder / "outbox.db",
            announcer=announcer,
            on_kept=self._on_kept,
            on_not_kept=self._on_not_kept,
            max_rows=self.max_rows,
            keep_delivered_s=0.0,
        )
        trusted = TrustStore(self.folder / "trust.json")
        self.watch = HealthWatch(
            self.outbox, self.settings, announcer, trusted, OpenTroubles(self.folder / "health.json")
        )
        properties, _ = read_properties(
            {
                "iss_ip": TARGET.host,
                "iss_port": "80",
                "iss_password": "token",
                "iss_scheme": "http",
                "health_camera_ids": "900",
            }
        )
        assert properties is not None
        self.watch.add(properties, Context(node_id="alarm"), "yard")
        self.now = Now(time.monotonic(), time.time())
        self.watch.prepare([Connection(TARGET, "token")], self.now)
        try:
            yield self
        finally:
            self.outbox.close()

    def _on_kept(self, one: Event) -> None:
        self.watch.note_kept(one)

    def _on_not_kept(self, one: Event, why: str) -> None:
        self.watch.note_not_kept(one, why)

    def after(self, seconds: float, *, frames: bool = True) -> None:
        """Let time pass in looks a second apart."""
        until_at = self.now.at + seconds
        while self.now.at < until_at:
            self.now = Now(self.now.at + 1.0, self.now.unix_s + 1.0)
            if frames:
                self.watch.heartbeat("yard").last_at_s = self.now.at
            self.watch.look(self.now)
            self.outbox.flush(LIMIT_S)

    def claimed(self) -> list[Delivery]:
        """What is due for the target."""
        return self.outbox.claim(str(TARGET), 100).result(LIMIT_S)

    def told(self) -> list[str]:
        """The names of the reports that are in the outbox."""
        rows = self.outbox.listing(State.WAITING) + self.outbox.listing(State.SENDING)
        return [row.delivery.name for row in rows if row.delivery.name.startswith("Bridge")]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path).open() as opened:
        yield opened


def test_a_report_names_its_node_and_its_cameras_and_asks_for_no_recording(house: House) -> None:
    house.after(31, frames=False)
    [delivery] = house.claimed()
    assert delivery.name == "Bridge: no frames from yard"
    assert (delivery.node_id, delivery.camera_ids, delivery.action) == ("alarm", ("900",), Action.EVENT)


def test_an_hour_without_trouble_tells_nothing(house: House) -> None:
    house.after(3600)
    assert house.told() == []
    assert house.notices == []


def test_a_delivery_that_waits_is_told_once_and_so_is_its_end(house: House) -> None:
    house.outbox.put(event("1"), str(TARGET))
    house.after(308)
    assert house.told() == []
    house.after(4000)
    assert house.told() == ["Bridge: events do not get through to http://vms.example:80"]
    for delivery in house.claimed():
        house.outbox.settle(delivery, Done())
    house.after(12)
    assert house.told() == ["Bridge: events get through to http://vms.example:80 again"]
    [row] = house.outbox.listing(State.WAITING)
    assert row.delivery.node_id == "health"


def test_a_deep_outbox_is_told_and_over_below_half_of_the_limit(tmp_path: Path) -> None:
    with House(tmp_path, HealthSettings(outbox_deep_at=10)).open() as house:
        for number in range(12):
            house.outbox.put(event(str(number)), str(TARGET))
        house.after(9)
        assert house.told() == []
        house.after(3)
        assert house.told() == ["Bridge: 12 events wait"]
        deliveries = house.claimed()
        for delivery in deliveries[:6]:
            house.outbox.settle(delivery, Done())
        house.after(60)
        assert house.told() == ["Bridge: 12 events wait"], "between half and the whole it stays what it was"
        for delivery in deliveries[6:]:
            house.outbox.settle(delivery, Done())
        house.after(12)
        assert house.told() == ["Bridge: few events wait again"]


def test_events_that_are_not_kept_are_told_when_there_is_room_and_over_after_a_minute_without_loss(
    tmp_path: Path,
) -> None:
    with House(tmp_path, max_rows=3).open() as house:
        for number in range(5):
            house.outbox.put(event(str(number)), str(TARGET))
        assert house.outbox.flush(LIMIT_S)
        house.after(100)
        assert house.told() == [], "the outbox is full: the report cannot be kept either"
        assert len([one for one in house.notices if one.name == "health_trouble"]) == 1
        assert not [one for one in house.notices if one.name == "health_recovered"]
        house.outbox.settle_all([(delivery, Done()) for delivery in house.claimed()[:2]])
        house.after(7)
        assert house.told() == ["Bridge: events are lost"]
        house.after(50)
        assert len(house.told()) == 1
        house.after(15)
        assert house.told() == ["Bridge: events are lost", "Bridge: events are kept again"]
        ended = house.outbox.listing(State.WAITING)[-1].delivery.description
        assert ended.endswith("2 events were lost.")


def test_frames_that_stopped_and_came_back_while_nothing_could_be_kept_are_one_report(tmp_path: Path) -> None:
    with House(tmp_path, max_rows=3).open() as house:
        for number in range(3):
            house.outbox.put(event(str(number)), str(TARGET))
        house.after(40, frames=False)
        house.after(20)
        assert house.told() == []
        house.outbox.settle_all([(delivery, Done()) for delivery in house.claimed()])
        house.after(7)
        assert house.told() == ["Bridge: no frames from yard (over)"]


def test_a_trouble_is_not_told_again_by_the_next_start_which_tells_its_end(tmp_path: Path) -> None:
    with House(tmp_path).open() as house:
        house.after(31, frames=False)
        assert house.told() == ["Bridge: no frames from yard"]
    assert list(json.loads((tmp_path / "health.json").read_text())) == ["frames_stopped yard"]
    with House(tmp_path).open() as house:
        house.after(40, frames=False)
        assert house.told() == ["Bridge: no frames from yard"]
        house.after(12)
        assert house.told() == ["Bridge: no frames from yard", "Bridge: frames again from yard"]
    assert json.loads((tmp_path / "health.json").read_text()) == {}


def test_a_damaged_memory_is_said_and_the_watch_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "health.json").write_text('{"frames_stopped yard": "long ago"}')
    with House(tmp_path).open() as house:
        assert [str(one) for one in house.notices] == [
            f'health_forgotten path={tmp_path}/health.json reason="it does not hold troubles"'
        ]
        house.after(31, frames=False)
        assert house.told() == ["Bridge: no frames from yard"]


def test_a_look_that_fails_is_logged_with_its_traceback_and_the_next_one_comes(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.outbox.close()
    house.watch.heartbeat("yard").last_at_s = "yesterday"  # type: ignore[assignment]
    house.watch._guarded_look()
    house.watch._guarded_look()
    [record] = caplog.records
    assert record.getMessage() == "health_failed"
    assert record.exc_info is not None
    assert [one.name for one in house.notices] == ["thread_failed"]
    house.watch.heartbeat("yard").last_at_s = None
    house.watch.look(Now(time.monotonic() + 60, time.time() + 60))
    assert [one.name for one in house.notices] == ["thread_failed", "health_trouble"]


# -- certificates


def looked(
    looks: CertificateChecks, at: float, holds: Callable[[], bool], troubled: frozenset[str] = frozenset()
) -> None:
    """Go on until a look has brought what is wanted."""
    until_s = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < until_s
        looks.go_on(at, troubled)
        time.sleep(0.01)


def test_certificates_are_looked_at_once_a_day_and_each_hour_while_there_is_trouble(tmp_path: Path) -> None:
    certificate = new_certified_key(["127.0.0.1"], days=5)
    with Talkative(certificate) as served:
        target = str(served.target)
        pinned = Connection(served.target, "token", certificate_sha256=certificate.sha256)
        looks = CertificateChecks([pinned], TrustStore(tmp_path / "trust.json"))
        looked(looks, 0.0, lambda: target in looks.shown)
        assert looks.shown[target].accepted_by is AcceptedBy.PIN
        assert looks.shown[target].sha256 == certificate.sha256
        for at, troubled, is_due in (
            (SOONER_S + 1, frozenset[str](), False),
            (SOONER_S + 1, frozenset([target]), True),
            (EVERY_S + SOONER_S, frozenset[str](), False),
            (EVERY_S + SOONER_S + 2, frozenset[str](), True),
        ):
            looks.shown.clear()
            looks.go_on(at, troubled)
            time.sleep(0.3)
            looks.go_on(at, troubled)
            assert (target in looks.shown) is is_due


def test_a_target_that_cannot_be_reached_is_no_trouble_and_is_tried_again_after_an_hour(tmp_path: Path) -> None:
    with Talkative(new_certified_key(["127.0.0.1"])) as served:
        gone = served.target
    looks = CertificateChecks([Connection(gone, "token")], TrustStore(tmp_path / "trust.json"))
    looks.go_on(0.0, frozenset())
    time.sleep(0.3)
    looks.go_on(1.0, frozenset())
    assert looks.shown == {}
    assert looks._look is None
    looks.go_on(SOONER_S - 1, frozenset())
    assert looks._look is None
    looks.go_on(SOONER_S, frozenset())
    assert looks._look is not None
