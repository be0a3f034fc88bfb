"""Recording the metadata of a configuration's pipelines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from securos_trigger.operations.record import RecordResult, record_metadata
from tests.unit.operations.site import write_site

av = pytest.importorskip("av")
np = pytest.importorskip("numpy")


def test_a_recording_has_every_frame_and_needs_no_secret(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "yard.avi"), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((48, 64, 3), 128, np.uint8))))
        container.mux(stream.encode(None))
    out = tmp_path / "seen.jsonl"
    result = record_metadata(write_site(tmp_path, password='{ env = "NOT_SET" }'), out)
    assert result == RecordResult(out, is_complete=True)
    assert len([json.loads(line) for line in out.read_text().splitlines()]) == 10


def test_a_recording_whose_source_cannot_be_opened_is_not_complete(tmp_path: Path) -> None:
    out = tmp_path / "seen.jsonl"
    assert record_metadata(write_site(tmp_path), out) == RecordResult(out, is_complete=False)
