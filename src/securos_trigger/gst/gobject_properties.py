"""The properties of the element as GObject has them, so that `gst-inspect-1.0 securostrigger` lists them."""

from __future__ import annotations

from typing import Any, Final

from gi.repository import GObject

from securos_trigger.gst.c_interface import register_enum
from securos_trigger.gst.properties import ElementProperty

_TYPES: Final = {"text": str, "boolean": bool, "integer": int, "number": float}
_MUTABLE_READY: Final = 1 << 10  # GST_PARAM_MUTABLE_READY and _PLAYING of gstparamspecs.h
_MUTABLE_PLAYING: Final = 1 << 12


def gobject_property(one: ElementProperty) -> tuple[Any, ...]:
    """An entry of `__gproperties__`: type, name, words, then limits and default as far as the type has them, flags."""
    flags = GObject.ParamFlags.WRITABLE if one.is_secret else GObject.ParamFlags.READWRITE
    flags = int(flags) | (_MUTABLE_PLAYING if one.is_live else _MUTABLE_READY)
    nick = one.name.replace("-", " ").capitalize()
    if one.kind == "choice":
        kind = _enum(one)
        return kind, nick, one.blurb, one.choices.index(one.default), flags
    kind = _TYPES[one.kind]
    if one.kind == "integer":
        return kind, nick, one.blurb, int(one.minimum), int(one.maximum), one.default, flags
    if one.kind == "number":
        return kind, nick, one.blurb, float(one.minimum), float(one.maximum), float(one.default), flags
    return kind, nick, one.blurb, one.default, flags


def plain_value(value: Any) -> Any:
    """A value that was set, as the model reads it: a choice as its word, a text that is NULL as an empty one."""
    nick = getattr(value, "value_nick", None)
    return nick if nick is not None else ("" if value is None else value)


def _enum(one: ElementProperty) -> Any:
    name = "SecurosTrigger" + one.name.title().replace("-", "")
    register_enum(name, one.choices)
    return GObject.GType.from_name(name)
