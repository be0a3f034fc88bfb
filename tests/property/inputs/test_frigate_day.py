"""A day of a site with Frigate, made by the rules of its messages: every beginning is new once, and nothing else is.

20 cameras; people who enter a zone; parked cars that are repeated each minute for ever; restarts of Frigate without an
end of anything, reconnects of Frigate, restarts of ours, messages that come twice, late and out of order.
"""

from __future__ import annotations

import heapq
import json
import random
from collections import Counter
from typing import Any

import pytest

from securos_trigger.inputs.happening import Happening, Verdict
from securos_trigger.inputs.kinds import load_kind
from securos_trigger.inputs.known import KnownStates
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.reader import InputReader

MIDNIGHT = 1_777_852_800.0
DAY_S = 86_400.0
CAMERAS = [f"cam_{number}" for number in range(20)]
PARKED = 6
PEOPLE = 500


class Site:
    """Says what Frigate says. `messages` are (time of sending, topic, body)."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.messages: list[tuple[float, str, Any]] = []
        self.people: set[str] = set()
        self.cars: set[str] = set()
        self.zones: set[str] = set()
        self.reviews: set[str] = set()
        self.alerts: set[str] = set()
        self.ended: set[str] = set()
        self.cars_of_last_run: set[str] = set()
        self.restarts = sorted(self.chance.uniform(3_600, DAY_S - 3_600) for _ in range(3))
        self._letters = 0
        for begin_s, end_s in zip([60.0, *self.restarts], [*self.restarts, DAY_S], strict=True):
            self._say(begin_s, "available", "online")
            self._one_run(begin_s + 1, end_s)
            self._say(end_s - 0.5, "available", "offline")
        for _ in range(3):  # only its connection was gone
            self._say(self.chance.uniform(0, DAY_S), "available", "online")

    def _say(self, at_s: float, topic: str, body: Any) -> None:
        self.messages.append((MIDNIGHT + at_s, topic, body))

    def _name(self, at_s: float) -> str:
        self._letters += 1
        return f"{MIDNIGHT + at_s:.2f}-o{self._letters:05d}"

    def _one_run(self, begin_s: float, end_s: float) -> None:
        """From one start of Frigate to the next: the parked cars are new, and what is alive at the end gets no end."""
        self.cars_of_last_run = set()
        for number in range(PARKED):
            car = _Object(self._name(begin_s), CAMERAS[number], "car", begin_s)
            self.cars.add(car.name)
            self.cars_of_last_run.add(car.name)
            self._say(begin_s + 1, "events", car.message("new", begin_s + 1))
            at_s = begin_s + 1
            while (at_s := at_s + self.chance.uniform(40, 60)) < end_s:
                self._say(at_s, "events", car.message("update", at_s))
        for _ in range(round(PEOPLE * (end_s - begin_s) / DAY_S)):
            self._person(self.chance.uniform(begin_s, end_s - 2), end_s)

    def _person(self, begin_s: float, end_s: float) -> None:
        person = _Object(self._name(begin_s), self.chance.choice(CAMERAS), "person", begin_s)
        person.moves = 1
        self.people.add(person.name)
        self._say(begin_s + 0.5, "events", person.message("new", begin_s + 0.5))
        review = f"{person.name}-rv"
        self.reviews.add(review)
        self._say(begin_s + 0.6, "reviews", _review("new", review, person.camera, begin_s, "detection"))
        leaves_s, enters_s = begin_s + self.chance.uniform(3, 400), begin_s + self.chance.uniform(1, 200)
        at_s = begin_s + 0.5
        while (at_s := at_s + self.chance.uniform(1, 55)) < min(leaves_s, end_s):
            if at_s > enters_s and not person.zones:
                person.zones = ["fence"]
                self.zones.add(person.name)
                self.alerts.add(review)
                self._say(at_s + 0.01, "reviews", _review("update", review, person.camera, begin_s, "alert"))
            self._say(at_s, "events", person.message("update", at_s))
        if leaves_s < end_s:
            self.ended.add(person.name)
            self._say(leaves_s, "events", person.message("end", leaves_s, end_s=leaves_s))
            severity = "alert" if person.zones else "detection"
            self._say(leaves_s + 9, "reviews", _review("end", review, person.camera, begin_s, severity, leaves_s + 8))


class _Object:
    def __init__(self, name: str, camera: str, label: str, start_s: float) -> None:
        self.name, self.camera, self.label, self.start_s = name, camera, label, start_s
        self.zones: list[str] = []
        self.moves = 0
        self.before: dict[str, Any] = {}

    def message(self, kind: str, at_s: float, end_s: float | None = None) -> dict[str, Any]:
        after = {
            "id": self.name, "camera": self.camera, "label": self.label, "frame_time": MIDNIGHT + at_s,
            "start_time": MIDNIGHT + self.start_s, "end_time": None if end_s is None else MIDNIGHT + end_s,
            "false_positive": False, "position_changes": self.moves, "stationary": not self.moves,
            "entered_zones": list(self.zones), "current_zones": list(self.zones), "box": [1, 2, 3, 4], "score": 0.8,
        }  # fmt: skip
        before, self.before = self.before or {**after, "false_positive": True}, after
        return {"type": kind, "before": before, "after": after}


def _review(
    kind: str, name: str, camera: str, start_s: float, severity: str, end_s: float | None = None
) -> dict[str, Any]:
    state = {
        "id": name, "camera": camera, "start_time": MIDNIGHT + start_s, "severity": severity,
        "end_time": None if end_s is None else MIDNIGHT + end_s,
        "data": {"detections": [], "objects": ["person"], "zones": [], "sub_labels": [], "audio": []},
    }  # fmt: skip
    return {"type": kind, "before": state, "after": state}


class Broker:
    """Hands the messages over: in order with small swaps, some twice, and all that waited when we come back."""

    def __init__(self, site: Site) -> None:
        self.chance = site.chance
        self.outages = sorted(self.chance.uniform(600, DAY_S - 600) for _ in range(6))
        self._queue: list[tuple[float, int, Message]] = []
        for index, (sent_at, topic, body) in enumerate(sorted(site.messages, key=lambda one: one[0])):
            written = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self._put(sent_at + self.chance.choice((0.0, 0.0, 0.0, 0.3)), 2 * index, topic, written, dup=False)
            if self.chance.random() < 0.05:  # a bridge between brokers loses the flag
                is_flagged = self.chance.random() < 0.5
                self._put(sent_at + self.chance.choice((0.1, 2.0, 70.0)), 2 * index + 1, topic, written, dup=is_flagged)

    def _put(self, at: float, order: int, topic: str, body: bytes, *, dup: bool) -> None:
        """Queue a message; while we are away it arrives when we are back."""
        back_at = next((MIDNIGHT + off_s + 120 for off_s in self.outages if 0 <= at - MIDNIGHT - off_s < 120), at)
        message = Message(body=body, arrived_at=max(at, back_at), topic=f"frigate/{topic}", qos=1, dup=dup)
        heapq.heappush(self._queue, (message.arrived_at, order, message))

    def messages(self) -> list[Message]:
        return [message for _, _, message in sorted(self._queue)]


def restarted(reader: InputReader) -> InputReader:
    """The reader after a restart of ours, with what was stored."""
    stored = json.loads(json.dumps(list(reader.known.to_rows())))
    settings = reader.kind.settings.model_validate({"cameras": dict.fromkeys(CAMERAS, "1")})
    return InputReader(reader.kind, settings, KnownStates.from_rows([(name, row) for name, row in stored]))


@pytest.mark.parametrize("seed", [1, 2])
def test_on_a_whole_day_every_beginning_is_new_once_and_nothing_else_is(seed: int) -> None:
    site = Site(seed)
    broker = Broker(site)
    kind = load_kind("frigate")
    reader = restarted(InputReader(kind, kind.settings()))
    new: Counter[str] = Counter()
    moving: Counter[str] = Counter()
    entered: Counter[str] = Counter()
    alerted: Counter[str] = Counter()
    restarts = [MIDNIGHT + off_s for off_s in broker.outages]
    for message in broker.messages():
        while restarts and message.arrived_at >= restarts[0]:
            reader, restarts = restarted(reader), restarts[1:]
        for found in reader.take(message):
            count(found, new, moving, entered, alerted)
    assert new == Counter([*site.people, *site.cars, *site.reviews])
    assert moving == Counter([*site.people])
    assert entered == Counter([*site.zones])
    assert alerted == Counter([*site.alerts])
    assert reader.counts[Verdict.MALFORMED] == 0
    live = {name.rpartition("|")[2] for name, _ in reader.known.live()}
    assert site.cars & live == site.cars_of_last_run
    assert site.ended & live == set()


def test_what_began_before_we_knew_anything_is_not_new() -> None:
    site = Site(3)
    kind = load_kind("frigate")
    noon = MIDNIGHT + DAY_S / 2
    reader = restarted(InputReader(kind, kind.settings()))
    found = [one for message in Broker(site).messages() if message.arrived_at >= noon for one in reader.take(message)]
    new = [one.reading for one in found if one.verdict is Verdict.NEW and one.reading.about == "object"]
    assert {reading.object_ids for reading in new if reading.labels == ("car",)} == {
        (name,) for name in site.cars if float(name.partition("-")[0]) > noon
    }
    assert all(reading.began_at is not None and reading.began_at > noon - 60 for reading in new)


def count(
    found: Happening, new: Counter[str], moving: Counter[str], entered: Counter[str], alerted: Counter[str]
) -> None:
    """Count what would become an event: a beginning, one that moves, an entry, an alert."""
    name = found.reading.identity.rpartition("|")[2]
    if found.verdict is Verdict.NEW:
        new[name] += 1
        moving[name] += int(bool(found.reading.more.get("movement")))
    if found.verdict in (Verdict.UPDATE, Verdict.END) and "entered_zones" in found.changes:
        entered[name] += 1
    if "severity" in found.changes and found.reading.severity == "alert":
        alerted[name] += 1
