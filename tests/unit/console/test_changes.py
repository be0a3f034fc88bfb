"""A JSON Patch between two answers makes the second one out of the first."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securos_trigger.console.changes import changes_between
from tests.unit.console.scripts import script_function

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("a/~01é", max_size=2), inner, max_size=4),
    max_leaves=12,
)


def patched(value: Any, changes: list[dict[str, Any]]) -> Any:
    """The value after a JSON Patch, as RFC 6902 and RFC 6901 say."""
    root = {"": deepcopy(value)}
    for one in changes:
        *keys, last = [key.replace("~1", "/").replace("~0", "~") for key in one["path"].split("/")]
        parent: Any = root
        for key in keys:
            parent = parent[int(key)] if isinstance(parent, list) else parent[key]
        at = int(last) if isinstance(parent, list) else last
        if one["op"] == "remove":
            del parent[at]
        else:
            assert one["op"] == ("replace" if isinstance(parent, list) or at in parent else "add")
            parent[at] = one["value"]
    return root[""]


@pytest.fixture(scope="module")
def in_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """The function that the pages use."""
    with script_function("patch.js", "patched", tmp_path_factory.mktemp("node")) as call:
        yield call


@given(VALUES, VALUES)
def test_the_changes_make_the_second_value_out_of_the_first(in_page: Callable[..., Any], old: Any, new: Any) -> None:
    changes = list(changes_between(old, new))
    for apply in (patched, in_page):
        assert json.dumps(apply(old, changes), sort_keys=True) == json.dumps(new, sort_keys=True)
    assert list(changes_between(new, deepcopy(new))) == []


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, [{"op": "replace", "path": "/a/1/b", "value": 3}]),
        ({"a": [1]}, {"a": [1, 2]}, [{"op": "replace", "path": "/a", "value": [1, 2]}]),
        ({"a/b": 1}, {"~": None}, [{"op": "remove", "path": "/a~1b"}, {"op": "add", "path": "/~0", "value": None}]),
        ({"a": 1}, {"a": True}, [{"op": "replace", "path": "/a", "value": True}]),
    ],
)
def test_only_what_differs_is_a_change(old: Any, new: Any, changes: list[dict[str, Any]]) -> None:
    assert list(changes_between(old, new)) == changes
