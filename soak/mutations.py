"""Mutated messages: bytes, JSON and the transport's words are changed at random; a seed gives the same ones again."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

from securos_trigger.inputs.message import Message

#: Values that parsers have stumbled over somewhere.
HOSTILE: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63 - 1, 2**64 - 1, 2**64, 10**30, 10**400, 0.5, -0.0, 1e308, 1e-320),
    *(
        "",
        " ",
        "x",
        "0",
        "-1",
        "nan",
        "Infinity",
        "1e999",
        "null",
        "on",
        "off",
        "a" * 5_000,
        "\x00\x1b[31m\n",
        "\ud800",
    ),
    *("../../etc/passwd", "{{ 7 * 7 }}", "<b>", "'; drop table", "é😀", "2026-05-04T09:12:31Z", "9999-12-31T23:59:59Z"),
    *("2026-13-45T99:99:99+99:99", "7|1|2|3|4|", "|#|", "a|b|c|d|e|f|#|g", "person:87%", "1,2,,3", [], {}, [[]], [{}]),
    *([None] * 4, [1, 2, 3], ["x"] * 3_000, {"a": {"b": {"c": {}}}}, {"": ""}, {str(one): one for one in range(300)}),
)
_BOMBS = (
    *(b"", b" ", b"null", b"[]", b"{}", b'""', b"NaN", b"-", b"[" * 100_000, b'{"a":' * 50_000, b"9" * 5_000),
    *(b"\xff\xfe", b"\xef\xbb\xbf{}", b"\x1f\x8b\x08\x00", b"[" + b"[]," * 20_000 + b"[]]", b"<html>", b"on", b"42"),
    *(b'{"a":1}\n{"b":', b'{"a":1}\n{"a":2}\n', b"\n" * 10_000, b'"\\ud800"', b'{"a":NaN,"b":-Infinity,"a":1e999}'),
)

_INSERTED = (b'"', b"{", b"]", b"<", b"&", b"\x00", b"\r\n\r\n", b"--", b";", b"|")
_STEPS = ("", "events", "x" * 2_000, "\ud800", "gate", "state", "[", "?camera=%ff", "#", "+")


class Mutator:
    """Makes messages out of those in a folder of tests/payloads."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._chance = random.Random(f"{folder.name} {seed}")
        self._scene = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        self._entries = self._scene["messages"]
        self._bodies = [(folder / entry["file"]).read_bytes() for entry in self._entries]

    def settings(self, known: set[str]) -> dict[str, Any]:
        """The settings that stand in the folder's header."""
        given = {name: value for name, value in self._scene.items() if name in known - {"type", "name"}}
        return {**given, "cameras": self._scene["camera_map"]}

    def message(self, arrived_at: float) -> Message:
        """The next message."""
        chance = self._chance
        index = chance.randrange(len(self._entries))
        entry, body = self._entries[index], self._bodies[index]
        topic, url = entry.get("topic", ""), entry.get("url", self._scene.get("url", ""))
        content_type = entry.get("content_type", self._scene.get("content_type", ""))
        if chance.random() < 0.15:
            topic, url = self._text(topic), self._text(url)
        if chance.random() < 0.05:
            content_type = self._text(content_type)
        if chance.random() < 0.05:
            arrived_at += chance.choice((-1e6, 1e6, -60, 1e9))
        return Message(
            body=self._body(body),
            arrived_at=arrived_at,
            topic=topic,
            qos=chance.randrange(2),
            retain=chance.random() < 0.1,
            dup=chance.random() < 0.1,
            url=url,
            content_type=content_type,
            is_last_part=chance.random() < 0.95,
        )

    def _body(self, body: bytes) -> bytes:
        choice = self._chance.random()
        if choice < 0.05:
            return body
        if choice < 0.07:
            return self._chance.choice(_BOMBS)
        if choice < 0.8:
            try:
                return self._json(json.loads(body))
            except ValueError:
                pass
        return self._bytes(body)

    def _json(self, value: Any) -> bytes:
        holder = [value]
        for _ in range(self._chance.choice((1, 1, 1, 2, 4))):
            self._change(holder)
        text = json.dumps(holder[0], indent=1 if self._chance.random() < 0.05 else None)
        return text.encode("utf-8", "surrogatepass")

    def _change(self, holder: list[Any]) -> None:
        """Change one value somewhere in the tree."""
        node: Any = holder
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                return
            key = self._chance.choice(keys)
            child = node[key]
            stops = 0.02 if node is holder else 0.15
            if not isinstance(child, dict | list) or not child or self._chance.random() < stops:
                break
            node = child
        choice = self._chance.random()
        if choice < 0.15 and node is not holder:
            del node[key]
        elif choice < 0.25 and isinstance(child, list):
            times = self._chance.choice((2, 2, 2, 2, 2, 20, 2_100 // max(1, len(child))))
            node[key] = copy.deepcopy(child[:20]) * times
        elif choice < 0.3 and isinstance(node, dict):
            node[self._chance.choice(HOSTILE[16:30])] = child
        elif choice < 0.35:
            node[key] = [child]
        else:
            node[key] = copy.deepcopy(self._chance.choice(HOSTILE))

    def _bytes(self, body: bytes) -> bytes:
        changed = bytearray(body)
        for _ in range(self._chance.choice((1, 2, 8))):
            at = self._chance.randrange(len(changed) + 1)
            end = min(len(changed), at + self._chance.choice((1, 4, 40)))
            choice = self._chance.random()
            if choice < 0.3:
                changed[at:end] = self._chance.randbytes(end - at)
            elif choice < 0.5:
                del changed[at:end]
            elif choice < 0.7:
                changed[at:at] = changed[at:end]
            elif choice < 0.8:
                del changed[at:]
            else:
                changed[at:at] = self._chance.choice(_INSERTED)
        return bytes(changed)

    def _text(self, text: str) -> str:
        """A topic or an address with something in it changed."""
        steps = text.split("/")
        at = self._chance.randrange(len(steps))
        steps[at] = self._chance.choice(_STEPS)
        return "/".join(steps)
