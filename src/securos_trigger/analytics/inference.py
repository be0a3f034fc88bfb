"""Runs an ONNX model on the processor. The one place that imports onnxruntime.

onnxruntime 1.32 sends usage data by itself: it looks up a host of its maker again and again and leaves a device id
in the user's cache. The variable must be set before the library is loaded, so it is set here and not by the caller;
`disable_telemetry_events` alone does not stop the look-ups.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime

onnxruntime.disable_telemetry_events()


def open_session(path: Path, threads: int) -> Any:
    """The model as an onnxruntime session. Raises ValueError with the reason when it cannot be used."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Fatal only: what it warns of (unused initialisers …) no person can act on.
    options.log_severity_level = 4
    # A spinning thread would take the core from the decoder and the courier.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no base class of their own
        raise ValueError(str(error)) from error


def run(session: Any, inputs: dict[str, Any]) -> list[Any]:
    """The model's outputs in its order. Raises ValueError with the reason when the model fails on its input."""
    try:
        outputs: list[Any] = session.run(None, inputs)
    except Exception as error:  # as above
        raise ValueError(str(error)) from error
    return outputs
