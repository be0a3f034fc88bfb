"""What a sample shows about templates."""

from __future__ import annotations

from typing import Any

import pytest

from securos_trigger.conditions.sample import Sample
from securos_trigger.replay.template_lint import TemplateLint

FRAME: dict[str, Any] = {"nodes": {"gpt1": {"fullframe": {"label": "a dog", "n": 0}}}, "objects": [{"label": "dog"}]}


def warned(source: str, *frames: dict[str, Any]) -> list[str]:
    watch, sample = TemplateLint(source), Sample()
    for frame in frames or (FRAME, FRAME):
        sample.add(frame)
        watch.see({"meta": frame}, frame)
    return [str(mistake) for mistake in watch.mistakes(sample)]


@pytest.mark.parametrize(
    ("source", "warnings"),
    [
        ("{{ nodes.gpt1.fullframe.label }} seen", []),
        (
            "seen: {{ nodes.gpt1.fullFrame.label }}",
            [
                ("the path nodes.gpt1.fullFrame.label was on none of the 2 frames\n"
                '    There is no "fullFrame"; did you mean "fullframe"?')
            ],
        ),
        (
            "{{ 1 / nodes.gpt1.fullframe.n }}",
            ["the template failed on all of the 2 events\n    ZeroDivisionError: division by zero"],
        ),
        ("{% if objects | length > 5 %}crowd{% endif %}", ["the text was empty on all of the 2 events"]),
    ],
)  # fmt: skip
def test_a_sample_shows_what_is_not_meant(source: str, warnings: list[str]) -> None:
    assert warned(source) == warnings


def test_a_failure_on_some_events_is_counted() -> None:
    assert warned("{{ 1 / n }}", {"n": 0}, {"n": 1}, {"n": 2}) == [
        "the template failed on 1 of the 3 events\n    ZeroDivisionError: division by zero"
    ]
