"""What a rendering may cost, in steps and characters: never in seconds, which differ from machine to machine."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from securos_trigger.trigger.budget import MAX_CHARACTERS, MAX_STEPS, MAX_TEXT_CHARACTERS
from securos_trigger.trigger.templates import Template

A = "{% set a = 'x' * 90000 %}"


class Endless:
    """An iterable that never ends, as a generator of a `function` node may be."""

    def __iter__(self) -> Iterator[int]:
        return itertools.count()


class EndlessList(list[int]):
    """A list whose iteration never ends."""

    def __iter__(self) -> Iterator[int]:
        return itertools.count()


DATA: dict[str, Any] = {
    "endless": Endless(),
    "endless_list": EndlessList([1]),
    "counter": itertools.count(),
    "objects": [{"label": "car", "id": i} for i in range(50)],
    "big": "y" * 90_000,
}

TOO_MUCH = [
    "{{ '%1000000000d'|format(1) }}",
    "{{ '%*d'|format(1000000000, 1) }}",
    "{{ '%.1000000000f'|format(1) }}",
    "{{ '%(a)1000000000s'|format(a=1) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%*d' % (1000000000, 1) }}",
    "{{ '{:1000000000d}'.format(1) }}",
    "{{ '{:{}}'.format(1, 1000000000) }}",
    "{{ '{a:1000000000}'.format_map({'a': 1}) }}",
    "{{ '{a:{b}}'.format_map({'a': 1, 'b': 1000000000}) }}",
    A + "{{ ('%(a)s' * 100)|format(a=a) }}",
    A + "{{ ('{0}' * 100).format(a) }}",
    "{{ 'a'|center(1000000000) }}",
    "{{ 'a'|center(width=1000000000) }}",
    "{{ 'a'.center(1000000000) }}",
    "{{ 'a'.ljust(1000000000) }}",
    "{{ 'a'.rjust(1000000000) }}",
    "{{ 'a'.zfill(1000000000) }}",
    "{{ 'a\tb'.expandtabs(1000000000) }}",
    "{{ (1).to_bytes(1000000000, 'big') }}",
    "{{ ('\n' * 999)|indent(1000000000) }}",
    A + "{{ ('\n' * 999)|indent(a, blank=true) }}",
    A + "{{ a|replace('x', a) }}",
    A + "{{ a.replace('x', a) }}",
    A + "{{ a|replace('', a) }}",
    A + "{{ a.join(a) }}",
    A + "{{ [a, a]|join(a) }}",
    A + "{{ objects|map(attribute='label')|join(a) }}",
    A + "{{ objects|join(a, attribute='label') }}",
    A + "{{ 'xxx'.translate({120: a}) }}",
    "{{ [1]|batch(1000000000, 'x')|list }}",
    "{{ [1]|slice(1000000000)|list }}",
    "{{ [[1]]|tojson(indent=1000000000) }}",
    "{{ 42.5|round(1000000000, 'ceil') }}",
    A + "{{ 'one two three'|wordwrap(1, wrapstring=a) }}",
    A + "{{ 'http://a.example b@c.example'|urlize(target=a) }}",
    A + "{% set b = a + a %}{% set c = b + b %}{% set d = c + c %}{{ d }}",
    A + "{% set b = a ~ a %}{{ b }}",
    "{% set a = [1] * 5000 %}{% set b = a + a + a + a + a + a + a %}{{ b }}",
    "{% set a = [1, 1] %}" + "{% set a = [a, a] %}" * 40 + "{{ a }}",
    "{% set a = {'a': 1} %}" + "{% set a = {'a': a, 'b': a} %}" * 40 + "{{ a|tojson }}",
    "{% set a = (1, 1) %}" + "{% set a = (a, a) %}" * 40 + "{{ a|string }}",
    "{% set a = [1] %}" + "{% set a = [a]|batch(2, a)|list %}" * 40 + "{{ a }}",
    "{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a }}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1, varargs, varargs) }}{% endif %}{{ varargs }}{% endmacro %}{{ m(100, 1, 2) }}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
    "{% for i in range(99999) if false %}{% endfor %}",
    A + "{% set b %}{% for i in range(9999) %}{{ a }}{% endfor %}{% endset %}{{ b|length }}",
    A + "{% filter upper %}{% for i in range(9999) %}{{ a }}{% endfor %}{% endfilter %}",
    "{{ 9 ** 9 ** 9 }}",
    "{% set a = 9 ** 64 %}" + "{% set a = a * a %}" * 40 + "{{ a > 1 }}",
    "{{ range(99999999999) }}",
    "{% for x in endless %}{% endfor %}",
    "{% for x in endless_list %}{{ x }}{% endfor %}",
    "{% for x in counter %}{% endfor %}",
    "{{ endless|list }}",
    "{{ endless|join }}",
    "{{ endless|sum }}",
    "{{ endless_list|map('string')|list }}",
    "{{ counter|max }}",
    "{{ dict(endless) }}",
    "{{ ','.join(endless) }}",
    "{{ cycler(*endless) }}",
    "{{ -1 in endless }}",
    "{{ -1 is in(endless) }}",
    "{{ big|urlize }}",
    "{{ big|wordwrap }}",
    "{% for o in objects %}{{ big|upper|length }}{% endfor %}",
]


@pytest.mark.parametrize("source", TOO_MUCH)
def test_a_template_that_costs_too_much_is_given_up_early(source: str) -> None:
    template = Template(source, max_characters=10**9, fallback="(fallback)")
    tracemalloc.start()
    try:
        rendering = template.render(DATA, DATA)
        most_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (rendering.text, bool(rendering.error)) == ("(fallback)", True)
    assert template.steps <= MAX_STEPS + 20_000
    assert template.characters <= MAX_CHARACTERS + MAX_TEXT_CHARACTERS
    assert most_bytes < 16 * 1024**2


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a'|center(200)|length }}",
        "{{ 'a'.rjust(5000)|length }}",
        "{% for o in objects %}{{ '%-20s|%05d'|format(o.label, o.id) }}{% endfor %}",
        "{% for i in range(2000) %}{{ i }},{% endfor %}",
        "{{ big|length }} {{ big|truncate(20) }} {{ big[:10] }}",
        "{% for o in objects %}{{ o.label|upper|replace('C', 'K')|center(20) }}{% endfor %}",
        "{{ objects|tojson|length }} {{ objects|string|length }}",
        "{% for x in endless %}{{ x }}{% if x > 20000 %}{% endif %}{% endfor %}",
    ],
)
def test_what_people_write_is_far_from_the_limits(source: str) -> None:
    template = Template(source, max_characters=4_096)
    assert template.render(DATA, DATA).error == ""
    assert template.steps < MAX_STEPS / 4
    assert template.characters < MAX_CHARACTERS / 4


def test_each_rendering_has_a_budget_of_its_own() -> None:
    template = Template("{% for i in range(15000) %}{% endfor %}done", max_characters=9)
    assert [template.render({}, {}).text for _ in range(3)] == ["done"] * 3


class Exiting:
    """A value whose text ends the program, by mistake."""

    def __str__(self) -> str:
        raise SystemExit(3)


def test_a_value_that_ends_the_program_ends_only_the_rendering() -> None:
    rendering = Template("{{ x }}", max_characters=9, fallback="(fallback)").render({"x": Exiting()}, {})
    assert (rendering.text, rendering.error) == ("(fallback)", "SystemExit: 3")


def test_an_interrupt_by_a_person_is_not_held_back() -> None:
    class Interrupted:
        def __str__(self) -> str:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Template("{{ x }}", max_characters=9).render({"x": Interrupted()}, {})
