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
        ("rtsp://10.0.0.7/live/FrontDoor2", "FrontDoor2"),
        ("rtsp://10.0.0.7/NorthGate_Camera_12", "NorthGate_Camera_12"),
        ("rtsp://10.0.0.7/lpr-CAM3", "lpr-CAM3"),
        ("rtsp://10.0.0.7/yard-2-north-3", "yard-2-north-3"),
    ],
)
def test_a_stream_is_called_after_what_its_address_says_of_the_camera(address: str, name: str) -> None:
    assert device_name(Source(kind=SourceKind.RTSP, address=address)) == name


@pytest.mark.parametrize(
    "key",
    [
        *("aBcDeF123456XyZ", "Xk3PqR9z", "deadbeef0123cafe", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "x" * 41),
        *("2c7a9b1e-secret-key", "k3j9x2m8q1z7", "aQwXeRtZuIoPlK", "_hidden", "4711"),
    ],
)
def test_a_key_in_the_path_of_a_stream_is_no_name(key: str) -> None:
    assert device_name(Source(kind=SourceKind.RTSP, address=f"rtsp://10.0.0.7:7447/{key}")) == "camera"
    assert device_name(Source(kind=SourceKind.RTSP, address=f"rtsp://nvr.local:7447/live/{key}")) == "nvr.local"
    assert device_name(Source(kind=SourceKind.RTSP, address=f"rtsp://nvr.local:7447/yard/{key}")) == "yard"
