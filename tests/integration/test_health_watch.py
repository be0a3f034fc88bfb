"""The health watch with a real outbox and real TLS; only time is handed in, so that hours pass at once."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from securos_trigger.delivery import AcceptedBy, Connection, ShownCertificate, TrustStore
from securos_trigger.health import HealthWatch, OpenTroubles, watch
from securos_trigger.health.ages import Now
from securos_trigger.health.certificate_checks import EVERY_S, SOONER_S, CertificateChecks
from securos_trigger.health.reports import Recipient
from securos_trigger.health.settings import HealthSettings
from securos_trigger.model import Action, Delivery, Event, Target
from securos_trigger.model.heartbeat import CameraState
from securos_trigger.notices import Announcer, Notice, kinds
from securos_trigger.outbox import Done, Outbox, State
from securos_trigger.vms.receiver_init import new_certified_key
from tests import builders
from tests.integration.test_doctor import Talkative
from tests.integration.test_outbox import LIMIT_S, event

TARGET = Target("http", "vms.example", 80)


@dataclass
class Bridge:
    """An outbox and its watch, joined as in a running service. `after(s)` looks once for each of `s` seconds."""

    folder: Path
    settings: HealthSettings = field(default_factory=HealthSettings)
    max_rows: int = 1_000_000
    notices: list[Notice] = field(default_factory=list)

    @contextmanager
    def open(self) -> Iterator[Bridge]:
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
        self.watch.add(recipient("900"), "yard")
        self.now = Now(time.monotonic(), time.time())
        self.watch.prepare([Connection(TARGET, "token")], self.now)
        try:
            yield self
        finally:
            self.outbox.close()

    def _on_kept(self, one: Event) -> None:
        self.watch.take_kept(one)

    def _on_not_kept(self, one: Event, why: str) -> None:
        self.watch.take_not_kept(one, why)

    def after(self, seconds: float, *, frames: bool = True) -> None:
        """Let time pass in looks a second apart."""
        until_at = self.now.at + seconds
        while self.now.at < until_at:
            self.now = Now(self.now.at + 1.0, self.now.unix_s + 1.0)
            if frames:
                self.watch.heartbeat("yard").last_at_ticks = self.now.at
            self.watch.look(self.now)
            self.outbox.flush(LIMIT_S)

    def names(self) -> list[str]:
        """The names of the notices so far."""
        return [one.name for one in self.notices]

    def claimed(self) -> list[Delivery]:
        """What is due for the target."""
        return self.outbox.claim(str(TARGET), 100).result(LIMIT_S)

    def reported(self) -> list[str]:
        """The names of the reports that are in the outbox."""
        rows = builders.rows_of(self.outbox, State.WAITING) + builders.rows_of(self.outbox, State.SENDING)
        return [row.delivery.name for row in rows if row.delivery.name.startswith("Bridge")]


def recipient(health_cameras: str) -> Recipient:
    return Recipient(str(TARGET), tuple(health_cameras.split(",")), "alarm", "")


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[Bridge]:
    with Bridge(tmp_path).open() as opened:
        yield opened


def test_a_report_names_its_node_and_its_cameras_and_asks_for_no_recording(bridge: Bridge) -> None:
    bridge.after(31, frames=False)
    [delivery] = bridge.claimed()
    assert delivery.name == "Bridge: no frames from yard"
    assert (delivery.node_id, delivery.camera_ids, delivery.action) == ("alarm", ("900",), Action.EVENT)


def call(bridge: Bridge, camera: str, reason: str) -> None:
    """Let the source of the pipeline say that a camera is offline, or with no reason that it is online."""
    heartbeat = bridge.watch.heartbeat("yard")
    heartbeat.cameras = {**heartbeat.cameras, camera: CameraState(reason, bridge.now.at)}


def test_each_camera_that_its_source_calls_offline_is_reported_when_it_stays_so_and_when_it_is_back(
    bridge: Bridge,
) -> None:
    call(bridge, "gate", "offline")
    bridge.after(20)
    assert bridge.reported() == []
    call(bridge, "fence", "it gives no frames")
    call(bridge, "bay", "")
    bridge.after(20)
    assert bridge.reported() == ["Bridge: gate of yard is offline"]
    bridge.after(20)
    assert sorted(bridge.reported()) == ["Bridge: fence of yard is offline", "Bridge: gate of yard is offline"]
    call(bridge, "gate", "")
    bridge.after(12)
    assert "Bridge: gate of yard is online again" in bridge.reported()
    assert len(bridge.reported()) == 3


def test_a_source_that_calls_itself_offline_is_reported(bridge: Bridge) -> None:
    call(bridge, "", "offline")
    bridge.after(40)
    [delivery] = bridge.claimed()
    assert delivery.name == "Bridge: the source of yard is offline"
    assert "Events from its cameras are not seen." in delivery.description


def test_a_camera_that_is_offline_over_a_restart_is_reported_once_and_its_end_is_too(tmp_path: Path) -> None:
    with Bridge(tmp_path).open() as bridge:
        call(bridge, "gate", "offline")
        bridge.after(40)
    with Bridge(tmp_path).open() as bridge:
        bridge.after(40)  # its source has said nothing yet
        call(bridge, "gate", "offline")
        bridge.after(40)
        assert bridge.reported() == ["Bridge: gate of yard is offline"]
        call(bridge, "gate", "")
        bridge.after(12)
        assert sorted(bridge.reported()) == ["Bridge: gate of yard is offline", "Bridge: gate of yard is online again"]


def test_a_camera_stays_watched_when_the_configuration_changes(bridge: Bridge) -> None:
    call(bridge, "gate", "offline")
    bridge.after(40)
    node = (recipient("900"), "yard", ("7",))
    bridge.watch.change([node], [Connection(TARGET, "token")], bridge.settings)
    bridge.after(40)
    call(bridge, "gate", "")
    bridge.after(12)
    assert sorted(bridge.reported()) == ["Bridge: gate of yard is offline", "Bridge: gate of yard is online again"]


def test_an_hour_without_trouble_reports_nothing(bridge: Bridge) -> None:
    bridge.after(3600)
    assert bridge.reported() == []
    assert bridge.notices == []


def test_a_delivery_that_waits_is_reported_once_and_so_is_its_end(bridge: Bridge) -> None:
    bridge.outbox.put(event("1"), str(TARGET))
    bridge.after(308)
    assert bridge.reported() == []
    bridge.after(4000)
    assert bridge.reported() == ["Bridge: events do not get through to http://vms.example:80"]
    for delivery in bridge.claimed():
        bridge.outbox.settle(delivery, Done())
    bridge.after(12)
    assert bridge.reported() == ["Bridge: events get through to http://vms.example:80 again"]
    [row] = builders.rows_of(bridge.outbox, State.WAITING)
    assert row.delivery.node_id == "health"


def test_a_deep_outbox_is_reported_and_over_below_half_of_the_limit(tmp_path: Path) -> None:
    with Bridge(tmp_path, HealthSettings(outbox_deep_at=10)).open() as bridge:
        for number in range(12):
            bridge.outbox.put(event(str(number)), str(TARGET))
        bridge.after(9)
        assert bridge.reported() == []
        bridge.after(3)
        assert bridge.reported() == ["Bridge: 12 events wait"]
        deliveries = bridge.claimed()
        for delivery in deliveries[:6]:
            bridge.outbox.settle(delivery, Done())
        bridge.after(60)
        assert bridge.reported() == ["Bridge: 12 events wait"], "between half and the whole it stays what it was"
        for delivery in deliveries[6:]:
            bridge.outbox.settle(delivery, Done())
        bridge.after(12)
        assert bridge.reported() == ["Bridge: few events wait again"]


def test_events_that_are_not_kept_are_reported_when_there_is_room_and_over_after_a_minute_without_loss(
    tmp_path: Path,
) -> None:
    with Bridge(tmp_path, max_rows=3).open() as bridge:
        for number in range(5):
            bridge.outbox.put(event(str(number)), str(TARGET))
        assert bridge.outbox.flush(LIMIT_S)
        bridge.after(100)
        assert bridge.reported() == [], "the outbox is full: the report cannot be kept either"
        assert len([one for one in bridge.notices if one.name == "health_trouble"]) == 1
        assert not [one for one in bridge.notices if one.name == "health_recovered"]
        bridge.outbox.settle_all([(delivery, Done()) for delivery in bridge.claimed()[:2]])
        bridge.after(7)
        assert bridge.reported() == ["Bridge: events are lost"]
        bridge.after(50)
        assert len(bridge.reported()) == 1
        bridge.after(15)
        assert bridge.reported() == ["Bridge: events are lost", "Bridge: events are kept again"]
        ended = builders.rows_of(bridge.outbox, State.WAITING)[-1].delivery.description
        assert ended.endswith("2 events were lost.")


def test_frames_that_stopped_and_came_back_while_nothing_could_be_kept_are_one_report(tmp_path: Path) -> None:
    with Bridge(tmp_path, max_rows=3).open() as bridge:
        for number in range(3):
            bridge.outbox.put(event(str(number)), str(TARGET))
        bridge.after(40, frames=False)
        bridge.after(20)
        assert bridge.reported() == []
        bridge.outbox.settle_all([(delivery, Done()) for delivery in bridge.claimed()])
        bridge.after(7)
        assert bridge.reported() == ["Bridge: no frames from yard (over)"]


def test_a_trouble_is_not_reported_again_by_the_next_start_which_reports_its_end(tmp_path: Path) -> None:
    with Bridge(tmp_path).open() as bridge:
        bridge.after(31, frames=False)
        assert bridge.reported() == ["Bridge: no frames from yard"]
    assert list(json.loads((tmp_path / "health.json").read_text())) == ["frames_stopped yard"]
    with Bridge(tmp_path).open() as bridge:
        bridge.after(40, frames=False)
        assert bridge.reported() == ["Bridge: no frames from yard"]
        bridge.after(12)
        assert bridge.reported() == ["Bridge: no frames from yard", "Bridge: frames again from yard"]
    assert json.loads((tmp_path / "health.json").read_text()) == {}


def test_a_damaged_file_of_troubles_is_announced_and_the_watch_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "health.json").write_text('{"frames_stopped yard": "long ago"}')
    with Bridge(tmp_path).open() as bridge:
        assert [str(one) for one in bridge.notices] == [
            f'health_forgotten path={tmp_path}/health.json reason="it does not hold troubles"'
        ]
        bridge.after(31, frames=False)
        assert bridge.reported() == ["Bridge: no frames from yard"]


def test_a_bug_in_a_look_is_announced_and_the_watch_goes_on_and_recovers(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bridge.after(31, frames=False)
    assert bridge.reported() == ["Bridge: no frames from yard"]
    heartbeat = bridge.watch.heartbeat("yard")
    heartbeat.last_at_ticks = "yesterday"  # type: ignore[assignment]
    monkeypatch.setattr("securos_trigger.health.watch._LOOK_EVERY_S", 0.01)
    bridge.watch.start([Connection(TARGET, "token")])
    wait_until(lambda: "thread_failed" in bridge.names())
    bridge.outbox.put(event("1"), str(TARGET))
    assert bridge.outbox.flush(LIMIT_S), "the outbox is not affected"
    heartbeat.last_at_ticks = time.monotonic()
    wait_until(lambda: "thread_recovered" in bridge.names())
    bridge.watch.close()
    wait_until(lambda: not [thread for thread in threading.enumerate() if thread.name == "health"])
    assert "TypeError" in caplog.text
    failed = next(one for one in bridge.notices if one.name == "thread_failed")
    assert failed.fields["thread"] == "health"
    assert bridge.reported() == ["Bridge: no frames from yard"], "what was reported before is still there"


def test_the_watch_looks_a_last_time_when_it_is_closed(bridge: Bridge) -> None:
    bridge.watch.start([Connection(TARGET, "token")])
    bridge.watch.heartbeat("yard").has_failed = True
    bridge.watch.close()
    bridge.watch.close()
    assert bridge.outbox.flush(LIMIT_S)
    assert bridge.reported() == ["Bridge: no frames from yard"]


def test_a_watch_that_ends_before_its_first_look_connects_to_no_receiver(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that opens connections while the interpreter ends is cut off in their middle."""
    monkeypatch.setattr(watch, "_LOOK_EVERY_S", LIMIT_S)
    with Talkative(new_certified_key(["127.0.0.1"])) as served:
        bridge.watch.start([Connection(served.target, "token")])
        assert bridge.watch._certificates.has_any
        bridge.watch.close()
        assert bridge.watch._certificates._look is None


