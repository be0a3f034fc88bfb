"""Values out of messages that are never trusted: numbers, texts and lists, bounded, or a sentence that says where."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from securos_trigger.errors import MessageError
from securos_trigger.errors.wording import printable
from securos_trigger.metadata.objects import TrackId, track_id_from
from securos_trigger.metadata.plain import plain

#: Objects in one message; zones, labels and the like of one thing.
MAX_OBJECTS: Final = 2_000
MAX_NAMES: Final = 200
MAX_TEXT: Final = 4_096
#: Depth of nested values that are handed on.
MAX_DEPTH: Final = 16

_SMALL: Final = 2**63

_decode = msgspec.json.Decoder().decode


def read_json(body: bytes) -> Any:
    """The JSON in `body`. NaN and infinity, which some programs write, are null. MessageError: it is no JSON."""
    try:
        return _decode(body)
    except RecursionError:
        raise MessageError("the JSON is nested too deep") from None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _read_leniently(body)


def _read_leniently(body: bytes) -> Any:
    """JSON with NaN, numbers beyond a double, halves of surrogates or a byte order mark; else the sentence."""
    if not body.strip():
        raise MessageError("the message is empty, and JSON is expected")
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=lambda _: None)
    except UnicodeDecodeError as error:
        raise MessageError(f"byte {error.start + 1:,} is not UTF-8, so this is not JSON") from None
    except json.JSONDecodeError as error:
        raise MessageError(f"no JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise MessageError("the JSON is nested too deep") from None
    except ValueError:
        raise MessageError("the JSON has a number with thousands of digits") from None


def read_text(body: bytes) -> str:
    """The body as text. MessageError: it is not UTF-8."""
    try:
        return body.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise MessageError(f"byte {error.start + 1:,} is not UTF-8") from None


def required_table(value: Any, where: str = "") -> Mapping[str, Any]:
    """The JSON object at a place. MessageError: something else is there."""
    if isinstance(value, dict):
        return value
    raise MessageError(f"a JSON object is expected, not {_name_of(value)}", where)


def required_text(value: Any, where: str) -> str:
    """The name at a place: a text that is not empty, or a whole number. MessageError: something else is there."""
    found = text(value)
    if not found:
        raise MessageError(f"a name is expected, not {_name_of(value)}", where)
    return found


def required_list(value: Any, where: str = "") -> Sequence[Any]:
    """The list at a place, up to MAX_OBJECTS items. MessageError: something else is there, or more."""
    if not isinstance(value, list):
        raise MessageError(f"a list is expected, not {_name_of(value)}", where)
    if len(value) > MAX_OBJECTS:
        raise MessageError(f"{len(value):,} items are too many: the most is {MAX_OBJECTS:,}", where)
    return value


def table(value: Any) -> Mapping[str, Any]:
    """The JSON object, or an empty one."""
    return value if isinstance(value, dict) else {}


def number(value: Any) -> float | None:
    """A finite number, also one that is written as text; else None."""
    kind = type(value)
    if kind is float:
        return value if math.isfinite(value) else None
    if kind is int and -_SMALL < value < _SMALL:
        return float(value)
    if kind is bool or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value if not isinstance(value, str) else value[:64])
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def whole(value: Any) -> int | None:
    """A whole number of at most 64 bits; else None."""
    found = number(value)
    return int(found) if found is not None and found == int(found) and abs(found) < 2**64 else None


def share(value: Any, unit_of_one: float = 1.0) -> float | None:
    """A probability: a number from 0 to `unit_of_one`, as 0 to 1; else None."""
    found = number(value)
    return found / unit_of_one if found is not None and 0 <= found <= unit_of_one else None


def text(value: Any) -> str | None:
    """A text of bounded length without halves of surrogates; a whole number as its digits; else None."""
    if isinstance(value, str):
        if len(value) <= MAX_TEXT and value.isprintable():
            return value
        short = value[:MAX_TEXT]
        return short if short.isprintable() else short.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**64:
        return str(value)
    return None


def texts(value: Any) -> tuple[str, ...]:
    """The texts of a list, each once, at most MAX_NAMES; one text is a list of one, other values are left out."""
    if value == [] or value is None:
        return ()
    if type(value) is list and len(value) == 1:
        return (only,) if (only := text(value[0])) else ()
    items = value if isinstance(value, list) else [value]
    found = (text(item) for item in items[: 4 * MAX_NAMES])
    return tuple(dict.fromkeys(one for one in found if one))[:MAX_NAMES]


def object_id(value: Any) -> TrackId | None:
    """The id of a tracked object: a text or a whole number; None for the words and numbers of "not tracked"."""
    return track_id_from(value)


def kept(value: Any) -> Any:
    """A copy of a value that is handed on: plain data of bounded depth, texts that can be encoded."""
    kind = type(value)
    if kind is bool or value is None or (kind is float and math.isfinite(value)):
        return value
    if kind is int and -_SMALL < value < _SMALL:
        return value
    return _encodable(plain(value, MAX_DEPTH))


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, list):
        return [_encodable(item) for item in value[:MAX_OBJECTS]]
    if isinstance(value, dict):
        return {text(key): _encodable(item) for key, item in list(value.items())[:MAX_OBJECTS]}
    return value


def shown(value: str, longest: int = 60) -> str:
    """A name of another system for a sentence: in quotes, cut, control characters escaped."""
    cut = value if len(value) <= longest else value[:longest] + "…"
    return f'"{printable(cut)}"'


def _name_of(value: Any) -> str:
    if isinstance(value, str):
        return shown(value) if value else "an empty text"
    names = {dict: "an object", list: "a list", type(None): "nothing", bool: "true or false"}
    return names.get(type(value), "a number")
