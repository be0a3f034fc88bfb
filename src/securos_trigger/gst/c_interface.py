"""What is asked of GStreamer's C libraries directly, because PyGObject cannot do it or takes too long for each frame.

PyGObject 3.42 and 3.50 cannot walk over the metas of a buffer (docs/adr/0011-gstreamer-metas-through-ctypes.md). The
structures and functions used here belong to the stable interface of GStreamer 1.x. A buffer is passed as the address of
its `GstBuffer`; such an address is good as long as the buffer is held.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from ctypes import POINTER, Structure, byref, c_char_p, c_double, c_int, c_size_t, c_uint, c_void_p
from functools import cache
from typing import Any, Final, cast

_POINTER_BITS: Final[int] = 2 ** (8 * ctypes.sizeof(c_void_p)) - 1


class RegionMeta(Structure):
    """`GstVideoRegionOfInterestMeta` of gstvideometa.h. `params` is a `GList` of `GstStructure`."""

    _fields_ = (
        ("flags", c_int),
        ("info", c_void_p),
        ("roi_type", c_uint),
        ("id", c_int),
        ("parent_id", c_int),
        ("x", c_uint),
        ("y", c_uint),
        ("w", c_uint),
        ("h", c_uint),
        ("params", c_void_p),
    )


class _List(Structure):
    """`GList` of glist.h."""

    _fields_ = (("data", c_void_p), ("next", c_void_p), ("prev", c_void_p))


class _EnumValue(Structure):
    """`GEnumValue` of genums.h."""

    _fields_ = (("value", c_int), ("name", c_char_p), ("nick", c_char_p))


def library(name: str) -> ctypes.PyDLL:
    """A library that the process has loaded, or that the system has. OSError: there is none.

    The calls keep Python's lock (`PyDLL`): they last less than a microsecond, and to give the lock up could mean to
    wait for it.
    """
    return ctypes.PyDLL(name)


def function(source: ctypes.PyDLL, name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    """A function of a library with its types."""
    found = getattr(source, name)
    found.restype, found.argtypes = result, arguments
    return cast("Callable[..., Any]", found)


_gst = cache(lambda: library("libgstreamer-1.0.so.0"))
_glib = cache(lambda: library("libglib-2.0.so.0"))
_gobject = cache(lambda: library("libgobject-2.0.so.0"))


def address_of(buffer: object) -> int:
    """The address of the `GstBuffer` behind a `Gst.Buffer`: PyGObject's hash of one."""
    return hash(buffer) & _POINTER_BITS


class Structures:
    """Reads fields of `GstStructure`, by the address of the structure."""

    def __init__(self) -> None:
        gst = _gst()
        self._name = function(gst, "gst_structure_get_name", c_char_p, c_void_p)
        self._string = function(gst, "gst_structure_get_string", c_char_p, c_void_p, c_char_p)
        self._double = function(gst, "gst_structure_get_double", c_int, c_void_p, c_char_p, POINTER(c_double))
        self._int = function(gst, "gst_structure_get_int", c_int, c_void_p, c_char_p, POINTER(c_int))
        self._uint = function(gst, "gst_structure_get_uint", c_int, c_void_p, c_char_p, POINTER(c_uint))

    def name(self, address: int) -> str:
        """The name of the structure."""
        return _text(self._name(address))

    def text(self, address: int, field: bytes) -> str:
        """A field as text; empty when there is no such text."""
        return _text(self._string(address, field))

    def number(self, address: int, field: bytes) -> float | None:
        """A field that is a double."""
        value = c_double()
        return value.value if self._double(address, field, byref(value)) else None

    def whole_number(self, address: int, field: bytes) -> int | None:
        """A field that is an int or an unsigned int."""
        value, unsigned = c_int(), c_uint()
        if self._int(address, field, byref(value)):
            return value.value
        return unsigned.value if self._uint(address, field, byref(unsigned)) else None


class Metas:
    """Walks over the metas of one type of a buffer. OSError when GStreamer has no such type."""

    def __init__(self, library_name: str, type_function: str) -> None:
        gst = _gst()
        self._api: int = function(library(library_name), type_function, c_size_t)()
        self._count = function(gst, "gst_buffer_get_n_meta", c_uint, c_void_p, c_size_t)
        self._iterate = function(
            gst, "gst_buffer_iterate_meta_filtered", c_void_p, c_void_p, POINTER(c_void_p), c_size_t
        )

    def count(self, buffer: int) -> int:
        """How many metas of the type the buffer has."""
        return int(self._count(buffer, self._api))

    def addresses(self, buffer: int) -> Iterator[int]:
        """The address of each, in their order."""
        state = c_void_p()
        while found := self._iterate(buffer, byref(state), self._api):
            yield found


@cache
def _quark_to_string() -> Callable[[int], bytes | None]:
    return function(_glib(), "g_quark_to_string", c_char_p, c_uint)


@cache
def text_of_quark(quark: int) -> str:
    """The text that a quark stands for. It is the same for the whole life of the process."""
    return _text(_quark_to_string()(quark))


def list_items(address: int | None) -> Iterator[int]:
    """The data of each element of a `GList`."""
    while address:
        item = _List.from_address(address)
        if item.data:
            yield item.data
        address = item.next


def register_enum(name: str, choices: tuple[str, ...]) -> None:
    """Register a type of enumeration, whose values are 0, 1 … with these names. PyGObject before 3.52 cannot."""
    values = (_EnumValue * (len(choices) + 1))()
    for number, choice in enumerate(choices):
        values[number] = _EnumValue(number, choice.encode(), choice.encode())
    _kept.append(values)  # GObject reads them for the rest of the process
    function(_gobject(), "g_enum_register_static", c_size_t, c_char_p, c_void_p)(name.encode(), values)


_kept: Final[list[Any]] = []


def new_debug_category(name: str, description: str) -> int:
    """The address of a new debug category for GST_DEBUG."""
    make = function(_gst(), "_gst_debug_category_new", c_void_p, c_char_p, c_uint, c_char_p)
    return int(make(name.encode(), 0, description.encode()))


@cache
def _log_literal() -> Callable[..., None]:
    return function(
        _gst(), "gst_debug_log_literal", None, c_void_p, c_int, c_char_p, c_char_p, c_int, c_void_p, c_char_p
    )


def log(category: int, level: int, source: str, text: str) -> None:
    """Write a line into a debug category; GStreamer drops it when GST_DEBUG does not ask for the level."""
    _log_literal()(category, level, source.encode(), b"", 0, None, text.replace("\0", " ").encode("utf-8", "replace"))


def _text(value: bytes | None) -> str:
    return "" if value is None else value.decode("utf-8", "replace")