def wait_until(holds: Callable[[], bool]) -> None:
    until_s = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < until_s
        time.sleep(0.01)


# -- certificates


def looked(
    looks: CertificateChecks, at: float, holds: Callable[[], bool], ending: frozenset[str] = frozenset()
) -> None:
    """Go on until a look has brought what is wanted."""

    def goes_on() -> bool:
        looks.go_on(at, ending)
        return holds()

    wait_until(goes_on)


def test_certificates_are_looked_at_once_a_day_and_each_hour_while_they_end_soon(tmp_path: Path) -> None:
    certificate = new_certified_key(["127.0.0.1"], days=5)
    with Talkative(certificate) as served:
        target = str(served.target)
        pinned = Connection(served.target, "token", certificate_sha256=certificate.sha256)
        looks = CertificateChecks([pinned], TrustStore(tmp_path / "trust.json"), Announcer())
        looked(looks, 0.0, lambda: target in looks.shown)
        assert looks.shown[target].accepted_by is AcceptedBy.PIN
        assert looks.shown[target].sha256 == certificate.sha256
        for at, ending, is_due in (
            (SOONER_S + 1, frozenset[str](), False),
            (SOONER_S + 1, frozenset([target]), True),
            (EVERY_S + SOONER_S, frozenset[str](), False),
            (EVERY_S + SOONER_S + 2, frozenset[str](), True),
        ):
            looks.shown.clear()
            if is_due:
                looked(looks, at, lambda: target in looks.shown, ending)
            else:
                looks.go_on(at, ending)
                assert looks._look is None, "no look has begun"


