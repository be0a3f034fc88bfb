"""Models run on the processor, and their library's telemetry is off."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from securos_trigger.analytics.detector import _BUNDLED_MODEL
from securos_trigger.analytics.inference import open_session, run


def test_a_model_gives_its_outputs_in_its_order() -> None:
    session = open_session(_BUNDLED_MODEL, 1)
    outputs = run(session, {"input_1:0": np.zeros((1, 3, 416, 416), np.float32)})
    assert [output.shape[1:] for output in outputs] == [
        (cells, width) for width in (80, 44) for cells in (2704, 676, 169)
    ]


def test_what_the_library_refuses_is_a_value_error_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_text("hello")
    with pytest.raises(ValueError, match=r"m\.onnx"):
        open_session(tmp_path / "m.onnx", 1)
    with pytest.raises(ValueError, match="input_1:0"):
        run(open_session(_BUNDLED_MODEL, 1), {"input_1:0": np.zeros((1, 3, 8, 8), np.float32)})
