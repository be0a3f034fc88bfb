"""A condition is a value: equal by its text, asked by its two functions, and never raising."""

from __future__ import annotations

import copy
import pickle
import time
from typing import Any

import pytest

from securos_trigger.conditions import Condition, Truth, condition_of
from securos_trigger.conditions.limits import MAX_COMPARED_VALUES, MAX_INNER_ITEMS, MAX_ITEMS
from securos_trigger.errors import ConditionError
from tests.unit.conditions.generators import LoudText, Opaque

CONDITIONS = [
    "nodes.a.b > 0 and objects[0].a = 1",
    "nodes.*.*.* >= 0",
    'any(o.a == "car" and o.b > 0.6 for o in objects)',
    "any(x.b = 1 for o in objects for x in o.a)",
    "sum(o.a for o in objects) + len(nodes) * 2 > 1",
    "max(nodes.a) > min(objects) or nodes = objects",
    "nodes.a in objects or objects[0] in nodes or nodes.a + nodes.b = nodes.c",
    "round(nodes.a, nodes.b) = abs(nodes.c) or lower(nodes.a) = upper(nodes.b)",
    "not nodes.a and objects",
    "nodes.a * nodes.a * nodes.a * nodes.a > 1",
]


def test_conditions_with_the_same_text_are_equal() -> None:
    assert Condition("a > 0") == Condition("a > 0")
    assert len({Condition("a > 0"), Condition("a > 0"), Condition("a >  0")}) == 2
    assert Condition("a > 0") != "a > 0"
    assert repr(Condition("a > 0")) == "Condition('a > 0')"


def test_a_condition_is_compiled_once_for_all_that_share_it() -> None:
    assert condition_of("shared > 0") is condition_of("shared > 0")
    assert condition_of("shared > 0") == Condition("shared > 0")
    for _ in range(2):  # a text that is no condition is refused each time
        with pytest.raises(ConditionError, match="the condition ends"):
            condition_of("shared >")


def test_a_condition_survives_pickle_and_copy() -> None:
    condition = Condition("a > 0")
    for twin in (pickle.loads(pickle.dumps(condition)), copy.deepcopy(condition)):
        assert twin == condition
        assert twin.fires({"a": 1})


def test_fires_is_truth_as_a_boolean() -> None:
    condition = Condition("a > 0")
    metadatas: list[dict[str, Any]] = [{"a": 1}, {"a": 0}, {}]
    assert [condition.truth(metadata) for metadata in metadatas] == [Truth.TRUE, Truth.FALSE, Truth.UNKNOWN]
    assert [condition.fires(metadata) for metadata in metadatas] == [True, False, False]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("meta.nodes.a.rois.*.cnt > 0 and nodes.a.x = nodes.a.x", ("nodes.a.rois.*.cnt", "nodes.a.x")),
        ('nodes["line 1"].b > objects[-1].c', ('nodes["line 1"].b', "objects[-1].c")),
        ('any(o.label = "car" for o in objects if o.p > top)', ("objects", "objects.*.p", "top", "objects.*.label")),
        ("any(a.x for o in objects for a in o.parts)", ("objects", "objects.*.parts", "objects.*.parts.*.x")),
        ("max(r.cnt for r in nodes.a.rois.*)", ("nodes.a.rois.*", "nodes.a.rois.*.cnt")),
        ("len([o for o in objects]) > 0", ("objects",)),
        ("1 < 2", ()),
    ],
)
def test_paths_are_told_in_their_plainest_spelling(text: str, paths: tuple[str, ...]) -> None:
    assert Condition(text).paths == paths


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def cyclic() -> dict[str, Any]:
    frame: dict[str, Any] = {}
    frame.update(a=frame, b=[frame], nodes=frame, objects=[frame, [frame]])
    frame["objects"].append(frame["objects"])
    return frame


class Trap:
    """Raises whatever is asked of it."""

    def _raise(self, *_: object) -> Any:
        raise RuntimeError("a foreign method was run and raised")

    __eq__ = __lt__ = __gt__ = __getitem__ = __len__ = __iter__ = __contains__ = __bool__ = __hash__ = _raise
    __add__ = __radd__ = __mul__ = __float__ = __index__ = __repr__ = __str__ = _raise
    __getattr__ = _raise


