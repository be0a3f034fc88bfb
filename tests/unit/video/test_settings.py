"""Settings of sources and sinks: names, secrets, mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from securos_trigger.validation.mistakes import mistakes_from
from securos_trigger.video.settings import (
    AnnotatedSinkSettings,
    FileSourceSettings,
    RtspSourceSettings,
    StreamSourceSettings,
    UsbSourceSettings,
)


def test_a_source_is_named_after_what_it_reads() -> None:
    assert FileSourceSettings(path=Path("videos/yard.mp4")).source_name == "yard"
    assert RtspSourceSettings.model_validate({"url": "rtsp://u:p@cam7/live"}).source_name == "cam7"
    assert UsbSourceSettings().source_name == "video0"


def test_a_given_name_wins() -> None:
    assert FileSourceSettings(path=Path("a.mp4"), name="Gate 1").source_name == "Gate 1"


def test_the_address_of_a_camera_is_a_secret() -> None:
    settings = RtspSourceSettings.model_validate({"url": "rtsp://u:s3cret@cam7/live"})
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in settings.model_dump_json()


def test_an_address_that_is_not_rtsp_is_refused() -> None:
    with pytest.raises(ValidationError, match="this is not an RTSP address"):
        RtspSourceSettings.model_validate({"url": "http://cam7/live"})


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        AnnotatedSinkSettings.model_validate({"path": "a.mp4", "colour": "red"})


EARLY = (
    "the user name or the password has a character that ends it early",
    "Write %23 for #, %3F for ?, %2F for /, %40 for @, %3A for a colon and %25 for %.",
)


@pytest.mark.parametrize("password", ["pa#ss", "pa/ss", "pa?ss", "12#4", "#", "/", "?x@y"])
def test_a_password_that_ends_the_address_early_is_refused_without_showing_it(password: str) -> None:
    with pytest.raises(ValidationError) as caught:
        RtspSourceSettings.model_validate({"url": f"rtsp://viewer:{password}@camera7.example/live"})
    [mistake] = mistakes_from(caught.value, RtspSourceSettings)
    assert (mistake.what, mistake.fix) == EARLY


@pytest.mark.parametrize("password", ["p@ss:w/rd", "p@ss/word", "12/w", "p@ss?word", "p@ss#w@rd"])
def test_a_password_with_more_than_one_such_character_is_not_called_a_wrong_port(password: str) -> None:
    with pytest.raises(ValidationError) as caught:
        RtspSourceSettings.model_validate({"url": f"rtsp://admin:{password}@10.0.0.9:554/ch1"})
    [mistake] = mistakes_from(caught.value, RtspSourceSettings)
    assert (mistake.what, mistake.fix) == EARLY


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://admin:p@ss:word@10.0.0.9:554/ch1",
        "rtsp://admin:pass@10.0.0.9/view@2/main",
        "rtsp://proxy.example/?url=rtsp://admin:pass@10.0.0.9:554/ch1",
    ],
)
def test_an_at_sign_that_ends_no_login_early_is_accepted(url: str) -> None:
    assert RtspSourceSettings.model_validate({"url": url}).url.get_secret_value() == url


@pytest.mark.parametrize("port", ["99999", "0", "x"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(ValidationError) as caught:
        RtspSourceSettings.model_validate({"url": f"rtsp://camera7.example:{port}/live"})
    [mistake] = mistakes_from(caught.value, RtspSourceSettings)
    assert (mistake.what, mistake.fix) == (
        "what follows the host is not a port",
        "A port is a whole number from 1 to 65535; RTSP's is 554.",
    )


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://viewer:pa%23s%2Fs@camera7.example:8554/live?channel=1",
        "rtsp://[2001:db8::1]:554/live",
        "rtsp://camera7.example/live?mail=a@b#part",
        "rtsps://viewer:p@ss@camera7.example/live",
    ],
)
def test_addresses_that_work_are_accepted(url: str) -> None:
    assert RtspSourceSettings.model_validate({"url": url}).url.get_secret_value() == url


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://viewer:s3cret@cam9/video.mjpg", "cam9"),
        ("https://cam9/live/index.m3u8", "cam9"),
        ("udp://239.0.0.1:5000", "239.0.0.1"),
        ("udp://@:5000", "stream"),
        ("rtmp://media/app/key", "media"),
    ],
)
def test_a_stream_is_named_after_its_host_and_its_address_is_a_secret(url: str, name: str) -> None:
    settings = StreamSourceSettings.model_validate({"url": url})
    assert settings.source_name == name
    assert url not in repr(settings) + settings.model_dump_json()


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("file:///etc/passwd", "this is not the address of a stream"),
        ("concat:a|b", "this is not the address of a stream"),
        ("http:///video", "this is not the address of a stream"),
        ("http://[::1/video", "this is not the address of a stream"),
        ("rtsp://cam7/live", "this is an RTSP address"),
        ("srt://relay:9000", "the FFmpeg in PyAV cannot read SRT"),
        ("udp://239.0.0.1", "the port is missing"),
    ],
)
def test_an_address_that_is_no_stream_is_refused(url: str, what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        StreamSourceSettings.model_validate({"url": url})


@pytest.mark.parametrize(
    ("model", "typed", "url"),
    [
        (RtspSourceSettings, "RTSP://U:P@Cam7/Live?A=B", "rtsp://U:P@Cam7/Live?A=B"),
        (RtspSourceSettings, " Rtsps://cam7/live ", "rtsps://cam7/live"),
        (StreamSourceSettings, "HTTP://cam7/Video?to=RTSP://x", "http://cam7/Video?to=RTSP://x"),
    ],
)
def test_a_scheme_in_capitals_is_the_same_scheme(
    model: type[RtspSourceSettings | StreamSourceSettings], typed: str, url: str
) -> None:
    assert model.model_validate({"url": typed}).url.get_secret_value() == url
