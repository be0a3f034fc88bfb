"""A name that is nearly right gets the one that was meant; one that is like none gets all of them."""

from __future__ import annotations

import pytest

from securos_trigger.errors.suggestions import did_you_mean, nearest, nearest_few, nearest_label


def test_the_nearest_name_is_found_whatever_its_case() -> None:
    assert nearest("FULLFRAME", ["fullFrame", "yard"]) == "fullFrame"
    assert nearest("zebra", ["fullFrame", "yard"]) == ""
    assert did_you_mean("yrad", ["yard", "gate"]) == 'Did you mean "yard"?'
    assert did_you_mean("zebra", ["yard", "gate"]) == "Known: yard, gate."


def test_of_very_many_names_the_nearest_few_stand_for_all() -> None:
    known = [f"camera {number}" for number in range(1_000)]
    few = "camera 0, camera 1, camera 2, camera 3, camera 4, camera 5"
    assert did_you_mean("zebra", known) == f"There are 1,000, among them {few}."
    assert did_you_mean("zebra", known[:40]) == f"Known: {', '.join(known[:40])}."
    assert nearest_few("yrad", ["gate", "door", "yard", *known])[:2] == ["yard", "gate"]


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("human", ["car", "person"], "person"),
        ("People", ["car", "person"], "person"),
        ("pedestrians", ["car", "Pedestrian"], "Pedestrian"),
        ("person", ["vehicle", "human"], "human"),
        ("vehicle", ["person", "bus", "car"], "car"),
        ("bike", ["motorcycle", "bicycle"], "bicycle"),
        ("trucks", ["bus", "truck"], "truck"),
        ("bsu", ["bus", "truck"], "bus"),
        ("flamingo", ["bus", "truck"], ""),
    ],
)
def test_another_word_for_a_class_is_found(word: str, known: list[str], meant: str) -> None:
    assert nearest_label(word, known) == meant
