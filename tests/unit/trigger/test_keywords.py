"""Editors know every property that the node has."""

from __future__ import annotations

from typing import get_type_hints

from securos_trigger.trigger.keywords import PropertyKeywords
from securos_trigger.trigger.properties import TriggerProperties


def test_the_keywords_are_the_properties_in_their_order() -> None:
    assert list(get_type_hints(PropertyKeywords)) == list(TriggerProperties.model_fields)
