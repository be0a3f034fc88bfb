"""Three books, kept by three parties, and whether they agree.

What the sender kept, what the receiver answered and which calls SecurOS got. Each is written by the party itself
while it works, so that no kill can bend it afterwards.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SHOWN_LIMIT = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the receiver. `is_repeated`: the event was done once more, as a crash had left doubt."""

    event_id: str
    is_ok: bool
    is_duplicate: bool = False
    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One call that SecurOS took. `event_id` is set for the events of a camera, and empty for all else."""

    camera_id: str
    action: str
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Books:
    """`offered`: the cameras of each event, in the order in which events were handed over. `kept`: those of them whose
    commit has returned. `answers` and `calls` stand in the order of time.
    """

    offered: Mapping[str, tuple[str, ...]]
    kept: frozenset[str]
    answers: tuple[Answer, ...]
    calls: tuple[Call, ...]


class KeptBook:
    """The sender's book. Each line is one write to a file opened for appending: a kill leaves it whole or out."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def offer(self, event_id: str, camera_ids: tuple[str, ...]) -> None:
        """To be written before the event is handed over."""
        self._write({"offered": event_id, "cameras": camera_ids})

    def keep(self, event_id: str) -> None:
        """To be written as the first thing after the commit."""
        self._write({"kept": event_id})

    def acknowledge(self, event_id: str, at_s: float) -> None:
        """To be written after the outbox was given the event as delivered; `at_s` is on the monotonic clock."""
        self._write({"acknowledged": event_id, "at_s": at_s})

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _write(self, line: dict[str, object]) -> None:
        os.write(self._descriptor, json.dumps(line).encode("ascii") + b"\n")


def read_kept(path: Path) -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    """What was offered (with its cameras, in order), and what was kept."""
    offered: dict[str, tuple[str, ...]] = {}
    kept: set[str] = set()
    for line in _json_lines(path.read_text(encoding="ascii")):
        if "offered" in line:
            offered[line["offered"]] = tuple(line["cameras"])
        elif "kept" in line:
            kept.add(line["kept"])
    return offered, frozenset(kept)


def read_acknowledged(path: Path) -> dict[str, float]:
    """Which events the outbox was given as delivered, and when (on the monotonic clock)."""
    lines = _json_lines(path.read_text(encoding="ascii"))
    return {line["acknowledged"]: line["at_s"] for line in lines if "acknowledged" in line}


def read_answers(receiver_log: str) -> tuple[Answer, ...]:
    """The answers that the receiver's own log has."""
    return tuple(
        Answer(line["event_id"], line["ok"], line["duplicate"])
        for line in _json_lines(receiver_log)
        if line.get("event") == "delivery"
    )


def read_calls(path: Path) -> tuple[Call, ...]:
    """The calls that the simulator's log holds. The soaks use the event's id as its name."""
    lines = _json_lines(path.read_text(encoding="utf-8"))
    return tuple(Call(str(line["id"]), line["action"], line.get("name", "")) for line in lines)


def broken_promises(books: Books) -> tuple[str, ...]:
    """What the books prove to have gone wrong, each as a sentence. None: every promise was kept."""
    seen = Counter((call.camera_id, call.event_id) for call in books.calls if call.event_id)
    return tuple(
        sentence
        for what, entries in (
            ("kept events never reached their camera", _lost(books, seen)),
            ("events happened that were never handed over", _invented(books, seen)),
            ("events happened twice without a mark", _twice(books, seen)),
            ("events of a camera are out of order", _out_of_order(books)),
            (
                "kept events have no answer that says ok",
                sorted(books.kept - {a.event_id for a in books.answers if a.is_ok}),
            ),
            ("second answers do not say that they are duplicates", _unmarked_answers(books.answers)),
            ("cameras are left recording", _left(books.calls, "REC", "REC_STOP")),
            ("subtitles are left", _left(books.calls, "ADD_SUBTITLES", "CLEAR_SUBTITLES")),
        )
        if (sentence := _sentence(what, list(entries)))
    )


def _lost(books: Books, seen: Counter[tuple[str, str]]) -> Iterator[str]:
    for event_id in books.kept:
        for camera_id in books.offered.get(event_id, ()):
            if not seen[camera_id, event_id]:
                yield f"{event_id} on camera {camera_id}"


def _invented(books: Books, seen: Counter[tuple[str, str]]) -> Iterator[str]:
    for camera_id, event_id in seen:
        if camera_id not in books.offered.get(event_id, ()):
            yield f"{event_id} on camera {camera_id}"


def _twice(books: Books, seen: Counter[tuple[str, str]]) -> Iterator[str]:
    marks = Counter(answer.event_id for answer in books.answers if answer.is_repeated)
    for (camera_id, event_id), count in seen.items():
        if count > 1 + bool(marks[event_id]):
            yield f"{event_id} on camera {camera_id}, {count} times"


def _out_of_order(books: Books) -> Iterator[str]:
    """Each event that came after a later one of its camera. A repeat counts where it stood first."""
    place = {event_id: number for number, event_id in enumerate(books.offered)}
    furthest: dict[str, int] = {}
    for camera_id, event_id in dict.fromkeys((call.camera_id, call.event_id) for call in books.calls if call.event_id):
        number = place.get(event_id, -1)
        if 0 <= number < furthest.get(camera_id, -1):
            yield f"{event_id} on camera {camera_id}"
        furthest[camera_id] = max(number, furthest.get(camera_id, -1))


def _unmarked_answers(answers: Iterable[Answer]) -> Iterator[str]:
    done: set[str] = set()
    for answer in answers:
        if answer.is_ok and answer.event_id in done and not answer.is_duplicate:
            yield answer.event_id
        if answer.is_ok:
            done.add(answer.event_id)


def _left(calls: Iterable[Call], begin: str, end: str) -> list[str]:
    last = {call.camera_id: call.action for call in calls if call.action in (begin, end)}
    return [f"camera {camera_id}" for camera_id, action in last.items() if action == begin]


def _sentence(what: str, entries: list[str]) -> str:
    if not entries:
        return ""
    more = f" and {len(entries) - _SHOWN_LIMIT} more" if len(entries) > _SHOWN_LIMIT else ""
    return f"{what}: {', '.join(entries[:_SHOWN_LIMIT])}{more}"


def _json_lines(text: str) -> Iterator[dict[str, Any]]:
    """The lines that are JSON objects. A last line without its end was torn by a kill; other text is not ours."""
    for line in text.split("\n")[:-1]:
        if line.startswith("{"):
            yield json.loads(line)
