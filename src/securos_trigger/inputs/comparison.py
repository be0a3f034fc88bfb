"""Compares what was read of a recorded message with its `expected.json`; tests/payloads/README.md has the rules."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from securos_trigger.errors import Mistake
from securos_trigger.inputs.happening import Verdict
from securos_trigger.inputs.times import instant

#: What is compared; all other keys are notes for the reader.
COMPARED: Final = (
    *("verdict", "source", "camera", "cameras", "labels", "zones", "entered_zones", "object_ids", "rect"),
    *("rect_fractions", "box_xyxy", "time", "time_unix", "probability", "changes", "health", "sub_label", "plate"),
    *("severity", "count", "objects", "messages"),
)
_FRACTION_TOLERANCE: Final = 0.001
_PIXEL_TOLERANCE: Final = 1.0
_TIME_TOLERANCE_S: Final = 0.0011
_VERDICTS: Final = [str(one) for one in Verdict]
_IN_ANY_ORDER: Final = frozenset({"labels", "zones", "object_ids", "changes", "cameras"})
_PIXELS: Final = frozenset({"rect", "box_xyxy"})
_TIMES: Final = frozenset({"time", "time_unix"})


def differences(expected: Mapping[str, Any], found: Mapping[str, Any], *, arrived_at: float) -> list[str]:
    """A sentence for each key that differs; none: all is as expected. `also_ok` are further right verdicts."""
    return [one for name in COMPARED if name in expected for one in _of_key(name, expected, found, arrived_at)]


def expectation_mistakes(expected: Any, where: str) -> list[Mistake]:
    """Why an `expect` cannot be compared, so that a slip of the pen in it does not pass for "all is as expected"."""
    if not isinstance(expected, Mapping):
        return [Mistake(where, "is not an object", 'Write "expect": {"verdict": "new"}.')]
    if not any(name in expected for name in COMPARED):
        return [Mistake(where, "has no key that is compared", f"The keys are {', '.join(COMPARED)}.")]
    also = expected.get("also_ok", [])
    verdicts = [
        *([expected["verdict"]] if "verdict" in expected else []),
        *(also if isinstance(also, list) else [also]),
    ]
    fix = f"Known: {', '.join(Verdict)}."
    found = [Mistake(where, f"{_shown(one)} is not a verdict", fix) for one in verdicts if one not in _VERDICTS]
    for name in ("objects", "messages"):
        listed = expected.get(name, [])
        if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
            found.append(Mistake(f"{where}.{name}", "is not a list of objects"))
        elif name == "messages":
            inner = (expectation_mistakes(one, f"{where}.messages[{index}]") for index, one in enumerate(listed))
            found += [one for each in inner for one in each]
    return found


def _of_key(name: str, expected: Mapping[str, Any], found: Mapping[str, Any], arrived_at: float) -> list[str]:
    wanted, is_there = expected[name], found.get(name)
    if name == "verdict":
        also = expected.get("also_ok", ())
        is_right = is_there == wanted or is_there in ([also] if isinstance(also, str) else also)
        return [] if is_right else [_sentence(name, wanted, is_there)]
    if name in ("objects", "messages"):
        return _of_list(name, wanted, is_there if isinstance(is_there, list) else [found], arrived_at)
    return [] if _is_equal(name, wanted, is_there, arrived_at) else [_sentence(name, wanted, is_there)]


def _of_list(name: str, wanted: Sequence[Any], found: Sequence[Any], arrived_at: float) -> list[str]:
    if len(wanted) != len(found):
        return [f"{name}: {len(wanted)} are expected, {len(found)} were read"]
    sentences = []
    for index, (one, other) in enumerate(zip(wanted, found, strict=True)):
        if name == "messages":
            inner = differences(one, other, arrived_at=arrived_at)
        else:
            inner = [
                _sentence(key, value, other.get(key))
                for key, value in one.items()
                if not _is_equal(key, value, other.get(key), arrived_at)
            ]
        sentences += [f"{name}[{index}].{sentence}" for sentence in inner]
    return sentences


def _is_equal(name: str, wanted: Any, found: Any, arrived_at: float) -> bool:
    if name in _TIMES:
        return _is_same_time(wanted, found, arrived_at)
    if name in ("id", "object_ids", "camera", "cameras"):
        wanted, found = _as_text(wanted), _as_text(found)
    if name in _IN_ANY_ORDER and isinstance(wanted, list) and isinstance(found, list):
        return sorted(map(str, wanted)) == sorted(map(str, found))
    if isinstance(wanted, list) and not wanted and found is None:
        return True
    if _is_number(wanted) or (isinstance(wanted, list) and wanted and all(map(_is_number, wanted))):
        return _are_near(wanted, found, _PIXEL_TOLERANCE if name in _PIXELS else _FRACTION_TOLERANCE)
    return bool(wanted == found)


def _is_same_time(wanted: Any, found: Any, arrived_at: float) -> bool:
    one = arrived_at if wanted is None else instant(wanted)
    other = arrived_at if found is None else instant(found)
    return one is not None and other is not None and abs(one - other) <= _TIME_TOLERANCE_S


def _are_near(wanted: Any, found: Any, tolerance: float) -> bool:
    one, other = (wanted, found) if isinstance(wanted, list) else ([wanted], [found])
    if not isinstance(other, list) or len(one) != len(other) or not all(map(_is_number, other)):
        return False
    return all(abs(a - b) <= tolerance + 1e-9 for a, b in zip(one, other, strict=True))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _as_text(value: Any) -> Any:
    """Ids are compared as text."""
    if isinstance(value, list):
        return [_as_text(one) for one in value]
    return value if value is None else str(value)


def _sentence(name: str, wanted: Any, found: Any) -> str:
    return f"{name}: {_shown(wanted)} is expected, {_shown(found)} was read"


def _shown(value: Any) -> str:
    written = json.dumps(value, ensure_ascii=True)
    return written if len(written) <= 120 else written[:117] + "…"
