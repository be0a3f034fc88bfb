"""Templates that cost too much are given up within their budget of steps, characters and memory."""

from __future__ import annotations

import tracemalloc

import pytest

from securos_trigger.trigger.budget import MAX_CHARACTERS, MAX_STEPS, MAX_TEXT_CHARACTERS
from securos_trigger.trigger.templates import Template
from tests.unit.trigger.test_budget import DATA

A = "{% set a = 'x' * 90000 %}"


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
    "{% set a = fraction %}" + "{% set a = a * a %}" * 40 + "{{ a }}",
    "{% set a = fraction %}" + "{% set a = a / (1 / a) %}" * 40 + "{{ a }}",
    "{% set a = fraction %}" + "{% set a = a - a * fraction %}" * 99 + "{{ a }}",
    "{{ fraction ** 64 }}",
    "{{ ('ü' * 40000).encode('punycode')|length }}",
    "{{ ('ü' * 40000).encode(encoding='IDNA')|length }}",
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