class TrapDict(dict[str, Any]):
    """A dict that raises when it is read."""

    def __getitem__(self, key: str) -> Any:
        raise RuntimeError("a foreign method was run and raised")

    __iter__ = keys = items = values = __len__ = __bool__ = __getitem__  # type: ignore[assignment]


HOSTILE: dict[str, Any] = {
    "none": None,
    "a list": [1, 2],
    "text": "nodes",
    "a number": 10**5000,
    "deep": {"nodes": {"a": deep(10_000)}, "objects": [deep(10_000)]},
    "wide": {"nodes": {str(i): {"a": i} for i in range(50_000)}, "objects": [{"a": 1}] * 50_000},
    "cyclic": cyclic(),
    "opaque": {"nodes": {"a": Opaque(), "b": [Opaque()]}, "objects": [Opaque(), {"a": Opaque()}]},
    "traps": {"nodes": {"a": Trap(), "b": [Trap()], "c": {"x": Trap()}}, "objects": [Trap(), {"a": Trap(), "b": 1}]},
    "all trap": Trap(),
    "trap dict": TrapDict(nodes=TrapDict(a=1), objects=[TrapDict(a=1)]),
    "trap dict inside": {"nodes": TrapDict(a=1), "objects": [TrapDict(a=1)]},
    "huge numbers": {"nodes": {"a": 10**100_000, "b": 1e308, "c": float("nan")}, "objects": [{"a": 10**400}]},
    "surrogates": {"nodes": {"a": "\ud800", "\udfff": 1}, "objects": [{"a": "\ud800"}]},
    "odd keys": {"nodes": {1: 2, None: 3, (1, 2): 4, "a": {3.5: 1}}, "objects": {1, 2, 3}},
}


@pytest.mark.parametrize("metadata", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("text", CONDITIONS)
def test_hostile_metadata_raises_nothing_in_bounded_time(text: str, metadata: Any) -> None:
    condition = Condition(text)
    started_s = time.process_time()
    assert condition.fires(metadata) is (condition.truth(metadata) is Truth.TRUE)
    explanation = condition.explain(metadata)
    assert explanation.truth is condition.truth(metadata)
    assert str(explanation).encode("utf-8")
    assert explanation.to_json()["truth"] == explanation.truth.value
    assert time.process_time() - started_s < 2


def test_a_value_that_is_no_data_is_unknown_and_its_methods_are_not_run() -> None:
    for text in ("a = 1", "a > 1", "a and true", "not a", "a", "a in [1]", "[1] = [a]", "len(a) = 1", "max(1, a) > 0"):
        assert Condition(text).truth({"a": Opaque()}) is Truth.UNKNOWN
    assert Condition("a = b").truth({"a": [Opaque()], "b": [Opaque()]}) is Truth.UNKNOWN


def test_subclasses_of_plain_types_are_read_as_the_plain_type() -> None:
    class Whole(int):
        pass

    class Items(list[Any]):
        pass

    metadata = {"label": LoudText("car"), "count": Whole(3), "objects": Items([{"a": 1}])}
    assert Condition('label = "car" and count = 3 and len(objects) = 1').fires(metadata)
    assert Condition("any(o.a = 1 for o in objects) and objects[0].a = 1").fires(metadata)


def test_beyond_a_bound_the_answer_is_unknown() -> None:
    assert Condition("any(x = 1 for x in a)").fires({"a": [1] * MAX_ITEMS})
    assert Condition("any(x = 1 for x in a)").truth({"a": [1] * (MAX_ITEMS + 1)}) is Truth.UNKNOWN
    assert Condition("a.* > 0").truth({"a": [1] * (MAX_ITEMS + 1)}) is Truth.UNKNOWN
    assert Condition("any(y = 1 for x in a for y in x)").truth({"a": [[1] * (MAX_INNER_ITEMS + 1)]}) is Truth.UNKNOWN
    assert Condition("a = a").truth({"a": [1] * (MAX_COMPARED_VALUES + 1)}) is Truth.UNKNOWN
    assert Condition("a * a > 0").truth({"a": 2**1_000}) is Truth.UNKNOWN


def test_a_condition_names_its_paths_that_lead_nowhere() -> None:
    condition = Condition("nodes.a.n > 0 and any(o.label == 'x' for o in objects) and speed > 3")
    assert condition.missing_paths({"nodes": {"a": {"n": 1}}, "objects": [{"label": "x"}]}) == ("speed",)
    assert condition.missing_paths({}) == ("nodes.a.n", "objects", "objects.*.label", "speed")
