"""Translates the nodes of Lumeo: each becomes a table here, or a remark that says why it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from securos_trigger.operations.lumeo.drawings import anchor_of, labels_of, lines_of, rois_of, units_of
from securos_trigger.operations.lumeo.reading import LumeoNode
from securos_trigger.operations.lumeo.translation import Translation
from securos_trigger.operations.lumeo.trigger import trigger_table
from securos_trigger.operations.toml_writer import NODE, Table

_STREAM_SCHEMES: Final = ("http", "https", "udp", "rtmp", "rtmps")
_OUTPUT = "video output is the sink of a pipeline here: null, file or annotated"
_NO_NEED: Final = MappingProxyType(
    {
        "encode": _OUTPUT,
        "stream_rtsp_out": "streams are not passed on here: take the stream from the camera",
        "stream_webrtc_out": "streams are not passed on here: take the stream from the camera",
        "clip": "SecurOS records: iss_action of the trigger node",
        "snapshot": "SecurOS has the images",
        "display_stats": _OUTPUT,
        "display_objects": _OUTPUT,
        "overlay": "nothing is drawn into the video here; sink annotated draws what the nodes saw",
        "transform": "frames keep their size here; a camera's stream is chosen by its address",
        "combine": "each source is a pipeline of its own here",
        "grid": "each source is a pipeline of its own here",
        "multiplex": "each source is a pipeline of its own here",
        "demultiplex": "each source is a pipeline of its own here",
    }
)
_NO_SUCH_NODE: Final = "there is no such node here; a function node of your own can write its fields (docs/nodes.md)"


def source_table(name: str, source: LumeoNode | None, done: Translation) -> None:
    """Begin a pipeline with its source."""
    table = Table("[[pipelines]]", {"name": name})
    done.tables.append(table)
    if source is None:
        table.values["source"] = {"type": "rtsp", "url": ""}
        text = "No source leads to these nodes: write the camera's address into url."
        table.comments.append(text)
        done.remarks.append(text)
        return
    address = _address_of(source.properties)
    scheme = urlsplit(address).scheme if address else ""
    if scheme in ("rtsp", "rtsps"):
        table.values["source"] = {"type": "rtsp", "url": address}
    elif scheme in _STREAM_SCHEMES:
        table.values["source"] = {"type": "stream", "url": address}
    elif address.startswith(("file:///dev/video", "/dev/video")):
        table.values["source"] = {"type": "usb", "device": address.removeprefix("file://")}
    elif scheme == "file" or address.startswith("/"):
        table.values["source"] = {"type": "file", "path": address.removeprefix("file://")}
    else:
        table.values["source"] = {"type": "rtsp", "url": ""}
        done.remark(source, f"{_why_without(source, scheme)}: write the camera's address into url", table)


def _why_without(source: LumeoNode, scheme: str) -> str:
    """Why a source has no address here. The address itself is not shown: it may hold a password."""
    if scheme:
        return f'an address that begins with "{scheme[:20]}:" cannot be read here'
    known = source.properties.get("source_id")
    return f"Lumeo keeps the address of {known}" if isinstance(known, str) else "its address is not in the file"


def _address_of(properties: Mapping[str, Any]) -> str:
    """The address in the properties of a source, or in the runtime part of its kind."""
    places = [properties, *(part for part in properties.values() if isinstance(part, Mapping))]
    found = (place.get(key) for key in ("uri", "url") for place in places)
    return next((address for address in found if isinstance(address, str) and address), "")


def node_table(node: LumeoNode, labels: Iterable[str], done: Translation) -> None:
    """Translate one node. `labels` are those that the nodes of the pipeline ask for."""
    if "iss_ip" in node.properties or "securos" in node.type:
        trigger_table(node, done)
    elif node.type in ("model_inference", "model", "ai_model"):
        _detector(node, list(labels), done)
    elif node.type in _TABLES:
        _TABLES[node.type](node, done)
    else:
        done.remark(node, _NO_NEED.get(node.type, _NO_SUCH_NODE))


def _detector(node: LumeoNode, labels: list[str], done: Translation) -> None:
    table = Table(NODE, {"type": "detector", "id": node.id, "keep": labels})
    every = node.properties.get("inference_interval")
    if isinstance(every, int) and every > 1:
        table.values["every"] = every
    done.tables.append(table)
    what = f"Lumeo keeps the model {node.properties.get('model_id', '')}".rstrip()
    done.remark(node, f"{what}: set model to its ONNX file; until then the bundled one is used (80 labels)", table)


def _tracker(node: LumeoNode, done: Translation) -> None:
    done.tables.append(Table(NODE, {"type": "tracker", "id": node.id}))


def _line_counter(node: LumeoNode, done: Translation) -> None:
    table = Table(NODE, {"type": "line_counter", "id": node.id})
    done.tables.append(table)
    lines, segments = lines_of(node.properties)
    table.values |= _counting(node, done, table, [point for line in lines.values() for point in line])
    table.values["lines"] = lines
    if not lines:
        done.remark(node, "no line is drawn in the file: add lines", table)
    for label, names in segments.items():
        done.remark(node, f"a line is one segment here, so {label} became {', '.join(names)}", table)
    if "crossing_buffer" in node.properties:
        done.remark(node, "crossing_buffer has no counterpart", table)


def _zone(node: LumeoNode, done: Translation) -> None:
    table = Table(NODE, {"type": "zone_presence", "id": node.id})
    done.tables.append(table)
    rois = rois_of(node.properties)
    table.values |= _counting(node, done, table, [point for roi in rois.values() for point in roi])
    if rois:
        table.values["rois"] = rois
    for theirs, ours in (("min_presence_time", "min_presence_s"), ("crossing_buffer", "crossing_buffer_s")):
        if isinstance(value := node.properties.get(theirs), int | float):
            table.values[ours] = float(value)
    for theirs in ("max_presence_time", "max_occupancy_threshold"):
        if node.properties.get(theirs) not in (None, "", 0):
            done.remark(node, f"{theirs} has no counterpart; ask for it in the trigger's condition", table)


def _counting(node: LumeoNode, done: Translation, table: Table, points: list[list[float]]) -> dict[str, Any]:
    """What line counters and zones share: labels, the unit of the drawing, and the point that stands for an object."""
    labels, has_attributes = labels_of(node.properties)
    if has_attributes:
        done.remark(node, "objects are chosen by label only, not by attribute", table)
    anchor, is_known = anchor_of(node.properties)
    if not is_known:
        done.remark(node, f"tracking_mode {node.properties['tracking_mode']} is not there: centre is used", table)
    values: dict[str, Any] = {"labels": labels} if labels else {}
    return values | {"units": units_of(points), "anchor": anchor}


def _event(node: LumeoNode, done: Translation) -> None:
    properties = node.properties
    values = {
        "type": "event",
        "id": node.id,
        "event_type": str(properties.get("event_type") or node.id),
        "condition": str(properties.get("event_trigger") or ""),
    }
    table = Table(NODE, values)
    done.tables.append(table)
    if description := properties.get("event_description"):
        table.values["description"] = str(description)
        if "{{" in str(description):
            done.remark(node, "the description is a plain text here; write templates in the trigger node", table)
    if properties.get("trigger_mode") == "fixed" and isinstance(
        length := properties.get("trigger_duration"), int | float
    ):
        table.values["min_duration_s"] = float(length)


def _function(node: LumeoNode, done: Translation) -> None:
    name = f"{''.join(c if c.isalnum() or c in '-_' else '_' for c in node.id)}.py"
    table = Table(NODE, {"type": "function", "id": node.id, "file": name})
    done.tables.append(table)
    code = node.properties.get("code")
    done.files[name] = code if isinstance(code, str) else "def process_frame(frame, **kwargs):\n    return True\n"
    if not isinstance(code, str):
        done.remark(node, f"its code is not in the file: put it into {name}", table)
    given = node.properties.get("props")
    arguments = (
        {k: v for k, v in given.items() if isinstance(v, str | int | float)} if isinstance(given, Mapping) else {}
    )
    if arguments:
        table.values["arguments"] = arguments


_TABLES: Final[Mapping[str, Callable[[LumeoNode, Translation], None]]] = MappingProxyType(
    {
        "track": _tracker,
        "track_objects": _tracker,
        "annotate_line_counter": _line_counter,
        "annotate_presence": _zone,
        "annotate_presence_monitor": _zone,
        "presence_monitor": _zone,
        "event": _event,
        "trigger_event": _event,
        "function": _function,
    }
)
