"""Reads `GstVideoRegionOfInterestMeta` of a buffer: any GStreamer 1.x, and what Intel's gva elements attach.

| what | where it is read from |
|---|---|
| `label` | the type of the region |
| `rect` | x, y, w, h |
| `probability` | `confidence` of the parameter `detection` |
| `id` | `id` of the parameter `object_id` |
| `attributes` | every other parameter that has a `label`, with its `confidence` and `attribute_name` |
| the whole mapping | `json` of the parameter `securos-trigger` |
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from securos_trigger.gst.c_interface import Metas, RegionMeta, Structures, list_items, text_of_quark

#: The parameter with the mapping, and the type of a region that carries it and is no object.
MAPPING_NAME: Final = "securos-trigger"
MAX_MAPPING_CHARACTERS: Final = 4 * 1024**2


class RegionMetas:
    """Reads objects and mappings from the regions of a buffer."""

    def __init__(self) -> None:
        self._metas = Metas("libgstvideo-1.0.so.0", "gst_video_region_of_interest_meta_api_get_type")
        self._structures = Structures()

    def read(self, buffer: int) -> tuple[list[dict[str, Any]], list[Mapping[str, Any]]]:
        """The objects of a buffer, and the mappings; both empty when it has none."""
        objects: list[dict[str, Any]] = []
        mappings: list[Mapping[str, Any]] = []
        if self._metas.count(buffer):
            for address in self._metas.addresses(buffer):
                region = RegionMeta.from_address(address)
                found = self._object(region, mappings)
                if found["label"] != MAPPING_NAME:
                    objects.append(found)
        return objects, mappings

    def _object(self, region: RegionMeta, mappings: list[Mapping[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {
            "id": None,
            "label": text_of_quark(region.roi_type),
            "probability": None,
            "rect": {
                "left": float(region.x),
                "top": float(region.y),
                "width": float(region.w),
                "height": float(region.h),
            },
            "attributes": [],
        }
        for parameter in list_items(region.params):
            self._read_parameter(parameter, found, mappings)
        return found

    def _read_parameter(self, address: int, found: dict[str, Any], mappings: list[Mapping[str, Any]]) -> None:
        read = self._structures
        name = read.name(address)
        if name == "detection":
            found["probability"] = read.number(address, b"confidence")
        elif name == "object_id":
            found["id"] = read.whole_number(address, b"id")
        elif name == MAPPING_NAME:
            mapping = mapping_of(read.text(address, b"json"))
            if mapping is not None:
                mappings.append(mapping)
        elif label := read.text(address, b"label"):
            found["attributes"].append(
                {
                    "label": label,
                    "probability": read.number(address, b"confidence"),
                    "name": read.text(address, b"attribute_name") or name,
                }
            )


def mapping_of(text: str) -> Mapping[str, Any] | None:
    """The mapping that a JSON text holds; None: it holds none."""
    if len(text) > MAX_MAPPING_CHARACTERS:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
