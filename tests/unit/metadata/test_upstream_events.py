"""Events of upstream nodes are read from foreign metadata, in the order of nodes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from securos_trigger.metadata.upstream_events import MAX_TEXT_CHARACTERS, UpstreamEvent, started_events

START = {"event_delta": 1, "event_state": 1}


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"nodes": None},
        {"nodes": []},
        {"nodes": {"a": None, "b": [START], "c": {"events": "x"}, "d": {"events": 1}}},
    ],
)
def test_what_is_not_a_record_is_passed_over(metadata: Any) -> None:
    assert list(started_events(metadata)) == []


@pytest.mark.parametrize(
    "change", [{"event_delta": 0}, {"event_state": 0}, {"event_delta": "1"}, {"event_state": None}, {"event_delta": 2}]
)
def test_only_the_start_of_an_event_counts(change: dict[str, Any]) -> None:
    assert list(started_events({"nodes": {"event1": {**START, **change}}})) == []
    assert len(list(started_events({"nodes": {"event1": {"event_delta": 1.0, "event_state": True}}}))) == 1


def test_a_node_may_have_a_record_and_a_list_of_them() -> None:
    node = {**START, "event": "own", "events": [{**START, "event_type": "listed", "event_id": 7}, None, {}]}
    found = list(started_events({"nodes": {"event1": node, "event2": {"events": ({**START},)}}}))
    assert [(event.node_id, event.name, event.event_id) for event in found] == [
        ("event1", "own", None),
        ("event1", "listed", "7"),
        ("event2", "", None),
    ]
    assert found[0].record is node


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  turn ", "turn"),
        (7, "7"),
        (0.5, "0.5"),
        (True, ""),
        (None, ""),
        ([1], ""),
        (10**18, ""),
        ("x" * (MAX_TEXT_CHARACTERS + 5), "x" * MAX_TEXT_CHARACTERS),
    ],
)
def test_texts_and_numbers_are_texts_and_nothing_else_is(value: Any, text: str) -> None:
    [event] = started_events({"nodes": {"event1": {**START, "event": value, "event_description": value}}})
    assert (event.name, event.description) == (text, text)


def read(**fields: Any) -> UpstreamEvent:
    [found] = started_events({"nodes": {"event1": {**START, **fields}}})
    return found


@pytest.mark.parametrize("characters", [MAX_TEXT_CHARACTERS, MAX_TEXT_CHARACTERS + 1, 10**6])
def test_no_text_of_a_record_is_longer_than_its_bound(characters: int) -> None:
    text = "x" * characters
    found = read(event=text, event_id=text, event_description=text)
    assert (found.name, found.event_id, found.description) == ("x" * MAX_TEXT_CHARACTERS,) * 3


def test_the_bound_of_a_text_is_8192_characters() -> None:
    assert MAX_TEXT_CHARACTERS == 8_192


@pytest.mark.parametrize(
    ("given", "expected"),
    [(7, "7"), (10**18 - 1, "9" * 18), (10**18, None), (-(10**18), None), (1.5, "1.5"), ("", None)],
)
def test_an_id_is_a_text_or_a_number_that_a_text_can_hold(given: object, expected: str | None) -> None:
    assert read(event_id=given).event_id == expected


class BadDict(dict[str, Any]):
    """A record whose methods fail."""

    def get(self, key: str, default: Any = None) -> Any:
        raise SystemExit(1)

    def __getitem__(self, key: str) -> Any:
        raise RuntimeError("closed")


class BadNumber(int):
    def __eq__(self, other: object) -> bool:
        raise SystemExit(1)

    __hash__ = int.__hash__


class Closed(Mapping[str, Any]):
    def __getitem__(self, key: str) -> Any:
        raise SystemExit(1)

    def __iter__(self) -> Iterator[str]:
        raise SystemExit(1)

    def __len__(self) -> int:
        return 1


RECORD = {"event_delta": 1, "event_state": 1, "event": "x", "event_id": "7"}


@pytest.mark.parametrize(
    "node",
    [
        BadDict(RECORD),
        {**RECORD, "event_delta": BadNumber(1)},
        {**RECORD, "event_state": np.int64(1), "event_id": np.int64(7)},
        MappingProxyType(RECORD),
        {"events": deque([RECORD])},
        {"events": [BadDict(RECORD)]},
    ],
)
def test_records_of_other_types_are_read_as_data(node: object) -> None:
    found = list(started_events({"nodes": {"event1": node}}))
    assert [(event.name, event.event_id) for event in found] == [("x", "7")]


@pytest.mark.parametrize(
    "metadata", [Closed(), {"nodes": Closed()}, {"nodes": {"a": Closed(), "b": {"events": Closed()}}}]
)
def test_what_a_record_raises_is_no_event(metadata: Any) -> None:
    assert list(started_events(metadata)) == []
