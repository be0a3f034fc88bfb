"""Which paths a template reads."""

from __future__ import annotations

from typing import Any

import pytest

from securos_trigger.trigger.template_paths import template_comparisons, template_paths


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


@pytest.mark.parametrize(
    ("source", "comparisons"),
    [
        ("{% if meta.objects[0].label == 'car' %}x{% endif %}", ['objects[0].label == "car"']),
        ("{{ 'a' if 50 < objects[0].probability else 'b' }}", ["objects[0].probability > 50"]),
        (
            "{% for o in nodes['line 1'].all %}{% if o.label != 'car' %}x{% endif %}{% endfor %}",
            ['any(o.label != "car" for o in nodes["line 1"].all)'],
        ),
        ("{% set n = 3 %}{% if n > 50 or x == y or objects|length > 5 or 1 < x < 3 %}x{% endif %}", []),
        ("{% for o in a %}{% endfor %}{% for o in b %}{% if o.label == 'car' %}x{% endif %}{% endfor %}", []),
    ],
)
def test_a_template_shows_what_it_compares_with_constants(source: str, comparisons: list[str]) -> None:
    assert list(template_comparisons(source)) == comparisons
