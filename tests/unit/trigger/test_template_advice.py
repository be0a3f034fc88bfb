"""Templates that cannot be read, or that fail on every frame, are refused with what to write instead."""

from __future__ import annotations

import pytest

from securos_trigger.errors import TemplateError
from securos_trigger.trigger.templates import Template
from tests.unit.trigger.test_sandbox import TEMPLATES

TIME = 'write frame_time, the time of the frame: {{ frame_time.strftime("%H:%M:%S") }}'
OTHERS = "other templates cannot be used: write the text here; a part that repeats is a {% macro %}"


def refusal(source: str) -> str:
    """The sentence of the error, without the line and its carets."""
    with pytest.raises(TemplateError) as caught:
        Template(source, max_characters=100).require_possible()
    sentence, line, carets = str(caught.value).split("\n")
    assert line.strip() in source
    assert set(carets.strip()) == {"^"}
    return sentence


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("{{ now() }}", f'there is no function "now"; {TIME}'),
        ("{{ datetime.now() }}", f'"now()" cannot be called; {TIME}'),
        ("{{ len(objects) }}", 'there is no function "len"; write the filter: {{ objects|length }}'),
        ("{{ round(x) }}", 'there is no function "round"; write the filter: {{ x|round }}'),
        ("{{ lipsum() }}", 'there is no function "lipsum"; filters do such work: {{ x|upper }}'),
        (
            "{{ nodes.items() }}",
            '"items()" cannot be called; write the filter: {% for key, value in x|items %}',
        ),
        (
            "{{ nodes.z.get('a') }}",
            "\"get()\" cannot be called; write {{ x.key|default('…') }}, or {{ x['a key'] }}",
        ),
        (
            "{% set _ = objects.append(1) %}",
            '"append()" cannot be called; lists and objects cannot be changed: make a new one, {% set found = found + [x] %}',
        ),
        ("{{ label.toUpperCase() }}", '"toUpperCase()" cannot be called; write {{ x.upper() }}'),
        ("{{ label.uper() }}", '"uper()" cannot be called; did you mean "upper"?'),
        ("{% include 'a' %}", OTHERS),
        ("{% import 'a' as a %}", OTHERS),
        ("{% extends 'a' %}", OTHERS),
        ("{{ objects|lenght }}", 'there is no filter "lenght"; did you mean "length"?'),
        ("{{ objects|size }}", 'there is no filter "size"; did you mean "length"?'),
        ("{% if x %}{{ x|lenght }}{% endif %}", 'there is no filter "lenght"; did you mean "length"?'),
        ("{{ frame_time|strftime('%H') }}", f'there is no filter "strftime"; {TIME}'),
        ("{{ frame_time|format('%H') }}", f"the filter format takes a text and no time; {TIME}"),
        ("{{ x|percent }}", 'there is no filter "percent"; write {{ (100 * x)|round|int }} %'),
        ("{{ x|split(',') }}", 'there is no filter "split"; write the method: {{ x.split(…) }}'),
        ("{{ 'yes' if x is defind else 'no' }}", 'there is no test "defind"; did you mean "defined"?'),
        ("{{ x is defind }}", 'there is no test "defind"; did you mean "defined"?'),
        ("{{ nodes.a", 'the "{{" is never closed: "}}" is missing'),
        ("{{ nodes.a }", 'a tag is closed with one sign too few: "{{" needs "}}", "{%" needs "%}"'),
        ("{% if x %}yes", '"{% if %}" is never closed: write {% endif %}'),
        ("{% for o in x %}yes", '"{% for %}" is never closed: write {% endfor %}'),
        ("{% endif %}", '"{% endif %}" closes nothing: no {% if %} is open before it'),
        ("{% esle %}", 'there is no tag "esle"; did you mean "else"?'),
        ("{% else %}", '"{% else %}" stands alone: it belongs into {% if %} or {% for %}'),
        ("{# note", 'the "{#" is never closed: "#}" is missing'),
        ("{{ x %}", '"{{" is closed by "}}", not by "%}"'),
        ("{% if x }}yes{% endif %}", '"{%" is closed by "%}", not by "}}"'),
        ("{% if x y", '"%}" is expected where "y" stands'),
        ("{% if x then %}", 'leave "then" out: {% if x %}'),
        ("{% if x %}a{% else if y %}b{% endif %}", "write {% elif … %}"),
        ("{{ x y }}", '"}}" is expected where "y" stands'),
        ("{{ x => y }}", '"}}" is expected where "=" stands'),
        ("{{ x; }}", '"}}" is expected where ";" stands'),
        ("{{ {{ x }} }}", 'tags do not stand inside of tags, and an object is written {"key": value}'),
        ("{{ x| }}", 'a name is missing before "}}"'),
        ("{{ x == }}", 'something is missing before "}}"'),
        ("{% if %}", 'something is missing before "%}"'),
        ("{% with a %}", '"=" is expected where "%}" stands'),
        ("{{ x. }}", 'a name is missing after the "."'),
        ("{%%}", 'the name of a tag is missing behind "{%"'),
        ("{{ f(a=1, 2) }}", "values with a name stand behind those without: f(2, a=1)"),
        ("{{ $x }}", '"$" is not expected here'),
        ("{{ x) }}", '")" is not expected here'),
        ("{{ }}", 'there is nothing between "{{" and "}}"'),
        ("{% if a = 1 %}{% endif %}", 'write "==" to compare'),
        ("{{ a && b }}", 'write "and" instead of "&&", or "~" to join texts instead of "&"'),
        ("{{ (a }}", 'a bracket is still open before this "}"'),
    ],
)
def test_a_template_is_refused_with_what_to_write_instead(source: str, sentence: str) -> None:
    assert refusal(source) == sentence


@pytest.mark.parametrize(
    ("source", "marked"),
    [
        ("at {{ objects|len }} o'clock", "len"),
        ("{{ size|size }}", "size"),
    ],
)
def test_only_the_name_of_a_filter_that_there_is_not_is_marked(source: str, marked: str) -> None:
    with pytest.raises(TemplateError) as caught:
        Template(source, max_characters=9)
    shown, carets = (line.removeprefix("    ") for line in str(caught.value).split("\n")[1:])
    assert shown[carets.index("^") : carets.rindex("^") + 1] == marked
    assert carets.index("^") == source.rindex(marked)


def test_every_mistake_is_said_with_its_line() -> None:
    with pytest.raises(TemplateError) as caught:
        Template("{{ now() }}\n{{ x }}\n{{ x.items() }}", max_characters=9).require_possible()
    assert [line[:7] for line in str(caught.value).split("\n") if line.startswith("line")] == ["line 1:", "line 3:"]


def test_a_template_without_data_that_fails_is_refused() -> None:
    with pytest.raises(TemplateError, match=r'the template fails on every frame: "format" would make 1,0') as caught:
        Template("{{ '%1000000000d'|format(1) }}", max_characters=9).require_possible()
    assert "characters" in str(caught.value)


@pytest.mark.parametrize("source", TEMPLATES)
def test_what_works_is_not_refused(source: str) -> None:
    assert Template(source, max_characters=9).require_possible() is None  # type: ignore[func-returns-value]


def test_a_template_may_ask_whether_there_is_a_filter() -> None:
    text = "{% if 'slugify' is filter %}{{ x|slugify }}{% else %}none{% endif %}"
    template = Template(text, max_characters=100)
    template.require_possible()
    assert template.render({}, {"x": 1}).text == "none"
