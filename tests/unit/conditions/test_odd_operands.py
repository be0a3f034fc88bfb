"""Operators and functions on values that they can do nothing with: each is said, and never taken for a right clause."""

from __future__ import annotations

import pytest

from securos_trigger.conditions import Condition
from securos_trigger.conditions.odd_operands import odd_comparisons
from securos_trigger.conditions.sample import Sample

FRAME = {
    "objects": [{"label": "car", "id": 1, "attributes": [{"label": "red"}]}],
    "count": 5,
    "text": "car 5",
    "names": ["car"],
    "ids": [1, 2],
    "mixed": [1, "car"],
    "none": [],
    "nodes": {
        "zone1": {"rois": {"bay": {"total": 2, "seen": [{"id": 1}]}, "the gate": {"total": 0, "seen": []}}},
        "line1": {"name": "a"},
    },
}
INSIDE = 'a number, which has nothing in it\n    Compare it with "==".'

ODD = {
    '"car" in objects': (
        '"car" in objects looks for text in a list of objects\n'
        '    Ask the field of each: any(o.label == "car" for o in objects).'
    ),
    "1 in objects": (
        "1 in objects looks for a number in a list of objects\n"
        "    Ask the field of each: any(o.id == 1 for o in objects)."
    ),
    'any("red" in o.attributes for o in objects)': (
        '"red" in o.attributes looks for text in a list of objects\n'
        '    Ask the field of each: any(o.label == "red" for o in o.attributes).'
    ),
    '"5" in count': f'"5" in count looks for text in {INSIDE}',
    "missing in count": f"missing in count looks for a value in {INSIDE}",
    'count in ["4", "5"]': (
        'count in ["4", "5"] looks for a number in a list of texts\n    Write both with quotes, or both without.'
    ),
    "any(o.label in [1, 2] for o in objects)": (
        "o.label in [1, 2] looks for text in a list of numbers\n    Write both with quotes, or both without."
    ),
    "1 in names": "1 in names looks for a number in a list of texts\n    Write both with quotes, or both without.",
    "names in ids": "names in ids looks for a list in a list of numbers",
    "5 in text": '5 in text looks for a number in text\n    Write "5" in quotes.',
    "count in text": "count in text looks for a number in text",
    "len(count) > 0": "len(count) needs a list, and count is a number\n    Write count alone.",
    "max(count) > 0": "max(count) needs a list, and count is a number\n    Write count alone.",
    "any(count)": "any(count) needs a list, and count is a number",
    "abs(text) > 1": "abs(text) needs a number, and text is text\n    Write number(text) for the number in the text.",
    "number(names) > 1": "number(names) needs a number or text, and names is a list",
    "startswith(text, 5)": 'startswith(text, 5) needs text, and 5 is a number\n    Write "5" in quotes.',
    'lower(count) == "a"': "lower(count) needs text, and count is a number",
    "nodes.zone1.* > 0": (
        "nodes.zone1.* is the sum of the numbers there, and there are only objects: it is always 0\n"
        '    The numbers below nodes.zone1: rois.bay.total, rois["the gate"].total.'
    ),
    "nodes.* > 0 and count > 0": (
        "nodes.* is the sum of the numbers there, and there are only objects: it is always 0\n"
        '    The numbers below nodes: zone1.rois.bay.total, zone1.rois["the gate"].total.'
    ),
    "nodes.zone1.rois.*.seen >= 1": (
        "nodes.zone1.rois.*.seen is the sum of the numbers there, and there are only lists: it is always 0\n"
        "    Write sum(len(o.seen) for o in nodes.zone1.rois.*) for the number of their items."
    ),
    "objects.* > 2": (
        "objects.* is the sum of the numbers there, and there are only objects: it is always 0\n"
        "    Write len(objects) for the number of objects."
    ),
    "objects.*.label": (
        "objects.*.label is the sum of the numbers there, and there are only texts: it is always 0\n"
        '    To ask for one item, write any(o.label == "…" for o in objects).'
    ),
    "nodes.zone1 > 0": (
        "nodes.zone1 > 0 compares an object with a number\n"
        '    The numbers below nodes.zone1: rois.bay.total, rois["the gate"].total.'
    ),
    "2 < nodes.line1": "2 < nodes.line1 compares a number with an object",
}


@pytest.mark.parametrize("text", ODD)
def test_an_operation_that_no_value_here_fits_is_said(text: str) -> None:
    sample = Sample()
    sample.add(FRAME)
    assert [str(mistake) for mistake in odd_comparisons(text, sample)] == [ODD[text]]
    assert not Condition(text).fires(FRAME)


@pytest.mark.parametrize(
    "text",
    [
        '"car" in text', '"car" in names', "1 in ids", "2 in mixed", '"car" in mixed', '"a" in none', '"count" in objects[0]',
        'any(o.label in ["car", "van"] for o in objects)', "count in [4, 5]", 'count in ["4", 5]', "count in [4, missing]",
        "len(text) > 1", "len(objects[0]) > 1", "max(count, 4) > 4", "max(ids) > 1", "number(text) > 1", "number(count) > 1",
        "nodes.zone1.rois.*.total > 0", "any(r.total > 1 for r in nodes.zone1.rois.*)", "nodes.none.* > 0", "objects.*.id > 0",
        "abs(count - 9) > 1", "startswith(text, missing)", "any(names)", "5 in missing", "len(missing) > 1", "null in ids",
    ],
)  # fmt: skip
def test_an_operation_that_a_value_may_fit_is_left_alone(text: str) -> None:
    sample = Sample()
    sample.add(FRAME)
    assert odd_comparisons(text, sample) == []
