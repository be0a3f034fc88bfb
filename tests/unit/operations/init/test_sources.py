"""What a source is called in a new configuration."""

from __future__ import annotations

import pytest

from securos_trigger.operations.init.sources import Source, SourceKind, device_name


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("rtsp://127.0.0.1:8554/yard", "yard"),
        ("rtsp://user:word@10.0.0.7/live/back_yard", "back_yard"),
        ("rtsp://10.0.0.7/cam1", "cam1"),
        ("rtsp://10.0.0.7/yard/main", "yard"),
        ("rtsp://gate-camera/stream1", "gate-camera"),
        ("rtsp://10.0.0.7/h264/ch1/main/av_stream", "camera"),
        ("rtsp://10.0.0.7/Streaming/Channels/101", "camera"),
        ("rtsp://10.0.0.7/cam/realmonitor?channel=1&subtype=0", "camera"),
        ("rtsp://[::1]:554/", "camera"),
        ("rtsp://10.0.0.7", "camera"),
    ],
)
def test_a_stream_is_called_after_what_its_address_says_of_the_camera(address: str, name: str) -> None:
    assert device_name(Source(kind=SourceKind.RTSP, address=address)) == name
