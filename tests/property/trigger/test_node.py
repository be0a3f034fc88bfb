"""No metadata makes a trigger node raise."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from securos_trigger import TriggerSecurOSEvent

STARTED = {"event_delta": 1, "event_state": 1, "event": "illegal_turn", "event_id": "e1"}

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(codec=None), max_size=20),
    st.builds(lambda: 10**5000),
    st.binary(max_size=4), st.builds(object),
)  # fmt: skip


KEYS = st.one_of(
    st.sampled_from(["nodes", "objects", "go", "event", "event_id", "event_delta", "event_state", "events", "event_type"]),
    st.integers(), st.none(), st.text(st.characters(codec=None), max_size=5),
)  # fmt: skip


HOSTILE = st.recursive(
    LEAVES | st.just(1),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)


HOSTILE_NODES = st.dictionaries(
    KEYS,
    st.builds(
        lambda extra, base: {**base, **extra} if isinstance(extra, dict) else extra,
        HOSTILE,
        st.sampled_from([{}, STARTED]),
    ),
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(
    HOSTILE | st.builds(lambda nodes: {"nodes": nodes}, HOSTILE_NODES),
    st.one_of(st.floats(), st.none(), st.integers(), st.fractions(), st.decimals()),
)
def test_no_metadata_raises_out_of_the_node(metadata: Any, at: Any) -> None:
    variants: list[dict[str, Any]] = [
        {"event_description": "{{ event }} {{ nodes }}"},
        {"event_source": "custom", "trigger": "go > 0 or nodes.a.b == objects[0].c", "event_name": "{{ go }}"},
    ]
    for properties in variants:
        node = TriggerSecurOSEvent(iss_ip="vms.example", iss_password="token", **properties)
        for event in node.process(metadata, at=at).events:
            f"{event.name}{event.description}".encode()
