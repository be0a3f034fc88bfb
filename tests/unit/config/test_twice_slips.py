"""Two headers that do not fit: the wrong one is named, also where the reader stops at the right one."""

from __future__ import annotations

import tomllib

import pytest

from securos_trigger.config.toml_slips import form_mistake

RIGHT = '[[pipelines]]\nname = "yard"\n[[pipelines.nodes]]\nid = "a"\n'


@pytest.mark.parametrize(
    ("first", "where", "what", "fix"),
    [
        ("[pipelines]", "line 2", "the header [pipelines] has one bracket too few", "Write [[pipelines]]."),
        ("[[pipeline]]", "line 2", "there is no table pipeline", "Write [[pipelines]]."),
        ("[pipeline]", "line 2", "there is no table pipeline", "Write [[pipelines]]."),
        (
            "[[pipelines]]\n[pipelines.nodes]",
            "line 3",
            "the header [pipelines.nodes] has one bracket too few",
            "Write [[pipelines.nodes]].",
        ),
        (
            "[[pipelines]]\n[[pipelines.node]]\n[pipelines.nodes.zones]",
            "line 3",
            "there is no table pipelines.node",
            "Write [[pipelines.nodes]].",
        ),
    ],
)
@pytest.mark.parametrize("with_nodes", [True, False])
def test_the_wrong_header_is_the_first(first: str, where: str, what: str, fix: str, *, with_nodes: bool) -> None:
    parts = '[[pipelines.nodes]]\nid = "b"\n' if with_nodes or "nodes" in first else "[pipelines.source]\nloop = true\n"
    text = f'# the gate\n{first}\nname = "gate"\n{parts}{RIGHT}'
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    mistake = form_mistake(text, caught.value)
    sentence, line, caret = mistake.what.split("\n")
    assert (mistake.where, sentence, mistake.fix) == (where, what, fix)
    assert line.strip() == text.split("\n")[int(where.split()[1]) - 1]
    assert caret.strip() == "^"


def test_the_wrong_header_is_the_second() -> None:
    text = f"{RIGHT}[pipelines]\n"
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    mistake = form_mistake(text, caught.value)
    assert mistake.where == "line 5"
    assert mistake.fix.startswith("There may be several of these: write [[pipelines]]")
