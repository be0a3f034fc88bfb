"""Settings of sources and sinks: names, secrets, mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from securos_trigger.video.settings import (
    AnnotatedSinkSettings,
    FileSourceSettings,
    RtspSourceSettings,
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
    with pytest.raises(ValidationError, match="this is no RTSP address"):
        RtspSourceSettings.model_validate({"url": "http://cam7/live"})


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        AnnotatedSinkSettings.model_validate({"path": "a.mp4", "colour": "red"})
