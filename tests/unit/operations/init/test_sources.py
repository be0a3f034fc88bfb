"""What a source is called in a new configuration."""

from __future__ import annotations

import pytest

from securos_trigger.errors import ArgumentError
from securos_trigger.operations.init.sources import Source, SourceKind, device_name, source_cameras


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
    ("kind", "address", "why"),
    [
        ("hikvision", "127.0.0.1", "this is not the address of a device. It looks like https://camera, or http"),
        ("dahua", "rtsp://10.0.0.7", "this is not the address of a device. "),
        ("onvif", "10.0.0.7:80", "this is not the address of a device. "),
        ("hikvision", "http://admin:word@10.0.0.7", "the address must not contain a login. Set user and password"),
        ("rtsp", "10.0.0.7/live", "this is not an RTSP address. It looks like rtsp://user:password@host"),
        ("file", "rtsp://10.0.0.7/live", 'this is an address, not a file. Write type = "rtsp"'),
    ],
)
def test_an_address_that_is_none_is_refused_before_anything_is_asked_or_written(
    kind: str, address: str, why: str
) -> None:
    with pytest.raises(ArgumentError) as refused:
        source_cameras(Source(kind=SourceKind(kind), address=address))
    assert (refused.value.argument, str(refused.value).startswith(why)) == ("address", True), str(refused.value)


def test_a_fingerprint_of_the_device_that_is_none_is_named() -> None:
    source = Source(kind=SourceKind.HIKVISION, address="https://10.0.0.7", certificate_sha256="ab")
    with pytest.raises(ArgumentError) as refused:
        source_cameras(source)
    assert refused.value.argument == "certificate"


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
