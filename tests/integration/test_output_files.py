"""What an output is called: a folder, a device that many may use, a pipe, a name that says something else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.errors import ConfigurationError


def text_of(*sinks: str, source: str = "yard.mp4") -> str:
    return "".join(
        f'[[pipelines]]\nname = "p{number}"\nsource = {{ type = "file", path = "{source}" }}\n'
        f'sink = {{ type = "file", path = "{sink}" }}\n'
        for number, sink in enumerate(sinks)
    )


def test_a_sink_that_is_a_folder_is_a_mistake_with_a_name_in_it(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    with pytest.raises(ConfigurationError) as found:
        parse_config(text_of("videos"), base=tmp_path)
    folder = tmp_path / "videos"
    assert f"{folder} is a folder, and a file is expected" in str(found.value)
    assert f"Name a file in it: {folder / 'p0.mp4'}" in str(found.value)


def test_many_pipelines_may_write_to_a_device_but_not_to_one_pipe(tmp_path: Path) -> None:
    assert parse_config(text_of("/dev/null", "/dev/null"), base=tmp_path).warnings == ()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigurationError, match='is the sink of "p'):
        parse_config(text_of("pipe", "pipe"), base=tmp_path)
    parse_config(text_of("pipe") + text_of("out.mp4", source="pipe").replace("p0", "p1"), base=tmp_path)


def test_what_is_read_to_run_warns_of_an_output_as_the_check_does(tmp_path: Path) -> None:
    for has_files in (False, True):
        found = parse_config(text_of("none/out.xyz"), base=tmp_path, has_files=has_files).warnings
        assert any(f"there is no folder {tmp_path / 'none'} to write to" in one for one in found)
        assert any("an MP4 file is written, and its name ends in .xyz" in one for one in found)
