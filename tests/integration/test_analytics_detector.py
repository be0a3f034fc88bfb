"""The detector with real models in the real runtime."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from securos_trigger.analytics.detector import Detector
from securos_trigger.analytics.settings import DetectorSettings
from securos_trigger.demo.sample_video import sample_video
from securos_trigger.errors import MissingPartError
from securos_trigger.model import Frame


def frame_of(picture: Any) -> Frame:
    return Frame(picture, 0.0, datetime.now(UTC), "yard")


def grey_picture(width: int, height: int) -> Any:
    return av.VideoFrame.from_ndarray(np.full((height, width, 3), 128, dtype=np.uint8), format="rgb24")


@pytest.fixture(scope="module")
def crowd() -> Any:
    """Frame 700 of the video of people on a square."""
    try:
        path = sample_video()
    except MissingPartError as error:
        pytest.skip(str(error))
    with av.open(str(path)) as container:
        return next(itertools.islice(container.decode(video=0), 700, None))


@pytest.fixture
def yolo_model(tmp_path: Path) -> Path:
    """A model of the YOLO family, 64 x 64, that always sees the same: a cat, a dog, and the dog once more."""
    onnx = pytest.importorskip("onnx", reason="onnx, which makes the model, is not installed")
    seen = np.zeros((1, 6, 3), np.float32)
    seen[0, :, 0] = [16, 16, 16, 16, 0.9, 0.1]
    seen[0, :, 1] = [48, 48, 16, 32, 0.1, 0.8]
    seen[0, :, 2] = [49, 48, 16, 32, 0.1, 0.7]
    make = onnx.helper
    given = make.make_tensor_value_info("images", onnx.TensorProto.FLOAT, [1, 3, 64, 64])
    result = make.make_tensor_value_info("output0", onnx.TensorProto.FLOAT, [1, 6, 3])
    node = make.make_node("Constant", [], ["output0"], value=onnx.numpy_helper.from_array(seen))
    graph = make.make_graph([node], "always_the_same", [given], [result])
    path = tmp_path / "yolo.onnx"
    onnx.save(make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=8), str(path))
    return path


def test_the_bundled_model_finds_the_people_on_the_square(crowd: Any) -> None:
    detector = Detector(DetectorSettings())
    frame = frame_of(crowd)
    detector.process(frame)
    objects = frame.metadata["objects"]
    assert len(objects) == 7
    assert objects == sorted(objects, key=lambda thing: -thing["probability"])
    for thing in objects:
        assert set(thing) == {"id", "label", "class_id", "probability", "rect", "attributes"}
        assert (thing["id"], thing["label"], thing["class_id"], thing["attributes"]) == (None, "person", 0, [])
        assert 0.5 <= thing["probability"] <= 1
        rect = thing["rect"]
        assert rect["left"] >= 0 and rect["left"] + rect["width"] <= crowd.width
        assert rect["top"] >= 0 and rect["top"] + rect["height"] <= crowd.height
        assert 1.3 < rect["height"] / rect["width"] < 5
    assert frame.picture is crowd


def test_an_empty_picture_has_no_people() -> None:
    frame = frame_of(grey_picture(640, 480))
    Detector(DetectorSettings()).process(frame)
    assert frame.metadata == {"objects": []}


def test_every_third_frame_is_looked_at() -> None:
    detector = Detector(DetectorSettings(every=3))
    frames = [frame_of(grey_picture(64, 64)) for _ in range(7)]
    for frame in frames:
        detector.process(frame)
    assert [number for number, frame in enumerate(frames) if "objects" in frame.metadata] == [0, 3, 6]


def test_a_yolo_model_is_read_in_pixels_of_the_frame(yolo_model: Path) -> None:
    settings = DetectorSettings(model=yolo_model, family="yolo", labels=["cat", "dog"], keep=[])
    frame = frame_of(grey_picture(640, 320))
    Detector(settings).process(frame)
    assert [(thing["label"], thing["rect"]) for thing in frame.metadata["objects"]] == [
        ("cat", {"left": 80, "top": 40, "width": 160, "height": 80}),
        ("dog", {"left": 400, "top": 160, "width": 160, "height": 160}),
    ]


def test_labels_that_are_not_wanted_are_left_out(yolo_model: Path) -> None:
    settings = DetectorSettings(model=yolo_model, family="yolo", labels=["cat", "dog"], keep=["cat"])
    frame = frame_of(grey_picture(64, 64))
    Detector(settings).process(frame)
    assert [thing["label"] for thing in frame.metadata["objects"]] == ["cat"]
