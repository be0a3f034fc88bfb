"""What is present at one camera as far as its source has said: the objects that live, and where they have been."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from securos_trigger.inputs.boxes import Box
from securos_trigger.inputs.happening import Reading, Thing

#: The most objects of a lane; the one that was mentioned longest ago makes space.
MAX_LIVE: Final = 500
#: An object that was not mentioned for this time is forgotten.
KEPT_S: Final = 24 * 3600.0
_MOST_ZONES: Final = 100
_MOST_BOXES: Final = 16

#: Width and height that stand for the frame where boxes are fractions of it.
UNIT_SIZE: Final = (1, 1)


class LaneMemory:
    """The objects of a lane by identity, in the order in which they were last mentioned. Plain data.

    What is known of a thing is never changed, but replaced by what is known then: frames and storage may hold it.
    """

    def __init__(self, stored: Mapping[str, Any] | None = None) -> None:
        stored = stored or {}
        #: False: no node of the lane changes what stands in its frames, so they need no copies of the objects.
        self.hands_out_copies = True
        self.zones: dict[str, None] = dict.fromkeys(_texts(stored.get("zones")))
        self.size: tuple[int, int] | None = None
        self._live: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._number_in: dict[str, int] = {}  # by zone
        self._changed: dict[str, None] = {}  # identities, in order
        for name, one in (stored.get("live") or {}).items():
            if isinstance(one, dict):
                self._put(str(name), {**one, "zones": list(_texts(one.get("zones")))})

    def to_plain(self) -> dict[str, Any]:
        """Everything but the objects, for storage."""
        return {"zones": list(self.zones)}

    def take_changes(self) -> list[tuple[str, dict[str, Any] | None]]:
        """What is known of each object that is other than at the last call, by identity; None: it is gone.

        A lane may have hundreds of objects, and a message is about one: only that one is written.
        """
        changed, self._changed = self._changed, {}
        return [(name, self._live.get(name)) for name in changed]

    def __len__(self) -> int:
        return len(self._live)

    def __contains__(self, identity: str) -> bool:
        return identity in self._live

    def objects(self) -> list[dict[str, Any]]:
        """The objects as they stand in a frame's metadata."""
        if self.hands_out_copies:
            return [dict(thing) for one in self._live.values() for thing in one["objects"]]
        return [thing for one in self._live.values() for thing in one["objects"]]

    def count_in(self, zone: str) -> int:
        """How many things are in a zone now."""
        return self._number_in.get(zone, 0)

    def note(self, reading: Reading, heard_at: float) -> tuple[str, ...]:
        """Take what a reading says of a thing that is here; gives the zones that it has entered with it."""
        known = self._live.get(reading.identity)
        objects = _objects_of(reading) or (known["objects"] if known is not None else [])
        zones = list(reading.zones if reading.zones is not None else known["zones"] if known is not None else ())
        named = (*(reading.entered_zones or ()), *zones)
        entered = known["entered"] if known is not None and reading.entered_zones is not None else None
        new_zones: tuple[str, ...] = ()
        if entered is None or any(name not in entered for name in named):  # else it has been in all of them, as usual
            before = set(_been_in(reading, known))
            entered = list(dict.fromkeys((*before, *named)))[:_MOST_ZONES]
            new_zones = tuple(dict.fromkeys(zone for zone in named if zone not in before))
            self._remember(named)
        now_known = {"objects": objects, "zones": zones, "entered": entered, "heard_at": heard_at}
        self.end(reading.identity)
        self._put(reading.identity, now_known)
        self.note_size(reading.boxes)
        while len(self._live) > MAX_LIVE:
            self.end(next(iter(self._live)))
        return new_zones

    def entered_with(self, reading: Reading) -> tuple[str, ...]:
        """The zones that a thing has entered since it was heard of last, when its end is the first that says so."""
        known = self._live.get(reading.identity)
        if not reading.entered_zones or (known is None and reading.before is None):
            return ()  # of what was never heard of nothing says when it was
        before = set(_been_in(reading, known))
        return tuple(zone for zone in reading.entered_zones if zone not in before)

    def note_size(self, boxes: tuple[Box, ...]) -> None:
        """Take the size of the frame that these boxes belong to."""
        if boxes:
            self.size = size_of(boxes[0])

    def end(self, identity: str) -> bool:
        """The thing is gone. False: it was not known to be here."""
        one = self._live.pop(identity, None)
        if one is None:
            return False
        self._changed[identity] = None
        for zone in set(one["zones"]):
            self._number_in[zone] -= 1
            if not self._number_in[zone]:
                del self._number_in[zone]
        return True

    def forget(self, beginning: str) -> int:
        """Forget all things whose identity begins so: their source is gone. The number of them."""
        gone = [name for name in self._live if name.startswith(beginning)]
        for name in gone:
            self.end(name)
        return len(gone)

    def end_silent(self, now: float, silent_s: float | None) -> list[str]:
        """End what was not mentioned for `silent_s` seconds (None: for a day); gives the identities."""
        limit_s = KEPT_S if silent_s is None else silent_s
        gone = [name for name, one in self._live.items() if now - float(one["heard_at"]) > limit_s]
        for name in gone:
            self.end(name)
        return gone

    def _put(self, identity: str, one: dict[str, Any]) -> None:
        """Take what is known of a thing of which nothing is known."""
        self._live[identity] = one
        self._changed[identity] = None
        for zone in set(one["zones"]):
            self._number_in[zone] = self._number_in.get(zone, 0) + 1

    def _remember(self, zones: tuple[str, ...]) -> None:
        for zone in zones:
            if len(self.zones) < _MOST_ZONES:
                self.zones[zone] = None


