"""The sandbox of templates against stock Jinja2's: the same texts for ordinary data, but for two differences."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jinja2 import Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from securos_trigger.trigger.sandbox import Sandbox
from securos_trigger.trigger.templates import Template

METADATA: dict[str, Any] = {
    "nodes": {
        "gpt1": {"fullframe": {"label": "a red Car on fire", "score": 0.8712}},
        "line1": {"in": 4, "out": -3, "total": 7},
        "event1": {"event": "bay_occupied", "tags": ["north", "gate", "north"], "note": None},
    },
    "objects": [
        {
            "id": 1,
            "label": "car",
            "probability": 0.91,
            "rect": {"left": 10, "top": 5},
            "attributes": [{"label": "red"}],
        },
        {"id": 2, "label": "person", "probability": 0.42, "rect": {"left": 1, "top": 8}, "attributes": []},
        {
            "id": 3,
            "label": "car",
            "probability": 0.67,
            "rect": {"left": 7, "top": 2},
            "attributes": [{"label": "blue"}],
        },
    ],
    "tree": {"name": "a", "kids": [{"name": "b", "kids": []}, {"name": "c", "kids": [{"name": "d", "kids": []}]}]},
    "text": "first line\n  second <b>line</b> & more\nhttp://example.org/x",
    "words": ["Zebra", "apple", "mango", "Apple", ""],
    "numbers": [3, 1, 2.5, -4, 3],
    "pairs": [["a", 1], ["b", 2]],
    "empty": [],
    "site": "north",
    "frame_time": datetime(2026, 5, 4, 14, 3, 9, tzinfo=UTC),
}

# One template a line. What stock Jinja2 makes of each is the expectation.
TEMPLATES = (Path(__file__).parent / "templates_as_in_stock_jinja.txt").read_text(encoding="utf-8").splitlines()


def ours(source: str, data: dict[str, Any]) -> str:
    rendering = Template(source, max_characters=100_000, fallback="(failed)").render({"meta": data}, data)
    assert rendering.error == ""
    return rendering.text


def stock(source: str, data: dict[str, Any]) -> str:
    return ImmutableSandboxedEnvironment().from_string(source).render({"meta": data, **data}).strip()


def test_there_are_a_hundred_templates_and_more() -> None:
    assert len(set(TEMPLATES)) == len(TEMPLATES) > 100


@pytest.mark.parametrize("source", TEMPLATES)
def test_ordinary_data_gives_what_stock_jinja_gives(source: str) -> None:
    assert ours(source, METADATA) == stock(source, METADATA)


def test_every_filter_and_test_of_stock_jinja_is_there_and_compared() -> None:
    environment = ImmutableSandboxedEnvironment()
    text = "\n".join(TEMPLATES)
    random = {"random"}
    assert [name for name in environment.filters if name not in text and name not in random] == []
    assert [name for name in environment.tests if name not in text] == []


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ z.items }} {{ z['keys'] }} {{ z.values }}", "3 4 5"),
        ("[{{ z.no.such.label }}{{ z.copy }}{{ z.pop }}]", "[]"),
    ],
)
def test_the_two_differences_are_item_first_and_empty(source: str, text: str) -> None:
    assert ours(source, {"z": {"items": 3, "keys": 4, "values": 5}}) == text


class Colour(Enum):
    RED = "red"


@dataclass
class Plate:
    text: str
    _secret: str = "hidden"


Corner = namedtuple("Corner", "left top")


def test_values_of_other_packages_show_their_fields_and_no_methods(tmp_path: Path) -> None:
    target = tmp_path / "written"
    data = {
        "plate": Plate("AB 1"),
        "corner": Corner(3, 4),
        "colour": Colour.RED,
        "score": np.float64(0.5),
        "price": Decimal("1.50"),
        "single": np.float32(0.25),
        "path": str(target),
    }
    text = "{{ plate.text }} {{ corner.left }} {{ colour.value }} {{ score }} {{ price }} {{ single }}"
    assert ours(text, data) == "AB 1 3 red 0.5 1.50 0.25"
    assert ours("[{{ plate._secret }}{{ plate.__class__ }}{{ score.tofile }}{{ single.dump }}]", data) == "[]"
    assert Template("{{ score.tofile(path) }}", max_characters=9).render({}, data).error
    assert not target.exists()


def test_a_property_named_like_a_helper_is_the_property() -> None:
    assert ours("{{ range }} {{ dict.a }}", {"range": 7, "dict": {"a": 1}}) == "7 1"


@pytest.mark.parametrize(
    "moment", [datetime(2026, 11, 28, 13, 5, tzinfo=UTC), date(2026, 11, 28), time(13), timedelta(1)]
)
def test_a_time_gives_what_it_gives_in_stock_jinja(moment: object) -> None:
    ours, stock = Sandbox(), ImmutableSandboxedEnvironment()
    for name in (*dir(moment), "minutes", "_secret"):
        given, expected = ours.getitem(moment, name), stock.getattr(moment, name)
        assert (given == expected) or (isinstance(given, Undefined) and isinstance(expected, Undefined)), name


def test_a_time_of_a_class_of_its_own_gives_no_methods_of_that_class() -> None:
    class Stamp(datetime):
        def erase(self) -> str:
            raise AssertionError("a template called it")

    template = Template("{{ t.erase }}{{ t.isoformat() }}", max_characters=100)
    assert template.render({"t": Stamp(2026, 11, 28)}, {}).text == "2026-11-28T00:00:00"


def test_a_template_names_the_helpers_of_jinja_and_no_two_renderings_share_them() -> None:
    template = Template("{% set range = 3 %}{{ range }}{{ dict(a=n).a }}", max_characters=100)
    assert [template.render({"n": n}, {}).text for n in (1, 2)] == ["31", "32"]
