"""The elements of a process that cannot be what their properties say, for the `status` of every service in it."""

from __future__ import annotations

from securos_trigger.runtime.unready_elements import note_ready, note_unready, unready_elements


def test_an_element_is_said_from_its_first_reason_until_it_is_ready() -> None:
    try:
        note_unready("yard", "trigger: is wrong", decides=False)
        [first] = unready_elements()
        assert (first["element"], first["reason"], first["decides"]) == ("yard", "trigger: is wrong", False)
        note_unready("yard", "iss-ip: is wrong", decides=True)
        [second] = unready_elements()
        assert second == {**first, "reason": "iss-ip: is wrong", "decides": True}
    finally:
        note_ready("yard")
    assert unready_elements() == []
