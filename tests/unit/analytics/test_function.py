"""A function node runs a foreign `process_frame`, and keeps the frame in order."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from securos_trigger.analytics.function import FunctionNode
from securos_trigger.analytics.settings import FunctionSettings
from securos_trigger.errors import ConfigurationError
from securos_trigger.model import Frame

FrameMaker = Callable[..., Frame]
NodeMaker = Callable[..., FunctionNode]


@pytest.fixture
def make_node(tmp_path: Path) -> NodeMaker:
    """Makes a function node of Python source."""

    def make(source: str, **arguments: object) -> FunctionNode:
        path = tmp_path / "mine.py"
        path.write_text(source, encoding="utf-8")
        return FunctionNode(FunctionSettings(file=path, arguments=arguments), {"deployment_id": "d1"})

    return make


def test_a_saved_field_is_in_the_metadata(make_node: NodeMaker, make_frame: FrameMaker) -> None:
    node = make_node(
        """
def process_frame(frame, **kwargs):
    meta = frame.meta()
    meta.set_field("people", len(meta.get_field("objects")))
    meta.save()
    return True
"""
    )
    frame = make_frame(objects=[{"id": 1}, {"id": 2}])
    image = frame.image
    assert node.process(frame) is None
    assert frame.metadata["people"] == 2
    assert frame.image is image


def test_a_field_that_is_not_saved_is_not_in_the_metadata(make_node: NodeMaker, make_frame: FrameMaker) -> None:
    frame = make_frame()
    make_node("def process_frame(frame, **kwargs):\n    frame.meta().set_field('a', 1)\n").process(frame)
    assert frame.metadata == {}


def test_a_function_of_the_platform_runs_unchanged(make_node: NodeMaker, make_frame: FrameMaker) -> None:
    node = make_node(
        """
from lumeopipeline import VideoFrame

seen = 0

def process_frame(frame: VideoFrame, node_id, deployment_id, limit=0, **kwargs) -> bool:
    global seen
    seen += 1
    info = frame.video_info()
    meta = frame.meta()
    meta.set_field("facts", [node_id, deployment_id, limit, seen, info.width, info.height, sorted(meta.get_all())])
    meta.save()
    return True
""",
        limit=4,
    )
    frame = make_frame(place="yard")
    node.process(frame)
    assert frame.metadata["facts"] == ["function1", "d1", 4, 1, 400, 300, ["place"]]


def test_what_it_writes_is_plain_data(make_node: NodeMaker, make_frame: FrameMaker) -> None:
    node = make_node(
        """
import numpy as np

def process_frame(frame, **kwargs):
    meta = frame.meta()
    meta.set_field("a", {"n": np.float32(1.5), "list": np.arange(3), 7: {1}, "odd": object, "nan": float("nan")})
    meta.save()
