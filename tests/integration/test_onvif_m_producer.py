"""A source that others wrote: onvif-m-producer publishes what a detector finds, through mosquitto, to the kind onvif-mqtt.

Its own code makes and publishes every message. Two of its processes run, as for two cameras, with its default prefix.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.inputs.feed import DEALT_WITH
from securos_trigger.inputs.kinds import load_kind
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.mqtt_client import MqttFeed
from securos_trigger.inputs.mqtt_settings import MqttSettings
from securos_trigger.inputs.reader import InputReader
from securos_trigger.inputs.report import report
from securos_trigger.notices import Announcer
from tests.brokers import Mosquitto
from tests.integration.test_mqtt_input import wait_until

#: A detector that sees a person walk to the right, for ten frames; on the first one nothing.
PRODUCER = textwrap.dedent(
    """
    import sys
    from onvif_m.capture import MockCaptureSource
    from onvif_m.model import ClassCandidate, DetectedObject, from_pixel_bbox
    from onvif_m.pipeline import Camera, run_camera
    from onvif_m.publish import MqttPublisher

    class Detector:
        suppress_biometrics = True
        frames = 0

        def detect(self, frame):
            self.frames += 1
            box = from_pixel_bbox(64 * self.frames, 120, 64 * self.frames + 64, 360, width=1280, height=720)
            classes = [ClassCandidate("Human", 0.94), ClassCandidate("Other", 0.05)]
            return [] if self.frames == 1 else [DetectedObject(0, box, classes)]

    name, port = sys.argv[1:]
    publisher = MqttPublisher("127.0.0.1", int(port), qos=1, client_id=name, formats=("json", "xml"))
    run_camera(Camera(name), MockCaptureSource(None, count=10), Detector(), publisher, module="mock")
    sys.stdin.read()  # until everything has arrived
    publisher.close()
    """
)


@contextmanager
def producer(name: str, broker: Mosquitto) -> Iterator[None]:
    command = [sys.executable, "-c", PRODUCER, name, str(broker.port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        yield
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) == 0


def messages_of(broker: Mosquitto, *names: str) -> list[Message]:
    """What two producers have published, below all topics, in the order of arrival."""
    feed = MqttFeed("gate", MqttSettings(broker=broker.url), ["#"], "reader", Announcer())
    feed.start()
    try:
        wait_until(lambda: feed.state.is_connected)
        found: list[Message] = []
        with producer(names[0], broker), producer(names[1], broker):
            while len(found) < 20 * len(names):
                for arrival in feed.queue.take(64, 60.0):
                    found.append(arrival.message)
                    assert arrival.acknowledge is not None
                    arrival.acknowledge(DEALT_WITH)
        return found
    finally:
        feed.close()


@pytest.mark.timeout(180)
def test_each_frame_of_a_producer_that_others_wrote_is_read_for_its_camera(tmp_path: Path) -> None:
    kind = load_kind("onvif-mqtt")
    reader = InputReader(kind, kind.settings.model_validate({"cameras": {"gate": "1", "yard": "2"}}))
    with Mosquitto(tmp_path) as broker:
        messages = messages_of(broker, "gate", "yard")
    read: dict[str, list[dict[str, Any]]] = {"1": [], "2": []}
    for message in messages:
        found = report(reader.take(message), has_parts=False)
        if "/onvif-mj/" in message.topic:
            assert (found["verdict"], found["source"]) == ("frame", {"1": "gate", "2": "yard"}[found["camera"]])
            read[found["camera"]].append(found)
        else:  # its XML, which the kind does not subscribe to
            assert found["verdict"] == "ignored"
    assert kind.settings().mqtt_topics[1] == "+/onvif-mj/#"
    for frames in read.values():
        assert [len(one["objects"]) for one in frames] == [0, *([1] * 9)]
        for number, one in enumerate(frames[1:], 2):
            [person] = one["objects"]
            assert (person["label"], person["id"], person["probability"]) == ("Human", "0", 0.94)
            assert person["rect_fractions"] == pytest.approx([0.05 * number, 1 / 6, 0.05, 1 / 3], abs=0.001)
