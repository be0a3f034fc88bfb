"""What a condition means: missing is unknown, and unknown never fires."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pytest

from securos_trigger.conditions import Condition, Truth

TRUE, FALSE, UNKNOWN, NOT_BOOLEAN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN, Truth.NOT_BOOLEAN

FRAME: dict[str, Any] = {
    "nodes": {
        "counter1": {"lines": {"line 1": {"delta": 2}, "line2": {"delta": -1}}},
        "zone1": {"rois": {"fullframe": {"cnt": 3, "label": "street"}, "r2": {"cnt": 1.5}}, "motion": True},
        "empty1": {"rois": {}, "items": 7},
    },
    "objects": [
        {"label": "car", "probability": 0.9, "attributes": [{"label": "red"}, {"label": "van"}]},
        {"label": "person", "probability": 0.4, "attributes": []},
    ],
    "partial": [{"a": 1}, {"b": 2}],
    "nan": float("nan"),
    "nothing": None,
    "text": "Car",
    "list": [1, 2, 3],
    "mixed": [1, "a"],
    "five": 5,
    "zero": 0,
}


def truth(text: str, metadata: Any = FRAME) -> Truth:
    return Condition(text).truth(metadata)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("yes and yes", TRUE), ("yes and no", FALSE), ("yes and missing", UNKNOWN),
        ("no and yes", FALSE), ("no and no", FALSE), ("no and missing", FALSE),
        ("missing and yes", UNKNOWN), ("missing and no", FALSE), ("missing and missing", UNKNOWN),
        ("yes or yes", TRUE), ("yes or no", TRUE), ("yes or missing", TRUE),
        ("no or yes", TRUE), ("no or no", FALSE), ("no or missing", UNKNOWN),
        ("missing or yes", TRUE), ("missing or no", UNKNOWN), ("missing or missing", UNKNOWN),
        ("not yes", FALSE), ("not no", TRUE), ("not missing", UNKNOWN),
    ],
)  # fmt: skip
def test_kleene_logic_joins_what_is_unknown(text: str, answer: Truth) -> None:
    assert truth(text, {"yes": True, "no": False}) is answer


@pytest.mark.parametrize("operator", ["=", "==", "!=", "<", "<=", ">", ">=", "in", "not in"])
def test_a_missing_path_never_fires(operator: str) -> None:
    assert truth(f"missing {operator} five") is UNKNOWN
    assert truth(f"five {operator} nodes.missing.x") is UNKNOWN
    assert truth(f"not (missing {operator} five)") is UNKNOWN


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("text = 5", FALSE), ("text != 5", TRUE), ("text < 5", UNKNOWN), ("nothing > 0", UNKNOWN),
        ("nothing = null", TRUE), ("nothing != 0", TRUE), ("missing = null", UNKNOWN),
        ("nodes.zone1.motion = 1", TRUE), ("nan = nan", FALSE), ("nan < 1", FALSE), ("nan", FALSE),
        ("list = [1, 2, 3]", TRUE), ("list < [1, 3]", TRUE), ("list = text", FALSE), ("list < 5", UNKNOWN),
        ('text = "Car"', TRUE), ('text = "car"', FALSE), ('text < "Dog"', TRUE),
        ("1 < five <= 5", TRUE), ("1 < five < 5", FALSE), ("missing < five < 5", FALSE), ("1 < five < missing", UNKNOWN),
        ('"a" in text', TRUE), ('"x" not in text', TRUE), ("5 in text", UNKNOWN), ("2 in list", TRUE),
        ("five in [4, 5]", TRUE), ('text in ("Car", "Bus")', TRUE), ("five in 5", UNKNOWN), ('"line2" in nodes.counter1.lines', TRUE),
    ],
)  # fmt: skip
def test_comparisons(text: str, answer: Truth) -> None:
    assert truth(text) is answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("five + 1 = 6", TRUE), ("five-1 = 4", TRUE), ("five * 2 = 10", TRUE), ("2*five = 10", TRUE), ("five / 2 = 2.5", TRUE),
        ("1 + 2 * 3 = 7", TRUE), ("(1 + 2) * 3 = 9", TRUE), ("10 - 3 - 2 = 5", TRUE), ("-five = -5", TRUE), ("+five = 5", TRUE),
        ("five / zero > 0", UNKNOWN), ("five + missing > 0", UNKNOWN), ("five + text > 0", UNKNOWN),
        ('text + "s" = "Cars"', TRUE), ("text * 3 = 1", UNKNOWN), ("list * 3 = 1", UNKNOWN), ("text - text = 0", UNKNOWN),
        ("list + [4] = [1, 2, 3, 4]", TRUE), ("-text = 1", UNKNOWN),
    ],
)  # fmt: skip
def test_arithmetic(text: str, answer: Truth) -> None:
    assert truth(text) is answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("five", TRUE), ("zero", FALSE), ("-1", FALSE), ("-1 and true", TRUE), ("true and -1", FALSE), ("zero or five", TRUE),
        ("text", NOT_BOOLEAN), ("list", NOT_BOOLEAN), ("nodes", NOT_BOOLEAN), ("nothing", NOT_BOOLEAN), ("missing", UNKNOWN),
        ("missing or text", NOT_BOOLEAN), ("objects and five", TRUE), ("[]", NOT_BOOLEAN), ("not []", TRUE),
    ],
)  # fmt: skip
def test_the_whole_condition_fires_when_it_is_true_or_greater_than_zero(text: str, answer: Truth) -> None:
    assert truth(text) is answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('nodes.counter1.lines["line 1"].delta > 1', TRUE), ("meta.nodes.zone1.motion", TRUE), ("nodes.empty1.items = 7", TRUE),
        ('objects[0].label = "car"', TRUE), ('objects[-1].label = "person"', TRUE), ('objects.0.label = "car"', TRUE),
        ("objects[2].label = 1", UNKNOWN), ('objects["label"] = 1', UNKNOWN), ("objects.label = 1", UNKNOWN), ('text[0] = "C"', TRUE),
        ("five.x = 1", UNKNOWN), ("nothing.x = 1", UNKNOWN),
    ],
)  # fmt: skip
def test_paths(text: str, answer: Truth) -> None:
    assert truth(text) is answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("nodes.*.rois.*.cnt = 4.5", TRUE), ("nodes.zone*.rois.*.cnt = 4.5", TRUE), ("nodes.*.rois.r2.cnt = 1.5", TRUE),
        ("nodes.*.lines.*.delta = 1", TRUE), ("nodes.zone1.rois.fullframe.* = 3", TRUE), ("objects.*.probability > 1.2", TRUE),
        ("list.* = 6", TRUE), ("*.zone1.rois.*.cnt = 4.5", TRUE), ("nodes.*.nowhere = 0", TRUE), ("nodes.empty1.rois.* = 0", TRUE),
        ("typo.*.cnt = 0", UNKNOWN), ("nodes.typo.*.cnt = 0", UNKNOWN), ("not (typo.*.cnt > 0)", UNKNOWN), ("five.* = 0", TRUE),
        ("any(r.cnt > 2 for r in nodes.*.rois.*)", TRUE), ("max(r.cnt for r in nodes.zone1.rois.*) = 3", TRUE),
        ("any(r.cnt > 2 for r in typo.*)", UNKNOWN),
    ],
)  # fmt: skip
def test_wildcards(text: str, answer: Truth) -> None:
    assert truth(text) is answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("len(objects) = 2", TRUE), ("len(text) = 3", TRUE), ("len(five) > 0", UNKNOWN), ("len(missing) = 0", UNKNOWN),
        ("any(list)", TRUE), ("all([1, zero])", FALSE), ("any([missing, 1])", UNKNOWN), ("sum(list) = 6", TRUE), ("sum(mixed) > 0", UNKNOWN),
        ("min(list) = 1", TRUE), ("max(1, five) = 5", TRUE), ("max(mixed) = 1", UNKNOWN), ("min([]) = 0", UNKNOWN), ("max(1, missing) > 0", UNKNOWN),
        ("abs(-five) = 5", TRUE), ("abs(text) > 0", UNKNOWN), ("round(2.567, 1) = 2.6", TRUE), ("round(2.5) = 2", TRUE), ("round(nan) = 0", UNKNOWN),
        ("round(five, -999999999) = 0", UNKNOWN), ('lower(text) = "car"', TRUE), ('text.upper() = "CAR"', TRUE), ("lower(five) = 5", UNKNOWN),
        ('startswith(text, "C")', TRUE), ('text.endswith("r")', TRUE), ('startswith(missing, "C")', UNKNOWN), ("startswith(text, 5)", UNKNOWN), ('text.lower().startswith("c")', TRUE),
    ],
)  # fmt: skip
def test_functions(text: str, answer: Truth) -> None:
    assert truth(text) is answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('any(o.label == "car" and o.probability > 0.6 for o in objects)', TRUE),
        ("all(o.probability > 0.6 for o in objects)", FALSE),
        ("sum(1 for o in objects if o.probability > 0.5) = 1", TRUE),
        ("sum([o.probability for o in objects]) > 1.2", TRUE),
        ('len([o for o in objects if o.label in ["car", "bus"]]) = 1', TRUE),
        ("max(o.probability for o in objects) = 0.9", TRUE),
        ("min(o.probability for o in objects if o.probability > 5) = 1", UNKNOWN),
        ('any(a.label = "red" for o in objects for a in o.attributes)', TRUE),
        ('any(any(a.label = "red" for a in o.attributes) and o.probability > 0.5 for o in objects)', TRUE),
        ('any(o.label = text.lower() for o in objects if o.probability > 0.5)', TRUE),
        ('any(key = "line2" for key in nodes.counter1.lines)', TRUE),
        ("any(o.x > 0 for o in missing)", UNKNOWN), ("any(o.x > 0 for o in five)", UNKNOWN), ("any(o > 0 for o in nodes.empty1.rois)", FALSE),
        ("any(p.a = 1 for p in partial)", TRUE), ("any(p.a = 9 for p in partial)", UNKNOWN),
        ("all(p.a = 9 for p in partial)", FALSE), ("all(p.a = 1 for p in partial)", UNKNOWN),
        ("sum(p.a for p in partial) > 0", UNKNOWN), ("sum(1 for p in partial if p.a = 1) = 1", UNKNOWN),
        ("any(true for p in partial if p.a = 1)", TRUE), ("any(true for p in partial if p.c = 1)", UNKNOWN),
        ("any(false for p in partial if p.c = 1)", FALSE), ("all(true for p in partial if p.c = 1)", TRUE),
    ],
)  # fmt: skip
def test_loops(text: str, answer: Truth) -> None:
    assert truth(text) is answer


def test_upper_case_words_mean_the_same() -> None:
    assert truth("five > 1 AND NOT (zero > 1) OR FALSE") is TRUE
    assert truth("five IN list OR five NOT IN list") is TRUE


def test_only_true_is_true_in_an_if() -> None:
    assert [bool(answer) for answer in (TRUE, FALSE, UNKNOWN, NOT_BOOLEAN)] == [True, False, False, False]


@dataclass
class Box:
    left: float
    label: str = "car"


class Corner(NamedTuple):
    left: int
    top: int


@pytest.mark.parametrize(
    "text",
    [
        "seen and not hidden",
        "box.left > 2 and box.label = 'car'",
        "boxes[0].left > 2 and boxes.1.label = 'bus' and len(boxes) = 2",
        "any(b.left > 4 and b.label = 'bus' for b in boxes)",
        "boxes.*.left = 8",
        "corner[0] = 3 and corner.top = 4",
        "len(queue) = 2 and queue[1] = 7 and 7 in queue and queue.*.n = 0",
        "'red' in colours and len(colours) = 2",
        "view.count = 2 and sum(n for n in row) = 3",
        "wide.lines.a.n > 0 and wide.lines.b.n > 0",
    ],
)
def test_containers_of_other_types_are_read_as_data(text: str) -> None:
    metadata = {
        "seen": np.bool_(True),
        "hidden": np.bool_(False),
        "box": Box(3),
        "boxes": (Box(3), Box(5, "bus")),
        "corner": Corner(3, 4),
        "queue": deque([6, 7]),
        "colours": {"red", "blue"},
        "view": MappingProxyType({"count": 2}),
        "row": np.array([1, 2]),
        "wide": Wide(),
    }
    assert truth(text, metadata) is Truth.TRUE


@dataclass
class Wide:
    """An object on the way to two paths that begin alike."""

    lines: dict[str, Any] = field(default_factory=lambda: {"a": {"n": 1}, "b": {"n": 2}})


class Exiting:
    """Ends the program whatever one does with it, by mistake."""

    def __getitem__(self, key: object) -> object:
        raise SystemExit(1)

    def item(self) -> object:
        raise SystemExit(1)

    def __eq__(self, other: object) -> bool:
        raise SystemExit(1)

    __hash__ = None  # type: ignore[assignment]


class BadDict(dict[str, Any]):
    def __getitem__(self, key: str) -> Any:
        raise GeneratorExit

    def get(self, key: str, default: Any = None) -> Any:
        raise asyncio.CancelledError


@pytest.mark.parametrize("text", ["x > 1", "x.y > 1", "x.*  > 1", "x = 1", "any(i > 1 for i in x)", "len(x) > 1", "x"])
@pytest.mark.parametrize("value", [Exiting(), BadDict(z=1), [Exiting()], {"y": Exiting()}])
def test_what_foreign_code_raises_is_unknown_and_ends_nothing(text: str, value: object) -> None:
    assert truth(text, {"x": value}) in (Truth.UNKNOWN, Truth.FALSE, Truth.NOT_BOOLEAN)
    Condition(text).explain({"x": value})


def test_an_interrupt_by_a_person_is_not_held_back() -> None:
    class Interrupted:
        def __getitem__(self, key: object) -> object:
            raise KeyboardInterrupt

    for text in ("x.y > 1", "x.y > 1 or x.z > 1", "any(i.y > 1 for i in l)"):
        with pytest.raises(KeyboardInterrupt):
            Condition(text).fires({"x": Interrupted(), "l": [Interrupted()]})


@pytest.mark.parametrize(
    ("text", "number"),
    [("42", 42), (" 42 ", 42), ("-1.5", -1.5), ("+3", 3), (".5", 0.5), ("5.", 5), ("1.5e3", 1500), ("007", 7), (41, 41), (2.5, 2.5), (True, 1)],
)  # fmt: skip
def test_number_gives_the_number_that_a_text_is(text: object, number: float) -> None:
    assert truth(f"number(x) = {number}", {"x": text}) is TRUE
    assert truth("number(x) + 1 > number(x)", {"x": text}) is TRUE
    assert truth(f"any(number(o) = {number} for o in l)", {"l": [text]}) is TRUE


@pytest.mark.parametrize(
    "text", ["", "car", "1,5", "1 2", "0x10", "nan", "inf", "1e999", "٣", "1_000", "5%", "1" * 41, None, [1], {"a": 1}]
)
def test_number_of_what_is_no_number_is_unknown(text: object) -> None:
    assert truth("number(x) > 0", {"x": text}) is UNKNOWN
    assert truth("not (number(x) > 0)", {"x": text}) is UNKNOWN


def test_number_orders_texts_as_numbers() -> None:
    assert truth('x > "40"', {"x": "5"}) is TRUE
    assert truth("number(x) > 40", {"x": "5"}) is FALSE
    assert truth("number > 40", {"number": 41}) is TRUE
