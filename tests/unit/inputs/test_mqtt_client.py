"""The feed of a broker ends also when the broker hangs."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from securos_trigger.inputs import mqtt_client
from securos_trigger.inputs.mqtt_client import MqttFeed
from securos_trigger.inputs.mqtt_reasons import granted_text
from securos_trigger.inputs.mqtt_settings import MqttSettings
from securos_trigger.notices import Announcer

LIMIT_S = 60.0
#: More than the buffers of a connection take.
UNSENT_BYTES = 64 * 1024**2


def wait_until_ended(name: str) -> None:
    give_up_at = time.monotonic() + LIMIT_S
    while any(thread.name == name for thread in threading.enumerate()):
        assert time.monotonic() < give_up_at, f"{name} goes on"
        time.sleep(0.02)


def test_a_broker_that_reads_nothing_more_is_left_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt_client, "_SEND_LAST_WITHIN_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        settings = MqttSettings(broker=f"mqtt://127.0.0.1:{listening.getsockname()[1]}")
        feed = MqttFeed("gate", settings, ["a"], "client", Announcer([]))
        feed.start()
        broker, _ = listening.accept()
        with broker:
            give_up_at = time.monotonic() + LIMIT_S
            while (client := feed._client) is None:
                assert time.monotonic() < give_up_at
                time.sleep(0.01)
            client.publish("a", bytes(UNSENT_BYTES))
            assert client.want_write()
            feed.close()
            wait_until_ended("mqtt-gate")


def test_what_a_broker_has_granted_fits_a_log_line() -> None:
    assert granted_text(["a/#"], [1]) == "a/# (QoS 1)"
    assert granted_text(["a", "b", "c"], [1, 1, 1]) == "a, b, c (QoS 1)"
    assert granted_text(["a", "b", "c", "d"], [1, 1, 1, 1]) == "a, b and 2 more (QoS 1)"
    assert granted_text(["a", "b"], [1, 0]) == "a (QoS 1); b (QoS 0)"