def test_a_certificate_that_ends_is_looked_at_once_more_as_soon_as_its_target_is_healthy_again(tmp_path: Path) -> None:
    with Talkative() as served:
        target = frozenset([str(served.target)])
        looks = CertificateChecks(
            [Connection(served.target, "token")], TrustStore(tmp_path / "trust.json"), Announcer()
        )
        looked(looks, 0.0, lambda: bool(looks.shown), target)
        for at, ending, failing, is_due in (
            (1.0, target, target, False),
            (2.0, target, frozenset[str](), True),
            (3.0, target, frozenset[str](), False),
            (4.0, frozenset[str](), target, False),
            (5.0, frozenset[str](), frozenset[str](), False),
        ):
            looks.shown.clear()
            looks.go_on(at, ending, failing)
            assert (looks._look is not None) is is_due
            if is_due:
                looked(looks, at, lambda: bool(looks.shown), target)


def test_the_certificates_that_end_soon_are_those_that_matter(tmp_path: Path) -> None:
    def shown(days: float, accepted_by: AcceptedBy) -> ShownCertificate:
        return ShownCertificate("ab" * 32, datetime.fromtimestamp(days * 86_400, UTC), accepted_by)

    targets = [Target("https", f"vms{number}.example", 443) for number in range(3)]
    by_target = [shown(19, AcceptedBy.CA_FILE), shown(19, AcceptedBy.PIN), shown(21, AcceptedBy.SYSTEM_CAS)]
    seen = dict(zip(map(str, targets), by_target, strict=True))
    store = TrustStore(tmp_path / "trusted.json")
    looks = CertificateChecks([Connection(one, "token") for one in targets], store, Announcer(), seen)
    assert looks.ending(20 * 86_400.0, is_refused_only=True) == {str(targets[0])}
    assert looks.ending(20 * 86_400.0, is_refused_only=False) == {str(targets[0]), str(targets[1])}


