"""Templates: lookup, undefined, failure, cut, and the sandbox."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from securos_trigger.errors import TemplateError
from securos_trigger.trigger.templates import Template
from securos_trigger.trigger.texts import Rendering

METADATA: dict[str, Any] = {
    "nodes": {"gpt1": {"fullframe": {"label": "smoke"}}, "z": {"items": 3, "keys": {"a": 1}}},
    "objects": [{"label": "car", "probability": 0.9}, {"label": "dog", "probability": 0.4}],
}


def render(source: str, variables: dict[str, Any] | None = None, max_characters: int = 100) -> Rendering:
    return Template(source, max_characters=max_characters, fallback="(fallback)").render(
        {"meta": METADATA, **(variables or {})}, METADATA
    )


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("plain", "plain"),
        ("{{ nodes.gpt1.fullframe.label }}", "smoke"),
        ("{{ meta.nodes.gpt1.fullframe.label }}", "smoke"),
        ("{{ nodes['gpt1']['fullframe'].label }}", "smoke"),
        ("{{ nodes.z.items }}", "3"),
        ("{{ nodes.z.keys.a }}", "1"),
        ("{{ objects[0].label }} {{ objects.1.label }} {{ objects[-1].label }}", "car dog dog"),
        ("{% for o in objects if o.probability > 0.5 %}{{ o.label|upper }}{% endfor %}", "CAR"),
        ("{{ objects|length }} {{ objects|map(attribute='label')|join(', ') }}", "2 car, dog"),
        ("{{ nodes.gpt1.fullframe.label.title() }}", "Smoke"),
        ("<b> & 'x'", "<b> & 'x'"),
        ("first\nsecond", "first\nsecond"),
    ],
)
def test_a_template_shows_metadata(source: str, text: str) -> None:
    assert render(source) == Rendering(text)


def test_the_frame_time_is_a_time() -> None:
    at = datetime(2026, 5, 4, 14, 3, 9, tzinfo=UTC)
    assert render("{{ frame_time.strftime('%H:%M') }} {{ frame_time.year }}", {"frame_time": at}).text == "14:03 2026"


@pytest.mark.parametrize(
    "source",
    [
        "[{{ no }}]",
        "[{{ nodes.no.such.label }}]",
        "[{{ objects[7].label }}]",
        "[{% for x in nodes.no %}{{ x }}{% endfor %}]",
    ],
)
def test_what_is_undefined_renders_empty_and_is_noted(source: str) -> None:
    assert render(source) == Rendering("[]", has_undefined=True)


def test_asking_whether_something_is_defined_is_no_mistake() -> None:
    assert render("{{ nodes.no.label|default('nothing') }}{% if nodes.no is defined %}!{% endif %}") == Rendering(
        "nothing"
    )


def test_one_undefined_rendering_does_not_mark_the_next() -> None:
    template = Template("{{ label }}", max_characters=9)
    assert template.render({}, {}).has_undefined
    assert not template.render({"label": "x"}, {}).has_undefined


@pytest.mark.parametrize(
    "source", ["{{ 1 / 0 }}", "{{ objects[0].label + 1 }}", "{{ nodes.no() }}", "{{ nodes.z.items() }}"]
)
def test_a_template_that_fails_gives_its_fallback_and_says_why(source: str) -> None:
    rendering = render(source)
    assert rendering.text == "(fallback)"
    assert rendering.error


def test_the_text_is_cut_at_a_character() -> None:
    assert render("{{ 'é😀' * 100 }}", max_characters=5).text == "é😀é😀é"


def test_lone_surrogates_are_replaced_because_they_cannot_be_sent() -> None:
    assert render("{{ x }}", {"x": "a\ud800b"}).text == "a?b"


def test_a_variable_of_ours_hides_a_metadata_field_of_the_same_name() -> None:
    template = Template("{{ node_id }}", max_characters=20)
    assert template.render({"node_id": "trigger1"}, {"node_id": "forged"}).text == "trigger1"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{ nodes.a ", 'the "{{" is never closed: "}}" is missing'),
        ("a\n{% if x %}", 'line 2: "{% if %}" is never closed: write {% endif %}'),
        ("{{ x | lenght }}", 'there is no filter "lenght"; did you mean "length"?'),
    ],
)
def test_a_template_that_cannot_be_read_says_where_and_why(source: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        Template(source, max_characters=9)
    assert str(caught.value).startswith(message)
    assert "^" in str(caught.value)


ESCAPES = [
    "{{ ''.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''['__class__'] }}",
    "{{ ''|attr('__class__') }}",
    "{{ ().__class__.__base__.__subclasses__() }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ range.__self__ }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ request.application.__globals__ }}",
    "{{ '{0.__class__.__mro__}'.format(x) }}",
    "{{ '{x.__class__}'.format_map({'x': 1}) }}",
    "{{ ('{0.__class__}'|attr('format'))('') }}",
    "{{ frame_time.__reduce__() }}",
    "{{ (1).__class__ }}",
    "{{ nodes.__init__ }}",
    "{{ objects.append(1) }}",
    "{{ objects.clear() }}",
    "{{ nodes.update({'a': 1}) }}",
    "{% set x = ''.join.__self__.__class__ %}{{ x }}",
    "{% import 'os' as os %}{{ os }}",
    "{% include '/etc/passwd' %}",
    "{% extends '/etc/passwd' %}",
]


@pytest.mark.parametrize("source", ESCAPES)
def test_a_known_escape_reaches_nothing(source: str) -> None:
    before = copy.deepcopy(METADATA)
    assert render(source, {"x": "x", "frame_time": datetime(2026, 1, 1, tzinfo=UTC)}).text in ("", "(fallback)")
    assert before == METADATA


@pytest.mark.parametrize(
    "source", ["{{ 'a' * 1000000000 }}", "{{ 9 ** 9 ** 9 }}", "{{ '%999999999d' % 1 }}", "{{ [0] * 10 ** 12 }}"]
)
def test_an_expression_cannot_explode(source: str) -> None:
    assert render(source).error.startswith("SecurityError")


@dataclass(slots=True)
class Unset:
    y: int
    x: float = field(init=False)


@pytest.mark.parametrize("source", ["[{{ v.x }}]", '[{{ v["x"] }}]', "[{{ v.x.z }}]", '[{{ v|attr("x") }}]'])
def test_a_field_that_was_never_set_renders_empty(source: str) -> None:
    rendered = Template(source, max_characters=99).render({"v": Unset(1)}, {})
    assert (rendered.text, rendered.error, rendered.has_undefined) == ("[]", "", True)
