"""The parts of a body of `multipart/form-data`: some programs post JSON and an image as one form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from securos_trigger.errors import MessageError
from securos_trigger.inputs.message import Message

_BOUNDARY: Final = re.compile(r'boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;]{1,200}))', re.IGNORECASE)
_MOST_PARTS: Final = 64


def json_part(message: Message) -> bytes:
    """The body, or of a form the part that is JSON by its type or by its first character."""
    if not message.content_type.lower().lstrip().startswith("multipart/"):
        return message.body
    parts = list(_parts(message))
    for head, body in parts:
        if b"application/json" in head.lower():
            return body
    for _, body in parts:
        if body.lstrip()[:1] in (b"{", b"["):
            return body
    raise MessageError(f"none of the {len(parts)} parts of the form is JSON")


def _parts(message: Message) -> Iterator[tuple[bytes, bytes]]:
    """The head and the body of each part."""
    found = _BOUNDARY.search(message.content_type[:1_024])
    if found is None:
        raise MessageError("the content type of the form names no boundary")
    boundary = b"--" + (found[1] or found[2]).encode("utf-8", "replace")
    for part in message.body.split(boundary, _MOST_PARTS + 1)[1 : _MOST_PARTS + 1]:
        if part.startswith(b"--"):
            return
        head, separator, body = part.partition(b"\r\n\r\n")
        if separator:
            yield head, body.removesuffix(b"\r\n")
