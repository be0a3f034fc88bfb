"""Calls your own `process_frame(frame, **kwargs)` on every frame.

The function sees the frame through `VideoFrame`, whose verbs are those of the platform the functions come from, so
that a function that uses `meta`, `data` and `video_info` runs here unchanged (docs/nodes.md, function).
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from securos_trigger.analytics.platform_code import offer_platform_module, why_unusable
from securos_trigger.analytics.settings import FunctionSettings
from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.metadata.plain import plain
from securos_trigger.model import Frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Fields that the platform always has.
_EMPTY_FIELDS: dict[str, list[Any]] = {"objects": []}
# One for each file that is loaded: two nodes with one file share no globals.
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """Size of the image in pixels."""

    width: int
    height: int


class FrameMetadata:
    """The frame's metadata. Changes count once `save` is called."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._changes: dict[str, Any] = {}

    def get_field(self, name: str) -> Any:
        """The field's value, None when there is none, for `objects` an empty list.

        Changing it in place changes nothing until `set_field`.
        """
        return plain(self._changes.get(name, self._frame.metadata.get(name, _EMPTY_FIELDS.get(name))))

    def get_all(self) -> dict[str, Any]:
        """All fields."""
        return {name: plain(value) for name, value in {**self._frame.metadata, **self._changes}.items()}

    def set_field(self, name: str, value: object) -> None:
        """Set a field at the top level of the metadata."""
        self._changes[str(name)] = value

    def save(self) -> None:
        """Write what was set into the frame, as plain data (numpy values become numbers and lists)."""
        self._frame.metadata.update({name: plain(value) for name, value in self._changes.items()})
        self._changes.clear()


class VideoFrame:
    """A frame as `process_frame` sees it."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def meta(self) -> FrameMetadata:
        """The metadata of this frame."""
        return FrameMetadata(self._frame)

    def video_info(self) -> VideoInfo:
        """The size of the image. Raises ValueError when the frame has no image and its source gives no size."""
        size = self._frame.size
        if size is None:
            raise ValueError(f'the source "{self._frame.source_name}" gives neither images nor their size')
        return VideoInfo(*size)

    @contextmanager
    def data(self) -> Iterator[NDArray[np.uint8]]:
        """The image as BGR pixels [height, width, 3]. Drawing on them draws on the image that goes on.

        The image is replaced only if a pixel changed; else it stays the decoder's own. Raises ValueError when the
        frame has no image.
        """
        image = self._frame.require_image()
        import av
        import numpy as np

        pixels = image.to_ndarray(format="bgr24")
        before = pixels.copy()
        yield pixels
        if not np.array_equal(before, pixels):
            drawn = av.VideoFrame.from_ndarray(pixels, format="bgr24")
            drawn.pts, drawn.time_base = image.pts, image.time_base or Fraction(0, 1)
            self._frame.image = drawn


class FunctionNode:
    """Runs the function. What it raises goes to the host, which logs and counts it, and the video goes on."""

    def __init__(self, settings: FunctionSettings, identity: Mapping[str, str]) -> None:
        self.node_id = settings.id
        self._function = _load(settings)
        self._arguments = {**identity, "node_id": settings.id, **settings.arguments}

    def process(self, frame: Frame) -> bool | None:
        """Call the function. False, and only False, ends the frame's way."""
        try:
            answer = self._function(VideoFrame(frame), **self._arguments)
        except SystemExit as error:
            raise RuntimeError(f"the function called sys.exit({error.code!r}); return False ends a frame") from error
        return False if answer is False else None

    def close(self) -> None:
        """Nothing to let go of."""


def _load(settings: FunctionSettings) -> Callable[..., object]:
    offer_platform_module(VideoFrame)
    if settings.file is not None:
        place, source = f"{settings.id}.file", str(settings.file)
    else:
        place, source = f"{settings.id}.module", str(settings.module)
    try:
        module = _module_of_file(settings.file) if settings.file else importlib.import_module(source)
    except (Exception, SystemExit) as error:  # the user's code may raise anything while it is imported
        what = f"{source} cannot be imported: {type(error).__name__}: {error}"
        raise ConfigurationError([Mistake(place, what)]) from error
    function = getattr(module, "process_frame", None)
    if not callable(function):
        fix = "Write: def process_frame(frame, **kwargs): …"
        raise ConfigurationError([Mistake(place, f"{source} defines no process_frame", fix)])
    if why := why_unusable(function, VideoFrame):
        raise ConfigurationError([Mistake(place, f"process_frame of {source} {why}.")])
    return function  # type: ignore[no-any-return]  # a user's function returns what it likes


def _module_of_file(path: Path) -> ModuleType:
    """The module in the file, with globals of its own. It may import modules that stand beside it."""
    name = f"securos_trigger_function_{next(_numbers)}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError("it is not a Python file")
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.append(folder)  # at the end: a file there hides no library
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look it up there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
