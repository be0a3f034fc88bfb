"""The trigger node: what each frame ends in."""

from __future__ import annotations

import math
import os
import random
import uuid
from datetime import UTC, datetime
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

import securos_trigger
from securos_trigger import Action, Condition, ConfigurationError, Decision, Reason, TriggerSecurOSEvent
from securos_trigger.model import Flag, Moment

REQUIRED: dict[str, Any] = {"iss_ip": "vms.example", "iss_password": "token"}


def custom(trigger: str = "go", **properties: Any) -> TriggerSecurOSEvent:
    return TriggerSecurOSEvent(
        **{**REQUIRED, "event_source": "custom", "trigger": trigger, "event_name": "Alarm", **properties}
    )


def built_in(**properties: Any) -> TriggerSecurOSEvent:
    return TriggerSecurOSEvent(**{**REQUIRED, **properties})


def started(event_id: str | None = "e1", **fields: Any) -> dict[str, Any]:
    record = {
        "event_delta": 1,
        "event_state": 1,
        "event": "illegal_turn",
        "event_description": "A car turned left",
        **fields,
    }
    return record if event_id is None else {**record, "event_id": event_id}


def reasons(node: TriggerSecurOSEvent, *frames: tuple[float, dict[str, Any]]) -> list[str]:
    return [str(node.process(metadata, at=at).reason) for at, metadata in frames]


def test_decide_is_process_for_a_caller_that_has_the_moment() -> None:
    captured_at = datetime(2026, 11, 22, tzinfo=UTC)
    properties = {"event_name": "{{ source_name }} {{ frame_time.year }}"}
    processed = custom(**properties).process({"go": True}, 2.5, captured_at=captured_at, source_name="gate")
    decided = custom(**properties).decide({"go": True}, Moment(2.5, captured_at, "gate"))
    for decision in (processed, decided):
        assert (decision.reason, decision.at) == (Reason.FIRED, 2.5)
        [event] = decision.events
        assert (event.name, event.at, event.captured_at) == ("gate 2026", 2.5, captured_at)


def test_a_frame_without_a_time_has_that_of_the_frame_before() -> None:
    node = custom()
    assert [node.process({}, at).at for at in (None, -7.0, None, 1.0, math.nan)] == [0.0, -7.0, -7.0, 1.0, 1.0]
    fired = node.process({"go": True})
    assert (fired.at, fired.events[0].at) == (1.0, 1.0)


def test_a_node_that_is_switched_off_gives_the_time_it_is_given() -> None:
    node = custom(enabled=False)
    assert [node.process({}, at).at for at in (None, 3.5, math.nan, math.inf)] == [0.0, 3.5, 0.0, 0.0]


def test_a_true_condition_fires_an_event_with_everything_in_it() -> None:
    node = TriggerSecurOSEvent(
        node_id="trigger7",
        context={"deployment_id": "d1", "deployment_name": "Gate"},
        iss_ip="vms.example",
        iss_password="token",
        iss_camera_ids="1,2.17",
        iss_action="event_and_record_and_subtitle",
        record_duration=12,
        event_source="custom",
        trigger="nodes.count > 2",
        event_name="{{ deployment_name }}: {{ nodes.count }}",
        event_description="{{ source_name }} {{ node_id }} {{ frame_time.year }}",
    )
    captured_at = datetime(2026, 5, 4, tzinfo=UTC)
    decision = node.process({"nodes": {"count": 3}}, at=1.5, captured_at=captured_at, source_name="yard")
    [event] = decision.events
    assert decision == Decision(Reason.FIRED, 1.5, (event,))
    assert (event.name, event.description) == ("Gate: 3", "yard trigger7 2026")
    assert (event.node_id, event.deployment_id, event.at, event.captured_at) == ("trigger7", "d1", 1.5, captured_at)
    assert (event.camera_ids, event.action, event.record_duration_s) == (
        ("1", "2.17"),
        Action.EVENT_AND_RECORD_AND_SUBTITLE,
        12,
    )
    assert (str(found := uuid.UUID(event.event_id)), found.version, found.variant) == (event.event_id, 4, uuid.RFC_4122)


def fresh_id() -> str:
    return custom().process({"go": True}, at=0.0).events[0].event_id


def test_event_ids_do_not_repeat_when_a_script_seeds_the_common_generator() -> None:
    random.seed(1)
    first = fresh_id()
    random.seed(1)
    assert fresh_id() != first


