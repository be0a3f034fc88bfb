"""Recognises by its first bytes a file that is something else than its name says: an empty one, a web page, a pointer.

Such files come from a download that went wrong, or from a repository that keeps large files elsewhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_READ_BYTES: Final = 512
_SAVED_PAGE: Final = (
    "is a web page",
    "Download the file itself: on a repository's page with its button Download or Raw.",
)
_BEGINNINGS: Final = (
    (
        b"version https://git-lfs",
        "is a pointer of Git LFS, not the file itself",
        "Run `git lfs pull` in its repository.",
    ),
    (b"<!doctype html", *_SAVED_PAGE),
    (b"<html", *_SAVED_PAGE),
    (b"<?xml", "is XML", ""),
)
_OTHER_MODELS: Final = (
    (b"PK\x03\x04", "is a PyTorch file or an archive, not ONNX", "Export it to ONNX, or unpack it."),
    (b"\x80\x02", "is a PyTorch file, not ONNX", "Export it to ONNX."),
    (b"\x89HDF", "is a Keras file, not ONNX", "Export it to ONNX."),
    (b"\x1f\x8b", "is compressed", "Unpack it: gunzip."),
)


def what_instead(path: Path, *, is_model: bool = False) -> tuple[str, str]:
    """What a file is instead of a video, or of an ONNX model, and how to fix it. Empty: nothing odd is seen.

    A file that cannot be read is not judged.
    """
    try:
        with path.open("rb") as file:
            begin = file.read(_READ_BYTES)
    except OSError:
        return "", ""
    if not begin:
        return "is empty", "Copy or download it again."
    text = begin.lstrip().lower()
    for beginning, what, fix in _BEGINNINGS:
        if text.startswith(beginning):
            return what, fix
    if is_model:
        for beginning, what, fix in _OTHER_MODELS:
            if begin.startswith(beginning):
                return what, fix
        if begin[4:8] == b"TFL3":
            return "is a TensorFlow Lite file, not ONNX", "Export it to ONNX."
    return "", ""
