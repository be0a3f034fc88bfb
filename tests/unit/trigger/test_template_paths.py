"""Which paths a template reads."""

from __future__ import annotations

from typing import Any

import pytest

from securos_trigger.trigger.template_paths import template_paths


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        ("{{ nodes.gpt1.fullframe.label }}", [("nodes", "gpt1", "fullframe", "label")]),
        ("{{ meta.nodes['line 1'].x }} {{ objects[0].label }}", [("nodes", "line 1", "x"), ("objects", 0, "label")]),
        ("{{ speed | round(1) }}", [("speed",)]),
        ("{{ nodes.a.label.upper() }}", [("nodes", "a", "label")]),
        ("{{ label.replace(old, 'x') }}", [("label",), ("old",)]),
        ("{% for o in objects %}{{ o.label }}{{ loop.index }}{% endfor %}", [("objects",)]),
        ("{% set x = nodes.a %}{{ x.b }}", [("nodes", "a")]),
        ("{{ nodes[name] }}", [("nodes",), ("name",)]),
        ("{{ nodes.a.b | default('-') }}{% if nodes.c is defined %}{% endif %}", []),
        ("{{ node_id }} {{ frame_time.hour }} {{ event.event }} {{ meta }} {{ range(3) }} text", []),
    ],
)
def test_a_template_shows_which_paths_it_reads(source: str, paths: list[tuple[Any, ...]]) -> None:
    assert list(template_paths(source)) == paths