def test_event_ids_do_not_repeat_in_a_forked_process() -> None:
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(there, fresh_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert fresh_id() != os.read(here, 36).decode()
    os.close(here)
    os.close(there)


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"go": True}, Reason.FIRED),
        ({"go": 3}, Reason.FIRED),
        ({"go": False}, Reason.CONDITION_FALSE),
        ({"go": 0}, Reason.CONDITION_FALSE),
        ({}, Reason.CONDITION_UNKNOWN),
        ({"go": "yes"}, Reason.NOT_BOOLEAN),
        (None, Reason.CONDITION_UNKNOWN),
        ([], Reason.CONDITION_UNKNOWN),
        (MappingProxyType({"go": True}), Reason.FIRED),
    ],
)
def test_each_frame_has_one_reason(metadata: Any, reason: Reason) -> None:
    assert custom().process(metadata, at=0.0).reason is reason


def test_a_disabled_node_sends_nothing() -> None:
    assert reasons(custom(enabled=False), (0.0, {"go": True})) == ["disabled"]


def test_the_interval_counts_in_media_time() -> None:
    node = custom(interval=10)
    assert reasons(node, *[(at, {"go": True}) for at in (0.0, 4.0, 9.99, 10.0, 15.0)]) == [
        "fired", "interval", "interval", "fired", "interval",
    ]  # fmt: skip
    assert node.process({"go": True}, at=16.0).interval_left_s == 4.0


def test_events_of_another_start_of_the_source_are_new_ones() -> None:
    """Counters that begin at one again, at the same media time: other ids, and no duplicates in one node."""
    node = built_in()
    metadata = {"nodes": {"event1": started("1")}}
    moments = [Moment(1.0, None, "yard.mp4", start) for start in ("a", "b", "a")]
    first, second, third = [node.decide(metadata, moment) for moment in moments]
    assert [one.reason for one in (first, second, third)] == [Reason.FIRED, Reason.FIRED, Reason.DUPLICATE]
    assert first.events[0].event_id != second.events[0].event_id
    assert first.events[0].event_id == built_in().decide(metadata, moments[0]).events[0].event_id


def test_an_interval_starts_anew_when_the_stream_jumps_back() -> None:
    assert reasons(custom(interval=60), (100.0, {"go": True}), (3.0, {"go": True})) == ["fired", "fired"]


def test_rising_edge_and_hold_have_their_own_reasons() -> None:
    node = custom(trigger_mode="rising_edge", hold=1.0)
    assert reasons(node, (0.0, {"go": 1}), (1.0, {"go": 1}), (2.0, {"go": 1})) == ["holding", "fired", "not_risen"]


def test_a_rise_during_the_interval_is_spent() -> None:
    node = custom(trigger_mode="rising_edge", interval=10)
    frames = [(0.0, {"go": 1}), (1.0, {"go": 0}), (2.0, {"go": 1}), (11.0, {"go": 1})]
    assert reasons(node, *frames) == ["fired", "condition_false", "interval", "not_risen"]


def lost_at(node: TriggerSecurOSEvent, until_s: int, metadata: dict[str, Any]) -> list[int]:
    """The seconds at which the node fires, at a frame a second, while nothing can be kept."""
    fired = []
    for second in range(until_s):
        for event in node.process(metadata, at=float(second)).events:
            fired.append(second)
            node.release(event)
    return fired


def test_a_lost_event_gives_its_interval_and_its_rise_back_after_a_second() -> None:
    node = custom(interval=60, trigger_mode="rising_edge")
    node.release(node.process({"go": True}, at=0.0).events[0])
    seen = [node.process({"go": True}, at=at) for at in (0.04, 0.96, 1.0, 1.04)]
    assert [one.reason.value for one in seen] == ["pause_after_loss", "pause_after_loss", "fired", "not_risen"]
    assert [round(one.interval_left_s or 0, 2) for one in seen[:2]] == [0.96, 0.04]
    assert node.not_kept == 1


