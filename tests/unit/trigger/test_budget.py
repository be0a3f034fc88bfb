"""What a rendering may cost, in steps and characters: never in seconds, which differ from machine to machine."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from securos_trigger.trigger.budget import MAX_CHARACTERS, MAX_STEPS
from securos_trigger.trigger.templates import Template


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
    "fraction": Fraction(10**50 + 1, 10**50 + 3),
}


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


@pytest.mark.parametrize("codec", ["punycode", "Punycode", "-punycode", " idna", "idna ", "püunycode"])
def test_a_codec_that_takes_seconds_is_refused_however_it_is_written(codec: str) -> None:
    template = Template("{{ name.encode(codec)|length }}", max_characters=99, fallback="(fallback)")
    assert '"encode" does not know' in repr(template.render({"name": "ü", "codec": codec}, {}))


@pytest.mark.parametrize("text", ["1e1400", "1e-1400", "-1e999999"])
@pytest.mark.parametrize(
    "source",
    [
        "{{ x|int }}",
        "{{ x|round(0, 'floor') }}",
        "{{ '%d'|format(x) }}",
        "{{ '%d' % x }}",
        "{{ '%d' % (x,) }}",
        "{{ '{:f}'.format(x) }}",
        "{{ [x]|map('int')|list }}",
        "{{ [x]|sum|int }}",
        "{{ x.as_integer_ratio()|length }}",
        "{{ x.to_integral_value()|int }}",
    ],
)
def test_a_decimal_is_not_written_out_digit_by_digit_when_it_has_thousands_of_them(source: str, text: str) -> None:
    """A program that reads JSON with `parse_float=Decimal` gives them on: `int` of 1e1000000 takes 17 s."""
    assert "the number is too large" in Template(source, max_characters=256).render({"x": Decimal(text)}, {}).error


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ x|int }}", "12"),
        ("{{ '%.1f'|format(x) }}", "12.5"),
        ("{{ x.as_integer_ratio()|list }}", "[25, 2]"),
        ("{{ nan }}", "NaN"),
    ],
)
def test_an_ordinary_decimal_is_written_as_ever(source: str, text: str) -> None:
    data = {"x": Decimal("12.50"), "nan": Decimal("NaN")}
    assert Template(source, max_characters=256).render(data, data).text == text
