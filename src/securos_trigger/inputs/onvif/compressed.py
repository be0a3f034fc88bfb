"""Documents that are compressed with gzip, bounded before they fill the memory."""

from __future__ import annotations

import zlib
from typing import Final

from securos_trigger.errors import MessageError
from securos_trigger.inputs.message import MAX_BODY_BYTES

_MAGIC: Final = b"\x1f\x8b\x08"
_WITH_HEAD_OF_GZIP: Final = 31


def decompressed(body: bytes) -> bytes:
    """The body, or what it is compressed from. MessageError: it is damaged, cut, or larger than MAX_BODY_BYTES."""
    if not body.startswith(_MAGIC):
        return body
    stream = zlib.decompressobj(_WITH_HEAD_OF_GZIP)
    try:
        found = stream.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error:
        raise MessageError("the compressed document is damaged") from None
    if len(found) > MAX_BODY_BYTES:
        raise MessageError(f"the document has more than {MAX_BODY_BYTES:,} bytes when it is decompressed")
    if not stream.eof:
        raise MessageError("the compressed document is cut")
    return found
