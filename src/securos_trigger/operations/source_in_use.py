"""Whether the running service reads a source already: then it says how the source is, and nothing is opened twice."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from securos_trigger.config.reader import parse_config
from securos_trigger.config.settings import PipelineSettings
from securos_trigger.errors import ConfigurationError, NotFoundError, OutboxError
from securos_trigger.operations.frames import newest_frame
from securos_trigger.operations.in_force import text_in_force
from securos_trigger.operations.service_report import Verdict
from securos_trigger.operations.status import service_status
from securos_trigger.runtime.opened_places import has_one_reader, is_file, is_pipe, listens, place_of

#: A source whose last frame came to the service within this time gives frames, in seconds.
_READ_WITHIN_S: Final = 10.0
#: Width in pixels of the image that says what a source shows.
TRIED_IMAGE_WIDTH: Final = 320
_PIPE: Final = "a named pipe has one reader, and a trial would take frames away and end its writer"
_LISTEN: Final = "it waits for a sender at an address of this machine, and a trial would open that to the network"


def answer_of_service(config: Path, source: Any) -> dict[str, Any] | None:
    """How a source is, without opening it: `works` (None: not known) and `text`, a sentence. None: it may be opened.

    Of video that works there is `image`, the newest one of the service, as a small JPEG in base64. A source that gives
    the running service frames, or is connected, works. What has one reader is not opened while the service reads it; a
    named pipe and an address to listen on never.
    """
    if is_file(source):
        return None
    never = _LISTEN if listens(source) else _PIPE if is_pipe(source) else ""
    for name, state in _readers(config, source):
        if state is not None and (answer := _works(name, state)):
            return {"works": True, "text": f"It works: {answer}.", **_image(config, name)}
        if not never and has_one_reader(source):
            return _not_opened(name, state)
    return {"works": None, "text": f"It was not tried: {never}."} if never else None


def _not_opened(name: str, state: Mapping[str, Any] | None) -> dict[str, Any]:
    """The answer about what has one reader, which the service is, and which gives it nothing that it says."""
    if state is None:
        what = f"the service may read it for pipeline {name}, and cannot be asked now"
        return {"works": None, "text": f"It was not tried: {what}. Only one program can read it."}
    age_s = state["last_frame_age_s"]
    since = "no frame has come yet" if age_s is None else f"the last frame came {age_s:.0f} s ago"
    return {"works": False, "text": f"It does not work: pipeline {name} reads it now, and {since}."}


def _image(config: Path, name: str) -> dict[str, str]:
    """The newest image of a pipeline; empty: it has none, as one of messages, or none any more."""
    try:
        frame = newest_frame(config, name, max_width=TRIED_IMAGE_WIDTH)
    except (NotFoundError, OutboxError):  # it has just ended: what was said of it was true a moment ago
        return {}
    return {"image": base64.b64encode(frame.jpeg).decode()} if frame is not None and frame.jpeg else {}


def _works(name: str, state: Mapping[str, Any]) -> str:
    """What a pipeline gets from its source now; empty: nothing that it says. Frames of an input say nothing."""
    if state.get("input"):
        return f"pipeline {name} is connected to it now" if state["input"].get("is_connected") else ""
    age_s = state["last_frame_age_s"]
    if age_s is None or age_s >= _READ_WITHIN_S:
        return ""
    return f"pipeline {name} reads it now, {state['frames_per_s']:.1f} frames a second"


def _readers(config: Path, source: Any) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    """The pipelines of the running service that read the same: their names, and what it says (None: no answer)."""
    report = service_status(config, now=datetime.now().astimezone())
    if report.verdict is Verdict.NOT_RUNNING:
        return
    is_known = report.has_answered and report.verdict is not Verdict.STARTING
    states = {one["name"]: one for one in report.answer.get("pipelines", ())}
    for pipeline in _pipelines(config, text_in_force(config) if is_known else None):
        state = states.get(pipeline.name)
        is_read = not is_known or (state is not None and state["state"] == "running")
        if is_read and place_of(pipeline.source) == place_of(source):
            yield pipeline.name, state


def _pipelines(config: Path, text: str | None) -> tuple[PipelineSettings, ...]:
    """The pipelines of the text that is in force; None: of the file. A secret that is not there hides no other one."""
    text = config.read_text(encoding="utf-8") if text is None else text
    try:
        return parse_config(text, base=config.parent, source=str(config), may_be_empty=True).pipelines
    except ConfigurationError:  # this process may lack a variable that the service has
        settings = parse_config(text, base=config.parent, source=str(config), has_secrets=False, may_be_empty=True)
        return settings.pipelines
