"""A name that is nearly right gets the one that was meant; one that is like none gets all of them."""

from __future__ import annotations

from securos_trigger.errors.suggestions import did_you_mean, nearest


def test_the_nearest_name_is_found_whatever_its_case() -> None:
    assert nearest("FULLFRAME", ["fullFrame", "yard"]) == "fullFrame"
    assert nearest("zebra", ["fullFrame", "yard"]) == ""
    assert did_you_mean("yrad", ["yard", "gate"]) == 'Did you mean "yard"?'
    assert did_you_mean("zebra", ["yard", "gate"]) == "Known: yard, gate."
