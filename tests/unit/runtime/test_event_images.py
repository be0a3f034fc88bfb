"""An image of each event: made beside the video, and left out where the disk or the time does not allow it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from securos_trigger.config.images_settings import ImagesSettings
from securos_trigger.model import Decision, Event, Frame, Moment
from securos_trigger.notices import Announcer, Notice
from securos_trigger.runtime.event_images import MAX_WAITING, EventImages
from securos_trigger.runtime.image_folder import ImageFolder
from securos_trigger.trigger.node import TriggerSecurOSEvent
from tests.integration.test_service_status import wait_until

IMAGE = av.VideoFrame.from_ndarray(np.zeros((60, 80, 3), dtype=np.uint8), format="rgb24")


@pytest.fixture
def notices() -> list[Notice]:
    return []


@pytest.fixture
def images(tmp_path: Path, notices: list[Notice]) -> Iterator[EventImages]:
    settings = ImagesSettings(max_size_mb=10, max_width=64)
    with EventImages(ImageFolder(tmp_path / "images"), settings, Announcer([notices.append])) as made:
        yield made


def node() -> TriggerSecurOSEvent:
    """Fires on every second frame."""
    return TriggerSecurOSEvent(
        iss_ip="vms",
        iss_password="secret",
        iss_camera_ids="1",
        event_source="custom",
        trigger="is_even",
        event_name="Even",
        interval=0,
    )


def frames(count: int) -> list[Frame]:
    return [
        Frame(Moment(float(number), source_name="yard"), IMAGE, {"is_even": number % 2 == 0}) for number in range(count)
    ]


def events_of(images: EventImages, count: int) -> list[Event]:
    deciding = node()

    def decide(frame: Frame) -> Decision:
        return deciding.decide(frame.metadata, frame.moment)

    decisions = [images.after(decide)(frame) for frame in frames(count)]
    return [event for decision in decisions for event in decision.events]


def test_a_frame_that_fires_is_kept_as_jpeg(images: EventImages, tmp_path: Path) -> None:
    events = events_of(images, 5)
    assert len(events) == 3
    images.close()
    folder = ImageFolder(tmp_path / "images")
    assert len(list(folder.path.iterdir())) == 3
    for event in events:
        jpeg = folder.read(event.event_id)
        assert jpeg is not None
        assert av.CodecContext.create("mjpeg", "r").decode(av.Packet(jpeg))[0].width == 64


def test_a_disk_that_takes_none_is_announced_once_and_so_is_its_recovery(
    images: EventImages, tmp_path: Path, notices: list[Notice]
) -> None:
    (tmp_path / "images").write_text("a file where the folder should be")
    assert len(events_of(images, 8)) == 4
    wait_until(lambda: images._failed == 4)
    (tmp_path / "images").unlink()
    events = events_of(images, 1)
    images.close()
    assert ImageFolder(tmp_path / "images").read(events[0].event_id) is not None
    assert [(one.kind.name, one.fields.get("count")) for one in notices] == [
        ("images_failing", None),
        ("images_recovered", 4),
    ]


def test_events_that_come_too_fast_go_on_without_an_image(
    images: EventImages, tmp_path: Path, notices: list[Notice], monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()
    write = ImageFolder.write

    def slow_disk(folder: ImageFolder, event_id: str, camera_ids: tuple[str, ...], jpeg: bytes) -> int:
        assert goes_on.wait(30)
        return write(folder, event_id, camera_ids, jpeg)

    monkeypatch.setattr(ImageFolder, "write", slow_disk)
    first = events_of(images, 1)
    wait_until(images._queue.empty)
    events = events_of(images, 2 * (MAX_WAITING + 3))
    assert len(events) == MAX_WAITING + 3
    goes_on.set()
    images.close()
    kept = [event for event in (*first, *events) if ImageFolder(tmp_path / "images").read(event.event_id)]
    assert len({event.event_id for event in kept}) >= MAX_WAITING
    assert [(one.kind.name, one.fields["count"]) for one in notices] == [("images_dropped", 3)]


def test_a_frame_without_an_image_has_none(images: EventImages, tmp_path: Path) -> None:
    deciding = node()
    decide = images.after(lambda frame: deciding.decide(frame.metadata, frame.moment))
    assert decide(Frame(Moment(0.0), None, {"is_even": True})).events
    images.close()
    assert not (tmp_path / "images").exists()
