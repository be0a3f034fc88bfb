"""A change in one pipeline reads only that pipeline with its layout, and comes out as if all had been read."""

from __future__ import annotations

import tomllib
from operator import setitem
from typing import Any

import pytest
import tomlkit

from securos_trigger.config.edited_text import Change, changed_text

SITE = """\
# All.
[[pipelines]]
name = "yard"   # first
source = { type = "file", path = "a.mp4" }

[[pipelines.nodes]]
type = "event"
condition = "a"

# About the gate.
[[pipelines]] # second
name = "gate"
[pipelines.source]
type = "file"

[outbox]
path = "x"
"""
IN_A_TEXT = SITE.replace('"a.mp4"', "'''\n[[pipelines]]\nname = \"no\"\n'''")
FAKE = SITE.replace("[[pipelines]] # second", '[["pipelines"]]').replace('"a.mp4"', "'''\n[[pipelines]]\n'''")


def change_of(*place: str | int, value: Any) -> Change:
    *steps, last = place
    return Change(steps, lambda target: setitem(target, last, value))


def wanted(text: str, changes: list[Change]) -> dict[str, Any]:
    tables = tomllib.loads(text)
    for change in changes:
        change.apply(tables)
    return tables


def with_all_read(text: str, changes: list[Change]) -> str:
    document = tomlkit.parse(text)
    for change in changes:
        change.apply(document)
    return document.as_string()


@pytest.mark.parametrize("text", [SITE, SITE.removesuffix("\n"), SITE.replace('\n[outbox]\npath = "x"\n', "")])
@pytest.mark.parametrize(
    "changes",
    [
        [change_of("pipelines", 0, "nodes", 0, "condition", value="b")],
        [change_of("pipelines", 0, "cameras", value={"a": "1"})],
        [change_of("pipelines", 1, "source", "path", value="b.mp4"), change_of("pipelines", 1, "name", value="g")],
    ],
)
def test_what_comes_out_is_what_comes_out_when_all_is_read(text: str, changes: list[Change]) -> None:
    assert changed_text(text, changes, wanted(text, changes)) == with_all_read(text, changes)


def test_the_other_pipelines_are_not_read_with_their_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    text = SITE.split("# About")[0]
    text += "".join(f'\n[[pipelines]]\nname = "p{number}"\n' for number in range(100))
    changes = [change_of("pipelines", 50, "name", value="new")]
    read: list[str] = []
    parse = tomlkit.parse

    def noted(part: str) -> tomlkit.TOMLDocument:
        read.append(part)
        return parse(part)

    monkeypatch.setattr(tomlkit, "parse", noted)
    assert changed_text(text, changes, wanted(text, changes)) == text.replace('"p49"', '"new"')
    assert read == ['[[pipelines]]\nname = "p49"\n\n']


@pytest.mark.parametrize("text", [IN_A_TEXT, FAKE])
@pytest.mark.parametrize("number", [0, 1])
def test_a_line_of_a_text_that_looks_like_a_heading_spoils_nothing(text: str, number: int) -> None:
    changes = [change_of("pipelines", number, "name", value="new")]
    assert changed_text(text, changes, wanted(text, changes)) == with_all_read(text, changes)


def test_changes_beyond_one_pipeline_are_made_too() -> None:
    changes = [change_of("pipelines", 0, "name", value="a"), change_of("pipelines", 1, "name", value="b")]
    assert changed_text(SITE, changes, wanted(SITE, changes)) == with_all_read(SITE, changes)
    top = [change_of("time_zone", value="UTC")]
    assert tomllib.loads(changed_text("", top, wanted("", top)) or "") == {"time_zone": "UTC"}


def test_a_change_that_would_say_something_else_gives_no_text() -> None:
    changes = [change_of("pipelines", 0, "name", value="a")]
    assert changed_text(SITE, changes, tomllib.loads(SITE)) is None
