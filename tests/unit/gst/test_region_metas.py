"""The mapping that a region may carry as JSON."""

from __future__ import annotations

import pytest

from securos_trigger.gst.region_metas import MAX_MAPPING_CHARACTERS, mapping_of


def test_an_object_is_a_mapping() -> None:
    assert mapping_of('{"nodes": {"zone": {"count": 3}}}') == {"nodes": {"zone": {"count": 3}}}


@pytest.mark.parametrize(
    "text", ["", "[]", "3", "{", "[" * 100_000, '{"a": "' + "x" * MAX_MAPPING_CHARACTERS + '"}'], ids=lambda t: t[:9]
)
def test_anything_else_is_none(text: str) -> None:
    assert mapping_of(text) is None
