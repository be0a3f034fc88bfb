"""Files that are something else than their names say."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.validation.file_contents import what_instead

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (LFS, "is a pointer of Git LFS, not the file itself"),
        (b"\n <!DOCTYPE html><title>404</title>", "is a web page"),
        (b"<html><body>Sign in</body></html>", "is a web page"),
    ],
)
def test_what_a_failed_download_left_is_no_video_and_no_model(content: bytes, what: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    assert [what_instead(file)[0], what_instead(file, is_model=True)[0]] == [what, what]


def test_a_model_of_another_kind_is_named(tmp_path: Path) -> None:
    file = tmp_path / "yolo.pt"
    file.write_bytes(b"PK\x03\x04" + bytes(40))
    assert what_instead(file, is_model=True) == (
        "is a PyTorch file or an archive, not ONNX",
        "Export it to ONNX, or unpack it.",
    )
    assert what_instead(file) == ("", "")
    file.write_bytes(b"\x1c\x00\x00\x00TFL3" + bytes(40))
    assert what_instead(file, is_model=True)[0] == "is a TensorFlow Lite file, not ONNX"


def test_a_real_file_and_one_that_cannot_be_read_are_not_judged(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(b"\x08\x07\x12\x07pytorch")
    assert what_instead(file, is_model=True) == ("", "")
    assert what_instead(tmp_path / "no.onnx") == what_instead(tmp_path) == ("", "")
