"""XML of devices, which is never trusted, as plain data: attributes with `@`, text as `#text`, names without prefixes.

It is the form in which ONVIF writes metadata as JSON, so that one reader serves both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from securos_trigger.errors import MessageError
from securos_trigger.inputs.values import MAX_OBJECTS, shown, text

#: A tree of plain data: texts, lists and tables with `@` and `#text`.
Tree = Mapping[str, Any]

_MAX_DEPTH: Final = 40
_MAX_ELEMENTS: Final = 100_000
# An ampersand that begins no entity of XML, as some devices write it in names.
_BARE_AMPERSAND: Final = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_PROLOG: Final = re.compile(rb"\s*<\?xml[^>]{0,200}\?>")
_HTML: Final = re.compile(rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)


def is_html(body: bytes) -> bool:
    """True when the body begins as a page for a browser."""
    return _HTML.match(body[:1_024].removeprefix(b"\xef\xbb\xbf")) is not None


def html_error() -> MessageError:
    """The error for a page where a message is expected."""
    return MessageError(
        "an HTML page came instead of a message: the device asks for a login, or the address is not that of its events"
    )


def read_xml(body: bytes) -> tuple[str, Tree]:
    """The name of the root, and the document. MessageError: it is no XML, a web page, a SOAP fault, or too large."""
    if is_html(body):
        raise html_error()
    root = _parsed(body)
    if sum(1 for _ in root.iter()) > _MAX_ELEMENTS:
        raise MessageError(f"the XML has more than {_MAX_ELEMENTS:,} elements")
    name, tree = _local(root.tag), _tree(root, 0)
    if name == "Envelope" and (fault := soap_fault(tree)) is not None:
        raise MessageError(f"the device answers with a SOAP fault: {shown(fault, 200)}")
    return name, tree


def soap_fault(envelope: Tree) -> str | None:
    """The reason of the fault in a SOAP envelope; None: there is no fault. Both versions of SOAP."""
    fault = child(child(envelope, "Body"), "Fault")
    if not fault:
        return None
    codes = [*find(fault, "Value"), *find(fault, "faultcode")]
    reasons = [*find(child(fault, "Reason"), "Text"), *find(fault, "faultstring")]
    words = [word for one in (*reasons, *codes[-1:]) if (word := content(one))]
    return ", ".join(dict.fromkeys(words)) or "no reason is given"


def _parsed(body: bytes) -> Element:
    if not body.strip():
        raise MessageError("the message is empty, and XML is expected")
    try:
        return _fromstring(body)
    except MessageError as error:
        repaired = _PROLOG.sub(b"", _BARE_AMPERSAND.sub(b"&amp;", body), count=1)
        repaired = repaired.decode("utf-8", "replace").encode()
        if repaired == body:
            raise
        try:
            return _fromstring(repaired)
        except MessageError:
            raise error from None


def _fromstring(body: bytes) -> Element:
    try:
        found: Element = fromstring(body, forbid_dtd=True)
    except ParseError as error:
        line, column = error.position
        raise MessageError(f"no XML at line {line}, column {column}: {str(error).partition(':')[0]}") from None
    except DefusedXmlException:
        raise MessageError("the XML declares a document type or entities, which no camera needs") from None
    except (ValueError, LookupError, RecursionError) as error:
        raise MessageError(f"the XML cannot be read: {shown(str(error))}") from None
    return found


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _tree(element: Element, depth: int) -> dict[str, Any]:
    if depth > _MAX_DEPTH:
        raise MessageError("the XML is nested too deep")
    tree: dict[str, Any] = {f"@{_local(name)}": value for name, value in element.attrib.items()}
    if element.text and (written := element.text.strip()):
        tree["#text"] = written
    for one in element:
        if isinstance(one.tag, str):
            tree.setdefault(_local(one.tag), []).append(_tree(one, depth + 1))
    return tree


def children(tree: Any, name: str) -> list[Any]:
    """The elements with this name, at most MAX_OBJECTS. One that stands alone, without a list, is a list of one."""
    found = tree.get(name) if isinstance(tree, Mapping) else None
    if found is None:
        return []
    return found[:MAX_OBJECTS] if isinstance(found, list) else [found]


def child(tree: Any, *names: str) -> Tree:
    """The first element with the first of these names that is there; else an empty one."""
    for name in names:
        for one in children(tree, name):
            if isinstance(one, Mapping):
                return one
    return {}


def content(value: Any) -> str | None:
    """The text of an element, which may be an element or the bare text; None: it has none."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, Mapping):
        value = value.get("#text")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    found = text(value)
    return found.strip() if found else None


def attribute(tree: Any, name: str) -> str | None:
    """An attribute, with or without its `@`; None: it is not there, or empty."""
    if not isinstance(tree, Mapping):
        return None
    return content(tree.get(f"@{name}", tree.get(name)))


def find(tree: Any, name: str) -> Iterator[Any]:
    """All elements with this name, at any depth, in order of depth, at most MAX_OBJECTS."""
    waiting, count = [tree], 0
    for _ in range(_MAX_DEPTH + 1):
        below: list[Any] = []
        for one in waiting:
            if not isinstance(one, Mapping):
                continue
            for found in children(one, name):
                if count >= MAX_OBJECTS:
                    return
                count += 1
                yield found
            below += [inner for key in one for inner in children(one, key) if isinstance(inner, Mapping)]
        if not below or len(below) > _MAX_ELEMENTS:
            return
        waiting = below
