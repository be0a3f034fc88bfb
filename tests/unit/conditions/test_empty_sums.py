"""A wildcard is a sum of numbers: one that leads to none is said, with what to write. Whole texts: test_odd_operands."""

from __future__ import annotations

import pytest

from securos_trigger.conditions.empty_sums import empty_sums
from securos_trigger.conditions.sample import Sample

FRAME = {
    "objects": [{"label": "car", "id": None, "rect": {"left": 1.5}}],
    "zone": {"rois": {"bay": {"total": 2, "seen": [{"id": 1}]}, "the gate": {"total": None, "seen": []}}},
    "rows": [[1], [2]],
}


def fixes(text: str) -> list[str]:
    sample = Sample()
    sample.add(FRAME)
    return [mistake.fix for _, mistake in empty_sums(text, sample)]


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("zone.* > 0", "The numbers below zone: rois.bay.total."),
        ("-zone.* < 0", "The numbers below zone: rois.bay.total."),
        ("not zone.rois.*", "The numbers below zone.rois: bay.total."),
        ("sum(len(r.seen) for r in zone.rois.*) > 0 and zone.rois.*.seen", "Write sum(len(o.seen) for o in zone.rois.*)"),
        ("rows.* > 1", "Write sum(len(o) for o in rows.*)"),
        ("objects.* > 0", "Write len(objects)"),
        ("objects.*.label > 0", 'write any(o.label == "…" for o in objects)'),
        ("objects.*.rect > 1", "The numbers below objects.*.rect: left."),
    ],
)  # fmt: skip
def test_a_wildcard_without_a_number_says_what_to_write(text: str, fix: str) -> None:
    [said] = fixes(text)
    assert fix in said


@pytest.mark.parametrize(
    "text",
    [
        "zone.rois.*.total > 0",
        "objects.*.id > 0",
        "objects.*.rect.left > 1",
        "missing.* > 0",
        "zone.rois.*.missing > 0",
        "any(r.total > 0 for r in zone.rois.*)",
        'objects.*.label == "car"',
        'objects.*.label in ["car", "van"]',
    ],
)
def test_a_wildcard_that_leads_to_a_number_to_nothing_or_that_is_said_elsewhere_is_left_alone(text: str) -> None:
    assert fixes(text) == []
