"""The sentence for a sender whose message has raised no event."""

from __future__ import annotations

import pytest

from securos_trigger.inputs.happening import Happening, Reading, Says, Verdict
from securos_trigger.inputs.no_event import why_no_event


def happening(verdict: Verdict, says: Says = Says.HERE, *, why: str = "", source: str | None = "gate") -> Happening:
    return Happening(verdict=verdict, reading=Reading(says=says, why=why), source=source)


@pytest.mark.parametrize("verdict", [one for one in Verdict if one not in (Verdict.MALFORMED, Verdict.REFUSED)])
def test_every_verdict_has_a_sentence(verdict: Verdict) -> None:
    assert len(why_no_event([happening(verdict)]).split()) >= 4


def test_a_camera_that_the_map_does_not_have_is_named() -> None:
    unknown = Happening(verdict=Verdict.NEW, reading=Reading(says=Says.BEGAN), source="attic", is_unknown=True)
    assert why_no_event([unknown]) == 'the camera map has no "attic", so it raises no event'
    assert why_no_event([unknown, happening(Verdict.NEW)]) == 'the camera map has no "attic", so it raises no event'


def test_what_the_leading_part_says_comes_before_a_general_sentence() -> None:
    image = happening(Verdict.IGNORED, Says.NOT_FOR_US, why="an image")
    assert why_no_event([image]) == "an image"
    assert why_no_event([image, happening(Verdict.DUPLICATE)]) == "the same was said before"
    assert why_no_event([]).startswith("nothing is complete yet")
