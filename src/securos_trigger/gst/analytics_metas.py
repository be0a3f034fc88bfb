"""Reads `GstAnalyticsRelationMeta` of a buffer: GStreamer 1.24 and later.

| what | where it is read from |
|---|---|
| `label`, `rect`, `probability` | each object detection (`GstAnalyticsODMtd`) |
| `id` | the tracking (`GstAnalyticsTrackingMtd`) that is related to it, in either direction |
| `attributes` | the best class of each classification (`GstAnalyticsClsMtd`) that is related to it |
"""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import POINTER, Structure, byref, c_float, c_int, c_size_t, c_uint, c_uint64, c_void_p
from typing import Any, Final

from securos_trigger.gst.c_interface import Metas, function, library, text_of_quark

_LIBRARY: Final = "libgstanalytics-1.0.so.0"
_ANY_RELATION: Final = 2**31 - 1


class _Part(Structure):
    """`GstAnalyticsMtd` of gstanalyticsmeta.h: one part of a relation meta."""

    _fields_ = (("id", c_uint), ("meta", c_void_p))


class _Functions:
    """The functions of the analytics library. OSError when GStreamer has none."""

    def __init__(self) -> None:
        source = library(_LIBRARY)
        part = POINTER(_Part)

        def get(name: str, result: Any, *arguments: Any) -> Any:
            return function(source, f"gst_analytics_{name}", result, *arguments)

        self.detection_type = get("od_mtd_get_mtd_type", c_size_t)()
        self.tracking_type = get("tracking_mtd_get_mtd_type", c_size_t)()
        self.class_type = get("cls_mtd_get_mtd_type", c_size_t)()
        state = POINTER(c_void_p)
        self.iterate = get("relation_meta_iterate", c_int, c_void_p, state, c_size_t, part)
        self.related = get("relation_meta_get_direct_related", c_int, c_void_p, c_uint, c_int, c_size_t, state, part)
        ints = [POINTER(c_int)] * 4
        self.location = get("od_mtd_get_location", c_int, part, *ints, POINTER(c_float))
        self.object_type = get("od_mtd_get_obj_type", c_uint, part)
        times = [POINTER(c_uint64)] * 3
        self.tracking = get("tracking_mtd_get_info", c_int, part, *times, POINTER(c_int))
        self.class_count = get("cls_mtd_get_length", c_size_t, part)
        self.class_level = get("cls_mtd_get_level", c_float, part, c_size_t)
        self.class_name = get("cls_mtd_get_quark", c_uint, part, c_size_t)


class AnalyticsMetas:
    """Reads objects from the analytics of a buffer. OSError when GStreamer has none (before 1.24)."""

    def __init__(self) -> None:
        self._call = _Functions()
        self._metas = Metas(_LIBRARY, "gst_analytics_relation_meta_api_get_type")

    def read(self, buffer: int) -> list[dict[str, Any]]:
        """The objects of a buffer; empty when it has none."""
        objects: list[dict[str, Any]] = []
        if self._metas.count(buffer):
            for meta in self._metas.addresses(buffer):
                objects += self._objects(meta)
        return objects

    def _objects(self, meta: int) -> list[dict[str, Any]]:
        by_part: dict[int, dict[str, Any]] = {}
        for part in self._parts(meta, self._call.detection_type):
            if (found := self._object(meta, part)) is not None:
                by_part[part.id] = found
        if any(one["id"] is None for one in by_part.values()):
            self._find_trackings(meta, by_part)
        return list(by_part.values())

    def _object(self, meta: int, part: _Part) -> dict[str, Any] | None:
        x, y, width, height, confidence = c_int(), c_int(), c_int(), c_int(), c_float()
        places = byref(x), byref(y), byref(width), byref(height)
        if not self._call.location(byref(part), *places, byref(confidence)):
            return None
        related = self._related
        tracking = next(related(meta, part.id, self._call.tracking_type), None)
        return {
            "id": None if tracking is None else self._tracking_id(tracking),
            "label": text_of_quark(self._call.object_type(byref(part))),
            "probability": round(confidence.value, 4),
            "rect": {
                "left": float(x.value),
                "top": float(y.value),
                "width": float(width.value),
                "height": float(height.value),
            },
            "attributes": [self._attribute(one) for one in related(meta, part.id, self._call.class_type)],
        }

    def _find_trackings(self, meta: int, by_part: dict[int, dict[str, Any]]) -> None:
        """Take the ids of trackings that are related to an object, where the object is not related to them."""
        for tracking in self._parts(meta, self._call.tracking_type):
            for part in self._related(meta, tracking.id, self._call.detection_type):
                found = by_part.get(part.id)
                if found is not None and found["id"] is None:
                    found["id"] = self._tracking_id(tracking)

    def _tracking_id(self, part: _Part) -> int | None:
        number, first_seen, last_seen, is_lost = c_uint64(), c_uint64(), c_uint64(), c_int()
        answers = byref(number), byref(first_seen), byref(last_seen), byref(is_lost)
        return number.value if self._call.tracking(byref(part), *answers) else None

    def _attribute(self, part: _Part) -> dict[str, Any]:
        levels = [self._call.class_level(byref(part), n) for n in range(self._call.class_count(byref(part)))]
        if not levels:
            return {"label": "", "probability": None}
        best = levels.index(max(levels))
        return {
            "label": text_of_quark(self._call.class_name(byref(part), best)),
            "probability": round(levels[best], 4),
        }

    def _parts(self, meta: int, kind: int) -> Iterator[_Part]:
        """The parts of one type, in their order."""
        state = c_void_p()
        part = _Part()
        while self._call.iterate(meta, byref(state), kind, byref(part)):
            yield _Part(part.id, part.meta)

    def _related(self, meta: int, part_id: int, kind: int) -> Iterator[_Part]:
        """The parts of one type to which a part is related."""
        state = c_void_p()
        part = _Part()
        while self._call.related(meta, part_id, _ANY_RELATION, kind, byref(state), byref(part)):
            yield _Part(part.id, part.meta)
