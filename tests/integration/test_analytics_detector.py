"""The detector with real models in the real runtime."""

from __future__ import annotations

import itertools
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from securos_trigger.analytics.declarations import DECLARATIONS, field_paths
from securos_trigger.analytics.detector import Detector
from securos_trigger.analytics.labels import coco_labels
from securos_trigger.analytics.settings import DetectorSettings
from securos_trigger.demo.sample_video import sample_video
from securos_trigger.errors import ConfigurationError, MissingPartError, VideoError
from securos_trigger.model import Frame, Moment
from securos_trigger.video.settings import FileSourceSettings
from securos_trigger.video.sources import FileSource
from tests import commands
from tests.integration.made_models import made_model
from tests.made_videos import write_video


def frame_of(image: Any) -> Frame:
    return Frame(Moment(0.0, datetime.now(UTC), "yard"), image)


def grey_image(width: int, height: int, value: int = 128) -> Any:
    return av.VideoFrame.from_ndarray(np.full((height, width, 3), value, dtype=np.uint8), format="rgb24")


@pytest.fixture(scope="module")
def square() -> list[Any]:
    """Three frames of the video of people on a square; the last is frame 700."""
    try:
        path = sample_video()
    except MissingPartError as error:
        pytest.skip(str(error))
    with av.open(str(path)) as container:
        return list(itertools.islice(container.decode(video=0), 680, 701, 10))


@pytest.fixture(scope="module")
def crowd(square: list[Any]) -> Any:
    """Frame 700."""
    return square[-1]


def frames_of(path: Path) -> list[Frame]:
    return list(FileSource(FileSourceSettings(path=path)).frames(threading.Event()))


def by_place(frame: Frame) -> list[list[float]]:
    return sorted(list(thing["rect"].values()) for thing in frame.metadata["objects"])


@pytest.fixture
def yolo_model(tmp_path: Path) -> Path:
    """A model of the YOLO family, 64 x 64, that always sees the same: a cat, a dog, and the dog once more."""
    return constant_model(tmp_path / "yolo.onnx")


def constant_model(
    path: Path, without_numbers: slice | None = None, of_boxes: slice = slice(None), boxes: int = 12
) -> Path:
    """The same, with more boxes of nothing; on white images, these rows of its output are not-a-number.

    So is half precision that overflows.
    """
    onnx = pytest.importorskip("onnx", reason="onnx, which makes the model, is not installed")
    seen, spoiled = np.zeros((1, 6, boxes), np.float32), np.zeros((1, 6, boxes), np.float32)
    seen[0, :, 0] = [16, 16, 16, 16, 0.9, 0.1]
    seen[0, :, 1] = [48, 48, 16, 32, 0.1, 0.8]
    seen[0, :, 2] = [49, 48, 16, 32, 0.1, 0.7]
    if without_numbers is not None:
        spoiled[0, without_numbers, of_boxes] = 1
    make, array = onnx.helper, onnx.numpy_helper.from_array
    given = make.make_tensor_value_info("images", onnx.TensorProto.FLOAT, [1, 3, 64, 64])
    result = make.make_tensor_value_info("output0", onnx.TensorProto.FLOAT, [1, 6, boxes])
    constants = {
        "seen": seen,
        "spoiled": spoiled,
        "limit": np.float32(0.9),
        "nothing": np.zeros((1, 6, boxes), np.float32),
    }
    nodes = [
        make.make_node("ReduceMax", ["images"], ["brightest"], keepdims=0),
        make.make_node("Sub", ["limit", "brightest"], ["left"]),
        make.make_node("Log", ["left"], ["number"]),  # of a negative number: none
        make.make_node("Mul", ["number", "nothing"], ["zeros"]),
        make.make_node("Cast", ["spoiled"], ["is_spoiled"], to=onnx.TensorProto.BOOL),
        make.make_node("Where", ["is_spoiled", "zeros", "nothing"], ["added"]),
        make.make_node("Add", ["seen", "added"], ["output0"]),
    ]
    known = [array(np.asarray(value), name) for name, value in constants.items()]
    graph = make.make_graph(nodes, "always_the_same", [given], [result], initializer=known)
    onnx.save(make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=8), str(path))
    return path


