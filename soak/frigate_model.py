"""Which events must come of a site with Frigate: a model of its own, which knows nothing of the bridge.

It sees what Frigate has said of each thing, when it was delivered, and what is true of the thing. An event must come
when the bridge can know that something began, and must not come otherwise. Where a kill decides whether a message was
in time, both are right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from soak.frigate_site import FENCE, Said, Site, Thing

#: A message that is older at its arrival raises no event.
AGE_LIMIT_S = 300.0
#: A thing whose first message was lost is new for this time after its beginning.
MISSED_NEW_S = 60.0
#: How late a message may be on its first way.
LATE_S = 3.0


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message that the broker has handed over, and when (seconds after midnight)."""

    said: Said
    at_s: float


@dataclass(slots=True)
class Names:
    """The things of which it must be so, and those of which it may be so."""

    must: set[str] = field(default_factory=set)
    may: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Expected:
    """Of which things each node must fire once, and which things must be present at the end, by camera."""

    events: dict[str, Names] = field(default_factory=dict)
    present: dict[str, Names] = field(default_factory=dict)


def expected_of(site: Site, delivered: Sequence[Delivered], *, is_of_reviews: bool) -> Expected:
    """What must come of what was delivered."""
    by_thing: dict[str, list[Delivered]] = {}
    for one in delivered:
        if one.said.about in site.things:
            by_thing.setdefault(one.said.about, []).append(one)
    found = Expected()
    if is_of_reviews:
        names = found.events["review"] = Names()
        for name, ones in by_thing.items():
            if site.things[name].is_review:
                _note(names, name, began(site.things[name], ones))
        return found
    found.events = {"any": Names(), "moving": Names(), "fence": Names()}
    found.present = {camera: Names() for camera in site.cameras}
    last_online_s = max(one.said.sent_s for one in delivered if one.said.body == b"online")
    for name, ones in by_thing.items():
        thing = site.things[name]
        if thing.is_review:
            continue
        has_begun = began(thing, ones)
        _note(found.events["any"], name, has_begun)
        _note(found.events["moving"], name, has_begun if thing.label == "person" else False)
        _note(found.events["fence"], name, entered(ones))
        _note(found.present[thing.camera], name, is_present(ones, last_online_s))
    return found


def _note(names: Names, name: str, is_so: bool | None) -> None:
    if is_so is None:
        names.may.add(name)
    elif is_so:
        names.must.add(name)


def began(thing: Thing, ones: Sequence[Delivered]) -> bool | None:
    """Whether its beginning must raise an event. None: a kill decides."""
    first = ones[0].said
    if first.kind in ("end", "genai"):
        return False
    # One that comes late, because its `new` was lost, is no news any more.
    limit_s = first.sent_s + AGE_LIMIT_S if first.kind == "new" else thing.begins_s + MISSED_NEW_S
    verdicts = {one.at_s <= limit_s for one in ones if one.said is first}
    return verdicts.pop() if len(verdicts) == 1 else None


def entered(ones: Sequence[Delivered]) -> bool | None:
    """Whether its way into the zone must raise an event. None: a message before it was lost, or a kill decides."""
    first = next((one.said for one in ones if FENCE in one.said.zones), None)
    if first is None or first.kind == "end":
        return False if first is None else None
    if ones[0].said is first and first.kind != "new":
        return None  # nothing is known of it before
    verdicts = {one.at_s - first.sent_s <= AGE_LIMIT_S for one in ones if one.said is first}
    return verdicts.pop() if len(verdicts) == 1 else None


def is_present(ones: Sequence[Delivered], last_online_s: float) -> bool | None:
    """Whether it must be held to be there at the end of the day. None: which of two came first decides."""
    newest_s = max(one.said.sent_s for one in ones)
    if any(one.said.kind == "end" for one in ones) or newest_s < last_online_s - LATE_S:
        return False
    return True if newest_s > last_online_s + LATE_S else None
