"""Which texts in the place of a path are addresses of cameras without their beginning."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from securos_trigger.config.reader import parse_config
from securos_trigger.errors import ConfigurationError
from securos_trigger.operations.edit_rules import edit_mistakes
from securos_trigger.validation.address_slips import WHAT_TO_WRITE, is_address_slip
from securos_trigger.video.settings import FileSourceSettings

SLIPS = [
    "127.0.0.1:8571/yard",
    "rtsp//10.0.0.5/stream1",
    "rtsp:/10.0.0.5/stream1",
    "rtsp:10.0.0.5",
    "RSTP//10.0.0.5/stream1",
    "http:/camera/video",
    "www.camera.example/stream",
    "admin:secret@10.0.0.5/stream1",
    "admin:secret@10.0.0.5/live.sdp",
    "admin@10.0.0.5/stream1",
    "camera.local:554/live",
    "10.0.0.5",
    "10.0.0.5/stream1",
    " 10.0.0.5:554",
]
PATHS = [
    "yard.mp4",
    "recordings/gate.mp4",
    "/srv/recordings/gate 12:30.mp4",
    "C:\\videos\\yard.mp4",
    "C:/videos/yard.mp4",
    "10.0.0.5/yard.mp4",
    "10.0.0.5.mp4",
    "rtsp/yard.mp4",
    "./rtsp.mp4",
    "www.mp4",
    "www.old/yard.mp4",
    "videos@2024/yard.mp4",
    "user@nas/a.mkv",
    "",
]


@pytest.mark.parametrize("text", SLIPS)
def test_an_address_without_its_beginning_is_told_what_to_write(text: str) -> None:
    assert is_address_slip(text)
    with pytest.raises(ValidationError, match="this looks like an address, not like a file"):
        FileSourceSettings.model_validate({"path": text})
    [mistake] = edit_mistakes({}, {"type": "file", "path": text}, (), base=Path("/"), folders=())
    assert (mistake.where, mistake.fix) == ("path", WHAT_TO_WRITE)


@pytest.mark.parametrize("text", PATHS)
def test_a_path_is_no_address(text: str) -> None:
    assert not is_address_slip(text)


@pytest.mark.parametrize(
    "text", ["videos@2024/yard", "cam:1/yard.mp4", "www.old/yard", "10.0.0.5/yard", "10.0.0.5:554"]
)
def test_what_is_there_is_a_file_whatever_its_name_looks_like(tmp_path: Path, text: str) -> None:
    config = f'[[pipelines]]\nname = "yard"\nsource = {{ type = "file", path = "{text}" }}\n'
    assert is_address_slip(text)
    with pytest.raises(ConfigurationError, match="this looks like an address, not like a file"):
        parse_config(config, base=tmp_path)
    (tmp_path / text).parent.mkdir(exist_ok=True)
    (tmp_path / text).write_bytes(b"")
    [pipeline] = parse_config(config, base=tmp_path).pipelines
    assert pipeline.source.path == tmp_path / text
    assert not list(edit_mistakes({}, {"type": "file", "path": text}, (), base=tmp_path, folders=(tmp_path,)))