def model_of(path: Path, seen: Any) -> Path:
    """A model, 64 x 64, whose output is this array."""
    onnx = pytest.importorskip("onnx", reason="onnx, which makes the model, is not installed")
    make, kind = onnx.helper, onnx.helper.np_dtype_to_tensor_dtype(seen.dtype)
    given = make.make_tensor_value_info("images", onnx.TensorProto.FLOAT, [1, 3, 64, 64])
    result = make.make_tensor_value_info("output0", kind, list(seen.shape))
    node = make.make_node("Identity", ["seen"], ["output0"])
    graph = make.make_graph(
        [node], "one_array", [given], [result], initializer=[onnx.numpy_helper.from_array(seen, "seen")]
    )
    onnx.save(make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=8), str(path))
    return path


@pytest.mark.parametrize(
    ("seen", "sentence"),
    [
        (np.ones((1, 84, 84), bool), r"its output is of type tensor\(bool\), and a detector gives numbers"),
        (np.zeros((1, 84, 0), np.float32), r"its output output0 is \[1, 84, 0\]: nothing can ever be found in it"),
    ],
)
def test_a_model_that_can_never_find_anything_is_refused_at_the_start(seen: Any, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        Detector(DetectorSettings(model=model_of(tmp_path / "model.onnx", seen)))


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
    assert frame.image is crowd


def test_an_empty_image_has_no_people() -> None:
    frame = frame_of(grey_image(640, 480))
    Detector(DetectorSettings()).process(frame)
    assert frame.metadata == {"objects": []}


def test_every_third_frame_is_looked_at() -> None:
    detector = Detector(DetectorSettings(every=3))
    frames = [frame_of(grey_image(64, 64)) for _ in range(7)]
    for frame in frames:
        detector.process(frame)
    assert [number for number, frame in enumerate(frames) if "objects" in frame.metadata] == [0, 3, 6]


def test_a_yolo_model_is_read_in_pixels_of_the_frame(yolo_model: Path) -> None:
    settings = DetectorSettings(model=yolo_model, family="yolo", labels=["cat", "dog"], keep=[])
    frame = frame_of(grey_image(640, 320))
    Detector(settings).process(frame)
    assert [(thing["label"], thing["rect"]) for thing in frame.metadata["objects"]] == [
        ("cat", {"left": 80, "top": 40, "width": 160, "height": 80}),
        ("dog", {"left": 400, "top": 160, "width": 160, "height": 160}),
    ]


@pytest.mark.parametrize("rows", [slice(0, 6), slice(4, 6), slice(5, 6), slice(0, 1)])
def test_a_model_that_gives_no_numbers_has_failed_on_the_frame(tmp_path: Path, rows: slice) -> None:
    model = constant_model(tmp_path / "half.onnx", rows)
    detector = Detector(DetectorSettings(model=model, family="yolo", labels=["cat", "dog"], keep=[]))
    frame, white = frame_of(grey_image(64, 64)), frame_of(grey_image(64, 64, 255))
    detector.process(frame)
    assert len(frame.metadata["objects"]) == 2
    with pytest.raises(VideoError, match=r"not-a-number \(NaN\) instead of detections") as caught:
        detector.process(white)
    assert "float32" in caught.value.fix
    assert "objects" not in white.metadata, "nothing was looked at: that is not an empty image"


def test_a_single_box_of_few_that_has_no_numbers_is_dropped(tmp_path: Path) -> None:
    model = constant_model(tmp_path / "half.onnx", slice(0, 6), slice(0, 1), boxes=3)
    detector = Detector(DetectorSettings(model=model, family="yolo", labels=["cat", "dog"], keep=[]))
    white = frame_of(grey_image(64, 64, 255))
    detector.process(white)
    assert [thing["label"] for thing in white.metadata["objects"]] == ["dog"]


def test_labels_that_are_not_wanted_are_left_out(yolo_model: Path) -> None:
    settings = DetectorSettings(model=yolo_model, family="yolo", labels=["cat", "dog"], keep=["cat"])
    frame = frame_of(grey_image(64, 64))
    Detector(settings).process(frame)
    assert [thing["label"] for thing in frame.metadata["objects"]] == ["cat"]


def test_people_in_a_phone_video_are_found_as_in_the_upright_one(square: list[Any], tmp_path: Path) -> None:
    """The square, stored on its side with a display matrix, gives the same detections as stored upright."""
    images = [image.to_ndarray(format="rgb24") for image in square]
    upright = frames_of(write_video(tmp_path / "upright.mp4", images))
    lying = frames_of(write_video(tmp_path / "lying.mp4", [np.rot90(image) for image in images], (0, 1, -1, 0)))
    detector = Detector(DetectorSettings(threshold=0.6))
    for expected, found in zip(upright, lying, strict=True):
        assert (found.require_image().width, found.require_image().height) == (768, 576)
        detector.process(expected)
        detector.process(found)
        assert len(expected.metadata["objects"]) >= 3
        assert len(found.metadata["objects"]) == len(expected.metadata["objects"])
        for one, other in zip(by_place(expected), by_place(found), strict=True):
            assert one == pytest.approx(other, abs=8)


def found_by(settings: DetectorSettings, image: Any) -> list[dict[str, Any]]:
    frame = frame_of(image)
    Detector(settings).process(frame)
    objects: list[dict[str, Any]] = frame.metadata["objects"]
    return objects


COCO = list(coco_labels())
NAMES = str(dict(reversed(list(enumerate(COCO)))))

#: A model's output and input, and the settings it needs beside its path.
MODELS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("yolo8", {}, {"family": "yolo"}),
    ("yolo8", {"is_fraction": True}, {}),
    ("yolo8", {"n_masks": 32, "metadata": {"names": NAMES}}, {}),
    ("yolo8", {"n_classes": 1}, {"labels": ["person"]}),
    ("yolo8_rows", {}, {}),
    ("yolo5", {}, {"family": "yolo"}),
    ("yolo5", {"n_masks": 32}, {"family": "yolo", "labels": COCO}),
    ("yolox", {}, {"family": "yolox"}),
    ("yolox", {"n_classes": 1}, {"labels": ["person"]}),
    ("end_to_end", {"metadata": {"names": NAMES}}, {}),
    ("end_to_end", {"is_fraction": True}, {"labels": COCO}),
    ("end_to_end", {"n_masks": 32}, {"labels": COCO}),
    ("rtdetr_pair", {}, {"family": "rtdetr"}),
    ("rtdetr_triple", {}, {"family": "rtdetr", "labels": COCO}),
    ("rtdetr_rows", {}, {}),
    ("yolo8", {"element": "float16"}, {}),
    ("yolo8", {"element": "uint8", "is_channels_last": True}, {}),
    ("yolo8", {"is_channels_last": True, "batch": "N"}, {}),
    ("yolo8", {"batch": 4}, {}),
    ("yolo8", {"size": "side", "metadata": {"imgsz": "[416, 416]"}}, {}),
]


