"""What can be read and is surely not meant is said from the text alone."""

from __future__ import annotations

import pytest

from securos_trigger.conditions import Condition
from securos_trigger.conditions.lint import certain_mistakes


def certain(text: str) -> list[str]:
    return [str(mistake) for mistake in certain_mistakes(text)]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (
            "nodes.line-counter.n > 0",
            (
                "nodes.line-counter.n is a subtraction: nodes.line minus counter.n\n"
                '    A key with "-" in it needs quotes: nodes["line-counter"].n. To subtract, put spaces around "-".'
            ),
        ),
        (
            "my-app.n > 0",
            (
                "my-app.n is a subtraction: my minus app.n\n"
                '    A key with "-" in it needs quotes: meta["my-app"].n. To subtract, put spaces around "-".'
            ),
        ),
        ("len(objects) / 0 > 1", "len(objects) / 0 divides by 0: it is never known"),
        (
            'objects.*.label == "car"',
            (
                'objects.*.label == "car" compares a wildcard, which is a sum of numbers, with text: it is never true\n'
                '    To ask for one item, write any(o.label == "car" for o in objects).'
            ),
        ),
        (
            'nodes.*.rois.*.label in ["car", "bus"]',
            (
                'nodes.*.rois.*.label in ["car", "bus"] compares a wildcard, which is a sum of numbers, with text: it is '
                'never true\n    To ask for one item, write any(o.label in ["car", "bus"] for o in nodes.*.rois.*).'
            ),
        ),
        (
            'plate.age > "40"',
            (
                'plate.age > "40" compares texts letter by letter, so that "5" is greater than "40"\n'
                "    Compare numbers: number(plate.age) with 40, without quotes."
            ),
        ),
    ],
)
def test_a_misreading_is_said_with_what_to_write(text: str, mistake: str) -> None:
    assert certain(text) == [mistake]


def test_what_the_messages_advise_can_be_read_and_has_no_mistake() -> None:
    for text in (
        'nodes["line-counter"].n > 0',
        'meta["my-app"].n > 0',
        'any(o.label == "car" for o in objects)',
        'any(o.label in ["car", "bus"] for o in nodes.*.rois.*)',
        "number(plate.age) > 40",
        "nodes.in - nodes.out > 3",
        'objects.*.label == 3 and name > "m"',
    ):
        Condition(text)
        assert certain(text) == []