"""
    )
    frame = make_frame()
    node.process(frame)
    assert frame.metadata["a"] == {"n": 1.5, "list": [0, 1, 2], "7": [1], "odd": "<class 'object'>", "nan": None}
    json.dumps(frame.metadata, allow_nan=False)


def test_drawing_replaces_the_image_and_keeps_its_time(make_node: NodeMaker, make_frame: FrameMaker) -> None:
    node = make_node(
        "def process_frame(frame, **kwargs):\n    with frame.data() as mat:\n        mat[:10, :10] = 255\n"
    )
    frame = make_frame()
    frame.require_image().pts = 42
    before = frame.require_image()
    node.process(frame)
    assert frame.image is not before
    assert frame.require_image().pts == 42
    pixels = frame.require_image().to_ndarray(format="bgr24")
    assert (pixels.shape, int(pixels[0, 0, 0])) == ((300, 400, 3), 255)
    assert int(before.to_ndarray(format="bgr24")[0, 0, 0]) < 255


def test_looking_at_pixels_leaves_the_image_alone(make_node: NodeMaker, make_frame: FrameMaker) -> None:
    node = make_node("def process_frame(frame, **kwargs):\n    with frame.data() as mat:\n        mat.mean()\n")
    frame = make_frame()
    before = frame.require_image()
    node.process(frame)
    assert frame.image is before


@pytest.mark.parametrize(("answer", "verdict"), [("True", None), ("None", None), ("0", None), ("False", False)])
def test_only_false_ends_the_frame(
    make_node: NodeMaker, make_frame: FrameMaker, answer: str, verdict: bool | None
) -> None:
    assert make_node(f"def process_frame(frame, **kwargs):\n    return {answer}\n").process(make_frame()) is verdict


def test_what_the_function_raises_reaches_the_host(make_node: NodeMaker, make_frame: FrameMaker) -> None:
    node = make_node("def process_frame(frame, **kwargs):\n    return 1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        node.process(make_frame())


def test_code_that_cannot_be_imported_is_a_mistake_of_the_configuration(make_node: NodeMaker, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as found:
        make_node("import no_such_library\n")
    assert str(found.value) == (
        "The configuration has 1 mistake:\n"
        f"  function1.file: {tmp_path / 'mine.py'} cannot be imported: "
        "ModuleNotFoundError: No module named 'no_such_library'"
    )


def test_code_without_process_frame_is_a_mistake_of_the_configuration(make_node: NodeMaker, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as found:
        make_node("def process(frame): ...\n")
    assert str(found.value) == (
        "The configuration has 1 mistake:\n"
        f"  function1.file: {tmp_path / 'mine.py'} defines no process_frame\n"
        "      Write: def process_frame(frame, **kwargs): …"
    )


def test_a_function_needs_exactly_one_place() -> None:
    for places in ({}, {"file": "a.py", "module": "a"}):
        with pytest.raises(ValidationError, match="exactly one of file and module is needed"):
            FunctionSettings.model_validate(places)


def mistake_of(make_node: NodeMaker, tmp_path: Path, source: str) -> str:
    with pytest.raises(ConfigurationError) as found:
        make_node(source)
    [mistake] = found.value.mistakes
    return mistake.what.replace(str(tmp_path / "mine.py"), "mine.py")


@pytest.mark.parametrize(
    ("source", "what"),
    [
        (
            "async def process_frame(frame, **kwargs): ...\n",
            (
                "process_frame of mine.py is an async def, which nothing here awaits. "
                "Write: def process_frame(frame, **kwargs): …."
            ),
        ),
        (
            "def process_frame(frame, **kwargs):\n    yield True\n",
            (
                "process_frame of mine.py has a yield in it, so that calling it does nothing. "
                "Return True or False instead."
            ),
        ),
        (
            "def process_frame(image, **kwargs):\n    image.meta()\n    for one in image.tensors(): print(one)\n",
            (
                "process_frame of mine.py uses image.tensors, which is not available here. "
                "A frame has meta(), video_info(), data()."
            ),
        ),
        ("import sys\nsys.exit(3)\n", "mine.py cannot be imported: SystemExit: 3"),
        (
            "from lumeopipeline import VideoFrame, Utils\nUtils.install_import('no_such_package', version='1.2')\n",
            (
                "mine.py cannot be imported: ImportError: Utils.install_import installs nothing here; "
                "install it beside securos-trigger: pip install no_such_package==1.2"
            ),
        ),
    ],
)
def test_code_that_cannot_work_here_is_refused_at_the_start(
    make_node: NodeMaker, tmp_path: Path, source: str, what: str
) -> None:
    assert mistake_of(make_node, tmp_path, source) == what


def test_the_first_lines_of_the_platforms_readme_work(make_node: NodeMaker, make_frame: FrameMaker) -> None:
    node = make_node(
        """
from lumeopipeline import VideoFrame, Utils

colorsys = Utils.install_import("colorsys", version="0.1.1", git_url="https://git.example/colorsys.git")

def process_frame(frame: VideoFrame, **kwargs):
    meta = frame.meta()
    meta.set_field("white", colorsys.rgb_to_hsv(1, 1, 1))
    meta.set_field("count", len(meta.get_field("objects")))
    meta.save()
"""
    )
    frame = make_frame()
    node.process(frame)
    assert frame.metadata == {"white": [0.0, 0, 1], "count": 0}


def test_a_module_beside_the_file_can_be_imported(
    make_node: NodeMaker, make_frame: FrameMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "beside_the_function.py").write_text("LIMIT = 7\n")
    node = make_node(
        "from beside_the_function import LIMIT\n"
        "def process_frame(frame, **kwargs):\n"
        "    meta = frame.meta()\n    meta.set_field('limit', LIMIT)\n    meta.save()\n"
    )
    frame = make_frame()
    node.process(frame)
    assert frame.metadata == {"limit": 7}


def test_two_nodes_with_one_file_share_no_globals(make_node: NodeMaker, make_frame: FrameMaker) -> None:
    source = """
from __future__ import annotations
from dataclasses import dataclass

@dataclass
class Seen:
    frames: int = 0

seen = Seen()

def process_frame(frame, **kwargs):
    seen.frames += 1
    meta = frame.meta()
    meta.set_field("frames", seen.frames)
    meta.save()
"""
    first, second, frame = make_node(source), make_node(source), make_frame()
    first.process(frame)
    second.process(frame)
    assert frame.metadata == {"frames": 1}


def test_a_function_that_exits_is_a_fault_of_the_node(make_node: NodeMaker, make_frame: FrameMaker) -> None:
    node = make_node("import sys\ndef process_frame(frame, **kwargs):\n    sys.exit(3)\n")
    with pytest.raises(RuntimeError, match=r"the function called sys\.exit\(3\); return False ends a frame"):
        node.process(make_frame())
