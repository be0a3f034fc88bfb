"""The kinds of inputs, in one table. A kind is imported when it is used."""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import Final

from securos_trigger.errors import ArgumentError, extra_of, missing_part
from securos_trigger.errors.suggestions import did_you_mean
from securos_trigger.inputs.kind import Kind

#: The name of each kind, and the module in this package that has it as `KIND`.
KINDS: Final = MappingProxyType(
    {
        "axis-mqtt": "axis_mqtt",
        "blueiris": "blueiris",
        "dahua": "dahua",
        "deepstream": "deepstream",
        "dlstreamer": "dlstreamer",
        "frigate": "frigate",
        "generic": "generic",
        "hikvision": "hikvision",
        "homeassistant": "homeassistant",
        "lumeo": "lumeo",
        "lumeoevent": "lumeoevent",
        "onvif-metadata": "onvif_metadata",
        "onvif-mqtt": "onvif_mqtt",
        "onvif-pullpoint": "onvif_pullpoint",
        "roboflow": "roboflow",
        "savant": "savant",
        "scrypted": "scrypted",
        "supervision": "supervision",
        "ultralytics": "ultralytics",
        "viseron": "viseron",
    }
)

__all__ = ["KINDS", "load_kind"]


def load_kind(name: str) -> Kind:
    """The kind with this name. ArgumentError: there is none. MissingPartError: its extra is not installed."""
    if name not in KINDS:
        raise ArgumentError("kind", f'there is no kind of input "{name}". {did_you_mean(name, list(KINDS))}')
    try:
        kind = import_module(f"{__name__}.{KINDS[name]}").KIND
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if (extra := extra_of(module)) is None:
            raise
        raise missing_part(extra, module) from error
    assert isinstance(kind, Kind)
    return kind
