"""A live node whose settings change between two frames: what goes on, what begins again, and what the ledger says."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.ledger import Asked, Ledger, answer
from securos_trigger.model import Address, Frame, Moment, Reason
from securos_trigger.model.heartbeat import Heartbeat
from securos_trigger.notices import Announcer, Notice
from securos_trigger.outbox import Outbox, Selection, State
from securos_trigger.runtime.event_sink import OutboxSink
from securos_trigger.runtime.first_frames import LEAST_FRAMES, FirstFrames
from securos_trigger.runtime.live_node import LiveNode
from securos_trigger.runtime.node_status import node_answer
from securos_trigger.system.timestamps import rfc3339_of_service
from securos_trigger.trigger.node import TriggerSecurOSEvent

ADDRESS = Address("yard", "", "alarm")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Yard:
    """One live node that is fed frames by media time, and changed. What it fires is kept."""

    def __init__(self, path: Path, **properties: Any) -> None:
        self.notices: list[Notice] = []
        self.announcer = Announcer([self.notices.append])
        self.ledger = Ledger()
        self.sink = OutboxSink(self.ledger, self.announcer)
        self.outbox = Outbox(path, announcer=self.announcer, on_kept=self.sink.note_kept)
        self.sink.connect(self.outbox, self.outbox.flush)
        node = bare(**properties)
        self.live = LiveNode(
            node,
            ADDRESS,
            self.sink,
            self.ledger,
            self.ledger.node(ADDRESS, node.condition),
            Heartbeat(),
            FirstFrames(node, ADDRESS, self.announcer),
        )

    def change(self, *changed: str, **properties: Any) -> None:
        node = bare(**properties)
        self.live.change(node, FirstFrames(node, ADDRESS, self.announcer), changed)

    def targets(self) -> list[str]:
        """Where the kept events go, in their order."""
        assert self.outbox.flush(30)
        return [row.delivery.target for row in self.outbox.select(Selection(State.WAITING, limit=10_000))[0]]

    def sees(self, at: float, **metadata: Any) -> Reason:
        return self.live.process(metadata, at, captured_at=NOON + timedelta(seconds=at)).reason


def bare(**properties: Any) -> TriggerSecurOSEvent:
    own = {"iss_ip": "vms.example", "iss_password": "token", "event_source": "custom", "event_name": "Alarm"}
    given = {"trigger": "people > 0", **properties}
    if given.get("event_source") == "built_in":
        given.pop("trigger")
        own.pop("event_name")
    return TriggerSecurOSEvent(node_id="alarm", **{**own, **given})


MakeYard = Callable[..., Yard]


@pytest.fixture
def new_yard(tmp_path: Path) -> Iterator[MakeYard]:
    """Makes yards with an outbox that keeps what they fire."""
    made: list[Yard] = []

    def make(**properties: Any) -> Yard:
        made.append(Yard(tmp_path / "outbox.sqlite", **properties))
        return made[-1]

    yield make
    for yard in made:
        assert yard.outbox.close()


def test_the_interval_goes_on_with_its_new_length(new_yard: MakeYard) -> None:
    yard = new_yard(interval=30.0)
    assert [yard.sees(at, people=1) for at in (0.0, 1.0)] == [Reason.FIRED, Reason.INTERVAL]
    yard.change("interval", "trigger", interval=5.0, trigger="people >= 1")
    assert [yard.sees(at, people=1) for at in (4.0, 5.0, 6.0)] == [Reason.INTERVAL, Reason.FIRED, Reason.INTERVAL]
    yard.change("interval", interval=0.0)
    assert yard.sees(6.5, people=1) is Reason.FIRED


def test_hold_goes_on_with_the_same_condition_only(new_yard: MakeYard) -> None:
    yard = new_yard(hold=5.0)
    assert [yard.sees(at, people=1) for at in (0.0, 3.0)] == [Reason.HOLDING] * 2
    yard.change("event_name", hold=5.0, event_name="Another")
    assert [yard.sees(at, people=1) for at in (4.0, 5.0)] == [Reason.HOLDING, Reason.FIRED]
    yard.change("trigger", hold=5.0, trigger="people > 0 and people < 9")
    assert [yard.sees(at, people=1) for at in (6.0, 10.9, 11.0)] == [Reason.HOLDING, Reason.HOLDING, Reason.FIRED]


def test_a_rise_that_fired_fires_again_only_after_a_change_of_the_condition(new_yard: MakeYard) -> None:
    yard = new_yard(trigger_mode="rising_edge")
    assert [yard.sees(at, people=1) for at in (0.0, 1.0)] == [Reason.FIRED, Reason.NOT_RISEN]
    yard.change("iss_camera_ids", trigger_mode="rising_edge", iss_camera_ids="7")
    assert yard.sees(2.0, people=1) is Reason.NOT_RISEN
    yard.change("trigger", trigger_mode="rising_edge", trigger="people != 0")
    assert [yard.sees(at, people=1) for at in (3.0, 4.0)] == [Reason.FIRED, Reason.NOT_RISEN]


def test_a_condition_that_has_been_true_is_no_rise_when_the_mode_becomes_rising_edge(new_yard: MakeYard) -> None:
    yard = new_yard()
    assert yard.sees(0.0, people=1) is Reason.FIRED
    yard.change("trigger_mode", trigger_mode="rising_edge")
    assert [yard.sees(at, people=people) for at, people in ((1.0, 1), (2.0, 0), (3.0, 1))] == [
        Reason.NOT_RISEN,
        Reason.CONDITION_FALSE,
        Reason.FIRED,
    ]


def test_a_node_that_was_disabled_begins_hold_and_edge_anew_and_keeps_its_interval(new_yard: MakeYard) -> None:
    yard = new_yard(trigger_mode="rising_edge", interval=10.0)
    assert yard.sees(0.0, people=1) is Reason.FIRED
    yard.change("enabled", trigger_mode="rising_edge", interval=10.0, enabled=False)
    assert yard.sees(1.0, people=1) is Reason.DISABLED
    yard.change("enabled", trigger_mode="rising_edge", interval=10.0)
    assert [yard.sees(at, people=people) for at, people in ((2.0, 1), (9.0, 0), (10.0, 1))] == [
        Reason.INTERVAL,
        Reason.CONDITION_FALSE,
        Reason.FIRED,
    ]


def raised(event_id: str) -> dict[str, Any]:
    return {"nodes": {"zone1": {"event_delta": 1, "event_state": 1, "event": "entered", "event_id": event_id}}}


def test_upstream_ids_that_were_seen_stay_known(new_yard: MakeYard) -> None:
    yard = new_yard(event_source="built_in")
    assert [yard.sees(at, **raised(one)) for at, one in ((0.0, "e1"), (1.0, "e1"))] == [Reason.FIRED, Reason.DUPLICATE]
    yard.change("interval", event_source="built_in", interval=1.0)
    assert [yard.sees(at, **raised(one)) for at, one in ((2.0, "e1"), (3.0, "e2"))] == [Reason.DUPLICATE, Reason.FIRED]


def test_counts_go_on_and_an_event_that_is_lost_later_opens_the_interval(new_yard: MakeYard) -> None:
    yard = new_yard(interval=30.0)
    [event] = yard.live.process({"people": 1}, 0.0, captured_at=NOON).events
    yard.change("interval", interval=20.0)
    yard.live.origin.release(event)
    assert yard.sees(1.0, people=1) is Reason.FIRED
    assert yard.live.node.decisions == {Reason.FIRED: 2}
    assert yard.live.node.not_kept == 1


def test_events_go_to_the_target_that_their_frame_had(new_yard: MakeYard) -> None:
    yard = new_yard()
    assert yard.sees(0.0, people=1) is Reason.FIRED
    yard.change("iss_ip", iss_ip="other.example")
    assert yard.sees(1.0, people=1) is Reason.FIRED
    assert yard.targets() == ["https://vms.example:3000", "https://other.example:3000"]
    assert yard.live.origin.kept == 2
    assert [note.target for note in yard.ledger.records() if hasattr(note, "target")] == yard.targets()


def test_each_row_of_explain_has_the_condition_of_its_time_and_the_change_is_named(new_yard: MakeYard) -> None:
    yard = new_yard()
    for at in (0.0, 0.5, 1.0):
        yard.sees(at, people=0)
    yard.change("trigger", "interval", trigger="people > 5", interval=3.0)
    for at in (1.5, 2.0):
        yard.sees(at, people=0)
    now_s = datetime.now(UTC).timestamp()
    said = answer(yard.ledger.records(), Asked(NOON.timestamp(), now_s + 1, 0.0))
    [node] = said.nodes
    assert [entry.clauses[0].text for entry in node.entries] == ["people > 0", "people > 5"]
    assert [entry.frames for entry in node.entries] == [3, 2]
    text = str(said)
    assert "  the settings were changed: trigger, interval\n      the condition since then: people > 5\n" in f"{text}\n"
    assert text.index("false    people > 0") < text.index("false    people > 5")
    [change] = said.to_json()["nodes"][0]["changes"]
    assert (change["changed"], change["trigger"]) == (["trigger", "interval"], "people > 5")


def test_the_first_frames_of_a_new_condition_are_watched(new_yard: MakeYard) -> None:
    yard = new_yard()
    assert yard.sees(0.0, people=1) is Reason.FIRED
    yard.change("trigger", trigger="poeple > 0")
    for number in range(LEAST_FRAMES + 1):
        yard.sees(1.0 + number, people=1)
    names = [notice.name for notice in yard.notices if notice.name != "event_kept"]  # another thread's, at any time
    assert names == ["condition_always_unknown"]


def test_a_node_says_since_when_its_condition_is_in_force(new_yard: MakeYard) -> None:
    yard = new_yard()
    began_s = yard.live.condition_since_s
    yard.change("interval", interval=5.0)
    assert yard.live.condition_since_s == began_s
    assert node_answer(yard.live)["condition_since"] == rfc3339_of_service(began_s)
    yard.change("trigger", trigger="poeple > 0")
    assert yard.live.condition_since_s > began_s


def test_changes_while_frames_come_lose_none(new_yard: MakeYard) -> None:
    yard = new_yard(interval=0.0)
    is_over = threading.Event()

    def change() -> None:
        number = 0
        while not is_over.is_set():
            number += 1
            yard.change("trigger", trigger=f"people > {-number}")

    changing = threading.Thread(target=change)
    changing.start()
    try:
        reasons = {yard.sees(number / 100, people=1) for number in range(3_000)}
    finally:
        is_over.set()
        changing.join(30)
    assert reasons == {Reason.FIRED}
    assert yard.live.node.decisions == {Reason.FIRED: 3_000}
    assert len(yard.targets()) == 3_000


@pytest.mark.parametrize(("fired_s_ago", "silent_until_s"), [(10.0, 20.0), (-600.0, 30.0)])
def test_an_interval_goes_on_from_another_machine_whose_clock_may_be_ahead(
    new_yard: MakeYard, fired_s_ago: float, silent_until_s: float
) -> None:
    """However far its clock is ahead, the node is silent for one interval at most."""
    yard = new_yard(interval=30.0)
    yard.live.go_on_after((NOON - timedelta(seconds=fired_s_ago)).timestamp(), "00000000-0000-4000-8000-000000000001")
    seen = [at for at in range(40) if yard.sees(float(at), people=1) is Reason.FIRED]
    assert seen == [silent_until_s]


class CountedMoment(Moment):
    """Counts its copies."""

    copies = 0

    def _replace(self, **values: Any) -> Any:
        type(self).copies += 1
        return super()._replace(**values)


def test_the_moment_of_a_frame_is_copied_only_where_its_time_cannot_be_one(new_yard: MakeYard) -> None:
    live = new_yard().live

    def copies_of(at: float, captured_at: datetime) -> int:
        before = CountedMoment.copies
        live.process_frame(Frame(CountedMoment(at, captured_at), None, {"people": 0}))
        return CountedMoment.copies - before

    assert copies_of(0.0, NOON) == 0
    assert copies_of(1.0, datetime(9000, 1, 1, tzinfo=UTC)) == 1
    assert live.times_replaced_since_s is not None


def test_a_frame_with_a_usable_time_ends_the_trouble_of_replaced_times(new_yard: MakeYard) -> None:
    live = new_yard().live
    live.times_replaced_since_s = 1.0
    live.process_frame(Frame(Moment(0.0, NOON), None, {"people": 0}))
    assert str(live.times_replaced_since_s) == "None"


def test_what_each_frame_reads_of_a_node_lies_together_in_memory(new_yard: MakeYard) -> None:
    """A thousand nodes take turns in the caches of the processor: an object with a dictionary is two places, not one."""
    yard = new_yard()
    yard.sees(0.0, people=0)
    read = {"LiveNode", "Heartbeat", "NodeLedger", "TriggerSecurOSEvent", "TimedRule", "CustomRule"}
    read |= {"MediaClock", "Rise", "CallerTime"}
    found: dict[int, object] = {}
    new: list[object] = [yard.live]
    while new:
        found |= {id(one): one for one in new}
        held = [one for one in gc.get_referents(*new) if type(one).__name__ in read]
        new = [one for one in held if id(one) not in found]
    assert {type(one).__name__ for one in found.values()} == read
    assert [one for one in found.values() if hasattr(one, "__dict__")] == []
