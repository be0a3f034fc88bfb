"""Says of a file that is needed that it is not there, or by its first bytes that it is something else than a model.

Such files come from a download that went wrong, or from a repository that keeps large files elsewhere.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Final

from securos_trigger.errors import Mistake
from securos_trigger.errors.suggestions import nearest
from securos_trigger.system.path_kinds import PathKind, kind_of

#: How a path is read, for a file that is not there.
HOW_RELATIVE: Final = "A relative path begins at the folder of the configuration file."

_MOST_COMPARED: Final = 1000
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


def model_mistakes(model: Path, where: str) -> list[Mistake]:
    """Why a file is no ONNX model, as far as its first bytes show; for the check and for the detector itself."""
    if kind_of(model) not in (PathKind.FILE, PathKind.UNKNOWN):
        return [no_file(model, where)]
    what, fix = what_instead(model, is_model=True)
    return [Mistake(where, f"{model} {what}", fix)] if what else []


def no_file(file: Path, where: str) -> Mistake:
    """That there is no such file, with one that may be meant; or that it is a folder."""
    if kind_of(file) is PathKind.FOLDER:
        return Mistake(where, f"{file} is a folder, and a file is expected", "Name the file in it.")
    return Mistake(where, f"there is no file {file}", _which_one(file))


def _which_one(file: Path) -> str:
    """How to find the file that was meant: a file of a similar name in its folder, else how a path is read."""
    try:
        beside = (one.name for one in islice(file.parent.iterdir(), _MOST_COMPARED) if one.suffix == file.suffix)
        guess = nearest(file.name, beside)
    except OSError:  # no folder, or one that this user may not list
        guess = None
    return f'Did you mean "{file.parent / guess}"?' if guess else HOW_RELATIVE
