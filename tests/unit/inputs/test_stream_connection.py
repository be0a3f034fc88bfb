"""The address of a metadata stream as the source of a pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.errors import ConfigurationError
from securos_trigger.inputs.stream_connection import StreamConnection

SITE = '[[pipelines]]\nname = "gate"\nsource = {{ type = "onvif-metadata", {more} }}\ncameras = {{ "*" = "1" }}\n'


def test_the_address_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("rtsp://u:secret@cam/1\n")
    source = parse_config(SITE.format(more='url = { file = "url" }'), base=tmp_path).pipelines[0].source
    assert isinstance(source.transport, StreamConnection)
    assert source.transport.url.get_secret_value() == "rtsp://u:secret@cam/1"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('device = "x"', 'Set url = "rtsp://user:password@camera/path", the address of the stream.'),
        ('url = "http://u:secret@cam"', "this is not an RTSP address"),
        ('url = "rtsp://[cam"', "this is not an RTSP address"),
        ('url = "rtsp://cam", silent_after_s = 1', "silent_after_s"),
    ],
)
def test_a_mistake_is_named_without_the_secret_in_it(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_config(SITE.format(more=more), base=tmp_path)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)
