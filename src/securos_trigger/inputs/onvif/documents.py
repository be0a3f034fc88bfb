"""Documents of the metadata stream from the payloads of RTP packets."""

from __future__ import annotations

import re
from typing import Final

from securos_trigger.errors import MessageError
from securos_trigger.inputs.message import MAX_BODY_BYTES

_BEGINNING: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml\b|<(?:[\w.-]{1,40}:)?MetaDataStream\b)", re.IGNORECASE)


class DocumentPieces:
    """Collects the pieces of one document, at most MAX_BODY_BYTES."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._bytes = 0
        self._has_root = False

    def add(self, piece: bytes) -> bool:
        """Add a piece. True: it begins a new document, and the end of the one before it never came."""
        begins = _BEGINNING.match(piece[:256])
        is_root = begins is not None and not begins[0].rstrip().endswith(b"<?xml")
        has_lost = begins is not None and self._bytes > 0 and not (is_root and not self._has_root)
        if has_lost:
            self._clear()
        if begins is not None:
            self._has_root = is_root or b"MetadataStream" in piece or b"MetaDataStream" in piece
        self._bytes += len(piece)
        if self._bytes <= MAX_BODY_BYTES:
            self._pieces.append(piece)
        else:
            self._pieces.clear()
        return has_lost

    def take(self) -> bytes:
        """The document whose last piece was added. MessageError: it is too large."""
        body, size = b"".join(self._pieces), self._bytes
        self._clear()
        if size > MAX_BODY_BYTES:
            raise MessageError(f"the document has {size:,} bytes; the most is {MAX_BODY_BYTES:,}")
        return body

    def _clear(self) -> None:
        self._pieces.clear()
        self._bytes, self._has_root = 0, False
