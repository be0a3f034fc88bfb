"""Clauses that are never or always true, from the text alone."""

from __future__ import annotations

import pytest

from securos_trigger.conditions.contradictions import contradictions
from securos_trigger.conditions.grammar import parse


def said_of(text: str) -> list[str]:
    return [mistake.what for mistake in contradictions(text, parse(text))]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 == 2 and x > 3", "the clause 1 == 2 reads no metadata: it is never true"),
        ("true or x > 3", "the clause true reads no metadata: it is always true"),
        ("x > 5 and x < 3", "x > 5 and x < 3 are never true together"),
        ("x > 5 and y == 1 and 3 > x", "x > 5 and 3 > x are never true together"),
        ("x > 5 and (y == 1 and x <= 5)", "x > 5 and x <= 5 are never true together"),
        ("5 < x < 3", "5 < x < 3 is never true: no value is in that range"),
        ("x > 1 and x > 2 and x == 1", "x > 1 and x == 1 are never true together"),
        ('x == "a" and x == "b"', 'x == "a" and x == "b" are never true together'),
        ('x == "a" and x > 3', 'x == "a" and x > 3 are never true together'),
        ('x == "a" and x != "a"', 'x == "a" and x != "a" are never true together'),
        ("len(objects) > 3 and len(objects) < 2", "len(objects) > 3 and len(objects) < 2 are never true together"),
        ("0 < len(objects) < 1", "0 < len(objects) < 1 is never true: no value is in that range"),
        (
            'any(o.label == "car" and o.label == "bus" for o in objects)',
            'o.label == "car" and o.label == "bus" are never true together',
        ),
        ('x != "a" or x != "b"', 'one of x != "a" and x != "b" is true whenever the value is there'),
        ("x > 3 or x < 5", "one of x > 3 and x < 5 is true whenever the value is there"),
        ("x.a == x.a", "x.a == x.a compares a value with itself: it is always true"),
        ("x < x or y > 1", "x < x compares a value with itself: it is never true"),
    ],
)
def test_what_can_never_be_or_always_is(text: str, said: str) -> None:
    assert any(one.endswith(said) for one in said_of(text))


@pytest.mark.parametrize(
    "text",
    [
        "x > 3 and x < 5",
        "x > 0 and x < 1",
        "o.probability > 0 and o.probability < 1",
        "n.z.count > 0 and n.z.count < 1",
        "n.f.temp_delta > 0.2 and n.f.temp_delta < 0.8",
        "n.f.objects <= 0 or n.f.objects >= 1",
        "0 <= len(objects) < 1",
        "x >= 3 and x <= 3",
        "3 < x < 5",
        "1 < x <= y",
        "x > 3 or x < 2",
        'x == "a" or x == "b"',
        'x != "a" and x != "b"',
        "x == 1 or x == 1.5",
        "x > 5 and y < 3",
        "x > 5 and (x < 3 or y == 1)",
        "x > 5 and not (x < 3)",
        "x == true and x == 1",
        "len(a) > 3 and len(b) < 2",
        'any(o.label == "car" for o in objects) and any(o.label == "bus" for o in objects)',
        'x in ["a"] and x == "b"',
        "x == null and x > 1",
        "a.*.n > 5 and a.*.m < 3",
        '"a" in x and "b" in x',
    ],
)
def test_nothing_is_said_of_what_can_be(text: str) -> None:
    assert said_of(text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("n.z > 0 and n.z < 1", "n.z > 0 and n.z < 1 are never true together"),
        ("n.z >= 0.5 and n.z < 1", "n.z >= 0.5 and n.z < 1 are never true together"),
        ("0 < n.z < 1", "0 < n.z < 1 is never true: no value is in that range"),
        ("n.z <= 0 or n.z >= 1", "one of n.z <= 0 and n.z >= 1 is true whenever the value is there"),
        ("n.z > 0 and n.z < 2", ""),
        ("n.z > 0.5 and n.z <= 1", ""),
        ("n.f > 0 and n.f < 1", ""),
        ("any(o.z > 0 and o.z < 1 for o in objects)", ""),
        ("number(n.z) > 0 and number(n.z) < 1", ""),
    ],
)
def test_a_path_is_a_whole_number_where_the_caller_says_so(text: str, said: str) -> None:
    found = contradictions(text, parse(text), lambda steps: steps == ("n", "z"))
    assert [mistake.what for mistake in found] == [said] * bool(said)
