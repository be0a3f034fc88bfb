"""Which messages a token that is limited to cameras may bring."""

from __future__ import annotations

import pytest

from securos_trigger.inputs.happening import Reading, Says
from securos_trigger.inputs.sender_limits import refusal_of

GATE = Reading(says=Says.HERE, source="gate")


@pytest.mark.parametrize(
    ("reading", "allowed", "is_allowed"),
    [
        (GATE, {"gate"}, True),
        (GATE, {"yard"}, False),
        (Reading(says=Says.HERE, source="nvr", channel="2"), {"nvr"}, True),
        (Reading(says=Says.HERE, source="nvr", channel="2"), {"nvr#2"}, True),
        (Reading(says=Says.HERE, source="nvr", channel="2"), {"nvr#1"}, False),
        (Reading(says=Says.HERE, source="nvr"), {"nvr#1"}, False),
        (Reading(says=Says.HERE, source="gate", prefix="north"), {"gate"}, False),
        (Reading(says=Says.HERE, source="gate", prefix="north"), {"north/gate"}, True),
        (Reading(says=Says.MOMENT, direct_cameras=("1", "2")), {"1"}, False),
        (Reading(says=Says.MOMENT, direct_cameras=("1",)), {"1"}, True),
        (Reading(says=Says.MOMENT, direct_cameras=()), {"1"}, False),
        (Reading(says=Says.ENDED, identity="x"), {"gate"}, False),
        (Reading(says=Says.NOT_FOR_US), {"gate"}, True),
        (Reading(says=Says.NOT_FOR_US, forgets="object"), {"gate"}, False),
    ],
)
def test_a_token_is_for_its_cameras(reading: Reading, allowed: set[str], is_allowed: bool) -> None:
    assert (refusal_of([reading], frozenset(allowed)) == "") is is_allowed


def test_one_part_about_another_camera_refuses_the_whole_message() -> None:
    other = Reading(says=Says.HERE, source="yard")
    assert refusal_of([GATE, other], frozenset({"gate"})) == "This token is not for the camera yard. It is for gate."
    assert refusal_of([GATE, other], None) == ""
