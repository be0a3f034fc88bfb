"""Every example of docs/conditions.md runs and answers as the page says; every limit is the one in the code."""

from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path

import pytest

from securos_trigger.conditions import Condition, Truth, limits
from securos_trigger.conditions.vocabulary import FUNCTIONS

PAGE = (Path(__file__).parents[2] / "docs" / "conditions.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"the page has no block of {language}"
    return found


def lines(language: str) -> list[str]:
    return [line for block in blocks(language) for line in block.splitlines()]


FRAME = json.loads(blocks("json")[0])


@pytest.mark.parametrize("text", lines("condition"))
def test_an_example_fires_on_the_frame_of_the_page(text: str) -> None:
    assert Condition(text).truth(FRAME) is Truth.TRUE


@pytest.mark.parametrize("text", lines("unknown"))
def test_an_example_of_the_unknown_is_unknown(text: str) -> None:
    assert Condition(text).truth(FRAME) is Truth.UNKNOWN


@pytest.mark.parametrize("text", lines("not_boolean"))
def test_an_example_without_a_boolean_is_reported(text: str) -> None:
    assert Condition(text).truth(FRAME) is Truth.NOT_BOOLEAN


def test_the_python_example_prints_what_the_page_shows() -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(blocks("python")[0], {})
    assert printed.getvalue() == blocks("text")[0]


def test_every_path_of_the_list_leads_somewhere() -> None:
    section = PAGE[PAGE.index("## Paths") : PAGE.index("After a dot every word")]
    items = re.findall(r"^\* (`[^:]+`):", section, re.MULTILINE)
    paths = [path for item in items for path in re.findall(r"`([^`]+)`", item)]
    assert len(paths) == 9
    for path in paths:
        assert Condition(f"{path} != 12345").truth(FRAME) is Truth.TRUE, path


@pytest.mark.parametrize(
    ("a", "b", "both", "either", "opposite"),
    [
        tuple(row)
        for row in re.findall(r"^\| (\w+) \| (\w+) \| \**(\w+)\** \| \**(\w+)\** \| (\w+) \|$", PAGE, re.MULTILINE)
    ],
)
def test_the_truth_table_is_true(a: str, b: str, both: str, either: str, opposite: str) -> None:
    values = {"true": True, "false": False}
    metadata = {name: values[word] for name, word in (("a", a), ("b", b)) if word in values}
    answers = [Condition(text).truth(metadata).value for text in ("a and b", "a or b", "not a")]
    assert answers == [both, either, opposite]


def test_every_function_and_every_limit_is_on_the_page() -> None:
    assert [name for name in FUNCTIONS if f"`{name}(" not in PAGE] == []
    bounds = {name: getattr(limits, name) for name in dir(limits) if name.startswith("MAX_")}
    table = PAGE[PAGE.index("## Limits") :]
    assert [name for name, bound in bounds.items() if not re.search(rf"\b{bound:,}\b", table)] == []
