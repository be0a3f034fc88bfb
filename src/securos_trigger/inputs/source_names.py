"""The camera that a message names: in its body, its topic, its address."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from securos_trigger.inputs.camera_map import names_in
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.values import text

_LOGIN: Final = re.compile(r"(?<=://)[^/\s]*@")


def source_of_url(url: str) -> str | None:
    """The camera that an address names: `?camera=`, `?source=`, else the last step of its path."""
    try:
        parts = urlsplit(url)
        asked = parse_qs(parts.query, max_num_fields=32)
    except ValueError:
        return None
    named = next((asked[name][0] for name in ("camera", "source") if name in asked), None)
    return text(named or unquote(parts.path.rstrip("/").rpartition("/")[2])) or None


class SourceNames:
    """Chooses among the names that a message has for its camera: the one that the camera map knows, else the first."""

    def __init__(self, cameras: Iterable[str]) -> None:
        self._known = names_in(cameras)
        #: Names that need no cleaning, so that they are found at once.
        self._plain = {name: name for name in self._known if "@" not in name and text(name) == name}

    def choose(self, message: Message, *named: Any) -> str | None:
        """The camera. `named` are the values of the body, the best first; then come the address and the topic.

        Addresses of streams lose their login, so that no password is handed on.
        """
        if named and type(named[0]) is str and (plain := self._plain.get(named[0])) is not None:
            return plain
        own = [_LOGIN.sub("", found) if "@" in found else found for one in named if (found := text(one))]
        if own and own[0] in self._known:
            return own[0]
        outside = [source_of_url(message.url) if message.url else None, message.topic.rpartition("/")[2] or None]
        names = [*own, *(one for one in outside if one)]
        return next((name for name in names if name in self._known), names[0] if names else None)
