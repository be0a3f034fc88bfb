"""Topics with places; known cameras make clear where a name ends."""

from __future__ import annotations

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