@pytest.mark.parametrize(("layout", "made", "more"), MODELS, ids=lambda part: str(part)[:40])
def test_a_model_of_every_family_finds_the_same_people(
    layout: str, made: dict[str, Any], more: dict[str, Any], crowd: Any, tmp_path: Path
) -> None:
    """The bundled detector with the input and the output of each family, on a real frame."""
    model = made_model(tmp_path / "model.onnx", layout, **made)
    expected = found_by(DetectorSettings(threshold=0.52), crowd)
    found = found_by(DetectorSettings(model=model, threshold=0.52, **more), crowd)
    assert len(expected) == len(found) >= 6
    for one, other in zip(expected, found, strict=True):
        assert (other["label"], other["class_id"], other["id"]) == ("person", 0, None)
        # The decoder makes RGB by another way than BGR: hence the difference.
        assert other["probability"] == pytest.approx(one["probability"], abs=0.02)
        assert list(other["rect"].values()) == pytest.approx(list(one["rect"].values()), abs=0.6)


@pytest.mark.parametrize(
    ("layout", "made", "more", "sentence"),
    [
        (
            "yolox",
            {"n_classes": 1},
            {"family": "yolo", "labels": ["person"]},
            'detector1.family: the model\'s output [1, 3549, 6] is laid out like YOLOX\n      Set family = "yolox".',
        ),
        (
            "yolo8",
            {"n_classes": 3},
            {},
            (
                "detector1.labels: none are given, and the model has 3 classes and brings no names\n"
                '      Name every class, in the model\'s order: labels = ["first", "second", …].'
            ),
        ),
        (
            "end_to_end",
            {},
            {},
            (
                "detector1.labels: none are given, and the model has an unknown number of classes and brings no names\n"
                '      Name every class, in the model\'s order: labels = ["first", "second", …].'
            ),
        ),
        (
            "yolo8",
            {},
            {"labels": ["person", "car"]},
            (
                "detector1.labels: 2 names are given, and the model has 80 classes\n"
                "      Name every class, in the model's order."
            ),
        ),
        (
            "yolo8",
            {"metadata": {"names": "{0: 'bird', 1: 'cat'}"}},
            {},
            'detector1.keep: the model knows no "person"\n      It knows bird, cat. keep = [] keeps all.',
        ),
        (
            "yolo8",
            {"metadata": {"task": "classify"}},
            {},
            'detector1.model: {model} cannot be used: it is a model for the task "classify", not for detection',
        ),
    ],
)
def test_a_model_that_does_not_fit_is_refused_at_the_start(
    layout: str, made: dict[str, Any], more: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    model = made_model(tmp_path / "model.onnx", layout, **made)
    with pytest.raises(ConfigurationError) as found:
        Detector(DetectorSettings(model=model, **more))
    assert str(found.value) == "The configuration has 1 mistake:\n  " + sentence.replace("{model}", str(model))


def test_a_very_wide_frame_keeps_its_shape(square: list[Any]) -> None:
    """A strip of 32:9 of the square: stretched to the input its people are lost, with margins they are found."""
    strips = [
        av.VideoFrame.from_ndarray(np.ascontiguousarray(image.to_ndarray(format="rgb24")[200:416]), format="rgb24")
        for image in square
    ]
    stretched = [found_by(DetectorSettings(most_stretch=10), strip) for strip in strips]
    kept = [found_by(DetectorSettings(), strip) for strip in strips]
    assert sum(map(len, stretched)) == 0
    assert sum(map(len, kept)) >= 4
    for thing in (thing for objects in kept for thing in objects):
        assert thing["rect"]["height"] > 1.3 * thing["rect"]["width"]
        assert thing["rect"]["top"] + thing["rect"]["height"] <= 216


def test_a_run_with_a_model_that_does_not_fit_ends_at_the_start_with_code_2(tmp_path: Path) -> None:
    made_model(tmp_path / "model.onnx", "yolox", n_classes=1)
    write_video(tmp_path / "yard.mp4", [np.zeros((64, 96, 3), dtype=np.uint8)] * 3)
    (tmp_path / "site.toml").write_text(
        '[outbox]\npath = "outbox.sqlite"\n[[pipelines]]\nname = "yard"\nsource = { type = "file", path = "yard.mp4" }\n'
        '[[pipelines.nodes]]\ntype = "detector"\nmodel = "model.onnx"\nfamily = "yolo"\nlabels = ["person"]\n'
    )
    done = commands.run("run", str(tmp_path / "site.toml"))
    assert done.returncode == 2
    assert "node detector1, family: the model's output [1, 3549, 6] is laid out like YOLOX" in done.stderr
    assert 'Set family = "yolox".' in done.stderr


def test_it_writes_what_it_is_declared_to_write(crowd: Any) -> None:
    frame = frame_of(crowd)
    detector = Detector(DetectorSettings())
    detector.process(frame)
    declared = {field.path: field for field in DECLARATIONS["detector"].fields}
    written = set(field_paths(frame.metadata))
    assert written <= set(declared)
    assert {path for path, field in declared.items() if field.is_always} <= written
