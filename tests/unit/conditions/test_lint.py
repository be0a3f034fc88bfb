"""What the checker says about conditions that can be read and are probably not meant: every sentence whole."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import pytest

from securos_trigger.conditions.lint import ConditionWatch, certain_mistakes
from securos_trigger.conditions.sample import Sample

FRAME: dict[str, Any] = {
    "nodes": {
        "counter1": {"lines": {"line 1 ": {"delta": 0}}},
        "presence1": {"rois": {"fullframe": {"count": 2, "motion": True, "state": "on", "ids": [1, 2]}}},
        "a": {},
        "b": {},
    },
    "objects": [{"label": "car", "p": 0.9}],
}


def warned(text: str, *sample: dict[str, Any]) -> list[str]:
    watch, seen = ConditionWatch(text), Sample()
    for frame in sample or (FRAME, FRAME):
        watch.see(frame)
        seen.add(frame)
    return [str(mistake) for mistake in watch.mistakes(seen)]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ('"motion"', '"motion" alone is neither true nor false: it never fires\n    Compare a path with it.'),
        ("[1, 2]", "[1, 2] alone is neither true nor false: it never fires\n    Compare a path with it."),
        (
            "true",
            "the condition reads no metadata: it is true on every frame\n    Name a path: nodes.presence1.motion.",
        ),
        ("1 > 2", "the condition reads no metadata: it is never true\n    Name a path: nodes.presence1.motion."),
        (
            'objects[0].label = "car" or "truck"',
            '"truck" is text alone, and no clause\n    Repeat the path: path == "truck".',
        ),
    ],
)
def test_some_mistakes_are_certain_without_metadata(text: str, mistake: str) -> None:
    assert [str(found) for found in certain_mistakes(text)] == [mistake]


@pytest.mark.parametrize("text", ["nodes.a.b > 1", 'x = "a" or x = "b"', "any(o.label = 'a' for o in objects)", "x"])
def test_an_ordinary_condition_has_no_certain_mistake(text: str) -> None:
    assert certain_mistakes(text) == []


PRESENCE = "nodes.presence1.rois.fullframe"


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        (
            "nodes.presence1.rois.fullFrame.motion",
            [
                ("the path nodes.presence1.rois.fullFrame.motion was on none of the 2 frames\n"
                '    There is no "fullFrame"; did you mean "fullframe"?')
            ],
        ),
        (
            'nodes.counter1.lines["line 1"].delta > 0',
            [
                ('the path nodes.counter1.lines["line 1"].delta was on none of the 2 frames\n'
                '    There is no "line 1"; did you mean "line 1 "? Write nodes.counter1.lines["line 1 "].')
            ],
        ),
        (
            "nodes.gpt1.answer",
            [
                ("the path nodes.gpt1.answer was on none of the 2 frames\n"
                '    There is no "gpt1" below nodes; there is "counter1", "presence1", "a", "b".')
            ],
        ),
        (
            "smoke > 1",
            [
                ("the path smoke was on none of the 2 frames\n"
                '    There is no "smoke" at the top; there is "nodes", "objects".')
            ],
        ),
        (
            "nodes.a.motion",
            ["the path nodes.a.motion was on none of the 2 frames\n    There is nothing below nodes.a."],
        ),
        (
            'any(o.lable = "car" for o in objects)',
            [
                ("the path objects.*.lable was on none of the 2 frames\n"
                '    There is no "lable"; did you mean "label"?')
            ],
        ),
        (
            f"{PRESENCE}.state > 0",
            [
                (f"{PRESENCE}.state > 0 compares text with a number\n"
                f"    Write number({PRESENCE}.state) for the number in the text.")
            ],
        ),
        (
            f"{PRESENCE}.state = 1",
            [
                (f"{PRESENCE}.state = 1 compares text with a number\n"
                f'    Write number({PRESENCE}.state) for the number in the text, or "1" in quotes if the text is meant.')
            ],
        ),
        (
            f'{PRESENCE}.count = "2"',
            [f'{PRESENCE}.count = "2" compares a number with text\n    Write the number without quotes.'],
        ),
        (
            f"{PRESENCE}.ids >= 2",
            [
                (f"{PRESENCE}.ids >= 2 compares a list with a number\n"
                f"    Write len({PRESENCE}.ids) for the number of its items.")
            ],
        ),
        (
            "any(o.label > 1 for o in objects)",
            ['o.label > 1 compares text with a number\n    Write number(o.label) for the number in the text.'],
        ),
        (
            f"{PRESENCE} = 1",
            [f"{PRESENCE} = 1 compares an object with a number\n    The numbers below {PRESENCE}: count, motion."],
        ),
        (
            f"{PRESENCE}.state",
            [
                (f"{PRESENCE}.state was text on all of the 2 frames, which never fires\n"
                f'    Compare it: {PRESENCE}.state == "…".')
            ],
        ),
        (
            "objects",
            ["objects was a list on all of the 2 frames, which never fires\n    Write len(objects) > 0."],
        ),
        (
            f"{PRESENCE}.count > 9 or {PRESENCE}.state",
            [
                ("the condition gave text, a list or an object on all of the 2 frames, and they never fire\n"
                "    Make every clause a comparison.")
            ],
        ),
    ],
)  # fmt: skip
def test_a_sample_shows_what_is_not_meant(text: str, warnings: list[str]) -> None:
    assert warned(text) == warnings


def counts(*values: Any) -> Sequence[dict[str, Any]]:
    return [{"n": value} for value in values]


@pytest.mark.parametrize(
    ("text", "sample", "warnings"),
    [
        ("n > 5", counts(0, 3, 1), ["the condition was true on none of the 3 frames\n    Its values went from 0 to 3."]),
        ("n > 5", counts(2, 2), ["the condition was true on none of the 2 frames\n    Its value was 2."]),
        ('n = "a"', counts("b", "c"), ['the condition was true on none of the 2 frames\n    Its values: "b", "c".']),
        (
            'n = "a"',
            counts(*"bcdefg"),
            ['the condition was true on none of the 6 frames\n    Its values: "b", "c", "d", ….'],
        ),
        ("n >= 0", counts(0, 1), ["the condition was true on all of the 2 frames\n    Its values went from 0 to 1."]),
        ("n > 0", [*counts(0), {}, {}], ["the condition was true on none of the 3 frames, unknown on 2 of them\n    Its value was 0."]),
        (
            "n > 0 and n < 9",
            counts(0, 1),
            ["the clause n < 9 was true on all of the 2 frames\n    Its values went from 0 to 1."],
        ),
        (
            "n > 5 or n = 1",
            counts(0, 1),
            ["the clause n > 5 was true on none of the 2 frames\n    Its values went from 0 to 1."],
        ),
        ("n > 0 and n > 5", counts(1, 2), ["the clause n > 0 was true on all of the 2 frames\n    Its values went from 1 to 2.", "the clause n > 5 was true on none of the 2 frames\n    Its values went from 1 to 2."]),
        ("n > 1 and n < 1", counts(0, 2), ["the condition was true on none of the 2 frames\n    Its values went from 0 to 2."]),
        ("n", counts(False), ["the condition was true on none of the 1 frames\n    Its value was false."]),
        ("n < 0", counts(1234567, 10**400), ["the condition was true on none of the 2 frames\n    Its value was 1,234,567."]),
        ("n > 0", counts(0, 1), []),
        ("n > 0", [*counts(0, 1), {}], []),
        ("n = null", [*counts(None), *counts(1)], []),
    ],
)  # fmt: skip
def test_a_clause_that_never_or_always_holds_is_told(
    text: str, sample: Sequence[dict[str, Any]], warnings: list[str]
) -> None:
    assert warned(text, *sample) == warnings


def test_a_path_is_not_missing_when_it_was_there_once() -> None:
    assert warned("n > 0", {}, {"n": 1}, {}) == []


def test_a_name_of_other_characters_that_looks_the_same_is_said_to_be_another() -> None:
    composed, decomposed = (unicodedata.normalize(form, "Tür") for form in ("NFC", "NFD"))
    what = f"the path nodes.{composed}.count was on none of the 1 frames"
    look = "looks the same and is written with other characters (composed and decomposed letters)"
    assert warned(f'nodes["{composed}"].count > 0', {"nodes": {decomposed: {"count": 1}}}) == [
        f'{what}\n    The "{decomposed}" that is there {look}: copy it from the metadata.'
    ]
