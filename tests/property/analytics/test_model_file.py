"""The notes of any model are read, and no file makes the reading raise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.analytics.model_file import read_metadata
from tests.unit.analytics.test_model_file import model_with


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_the_notes_of_a_model_are_read(tmp_path_factory: pytest.TempPathFactory, metadata: dict[str, str]) -> None:
    assert read_metadata(model_with(tmp_path_factory.mktemp("model") / "m.onnx", metadata)) == metadata


@given(st.binary(max_size=300))
def test_a_file_that_is_no_model_has_no_notes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("model") / "m.onnx"
    path.write_bytes(content)
    assert isinstance(read_metadata(path), dict)
