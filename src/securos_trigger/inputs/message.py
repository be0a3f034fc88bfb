"""A message of another system, as it arrived, whatever brought it: MQTT, HTTP, a stream, a file."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Final

import msgspec

from securos_trigger.inputs.values import read_json

#: A message with more bytes is refused.
MAX_BODY_BYTES: Final = 4 * 1024 * 1024
_DOCUMENT: Final = "document"
_DIGEST: Final = "digest"


class Message(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The bytes of one message and what its transport says about it.

    `arrived_at` is in Unix seconds. `topic`, `qos`, `retain` and `dup` are MQTT's; `retain` is true when the broker
    hands out a retained message because of a subscription. `url` and `content_type` are HTTP's. `is_last_part`: False
    for a piece of a document that goes on in the next message, as an RTP payload without the marker. `only_cameras`:
    the cameras that its sender may send for; None: all.
    """

    body: bytes
    arrived_at: float
    topic: str = ""
    qos: int = 0
    retain: bool = False
    dup: bool = False
    url: str = ""
    content_type: str = ""
    is_last_part: bool = True
    only_cameras: frozenset[str] | None = None

    @property
    def document(self) -> Any:
        """The JSON of the body, which is not to be changed. MessageError: it is no JSON."""
        found = vars(self).get(_DOCUMENT, self)
        return read_json(self.body) if found is self else found

    def keep_document(self, document: Any) -> None:
        """Keep the JSON of the body for its parser, because it had to be parsed already."""
        vars(self)[_DOCUMENT] = document

    @property
    def digest(self) -> str:
        """A short hash of what was said and where: equal for a message that was sent again.

        Each document of a message may need it, and the whole body is read for it: it is computed once.
        """
        known: str | None = vars(self).get(_DIGEST)  # a cached property takes a lock
        if known is not None:
            return known
        found = blake2b(self.topic.encode("utf-8", "replace") + b"\0", digest_size=12)
        found.update(self.body)
        vars(self)[_DIGEST] = known = found.hexdigest()
        return known
