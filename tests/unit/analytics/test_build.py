"""Settings become nodes, and checking settings loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from securos_trigger.analytics import build, overlays_of
from securos_trigger.analytics.settings import NodeSettings
from securos_trigger.errors import ConfigurationError, RecordingError
from securos_trigger.model import AnalyticsNode
from securos_trigger.validation.file_contents import model_mistakes

ADAPTER: TypeAdapter[NodeSettings] = TypeAdapter(NodeSettings)

TABLES: list[dict[str, Any]] = [
    {"type": "detector"},
    {"type": "tracker"},
    {"type": "line_counter", "lines": {"gate": [[0, 10], [100, 10]]}},
    {"type": "zone_presence", "rois": {"yard": [[0, 0], [10, 0], [10, 10]]}},
    {"type": "event", "event_type": "crowd", "condition": "n > 3"},
    {"type": "function", "module": "this_is_made_by_the_test"},
    {"type": "metadata_recorder", "path": "recording.jsonl"},
]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table["type"])
def test_every_type_of_settings_becomes_a_node(
    table: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "this_is_made_by_the_test.py").write_text("def process_frame(frame, **kwargs): ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    node = build(ADAPTER.validate_python({"id": "mine", **table}))
    assert isinstance(node, AnalyticsNode)
    assert node.node_id == "mine"
    node.close()


def test_overlays_come_from_the_nodes_that_have_some() -> None:
    nodes = [build(ADAPTER.validate_python(table)) for table in TABLES[1:5]]
    assert [(overlay.node_id, overlay.name, overlay.is_line) for overlay in overlays_of(nodes)] == [
        ("annotate_line_counter1", "gate", True),
        ("annotate_presence1", "yard", False),
    ]


def test_settings_load_nothing_heavy() -> None:
    code = (
        "import sys, securos_trigger.analytics.settings, securos_trigger.analytics, "
        "securos_trigger.video.settings; "
        "print(sorted({'numpy', 'av', 'onnxruntime', 'scipy', 'PIL'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_model_that_is_not_there_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(ConfigurationError) as found:
        build(ADAPTER.validate_python({"type": "detector", "model": "no/such.onnx"}))
    assert str(found.value) == (
        "The configuration has 1 mistake:\n  detector1.model: there is no file no/such.onnx\n"
        "      A relative path begins at the folder of the configuration file."
    )


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04", "is a PyTorch file or an archive, not ONNX"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a pointer of Git LFS, not the file itself"),
        (b"<html>404</html>", "is a web page"),
        (b"", "is empty"),
        (None, "is a folder, and a file is expected"),
    ],
)
def test_what_a_model_is_instead_is_said_as_the_check_says_it(content: bytes | None, what: str, tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    model.mkdir() if content is None else model.write_bytes(content)
    with pytest.raises(ConfigurationError) as found:
        build(ADAPTER.validate_python({"type": "detector", "model": model}))
    [mistake] = found.value.mistakes
    assert [mistake] == model_mistakes(model, "detector1.model")
    assert mistake.what == f"{model} {what}"


def test_a_file_that_is_no_model_is_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    model.write_text("hello")
    with pytest.raises(ConfigurationError, match="is not a usable ONNX model"):
        build(ADAPTER.validate_python({"type": "detector", "model": model}))


def test_a_label_the_model_does_not_know_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(ConfigurationError, match=r'detector1\.keep: the model knows no "persn"'):
        build(ADAPTER.validate_python({"type": "detector", "keep": ["persn"]}))


def test_a_recording_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    path = tmp_path / "no" / "such" / "folder.jsonl"
    with pytest.raises(RecordingError) as found:
        build(ADAPTER.validate_python({"type": "metadata_recorder", "path": path}))
    assert str(found.value) == f"The recording {path} cannot be written: No such file or directory"
