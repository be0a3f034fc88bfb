"""The metadata of one buffer, from everything that it may have been attached with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from securos_trigger.gst import side_table
from securos_trigger.gst.analytics_metas import AnalyticsMetas
from securos_trigger.gst.region_metas import RegionMetas


class FrameMetadata:
    """Reads what a buffer brings. In this order, and what was found first stays:

    1. `GstAnalyticsRelationMeta`, where GStreamer has it;
    2. a mapping as JSON in a region of interest;
    3. `GstVideoRegionOfInterestMeta`;
    4. the side table.
    """

    def __init__(self) -> None:
        self._regions = RegionMetas()
        try:
            self._analytics: AnalyticsMetas | None = AnalyticsMetas()
        except (OSError, AttributeError):  # before GStreamer 1.24 there is no such library
            self._analytics = None

    def read(self, buffer: int, stream: str, pts_ns: int) -> dict[str, Any]:
        """The metadata of the buffer at this address. `objects` is always there; it is empty where none came."""
        objects = [] if self._analytics is None else self._analytics.read(buffer)
        regions, mappings = self._regions.read(buffer)
        attached = side_table.take(stream, pts_ns)
        if attached is None and not mappings:
            return {"objects": objects or regions}
        return merged(objects, [*mappings, {"objects": regions} if regions else {}, attached or {}])


def merged(objects: list[dict[str, Any]], mappings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """One mapping of all: for each key the first that has it; of `nodes` each node from the first that has it.

    `objects`, when there are any, are first of all.
    """
    found: dict[str, Any] = {"objects": objects} if objects else {}
    for mapping in mappings:
        for key, value in mapping.items():
            before = found.setdefault(key, value)
            if key == "nodes" and before is not value and isinstance(before, dict) and isinstance(value, Mapping):
                found[key] = {**value, **before}
    found.setdefault("objects", [])
    return found