def _been_in(reading: Reading, known: Mapping[str, Any] | None) -> Iterator[str]:
    """The zones that a thing has been in before this reading: as remembered, else as the source says itself."""
    if known is not None:
        yield from known["entered"] if reading.entered_zones is not None else known["zones"]
    elif reading.before is not None:
        before = reading.before()
        yield from _texts(before.get("entered_zones"))
        yield from _texts(before.get("zones"))


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list | tuple) else ()


def _objects_of(reading: Reading) -> list[dict[str, Any]]:
    """The objects of a thing: one for each box, or one without a place."""
    labels, ids = reading.labels or (), reading.object_ids or ()
    if not (labels or reading.boxes):
        return []
    boxes: tuple[Box | None, ...] = reading.boxes[:_MOST_BOXES] or (None,)
    found = []
    for number, box in enumerate(boxes):
        label = labels[min(number, len(labels) - 1)] if labels else ""
        one_id = ids[number] if number < len(ids) else reading.identity or None
        more = {"sub_label": reading.sub_label, "plate": reading.plate, "zones": list(reading.zones or ())}
        found.append(object_data(label, one_id, reading.probability, box) | more)
    return found


def object_data(label: str, one_id: object, probability: float | None, box: Box | None) -> dict[str, Any]:
    """One object in the shape of docs/metadata.md."""
    found: dict[str, Any] = {"id": one_id, "label": label, "probability": probability}
    if box is not None:
        across, down = (1.0, 1.0) if not box.is_fraction or box.canvas is None else box.canvas
        found["rect"] = {
            "left": box.left * across,
            "top": box.top * down,
            "width": box.width * across,
            "height": box.height * down,
        }
    return found


def thing_data(thing: Thing) -> dict[str, Any]:
    """An object of a frame in the same shape."""
    found = object_data(thing.label, thing.id, thing.probability, thing.box)
    if thing.zones:
        found["zones"] = list(thing.zones)
    if thing.attributes:
        found["attributes"] = [{"name": name, "label": value} for name, value in thing.attributes.items()]
    return found


def size_of(box: Box) -> tuple[int, int] | None:
    """The size of the frame that a box is in: in pixels, or that which stands for fractions."""
    if box.canvas is not None:
        return round(box.canvas[0]), round(box.canvas[1])
    return UNIT_SIZE if box.is_fraction else None
