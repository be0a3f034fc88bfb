"""Templates give what stock Jinja2 gives on any plain data."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from securos_trigger.model.event_texts import clean_text
from tests.unit.trigger.test_sandbox import ours, stock

ORDINARY = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e6, 1e6) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "source",
    [
        "{{ x }}",
        "{{ x|string|upper|length }}",
        "{% for o in xs %}{{ loop.index }}/{{ loop.length }}:{{ o }}{% if not loop.last %}, {% endif %}{% endfor %}",
        "{{ xs|map('string')|join('; ') }}",
        "{{ xs|batch(2, 'no')|list }} {{ xs|first|default('none', true) }}",
        "{% if x is mapping %}m{% elif x is string %}s{% elif x is number %}n{% else %}-{% endif %}{{ x in xs }}",
        "{{ [x, x]|tojson }}{{ x ~ xs }}",
    ],
)
@settings(max_examples=25)
@given(x=ORDINARY, xs=st.lists(ORDINARY, max_size=5))
def test_random_data_gives_what_stock_jinja_gives(source: str, x: object, xs: list[object]) -> None:
    expected = clean_text(stock(source, {"x": x, "xs": xs}), 100_000)
    assert ours(source, {"x": x, "xs": xs}) == expected
