"""One trouble of a running service as a sentence, and its instants and ages in words. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Any, Final, NamedTuple

from securos_trigger.errors.wording import with_config
from securos_trigger.system.durations import duration_text

#: Characters of a headline that is made from the text of a trouble; that one stands below it in full.
_MOST_CHARACTERS: Final = 120


class Rank(IntEnum):
    """What a trouble does to a site, the worst first: the first words about the site are of this order."""

    #: Events are lost, or will be soon.
    LOSS = 0
    #: The service, or a part of it, does not run or does not answer.
    SERVICE = 1
    #: No event reaches a receiver.
    DELIVERY = 2
    #: A pipeline sees nothing.
    CAMERA = 3
    #: The configuration file cannot be used.
    FILE = 4
    #: A node fails, or cannot fire.
    NODE = 5
    #: Events that were given up.
    GIVEN_UP = 6
    OTHER = 7


class Headline(NamedTuple):
    """The first words about a service whose events are held up, or that sees nothing: a few, and a sentence."""

    short: str
    text: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """One trouble, and how to fix it. `needs_person` False: it is worth knowing, and nothing stops.

    `subject` is a word for what it is about, where the doctor examines that too; else empty. `about` names where it is
    looked into: a `target`, the `address` of a trigger node, or a `pipeline`, and perhaps a `node` of it. `is_over`: it
    lasts no more, and a person must still know of it. `cameras` are those of the target that get no events; ""
    stands for events without a camera. `headline` is of one that holds events up: no service is said to work then. One
    that needs no person has a rank above OTHER only with a headline, or if it is of the file.
    """

    text: str
    fix: str
    needs_person: bool
    subject: str = ""
    about: Mapping[str, str] = field(default_factory=dict, hash=False)
    is_over: bool = False
    cameras: tuple[str, ...] = ()
    headline: Headline | None = None
    rank: Rank = Rank.OTHER

    @property
    def is_about_file(self) -> bool:
        """True when the configuration file itself cannot be used."""
        return self.about.get("file") == "mistakes"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        about = dict(self.about)
        return {"text": self.text, "fix": self.fix, "needs_person": self.needs_person, "about": about}


def naming(about: Mapping[str, str], troubles: Iterable[Trouble]) -> Iterator[Trouble]:
    """The troubles, each with what they are about, beside what it names itself."""
    return (replace(one, about={**about, **one.about}) for one in troubles)


def commands_for(config: Path, troubles: Iterable[Trouble]) -> Iterator[Trouble]:
    """The troubles with the path of the configuration in their commands, so that they can be copied to a shell."""
    path = shlex.quote(str(config))
    return (replace(one, text=with_config(one.text, path), fix=with_config(one.fix, path)) for one in troubles)


def worst_first(troubles: Iterable[Trouble]) -> tuple[Trouble, ...]:
    """The troubles by rank. Of one rank those that need a person stand before the others, and what lasts before what is
    over; of remarks those that hold events up come first, then mutes. Else they stay in the same order.
    """
    return tuple(sorted(troubles, key=_place))


def _place(one: Trouble) -> tuple[bool | int, ...]:
    of_remarks = (False, False) if one.needs_person else (one.headline is None, one.subject != "mute")
    return one.rank, not one.needs_person, one.is_over, *of_remarks


def headline_of(troubles: Iterable[Trouble]) -> Headline | None:
    """The first words about a service with these troubles: of the worst of them. None: nothing is held up.

    Where some need a person, they name the worst by its own headline, or else by its text.
    """
    ordered = worst_first(troubles)
    if not ordered or ordered[0].headline is not None:
        return ordered[0].headline if ordered else None
    needs_person = any(one.needs_person for one in ordered)
    return Headline("A person must act", _shortened(ordered[0].text)) if needs_person else None


def _shortened(text: str) -> str:
    """The text of a trouble as one sentence without its full stop; a long one is cut between two words."""
    plain = text.replace("`", "")
    if len(plain) <= _MOST_CHARACTERS:
        return plain.rstrip(".")
    return f"{plain[:_MOST_CHARACTERS].rpartition(' ')[0].rstrip(',;:.')} …"


def file_trouble(
    mistakes: str, *, is_running: bool = True, is_reloadable: bool = True, is_refused: bool = False
) -> Trouble:
    """That the configuration file cannot be used now. `mistakes` is the text of a ConfigurationError.

    `is_refused`: only a reload has found them, because it loads the models and functions.
    """
    _, _, lines = mistakes.partition("\n")
    first, *_ = (lines or mistakes).strip().split("\n")
    what = "The last reload was refused" if is_refused else "The configuration file has a mistake"
    text = f"{what}, {first.rstrip('.:')}. "
    about = {"file": "mistakes"}
    if not is_running:
        text += "A service cannot start with it"
        fix = "Fix the file: `securos-trigger check CONFIG` says how."
        return Trouble(text, fix, False, about=about, rank=Rank.FILE)
    text += "The service goes on with the settings in force"
    way, refused = "restart the service", ""
    if is_reloadable:
        way, refused = "`securos-trigger reload CONFIG`", "a reload is refused, and "
    fix = f"Fix the file (`securos-trigger check CONFIG` says how), then {way}. "
    if is_refused:
        fix = f"Fix what it names (`check` loads no model and no function), then {way}. "
    fix += f"Until the file is correct, {refused}a restart would fail."
    return Trouble(text, fix, False, about=about, rank=Rank.FILE)


def clock(at: str, now: datetime, *, has_zone: bool = False) -> str:
    """An instant of an answer as a time of day in the zone of `now`, with the date on another day.

    The zone is said with `has_zone`, and where daylight saving begins or ends in between.
    """
    instant, here = datetime.fromisoformat(at), now.astimezone()
    # `now` in the zone of this machine has only the offset of that moment, which may be another one at the instant.
    is_local = (now.utcoffset(), now.tzname()) == (here.utcoffset(), here.tzname())
    then = instant.astimezone(None if is_local else now.tzinfo)
    zone = f" {then.tzname()}" if has_zone or then.utcoffset() != now.utcoffset() else ""
    return (f"{then:%H:%M:%S}" if then.date() == now.date() else f"{then:%Y-%m-%d %H:%M}") + zone


def age_s(at: str, now: datetime) -> float:
    """Seconds from an instant of an answer until now."""
    return (now - datetime.fromisoformat(at)).total_seconds()


def since(at: str, now: datetime) -> str:
    """`since 03:12:44 (5 min 3 s)`."""
    return f"since {clock(at, now)} ({duration_text(age_s(at, now))})"
