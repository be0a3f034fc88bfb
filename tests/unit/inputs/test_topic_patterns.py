"""Topics with places; known cameras make clear where a name ends."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from securos_trigger.inputs.kinds.blueiris import BlueIrisSettings
from securos_trigger.inputs.kinds.frigate import FrigateSettings
from securos_trigger.inputs.kinds.homeassistant import HomeAssistantSettings
from securos_trigger.inputs.kinds.viseron import ViseronSettings
from securos_trigger.inputs.mapping import MessageMapping
from securos_trigger.inputs.mqtt_settings import MqttSettings
from securos_trigger.inputs.topic_patterns import TopicPattern


def test_a_known_camera_may_have_the_separator_in_its_name() -> None:
    pattern = TopicPattern("{base_topic}/{camera}_{label}/state", {"base_topic": "home"}, ["dock_2", "dock", "*x"])
    assert pattern.match("home/dock_2_person/state") == ({"camera": "dock_2", "label": "person"}, True)
    assert pattern.match("home/dock_big_truck/state") == ({"camera": "dock", "label": "big_truck"}, True)
    assert pattern.match("home/front_door_cat/state") == ({"camera": "front_door", "label": "cat"}, False)
    assert pattern.match("away/dock_2_person/state") is None


def test_a_place_is_a_part_of_one_level() -> None:
    pattern = TopicPattern("{camera}/{any}/{any}", {}, [])
    assert pattern.match("gate/a/b") == ({"camera": "gate"}, False)
    assert pattern.match("gate/a") is None
    assert pattern.match("gate/a/b/c") is None


def test_letters_with_a_meaning_in_expressions_are_letters() -> None:
    assert TopicPattern("a.b+/{camera}", {}, []).match("axb+/gate") is None
    assert TopicPattern("a.b+/{camera}", {}, ["g(te"]).match("a.b+/g(te") == ({"camera": "g(te"}, True)


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        (FrigateSettings, "topic_prefix"),
        (FrigateSettings, "also_prefix"),
        (BlueIrisSettings, "base_topic"),
        (HomeAssistantSettings, "base_topic"),
        (ViseronSettings, "base_topic"),
        (MessageMapping, "topic"),
    ],
)
@pytest.mark.parametrize("written", ["home/#", "home/+", "+", "#", "home#"])
def test_a_wildcard_where_a_plain_topic_is_wanted_is_a_mistake(settings: Any, key: str, written: str) -> None:
    with pytest.raises(ValidationError, match="has a wildcard of MQTT"):
        settings(**{key: written})


def test_each_of_several_prefixes_is_checked_and_slashes_around_one_do_not_count() -> None:
    with pytest.raises(ValidationError, match='"south/#" has a wildcard of MQTT'):
        FrigateSettings(also_prefix=["north", "south/#"])
    assert FrigateSettings(topic_prefix="frigate/", also_prefix=["/north/"]).prefixes == ("frigate", "north")
    assert FrigateSettings(also_prefix="").prefixes == ("frigate",)
    assert ViseronSettings(base_topic="home/viseron/").mqtt_topics[0] == "home/viseron/lwt"
    for nothing in ("", " ", "/"):
        with pytest.raises(ValidationError, match="names no topic"):
            FrigateSettings(topic_prefix=nothing)


@pytest.mark.parametrize("topic", ["#", "+", "a/+/b", "a/b/#", "/a", "$share/group/a/+", "+/+"])
def test_a_topic_to_subscribe_to_may_have_wildcards_of_whole_levels(topic: str) -> None:
    assert MqttSettings(broker="mqtt://broker", topics=(topic,)).topics == (topic,)


@pytest.mark.parametrize("topic", ["a#", "a/#/b", "a/b+", "##", "+a/b"])
def test_a_wildcard_that_is_a_part_of_a_level_or_stands_too_early_is_a_mistake(topic: str) -> None:
    with pytest.raises(ValidationError, match="is not a topic to subscribe to"):
        MqttSettings(broker="mqtt://broker", topics=(topic,))
