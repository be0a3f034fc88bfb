"""Translates Lumeo's *Trigger ISS SecurOS Event* node: twelve properties of the same names, types and defaults."""

from __future__ import annotations

from typing import Any, Final

from securos_trigger.operations.lumeo.reading import LumeoNode
from securos_trigger.operations.lumeo.translation import Translation
from securos_trigger.operations.toml_writer import NODE, Table

#: The properties of Lumeo's node, in its order, with the type that a text is read as.
PROPERTIES: Final[dict[str, type]] = {
    "enabled": bool,
    "iss_ip": str,
    "iss_port": str,
    "iss_password": str,
    "iss_camera_ids": str,
    "iss_action": str,
    "record_duration": int,
    "event_source": str,
    "interval": float,
    "trigger": str,
    "event_name": str,
    "event_description": str,
}
_BOXES: Final[dict[str, type]] = {
    "send_bounding_boxes": bool,
    "bounding_box_object_filter": str,
    "bounding_box_color": str,
}


def trigger_table(node: LumeoNode, done: Translation) -> None:
    """Add the trigger node. The password goes into a file of its own."""
    table = Table(NODE, {"type": "trigger_securos_event", "id": node.id})
    done.tables.append(table)
    for name, kind in (PROPERTIES | _BOXES).items():
        value = node.properties.get(name)
        if value is None or value == "":
            continue
        if name == "iss_password":
            table.values[name] = {"file": _token_file(str(value), done.files)}
        else:
            table.values[name] = _as(kind, value)
    table.values.setdefault("send_bounding_boxes", True)
    if unknown := [name for name in node.properties if name not in PROPERTIES | _BOXES]:
        done.remark(node, f"not properties of this node: {', '.join(unknown)}", table)
    if "iss_password" not in table.values:
        done.remark(node, "the password is not in the file: set iss_password", table)
    table.comments.append("Pin the receiver's certificate: iss_certificate_sha256 (docs/securos.md).")


def _token_file(password: str, files: dict[str, str]) -> str:
    """The name of the file with this password; one for each password."""
    known = [name for name, text in files.items() if name.endswith(".token") and text == password]
    count = sum(name.endswith(".token") for name in files)
    name = known[0] if known else f"receiver{count + 1 if count else ''}.token"
    files[name] = password
    return name


def _as(kind: type, value: Any) -> Any:
    """A value as its property has it, for one that is a text (`"60"`, `"true"`); otherwise as it is."""
    if kind is str:
        return ",".join(map(str, value)) if isinstance(value, list) else str(value)
    if isinstance(value, str):
        try:
            return {"true": True, "false": False}[value.strip().lower()] if kind is bool else kind(value)
        except (KeyError, ValueError):
            return value
    return float(value) if kind is float and type(value) is int else value