@pytest.mark.parametrize(("days", "is_due"), [(5, True), (100, False)])
def test_a_certificate_that_ends_soon_is_looked_at_each_hour_also_without_health_cameras(
    tmp_path: Path, days: int, is_due: bool
) -> None:
    certificate = new_certified_key(["127.0.0.1"], days=days)
    (tmp_path / "own.pem").write_text(certificate.cert_pem)
    with Talkative(certificate) as served, closing(Outbox(tmp_path / "outbox.db", announcer=Announcer())) as outbox:
        trusted, troubles = TrustStore(tmp_path / "trust.json"), OpenTroubles(tmp_path / "health.json")
        watch = HealthWatch(outbox, HealthSettings(), Announcer(), trusted, troubles)
        begin = Now(time.monotonic(), time.time())
        watch.prepare([Connection(served.target, "token", ca_file=tmp_path / "own.pem")], begin)

        def has_seen() -> bool:
            watch.look(begin)
            return bool(watch.certificates())

        wait_until(has_seen)
        watch.look(Now(begin.at + SOONER_S, begin.unix_s + SOONER_S))
        assert (watch._certificates._look is not None) is is_due


def test_a_certificate_that_cannot_be_parsed_does_not_hide_the_expiry_of_the_others(
    tmp_path: Path,
) -> None:
    notices: list[Notice] = []
    certificate = new_certified_key(["127.0.0.1"], days=5)
    content = ssl.PEM_cert_to_DER_cert(certificate.cert_pem)
    of_no_version = ssl.DER_cert_to_PEM_cert(content.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09"))
    with Talkative(certificate) as served, Talkative(replace(certificate, cert_pem=of_no_version)) as odd:
        connections = [Connection(odd.target, "token"), Connection(served.target, "token")]
        looks = CertificateChecks(connections, TrustStore(tmp_path / "trust.json"), Announcer([notices.append]))
        looked(looks, 0.0, lambda: bool(looks.shown))
    assert list(looks.shown) == [str(served.target)]
    [notice] = [notice for notice in notices if notice.kind is kinds.CERTIFICATE_UNREADABLE]
    assert notice.fields["target"] == odd.target
    assert str(notice.fields["reason"]).startswith(f"the certificate of {odd.target} cannot be")
    with Talkative(certificate) as renewed:
        looks._unreadable.add(str(renewed.target))
        after = looks.of([Connection(renewed.target, "token")])
        looked(after, 0.0, lambda: bool(after.shown))
    assert [one.fields["target"] for one in notices if one.kind is kinds.CERTIFICATE_READABLE] == [str(renewed.target)]


class BrokenStore:
    """Remembered certificates that cannot be read: what it raises is set."""

    def __init__(self) -> None:
        self.error: Exception | None = None

    def known(self, target: Target) -> str | None:
        if self.error is not None:
            raise self.error
        return None


@pytest.mark.parametrize("host", ["a..b", f"{'x' * 70}.example", "b\u00fccher..x"])
def test_a_host_that_is_no_name_ends_no_look(host: str) -> None:
    notices: list[Notice] = []
    connection = Connection(Target("https", host, 443), "token")
    looks = CertificateChecks([connection], BrokenStore(), Announcer([notices.append]))
    looked(looks, 0.0, lambda: looks._look is None)
    assert (looks.shown, notices) == ({}, [])


def test_a_remembered_certificate_that_is_not_json_ends_no_look() -> None:
    notices: list[Notice] = []
    store = BrokenStore()
    store.error = json.JSONDecodeError("Expecting value", "", 0)
    with Talkative(new_certified_key(["127.0.0.1"])) as served:
        looks = CertificateChecks([Connection(served.target, "token")], store, Announcer([notices.append]))
        looked(looks, 0.0, lambda: looks._look is None)
    assert (looks.shown, notices) == ({}, [])


def test_an_unexpected_error_in_a_look_is_announced_and_the_next_look_is_after_a_pause() -> None:
    notices: list[Notice] = []
    store = BrokenStore()
    store.error = RuntimeError("a bug")
    with Talkative(new_certified_key(["127.0.0.1"])) as served:
        looks = CertificateChecks([Connection(served.target, "token")], store, Announcer([notices.append]))
        looked(looks, 0.0, lambda: bool(notices))
        assert [(one.name, one.fields["thread"]) for one in notices] == [("thread_failed", "certificates")]
        looks.go_on(0.01, frozenset())
        assert looks._look is None, "it waits"
        store.error = None
        looked(looks, 60.0, lambda: bool(looks.shown))
    assert [one.name for one in notices] == ["thread_failed", "thread_recovered"]


def test_a_target_that_cannot_be_reached_is_no_trouble_and_is_tried_again_after_an_hour(tmp_path: Path) -> None:
    with Talkative(new_certified_key(["127.0.0.1"])) as served:
        gone = served.target
    looks = CertificateChecks([Connection(gone, "token")], TrustStore(tmp_path / "trust.json"), Announcer())
    looked(looks, 0.0, lambda: looks._look is None)
    assert looks.shown == {}
    for ending in (frozenset[str](), frozenset([str(gone)])):
        looks.go_on(SOONER_S - 1, ending)
        assert looks._look is None
    looks.go_on(SOONER_S, frozenset())
    assert looks._look is not None


def test_after_a_change_a_trouble_goes_on_and_its_end_goes_to_the_new_cameras(bridge: Bridge) -> None:
    bridge.outbox.put(event("1"), str(TARGET))
    bridge.after(320)
    assert len(bridge.reported()) == 1
    node = (recipient("901"), "yard", ("7",))
    bridge.watch.change([node], [Connection(TARGET, "other-token")], HealthSettings(steady_for_s=2.0))
    bridge.after(600)
    assert len(bridge.reported()) == 1, "it is the same trouble"
    for delivery in bridge.claimed():
        bridge.outbox.settle(delivery, Done())
    bridge.after(4)
    [row] = builders.rows_of(bridge.outbox, State.WAITING)
    assert row.delivery.name == "Bridge: events get through to http://vms.example:80 again"
    assert row.delivery.camera_ids == ("901",)


def test_a_target_that_no_node_sends_to_any_more_is_watched_while_events_wait_for_it(bridge: Bridge) -> None:
    bridge.outbox.put(event("1"), "http://gone.example:80")
    node = (recipient("900"), "yard", ("7",))
    bridge.watch.change([node], [Connection(TARGET, "token")], HealthSettings(), ["http://gone.example:80"])
    bridge.after(320)
    assert bridge.reported() == ["Bridge: events do not get through to http://gone.example:80"]


def test_a_pipeline_that_is_removed_is_missed_no_more(bridge: Bridge) -> None:
    bridge.after(31, frames=False)
    assert bridge.reported() == ["Bridge: no frames from yard"]
    node = (recipient("900"), "gate", ("7",))
    bridge.watch.change([node], [Connection(TARGET, "token")], HealthSettings())
    bridge.watch.forget("yard")
    assert json.loads((bridge.folder / "health.json").read_text()) == {}
    bridge.watch.heartbeat("gate").last_at_ticks = bridge.now.at
    bridge.after(20, frames=False)
    assert len(bridge.reported()) == 1


def test_a_certificate_that_was_seen_is_known_after_a_change_of_the_receivers(tmp_path: Path) -> None:
    shown = ShownCertificate("ab" * 32, datetime(2026, 3, 2, tzinfo=UTC), AcceptedBy.PIN)
    stays, goes = Target("https", "vms.example", 443), Target("https", "gone.example", 443)
    store = TrustStore(tmp_path / "trusted.json")
    checks = CertificateChecks([Connection(stays, "token")], store, Announcer(), {str(stays): shown, str(goes): shown})
    assert checks.shown == {str(stays): shown}
    assert checks.has_any and not CertificateChecks([Connection(TARGET, "token")], store, Announcer()).has_any
