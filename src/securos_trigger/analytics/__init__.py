"""Nodes that come before ours in a pipeline: they look at a frame and write what they saw into its metadata.

In: the settings of a node (`settings`), then frames. Out: `frame.metadata` grows, and nothing else changes
(docs/metadata.md). A node never copies the image; only a `function` node whose code drew on the image puts a new one
in its place. Read `build` below first, then one node, such as `zone`. What each node needs and writes is in
`declarations`.

Knows no pipeline, no trigger and no outbox. This module and `settings` import nothing heavy: `build` imports what the
node needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, runtime_checkable

from securos_trigger.analytics.settings import (
    DetectorSettings,
    EventSettings,
    FunctionSettings,
    LineCounterSettings,
    NodeSettings,
    RecorderSettings,
    TrackerSettings,
    ZoneSettings,
)
from securos_trigger.errors import extra_of, missing_part
from securos_trigger.model import AnalyticsNode
from securos_trigger.model.overlays import Overlay

__all__ = ["build", "overlays_of"]


@runtime_checkable
class _Drawn(Protocol):
    """A node that watches lines or zones which an image can show."""

    @property
    def overlays(self) -> tuple[Overlay, ...]: ...


def overlays_of(nodes: Iterable[object]) -> tuple[Overlay, ...]:
    """The lines and zones of those nodes that have some, in order."""
    return tuple(overlay for node in nodes if isinstance(node, _Drawn) for overlay in node.overlays)


def build(
    settings: NodeSettings, identity: Mapping[str, str] | None = None, *, opens_late: bool = False
) -> AnalyticsNode:
    """The node that these settings describe. Loads its model, opens its file.

    `identity` (`deployment_id`, `application_name` …) is handed to the code of a `function` node. `opens_late`: a file
    to be written is opened with the first frame.
    Raises `MissingPartError` when the `video` extra is not installed and the node needs it, `ConfigurationError` or
    `RecordingError` when a model, a function or a file cannot be used.
    """
    try:
        return _build(settings, identity or {}, opens_late=opens_late)
    except ModuleNotFoundError as error:
        if (extra := extra_of(error.name)) is None:
            raise
        raise missing_part(extra, str(error.name)) from error


def _build(settings: NodeSettings, identity: Mapping[str, str], *, opens_late: bool) -> AnalyticsNode:
    match settings:
        case DetectorSettings():
            from securos_trigger.analytics.detector import Detector

            return Detector(settings)
        case TrackerSettings():
            from securos_trigger.analytics.tracker import Tracker

            return Tracker(settings)
        case LineCounterSettings():
            from securos_trigger.analytics.line_counter import LineCounter

            return LineCounter(settings)
        case ZoneSettings():
            from securos_trigger.analytics.zone import ZonePresence

            return ZonePresence(settings)
        case EventSettings():
            from securos_trigger.analytics.event import EventNode

            return EventNode(settings)
        case FunctionSettings():
            from securos_trigger.analytics.function import FunctionNode

            return FunctionNode(settings, identity)
        case RecorderSettings():
            from securos_trigger.analytics.recorder import MetadataRecorder

            return MetadataRecorder(settings, opens_late=opens_late)
