"""Ask the running service for the newest frame of a pipeline: its image, and what the nodes saw on it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from securos_trigger.errors import NotFoundError
from securos_trigger.notices import Announcer, log_notice
from securos_trigger.operations.outbox import outbox_of
from securos_trigger.runtime.control import FrameRequest, ask

#: Paths of one frame that are given for completion, and the greatest depth of one.
MAX_PATHS: Final = 400
_DEEPEST: Final = 8
_LONGEST_EXAMPLE: Final = 60
_TYPES: Final = {bool: "boolean", int: "number", float: "number", str: "text", list: "list", dict: "object"}


@dataclass(frozen=True, slots=True)
class ShownFrame:
    """A frame of a pipeline. `number` is None when there was none yet; `jpeg` is empty for one without an image.

    `answer` has what the service says (docs/control.md), without the image.
    """

    number: int | None
    answer: Mapping[str, Any]
    jpeg: bytes = b""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What the nodes wrote about the frame."""
        found: Mapping[str, Any] = self.answer.get("metadata") or {}
        return found

    @property
    def read_at(self) -> str | None:
        """When the pipeline had read it; None: there was none yet, or a service of an older version does not say it."""
        return self.answer.get("read_at") if self.number is not None else None

    def is_old(self, now: datetime) -> bool:
        """True when it is not of now (aware): a newer one should have come since, by the pace of its source."""
        after_s = self.answer.get("silent_after_s")
        if self.read_at is None or after_s is None:
            return False
        return bool((now - datetime.fromisoformat(self.read_at)).total_seconds() > after_s)

    def to_json(self) -> dict[str, Any]:
        """Plain data for a page: `metadata` stays behind, and `paths` say what is in it."""
        size = self.answer.get("size") or (None, None)
        return {
            "number": self.number,
            "source": self.answer.get("source"),
            "captured_at": self.answer.get("captured_at"),
            "read_at": self.read_at,
            "silent_after_s": self.answer.get("silent_after_s"),
            "width": size[0],
            "height": size[1],
            "objects": self.answer.get("objects", []),
            "lines": self.answer.get("lines", []),
            "zones": self.answer.get("zones", []),
            "has_image": self.answer.get("has_image", False),
            "paths": list(paths_in(self.metadata)),
        }


def newest_frame(
    config: Path, pipeline: str, camera: str = "", *, max_width: int = 0, known: ShownFrame | None = None
) -> ShownFrame | None:
    """The newest frame; `known` itself when there is no newer one. None: the service does not run.

    With `max_width` there is an image of at most this width in pixels, of the same frame as what the nodes found.
    NotFoundError: no such pipeline runs. OutboxError: the service does not answer.
    """
    after = -1 if known is None or known.number is None else known.number
    wish = FrameRequest(pipeline=pipeline, camera=camera, width=max_width, after=after)
    answer = ask(outbox_of(config), wish, Announcer([log_notice]))
    if not answer["is_running"]:
        return None
    if not answer.get("is_known", True):
        raise NotFoundError("pipeline", f'no pipeline "{pipeline[:80]}" runs')
    if known is not None and answer["number"] == after:
        return known
    return ShownFrame(answer["number"], answer, base64.b64decode(answer.pop("jpeg", "")))


def paths_in(metadata: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The paths of a frame's metadata as conditions spell them, each with its type and an example. Bounded."""
    found: dict[str, dict[str, Any]] = {}
    _collect(metadata, "", 0, found)
    yield from list(found.values())[:MAX_PATHS]


def _collect(value: Any, path: str, depth: int, found: dict[str, dict[str, Any]]) -> None:
    if len(found) >= MAX_PATHS or depth > _DEEPEST:
        return
    if path and path not in found:
        found[path] = {"path": path, "type": _TYPES.get(type(value), "nothing"), "example": _example(value)}
    if isinstance(value, dict):
        for key, item in value.items():
            name = key if key.isidentifier() else f'"{key}"'
            _collect(item, f"{path}.{name}" if path else name, depth + 1, found)
    elif isinstance(value, list):
        for item in value[:20]:
            _collect(item, f"{path}.*", depth + 1, found)


def _example(value: Any) -> Any:
    if isinstance(value, str):
        return value[:_LONGEST_EXAMPLE]
    if isinstance(value, dict | list):
        return f"{len(value)} items"
    return value
