"""A visit of a source holds what it has found, and not the image: the doctor has one open for each pipeline."""

from __future__ import annotations

import base64
import gc
import time
from pathlib import Path

import numpy as np

from securos_trigger.config.reader import parse_config
from securos_trigger.config.settings import Settings
from securos_trigger.model import Frame
from securos_trigger.operations.edit import ConfigEditor
from securos_trigger.operations.source_trial import try_new_source
from securos_trigger.runtime.visits import visit
from tests.made_videos import write_video
from tests.unit.operations.site import write_site


def sources(folder: Path, names: list[str]) -> Settings:
    file = write_video(folder / "yard.mp4", [np.zeros((64, 96, 3), dtype=np.uint8)] * 3)
    tables = [{"name": one, "source": {"type": "file", "path": file.name, "name": one}} for one in names]
    return parse_config("", base=folder, source="site.toml", tables={"pipelines": tables})


def test_no_frame_is_kept_while_the_visits_are(tmp_path: Path) -> None:
    names = ["visit-one", "visit-two"]
    seen: list[str] = []
    opened = [
        visit(one, on_frame=lambda frame: seen.append(frame.source_name)) for one in sources(tmp_path, names).pipelines
    ]
    ends_at_ticks = time.monotonic() + 60
    assert [one.reason(ends_at_ticks) for one in opened] == [None, None]
    while not all(one.has_ended() for one in opened):
        assert time.monotonic() < ends_at_ticks
        time.sleep(0.01)
    assert (sorted(seen), [one.size for one in opened]) == (names, [(96, 64)] * 2)
    assert [one for one in gc.get_objects() if isinstance(one, Frame) and one.source_name in names] == []


def test_the_trial_of_an_address_shows_a_small_image(tmp_path: Path) -> None:
    editor = ConfigEditor(write_site(tmp_path), [tmp_path])
    write_video(tmp_path / "wide.mp4", [np.zeros((480, 640, 3), dtype=np.uint8)])
    found = try_new_source(editor, {"type": "file", "path": "wide.mp4"}, {})
    assert (found["works"], found["text"]) == (True, "It works: an image of 640 x 480 pixels has come.")
    assert base64.b64decode(found["image"])[:2] == b"\xff\xd8"
