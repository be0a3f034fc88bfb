"""The figures at the end of the demo, and whether all went well."""

from __future__ import annotations

import io
import re
from dataclasses import replace

from rich.console import Console

from securos_trigger.demo.figures import DemoFigures

WELL = DemoFigures(30, 25.0, {}, 2, 0, {"delivered": 2}, 2, 1, 1, None, None)


def shown(figures: DemoFigures) -> str:
    output = io.StringIO()
    Console(width=80, file=output).print(figures.table())
    return output.getvalue()


def test_decisions_are_told_in_words_on_the_terminal_and_as_codes_to_programs() -> None:
    counted = replace(WELL, decisions={"trigger1": {"condition_false": 771, "condition_unknown": 1, "fired": 22}})
    text = shown(counted)
    for words in ("the condition was false: 771 frames", "the condition was unknown: 1 frame", "it fired: 22 frames"):
        assert words in text
    assert "condition_" not in text
    assert counted.to_json()["decisions"]["trigger1"]["condition_false"] == 771


def test_the_demo_went_well_when_all_events_are_in_securos_and_no_output_has_failed() -> None:
    assert WELL.is_complete
    assert not replace(WELL, securos_events=1).is_complete
    failed = replace(WELL, failed={"sink": "No space left [on device]"})
    assert not failed.is_complete
    assert re.search(r"sink has failed .+ No space left \[on device\]", shown(failed))