@pytest.mark.parametrize("mode", ["level", "rising_edge"])
def test_the_pause_after_a_loss_doubles_up_to_the_interval_and_a_minute(mode: str) -> None:
    for interval, expected in [
        (0, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (0.5, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (5, [0, 1, 3, 7, 12, 17, 22]),
        (3600, [0, 1, 3, 7, 15, 31, 63, 123, 183]),
    ]:
        node = custom(interval=interval, trigger_mode=mode)
        assert lost_at(node, expected[-1] + 1, {"go": True}) == expected


def test_a_kept_event_ends_the_doubling() -> None:
    node = custom(interval=10)
    assert lost_at(node, 7, {"go": True}) == [0, 1, 3]
    assert [at for at in range(7, 60) if node.process({"go": True}, at=float(at)).events] == [7, 17, 27, 37, 47, 57]
    [event] = node.process({"go": True}, at=67.0).events
    node.release(event)
    assert node.process({"go": True}, at=68.0).events


def test_events_that_fired_before_a_loss_was_known_are_one_loss() -> None:
    node = custom(interval=0)
    events = [node.process({"go": True}, at=at / 10).events[0] for at in range(10)]
    for event in events:
        node.release(event)
    seen = [node.process({"go": True}, at=at).reason for at in (1.0, 1.8, 1.9)]
    assert seen == [Reason.PAUSE_AFTER_LOSS, Reason.PAUSE_AFTER_LOSS, Reason.FIRED]


def test_a_rise_that_ends_during_the_pause_fires_no_more() -> None:
    node = custom(interval=60, trigger_mode="rising_edge")
    node.release(node.process({"go": True}, at=0.0).events[0])
    frames = [
        (0.5, {"go": False}),
        (0.6, {"go": True}),
        (0.7, {"go": False}),
        (2.0, {"go": False}),
        (3.0, {"go": True}),
    ]
    assert reasons(node, *frames) == [
        "condition_false",
        "pause_after_loss",
        "condition_false",
        "condition_false",
        "fired",
    ]


def test_an_upstream_event_that_was_lost_is_sent_when_it_comes_again_after_the_pause() -> None:
    node = built_in()
    metadata = {"nodes": {"event1": started("a")}}
    assert lost_at(node, 3, metadata) == [0, 1, 2]
    assert [node.process(metadata, at=at).reason for at in (2.5, 3.0, 4.0)] == [
        Reason.PAUSE_AFTER_LOSS, Reason.FIRED, Reason.DUPLICATE,
    ]  # fmt: skip


def test_nodes_with_the_same_condition_run_the_same_code_and_keep_their_own_state() -> None:
    gate, yard = custom("go", trigger_mode="rising_edge"), custom("go", trigger_mode="rising_edge")
    assert gate.condition is yard.condition
    assert gate.process({"go": True}, at=1.0).reason is Reason.FIRED
    assert gate.process({"go": True}, at=2.0).reason is Reason.NOT_RISEN
    assert yard.process({"go": True}, at=2.0).reason is Reason.FIRED


def test_a_missing_time_is_the_time_of_the_frame_before() -> None:
    node = custom(interval=10)
    node.process({"go": True}, at=5.0)
    assert node.process({"go": True}).at == 5.0


def test_a_failing_template_loses_no_event() -> None:
    [event] = (
        custom(event_name="{{ 1 / go.size|int }}", event_description="{{ no }}").process({"go": True}, at=0.0).events
    )
    assert (event.name, event.description) == ("Event of trigger1", "")
    assert event.flags == {Flag.TEMPLATE_ERROR, Flag.UNDEFINED}


def test_built_in_sends_the_upstream_events_own_texts() -> None:
    [event] = built_in().process({"nodes": {"event1": started()}}, at=0.0).events
    assert (event.name, event.description, event.camera_ids) == ("illegal_turn", "A car turned left", ())


def test_built_in_takes_our_description_with_the_upstream_event_in_it() -> None:
    node = built_in(event_description="{{ event.event_id }} {{ objects|length }}")
    [event] = node.process({"nodes": {"event1": started()}, "objects": [1, 2]}, at=0.0).events
    assert event.description == "e1 2"


@pytest.mark.parametrize(
    ("fields", "name"),
    [({"event": None, "event_type": "loitering"}, "loitering"), ({"event": ""}, "event1"), ({"event": 7}, "7")],
)
def test_the_name_stands_under_event_or_event_type_or_is_the_nodes(fields: dict[str, Any], name: str) -> None:
    [event] = built_in().process({"nodes": {"event1": started(**fields)}}, at=0.0).events
    assert event.name == name


@pytest.mark.parametrize("fields", [{"event_delta": 0}, {"event_state": 0}, {"event_delta": -1}, {"event_delta": "1"}])
def test_only_the_start_of_an_upstream_event_counts(fields: dict[str, Any]) -> None:
    assert reasons(built_in(), (0.0, {"nodes": {"event1": started(**fields)}})) == ["no_event"]


def test_an_upstream_id_fires_once_for_a_node() -> None:
    node = built_in()
    assert reasons(node, *[(at, {"nodes": {"event1": started()}}) for at in (0.0, 0.1)]) == ["fired", "duplicate"]
    assert reasons(node, (0.2, {"nodes": {"event2": started()}})) == ["fired"]


def test_an_upstream_id_that_the_interval_suppressed_does_not_fire_later() -> None:
    node = built_in(interval=5)
    frames = [(0.0, started("a")), (1.0, started("b")), (9.0, started("b")), (9.0, started("c"))]
    assert reasons(node, *[(at, {"nodes": {"event1": record}}) for at, record in frames]) == [
        "fired", "interval", "duplicate", "fired",
    ]  # fmt: skip


def test_an_upstream_id_that_could_not_be_kept_fires_again() -> None:
    node = built_in(interval=5)
    metadata = {"nodes": {"event1": started()}}
    [lost] = node.process(metadata, at=0.0).events
    node.release(lost)
    assert node.process(metadata, at=1.0).reason is Reason.FIRED


def test_events_without_an_id_fire_on_each_start() -> None:
    node = built_in()
    assert reasons(node, *[(at, {"nodes": {"event1": started(None)}}) for at in (0.0, 1.0)]) == ["fired", "fired"]


def test_the_id_on_the_wire_is_derived_from_the_upstream_id() -> None:
    def wire_id(
        at: float = 1.0,
        node_id: str = "t",
        upstream: str = "e1",
        deployment: str = "d",
        cameras: str | None = "1",
        source: str = "gate.mp4",
    ) -> str:
        properties = REQUIRED | {"iss_camera_ids": cameras}
        node = TriggerSecurOSEvent(node_id=node_id, context={"deployment_id": deployment}, **properties)
        return node.process({"nodes": {"event1": started(upstream)}}, at=at, source_name=source).events[0].event_id

    assert wire_id() == wire_id()
    others = [
        wire_id(at=2.0),
        wire_id(node_id="u"),
        wire_id(upstream="e2"),
        wire_id(deployment="x"),
        wire_id(cameras="2"),
        wire_id(cameras=None),
        wire_id(source="yard.mp4"),
    ]
    assert len({wire_id(), *others}) == 8


def test_several_events_on_a_frame_each_have_a_verdict_and_the_strongest_decides() -> None:
    node = built_in(interval=5)
    node.process({"nodes": {"event1": started("old")}}, at=0.0)
    metadata = {"nodes": {"event1": started("old"), "event2": {"events": [started("x"), "junk", started("y")]}}}
    decision = node.process(metadata, at=6.0)
    assert decision.reason is Reason.FIRED
    assert [verdict.reason for verdict in decision.verdicts] == [Reason.DUPLICATE, Reason.FIRED, Reason.INTERVAL]
    assert len(decision.events) == 1


def test_a_flood_of_events_on_one_frame_is_bounded_and_flagged() -> None:
    metadata = {"nodes": {"event1": {"events": [started(str(number)) for number in range(1000)]}}}
    decision = built_in().process(metadata, at=0.0)
    assert len(decision.events) == 256
    assert decision.flags == {Flag.TRUNCATED}


def test_decisions_are_counted_by_reason() -> None:
    node = custom(interval=10)
    reasons(node, (0.0, {"go": 1}), (1.0, {"go": 1}), (2.0, {"go": 0}))
    assert node.decisions == {Reason.FIRED: 1, Reason.INTERVAL: 1, Reason.CONDITION_FALSE: 1}


def test_a_node_with_mistakes_names_all_of_them() -> None:
    with pytest.raises(ConfigurationError) as caught:
        TriggerSecurOSEvent(
            iss_ip="vms", event_source="custom", trigger="a >", event_name="{{ a", context={"deploymet_id": "x"}
        )
    assert [mistake.where for mistake in caught.value.mistakes] == [
        "iss_password", "trigger", "event_name", "context.deploymet_id",
    ]  # fmt: skip


def test_the_password_does_not_show_in_the_node() -> None:
    assert "token" not in repr(TriggerSecurOSEvent(**REQUIRED))


def test_public_names_are_sorted_and_there() -> None:
    assert securos_trigger.__all__ == sorted(securos_trigger.__all__)
    assert all(getattr(securos_trigger, name) for name in securos_trigger.__all__)
    with pytest.raises(AttributeError):
        securos_trigger.no_such_name  # type: ignore[attr-defined]  # noqa: B018


def test_deep_and_cyclic_metadata_raises_nothing() -> None:
    deep: dict[str, Any] = {}
    inner = deep
    for _ in range(10_000):
        inner["nodes"] = inner = {}
    cyclic: dict[str, Any] = {"go": 1}
    cyclic["nodes"] = cyclic["objects"] = cyclic
    cyclic["event1"] = {**started(), "event_description": cyclic}
    for metadata in (deep, cyclic):
        for node in (custom(event_name="{{ nodes }}"), built_in(event_description="{{ nodes }} {{ event }}")):
            assert node.process(metadata, at=0.0).reason in (Reason.FIRED, Reason.CONDITION_UNKNOWN, Reason.NO_EVENT)


def test_at_most_ten_thousand_earlier_ids_are_remembered_and_the_oldest_go_first() -> None:
    node = built_in()
    ids = [str(number) for number in range(10_001)]
    for first in range(0, len(ids), 250):
        records = [started(event_id) for event_id in ids[first : first + 250]]
        assert len(node.process({"nodes": {"a": {"events": records}}}, at=1.0).events) == len(records)

    def reason(event_id: str) -> Reason:
        return node.process({"nodes": {"a": started(event_id)}}, at=1.0).reason

    assert reason("1") is Reason.DUPLICATE
    assert reason("10000") is Reason.DUPLICATE
    assert reason("0") is Reason.FIRED, "the oldest was forgotten"
    assert reason("2") is Reason.FIRED, "and the next oldest went with the new one; 1 was seen again meanwhile"


def test_a_custom_node_shows_its_condition_and_a_built_in_one_has_none() -> None:
    assert custom("go > 0").condition == Condition("go > 0")
    assert built_in().condition is None


def test_decisions_and_flags_are_counted() -> None:
    node = custom("go", event_name="{{ missing }}", interval=0)
    for at, go in enumerate([True, False, True]):
        node.process({"go": go}, at=float(at))
    assert node.decisions == {Reason.FIRED: 2, Reason.CONDITION_FALSE: 1}
    assert node.flags == {Flag.UNDEFINED: 2, Flag.TEMPLATE_ERROR: 2}


@pytest.mark.parametrize("name", ["{{ missing }}", "{{ label }}", "{% if false %}x{% endif %}", "{{ ' ' }}"])
def test_an_event_whose_name_is_empty_gets_the_fallback_name_and_a_flag(name: str) -> None:
    [event] = custom("go", event_name=name).process({"go": True, "label": ""}, at=0.0).events
    assert event.name == "Event of trigger1"
    assert Flag.TEMPLATE_ERROR in event.flags


def test_after_a_jump_back_the_interval_of_a_built_in_node_is_open_again() -> None:
    node = built_in(interval=60)
    frames = [(100.0, "a"), (110.0, "b"), (5.0, "c"), (6.0, "d")]
    assert reasons(node, *((at, {"nodes": {"event1": started(event_id)}}) for at, event_id in frames)) == [
        "fired", "interval", "fired", "interval",
    ]  # fmt: skip


def test_properties_without_their_names_teach_how_to_give_them() -> None:
    properties: dict[str, Any] = {"iss_ip": "vms.example", "iss_password": "token"}
    for misplaced in ((properties,), ("vms.example", "token")):
        with pytest.raises(TypeError) as caught:
            TriggerSecurOSEvent(*misplaced)
        assert str(caught.value) == (
            "TriggerSecurOSEvent takes its properties by name: TriggerSecurOSEvent(**properties) for a mapping, "
            'or TriggerSecurOSEvent(iss_ip="10.0.0.7", iss_password="…", …)'
        )
    assert TriggerSecurOSEvent(**properties).properties.iss_ip == "vms.example"


def test_metadata_may_be_a_model_or_a_dataclass() -> None:
    assert custom("nodes.a > 0").process(SimpleNamespace(nodes={"a": 1}), 0.0).reason is Reason.FIRED  # type: ignore[arg-type]
    assert custom("nodes.a > 0").process(5, 0.0).reason is Reason.CONDITION_UNKNOWN  # type: ignore[arg-type]


def test_a_hold_does_not_reach_over_a_reconnect_that_goes_on_at_a_later_time() -> None:
    node = custom(trigger="go", hold=5)
    frames = [(0.0, "a"), (1.0, "a"), (600.0, "b"), (604.9, "b"), (605.0, "b")]
    reasons = [str(node.decide({"go": True}, Moment(at, None, "yard", start)).reason) for at, start in frames]
    assert reasons == ["holding", "holding", "holding", "holding", "fired"]
