"""Proposes which camera of a source is which camera in SecurOS, by their names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

from securos_trigger.operations.init.receiver import SecurosCamera
from securos_trigger.validation.camera_ids import is_camera_id

#: Names that are less alike are not proposed.
_LEAST_RATIO = 0.75
_NO_WORDS = frozenset({"cam", "camera", "kamera", "camara", "ch", "channel", "the", "ip", "nvr"})


def propose(names: Sequence[str], cameras: Sequence[SecurosCamera]) -> dict[str, str]:
    """The id in SecurOS for each name that has a clear counterpart. Each camera is proposed once.

    Equal names come first, then the most alike. Two that are equally alike are a question for a person. One name and
    one camera belong together whatever they are called.
    """
    if len(names) == 1 and len(cameras) == 1:
        return {names[0]: cameras[0].id}
    found: dict[str, str] = {}
    pairs = sorted(
        ((_likeness(name, camera), name, camera.id) for name in names for camera in cameras),
        key=lambda pair: -pair[0],
    )
    for likeness, name, camera_id in pairs:
        if likeness < _LEAST_RATIO or name in found or camera_id in found.values():
            continue
        rivals = [
            one
            for one in pairs
            if one[0] >= likeness - 1e-9
            and (one[1] == name) != (one[2] == camera_id)
            and one[1] not in found
            and one[2] not in found.values()
        ]
        if not rivals:
            found[name] = camera_id
    return {name: found[name] for name in names if name in found}


def _likeness(name: str, camera: SecurosCamera) -> float:
    """1 for names with the same words, and for the id itself; less the more they differ."""
    one, other = _words(name), _words(camera.name)
    if name.strip() == camera.id or (one and one == other):
        return 1.0
    if not one or not other:
        return 0.0
    if set(one) <= set(other) or set(other) <= set(one):
        return 0.9
    return min(0.89, SequenceMatcher(None, " ".join(one), " ".join(other)).ratio())


def _words(name: str) -> list[str]:
    """The words of a name, without accents, case and what every camera is called."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name).casefold() if not unicodedata.combining(c))
    words = re.findall(r"[^\W\d_]+|\d+", plain)
    return [str(int(word)) if word.isdigit() else word for word in words if word not in _NO_WORDS] or words


def wrong_id(ids: str) -> str:
    """The first of some ids, separated by commas, that no camera in SecurOS can have. Empty: all can be ids."""
    parts = (one.strip() for one in ids.split(","))
    return next((one for one in parts if one and not is_camera_id(one)), "")


def unknown_ids(ids: str, cameras: Sequence[SecurosCamera]) -> list[str]:
    """Those of some ids, separated by commas, that no listed camera has; none where no camera is listed."""
    known = {one.id for one in cameras}
    return [one for part in ids.split(",") if (one := part.strip()) and one not in known] if known else []
