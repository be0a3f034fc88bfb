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
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from securos_trigger.analytics.settings import FunctionSettings
from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.metadata.plain import plain
from securos_trigger.model import Frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Functions that were written for the platform import `VideoFrame` from this module.
_PLATFORM_MODULE = "lumeopipeline"


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
        """The field's value, None when there is none. Changing it in place changes nothing until `set_field`."""
        return plain(self._changes.get(name, self._frame.metadata.get(name)))

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
        return False if self._function(VideoFrame(frame), **self._arguments) is False else None

    def close(self) -> None:
        """Nothing to let go of."""


def _load(settings: FunctionSettings) -> Callable[..., object]:
    _offer_platform_module()
    if settings.file is not None:
        place, source = f"{settings.id}.file", str(settings.file)
    else:
        place, source = f"{settings.id}.module", str(settings.module)
    try:
        module = _module_of_file(settings.file) if settings.file else importlib.import_module(source)
    except Exception as error:  # the user's code may raise anything while it is imported
        what = f"{source} cannot be imported: {type(error).__name__}: {error}"
        raise ConfigurationError([Mistake(place, what)]) from error
    function = getattr(module, "process_frame", None)
    if not callable(function):
        mend = "Write: def process_frame(frame, **kwargs): …"
        raise ConfigurationError([Mistake(place, f"{source} defines no process_frame", mend)])
    return function  # type: ignore[no-any-return]  # a user's function returns what it likes


def _module_of_file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"securos_trigger_function_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError("it is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _offer_platform_module() -> None:
    """Lets `from lumeopipeline import VideoFrame` succeed where that library is not installed."""
    if _PLATFORM_MODULE in sys.modules or importlib.util.find_spec(_PLATFORM_MODULE) is not None:
        return
    module = ModuleType(_PLATFORM_MODULE, "The part of the platform's library that functions need here.")
    module.VideoFrame = VideoFrame  # type: ignore[attr-defined]
    sys.modules[_PLATFORM_MODULE] = module
