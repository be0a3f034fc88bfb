"""What is written into a recording is read back exactly."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.metadata.recorded_frames import line_of
from securos_trigger.metadata.recordings import Recording, RecordingWriter
from securos_trigger.model import Frame, Moment

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


JSON_DATA = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(2**62, 2**70)
    | st.floats()
    | st.sampled_from([-0.0, math.inf, math.nan])
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def frame(at: float = 0.0, captured_at: datetime = NOON, /, **metadata: Any) -> Frame:
    return Frame(Moment(at, captured_at, "yard"), None, metadata)


def write(path: Path, *frames: Frame) -> Path:
    writer = RecordingWriter(path)
    for one in frames:
        writer.write(line_of(one))
    writer.close()
    return path


@given(st.dictionaries(st.text(st.characters(codec=None)), JSON_DATA, max_size=5), st.floats(0, 1e9), st.datetimes())
def test_what_is_written_is_read_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, metadata: dict[str, Any], at: float, wall_clock: datetime
) -> None:
    captured_at = wall_clock.replace(tzinfo=timezone(timedelta(hours=5, minutes=30)))
    path = write(tmp_path_factory.mktemp("recording") / "r.jsonl", frame(at, captured_at, **metadata))
    [read] = Recording(path)
    assert (read.line, read.at, read.captured_at, read.source_name) == (1, at, captured_at, "yard")
    assert repr(read.metadata) == repr(metadata), "repr tells 1 from 1.0 and True, -0.0 from 0.0, and finds NaN equal"
