"""Try a source that is not saved: open it as `run` does, see whether it gives something, and leave."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Mapping
from typing import Any, Final

from securos_trigger.config.reader import parse_config
from securos_trigger.config.settings import PipelineSettings
from securos_trigger.errors import ConfigurationError, ConflictError
from securos_trigger.model import Frame
from securos_trigger.operations.edit import ConfigEditor, PartChange
from securos_trigger.operations.edit_rules import edit_mistakes, shown
from securos_trigger.operations.source_in_use import TRIED_IMAGE_WIDTH, answer_of_service
from securos_trigger.runtime.frame_answers import jpeg_of_frame
from securos_trigger.runtime.visits import Visit, visit

TRIED_FOR_S: Final = 12.0
#: Keys of a source that say what is opened.
_ADDRESS_KEYS: Final = ("type", "url", "broker", "host", "address", "port", "path", "device", "listen")
_MOST_SHOWN: Final = 300
_NAME: Final = "tried"
_one_at_a_time = threading.Lock()
#: Trials that have been answered, and whose thread may hang in a library still; one at most. Guarded by the lock.
_left_behind: list[Visit] = []


def tried_address(values: Mapping[str, Any]) -> dict[str, str]:
    """What the values of a source say about where it is, for the audit log: without its secrets, and not too long."""
    found = {key: shown(key, values[key]) for key in _ADDRESS_KEYS if key in values}
    return {key: str(value)[:_MOST_SHOWN] for key, value in found.items() if isinstance(value, str | int)}


def try_new_source(editor: ConfigEditor, source: Mapping[str, Any], cameras: Mapping[str, str]) -> dict[str, Any]:
    """Try the source of a pipeline that is still to be made; `cameras` is the camera map of an input.

    Gives `works` (None: it was not opened, and is not known), `text`, a sentence, and of video that works `image`, a
    small JPEG in base64. Not opened is what gives the
    running service frames, and what has one reader (`answer_of_service`). ConfigurationError: the source has mistakes,
    or names a file that the console may not read. ConflictError: another one is being tried.
    """
    base = editor.config.parent
    if mistakes := edit_mistakes({}, source, (), base=base, folders=editor.folders):
        raise ConfigurationError(mistakes, str(editor.config))
    pipeline = {"name": _NAME, "source": dict(source), **({"cameras": dict(cameras)} if cameras else {})}
    settings = parse_config("", base=base, source=str(editor.config), tables={"pipelines": [pipeline]})
    return _tried(editor, settings.pipelines[0])


def try_changed_source(editor: ConfigEditor, change: PartChange) -> dict[str, Any]:
    """The same for the source of a pipeline of the file, with a change. NotFoundError: there is no such pipeline."""
    settings = editor.draft(change, has_secrets=True)
    [pipeline] = (one for one in settings.pipelines if one.name == change.pipeline)
    return _tried(editor, pipeline)


def _tried(editor: ConfigEditor, pipeline: PipelineSettings) -> dict[str, Any]:
    if (answer := answer_of_service(editor.config, pipeline.source)) is not None:
        return answer
    images: list[bytes] = []

    def keep_image(frame: Frame) -> None:
        images.append(jpeg_of_frame(frame, TRIED_IMAGE_WIDTH))

    if not _one_at_a_time.acquire(blocking=False):
        raise ConflictError("Another address is being tried. Try again when that has ended.")
    try:
        if any(not one.has_ended() for one in _left_behind):
            raise ConflictError("The address that was tried before still does not answer. Try again in a few seconds.")
        opened = visit(pipeline, within_s=TRIED_FOR_S, on_frame=keep_image)
        _left_behind[:] = [opened]
        reason = opened.reason(time.monotonic() + TRIED_FOR_S)
    finally:
        _one_at_a_time.release()
    if reason is None and opened.size is not None:
        width, height = opened.size
        text = f"It works: an image of {width} x {height} pixels has come."
        return {"works": True, "text": text, "image": base64.b64encode(images[0]).decode()}
    if reason is None:
        return {"works": True, "text": "It works: it can be connected."}
    return {"works": False, "text": f"It does not work: {reason or f'no answer within {TRIED_FOR_S:g} s'}"}
