"""A site with Frigate: what happens there, and what Frigate says of it by its own rules.

Frigate publishes an object when it is sure of it, at each change, and once a minute for as long as it is there; a false
positive is never published. After a restart it knows nothing: what stands there is new under another id, and nothing of
before gets an end. An object is also dropped without an end when a camera changes its resolution.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

MIDNIGHT = 1_777_852_800.0
HOUR_S = 3_600.0
FENCE = "fence"
#: The end of a review that Frigate has closed by force.
FORCED_END_S = 2**63 - 1
_AVAILABLE_AFTER_S = 5.0


@dataclass(frozen=True, slots=True, order=True)
class Said:
    """A message of Frigate: when it was sent (seconds after midnight), its topic, its body."""

    sent_s: float
    order: int
    topic: str = field(compare=False)
    body: bytes = field(compare=False)
    #: The object or the review that it is about; empty: neither.
    about: str = field(compare=False, default="")
    kind: str = field(compare=False, default="")
    zones: tuple[str, ...] = field(compare=False, default=())


@dataclass(slots=True)
class Thing:
    """An object or a review: what is true of it, and what Frigate has said last."""

    name: str
    camera: str
    label: str
    begins_s: float
    is_review: bool = False
    moves: int = 0
    zones: list[str] = field(default_factory=list)
    #: When Frigate has said that it is over; None: it never does.
    ends_s: float | None = None
    before: dict[str, Any] | None = None


class Site:
    """What Frigate says in `length_s` seconds. `things` are all that it publishes, by name; `starts` are its own."""

    def __init__(self, seed: int, cameras: Sequence[str], *, length_s: float, people_per_hour: float) -> None:
        self.chance = random.Random(seed)
        self.cameras = tuple(cameras)
        self.length_s = length_s
        self.things: dict[str, Thing] = {}
        self.false_positives: set[str] = set()
        self.said: list[Said] = []
        restarts = max(2, round(length_s / HOUR_S / 8))
        cuts = sorted(self.chance.uniform(0.1, 0.95) * length_s for _ in range(restarts))
        self.starts = [0.0, *cuts]
        for begins_s, ends_s in zip(self.starts, [*cuts, length_s], strict=True):
            self._say(begins_s + _AVAILABLE_AFTER_S, "available", b"online")
            self._run(begins_s + _AVAILABLE_AFTER_S + 1, ends_s, people_per_hour)
            if ends_s < length_s:
                self._say(ends_s, "available", self.chance.choice((b"offline", b"stopped")))
        for _ in range(restarts):  # only its connection was gone
            self._say(self.chance.uniform(0.05, 1) * length_s, "available", b"online")
        self._noise()
        self.said.sort()

    def _say(self, at_s: float, topic: str, body: bytes, about: str = "", kind: str = "", zones: Any = ()) -> None:
        self.said.append(Said(at_s, len(self.said), f"frigate/{topic}", body, about, kind, tuple(zones)))

    def _thing(self, camera: str, label: str, begins_s: float, *, is_review: bool = False) -> Thing:
        name = f"{MIDNIGHT + begins_s:.3f}-{'r' if is_review else 'o'}{len(self.things):05d}"
        thing = self.things[name] = Thing(name, camera, label, begins_s, is_review)
        return thing

    def _run(self, begins_s: float, ends_s: float, people_per_hour: float) -> None:
        """From one start of Frigate to the next."""
        for camera in self.cameras[::3]:
            self._car(camera, begins_s, ends_s)
        for _ in range(round(people_per_hour * (ends_s - begins_s) / HOUR_S)):
            at_s = self.chance.uniform(begins_s, max(begins_s, ends_s - 2))
            if self.chance.random() < 0.1:
                self._false_positive(at_s, ends_s)
            else:
                self._person(at_s, ends_s)

    def _car(self, camera: str, begins_s: float, ends_s: float) -> None:
        """A parked car: repeated once a minute for ever; one in four drives away some time."""
        car = self._thing(camera, "car", begins_s)
        leaves_s = self.chance.uniform(begins_s, ends_s) if self.chance.random() < 0.25 else ends_s + 1
        at_s = begins_s + 0.5
        self._object(car, "new", at_s)
        while (at_s := at_s + self.chance.uniform(40, 60)) < min(leaves_s, ends_s):
            self._object(car, "update", at_s)
        if leaves_s < ends_s - 2:
            car.moves = 1
            self._object(car, "update", leaves_s)
            self._object(car, "end", leaves_s + 1)

    def _false_positive(self, begins_s: float, ends_s: float) -> None:
        """An object that Frigate is never sure of: it says nothing of it, or, in old versions, that it is none."""
        name = f"{MIDNIGHT + begins_s:.3f}-f{len(self.false_positives):05d}"
        self.false_positives.add(name)
        thing = Thing(name, self.chance.choice(self.cameras), "person", begins_s)
        state = self._state(thing, begins_s + 1) | {"false_positive": True}
        if begins_s + 1 < ends_s:
            self._say(begins_s + 1, "events", _written("update", state, state), name, "false")

    def _person(self, begins_s: float, ends_s: float) -> None:
        """A person who comes, may enter the zone, and goes; some get no end."""
        chance = self.chance
        person = self._thing(chance.choice(self.cameras), "person", begins_s)
        person.moves = 1
        review = self._thing(person.camera, "person", begins_s, is_review=True)
        leaves_s = begins_s + chance.choice((chance.uniform(3, 60), chance.uniform(60, 900)))
        enters_s = begins_s + chance.uniform(0, 200)
        self._object(person, "new", begins_s + 0.5)
        self._review(review, "new", begins_s + 0.6, "detection")
        at_s = begins_s + 0.5
        while (at_s := at_s + chance.uniform(1, 30)) < min(leaves_s, ends_s):
            if at_s > enters_s and not person.zones:
                person.zones.append(FENCE)
                self._review(review, "update", at_s + 0.05, "alert")
            self._object(person, "update", at_s)
        if chance.random() < 0.2 and at_s < ends_s:
            fact = {"type": "face", "id": person.name, "camera": person.camera, "name": "courier", "score": 0.9}
            self._say(at_s + 0.2, "tracked_object_update", json.dumps(fact | {"timestamp": MIDNIGHT + at_s}).encode())
        severity = "alert" if person.zones else "detection"
        if leaves_s < ends_s:
            if chance.random() > 0.03:  # else its camera has another resolution now, and it is dropped
                self._object(person, "end", leaves_s)
            self._review(review, "end", leaves_s + 9, severity)
            if chance.random() < 0.3:
                self._review(review, "genai", leaves_s + 30, severity)

    def _state(self, thing: Thing, at_s: float) -> dict[str, Any]:
        x = 10 + int(at_s * 7) % 900
        return {
            "id": thing.name, "camera": thing.camera, "label": thing.label, "sub_label": None,
            "frame_time": MIDNIGHT + at_s, "start_time": MIDNIGHT + thing.begins_s, "end_time": None,
            "score": 0.8, "top_score": 0.9, "false_positive": False, "box": [x, 200, x + 80, 400], "area": 16_000,
            "stationary": not thing.moves, "motionless_count": 0, "position_changes": thing.moves,
            "current_zones": list(thing.zones), "entered_zones": list(thing.zones), "attributes": {},
            "has_clip": True, "has_snapshot": True, "region": [0, 0, 320, 320], "active": bool(thing.moves),
        }  # fmt: skip

    def _object(self, thing: Thing, kind: str, at_s: float) -> None:
        after = self._state(thing, at_s)
        if kind == "end":
            after["end_time"] = MIDNIGHT + at_s + 0.4
            thing.ends_s = at_s
        before = thing.before or {**after, "false_positive": True}
        thing.before = after
        self._say(at_s, "events", _written(kind, before, after), thing.name, kind, thing.zones)

    def _review(self, thing: Thing, kind: str, at_s: float, severity: str) -> None:
        has_ended = kind in ("end", "genai")
        end_s = MIDNIGHT + at_s - 1 if self.chance.random() < 0.9 else FORCED_END_S
        data: dict[str, Any] = {"detections": [], "objects": ["person"], "zones": [], "sub_labels": [], "audio": []}
        if kind == "genai":
            data["metadata"] = {"title": "Person at the gate"}
        after = {
            "id": thing.name, "camera": thing.camera, "start_time": MIDNIGHT + thing.begins_s, "severity": severity,
            "end_time": end_s if has_ended else None,
            "data": data,
        }  # fmt: skip
        before, thing.before = thing.before or after, after
        thing.ends_s = at_s if has_ended else None
        self._say(at_s, "reviews", _written(kind, before, after), thing.name, kind)

    def _noise(self) -> None:
        """What comes beside: counts, switches, images, statistics."""
        figures = json.dumps({"cameras": {name: {"camera_fps": 5.0} for name in self.cameras}}).encode()
        for minute in range(int(self.length_s / 60)):
            at_s, camera = 60.0 * minute + 7, self.chance.choice(self.cameras)
            self._say(at_s, "stats", figures)
            self._say(at_s + 1, f"{camera}/person", b"%d" % (minute % 3))
            self._say(at_s + 1, f"{camera}/motion", self.chance.choice((b"ON", b"OFF")))
            self._say(at_s + 2, f"{camera}/person/snapshot", b"\xff\xd8\xff\xe0" + bytes(200))


def _written(kind: str, before: dict[str, Any], after: dict[str, Any]) -> bytes:
    return json.dumps({"type": kind, "before": before, "after": after}).encode()
