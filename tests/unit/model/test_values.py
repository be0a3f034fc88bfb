"""Values: what they say of themselves."""

from __future__ import annotations

import pytest

from securos_trigger.model import Action, Address, Target


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (Address("", "", "alarm"), "alarm"),
        (Address("yard", "", "alarm"), "yard/alarm"),
        (Address("yard", "gate", "alarm"), "yard/gate/alarm"),
    ],
)
def test_an_address_is_written_without_the_parts_it_has_not(address: Address, text: str) -> None:
    assert str(address) == text


@pytest.mark.parametrize("name", ["alarm", "yard/alarm", "yard/gate/alarm"])
def test_a_node_may_be_named_by_its_id_its_pipeline_or_in_full(name: str) -> None:
    assert Address("yard", "gate", "alarm").is_named(name)


@pytest.mark.parametrize("name", ["", "gate/alarm", "yard", "yard/gate", "/alarm", "yard/door/alarm", "alarm2"])
def test_any_other_name_is_another_node(name: str) -> None:
    assert not Address("yard", "gate", "alarm").is_named(name)


def test_an_ipv6_host_stands_in_brackets() -> None:
    assert str(Target("https", "::1", 3443)) == "https://[::1]:3443"


def test_an_action_says_what_it_asks_for() -> None:
    asked_for = {action: (action.records, action.subtitles) for action in Action}
    assert asked_for == {
        Action.EVENT: (False, False),
        Action.EVENT_AND_RECORD: (True, False),
        Action.EVENT_AND_RECORD_AND_SUBTITLE: (True, True),
    }


@pytest.mark.parametrize(
    "name", ["alarm", "yard/alarm", "yard/gate/alarm", "yard", "yard/gate", "y*", "yard/*", "*/alarm"]
)
def test_a_person_means_a_node_also_with_its_pipeline_or_a_pattern(name: str) -> None:
    assert Address("yard", "gate", "alarm").is_meant(name)


@pytest.mark.parametrize("name", ["gate", "gate/alarm", "yar", "z*", "", "YARD"])
def test_a_person_does_not_mean_a_node_with_another_name(name: str) -> None:
    assert not Address("yard", "gate", "alarm").is_meant(name)
