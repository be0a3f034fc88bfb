"""The known name that a person may have meant: "Did you mean …?"."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Final

_PEOPLE: Final = ("person", "human", "pedestrian", "people")
_BIKE: Final = ("bicycle", "bike", "cycle")
_MOTORBIKE: Final = ("motorcycle", "motorbike")
#: More known names than this are not listed, and this many stand for them.
_MOST_KNOWN: Final = 40
_FEW: Final = 6
#: Words that models have for the same class, the most usual one first.
_SAME_CLASS: Final = MappingProxyType(
    {
        **dict.fromkeys((*_PEOPLE, "man", "woman", "child", "body", "walker", "worker", "intruder"), _PEOPLE),
        **dict.fromkeys((*_BIKE, "cyclist"), (*_BIKE, *_MOTORBIKE)),
        **dict.fromkeys((*_MOTORBIKE, "scooter", "moped"), _MOTORBIKE),
        **dict.fromkeys(("vehicle", "automobile", "auto", "car", "taxi", "suv"), ("car", "vehicle", "automobile")),
        **dict.fromkeys(("lorry", "truck", "van", "pickup"), ("truck", "lorry", "van")),
        **dict.fromkeys(("plane", "aeroplane", "airplane", "aircraft"), ("airplane", "aeroplane", "plane", "aircraft")),
        **dict.fromkeys(("phone", "mobile", "smartphone"), ("cell phone", "phone")),
        **dict.fromkeys(("bag", "luggage", "baggage"), ("suitcase", "backpack", "handbag", "bag", "luggage")),
    }
)


def nearest(word: str, known: Iterable[str]) -> str:
    """The known name closest to `word`, or an empty string when none is close."""
    folded = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def nearest_label(word: str, known: Iterable[str]) -> str:
    """The class of a detector that `word` is another word for, or is close to; empty when none is."""
    by_name = {name.lower(): name for name in known}
    for one in (word.lower(), word.lower().removesuffix("s")):
        for same in (one, *_SAME_CLASS.get(one, ())):
            if same in by_name:
                return by_name[same]
    return nearest(word, by_name.values())


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """The fix for an unknown name: the nearest known one, else all of them; of more than 40 the nearest few."""
    guess = nearest(word, known)
    if guess:
        return f'Did you mean "{guess}"?'
    if len(known) > _MOST_KNOWN:
        return f"There are {len(known):,}, among them {', '.join(nearest_few(word, known))}."
    return f"Known: {', '.join(known)}."


def nearest_few(word: str, known: Sequence[str]) -> list[str]:
    """Six of the known names, those closest to `word` first."""
    folded = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), list(folded), n=_FEW, cutoff=0.5)
    return list(dict.fromkeys([*(folded[one] for one in near), *known]))[:_FEW]
