"""Reports that wait until they can be kept."""

from __future__ import annotations

from datetime import UTC, datetime

from securos_trigger.health.ages import Now
from securos_trigger.health.reports import MAX_HELD, PAUSE_S, Recipient, Reports, without_repeats
from securos_trigger.health.texts import Text
from securos_trigger.model import Action, Event

YARD = Recipient("https://a:3443", ("900",), "alarm", "site")
NOON = 1_700_000_000.0
BEGUN, ENDED = Text("begun", "It began."), Text("ended", "It ended.")


class Outbox:
    """Takes events, or none, and tells of them when it is asked to: what a writer thread does later."""

    def __init__(self) -> None:
        self.offered: list[tuple[Event, str]] = []
        self.accepts = True
        self.reports = Reports(self.offer)

    def offer(self, event: Event, target: str) -> bool:
        if self.accepts:
            self.offered.append((event, target))
        return self.accepts

    def answer(self, *, is_kept: bool) -> None:
        assert self.reports.note(self.offered[-1][0], is_kept=is_kept)

    def add(
        self, text: Text, at: float, *, is_end: bool = False, subject: str = "frames", who: Recipient = YARD
    ) -> None:
        self.reports.add(subject, who, text, is_end=is_end, now=Now(at, NOON + at))

    def names(self) -> list[str]:
        return [event.name for event, _ in self.offered]


def test_a_report_is_an_ordinary_event_of_its_recipient() -> None:
    outbox = Outbox()
    outbox.add(BEGUN, 7.0)
    outbox.reports.offer(7.0)
    [(event, target)] = outbox.offered
    assert target == "https://a:3443"
    assert event == Event(
        event_id=event.event_id,
        node_id="alarm",
        deployment_id="site",
        name="begun",
        description="It began.",
        camera_ids=("900",),
        action=Action.EVENT,
        record_duration_s=0,
        at=0.0,
        captured_at=datetime.fromtimestamp(NOON + 7, UTC),
    )


def test_the_end_goes_after_the_beginning_has_been_kept() -> None:
    outbox = Outbox()
    outbox.add(BEGUN, 0.0)
    outbox.reports.offer(0.0)
    outbox.add(ENDED, 1.0, is_end=True)
    outbox.reports.offer(1.0)
    assert outbox.names() == ["begun"]
    outbox.answer(is_kept=True)
    outbox.reports.offer(2.0)
    assert outbox.names() == ["begun", "ended"]
    outbox.answer(is_kept=True)
    outbox.reports.offer(3.0)
    assert outbox.names() == ["begun", "ended"]


def test_a_report_that_was_not_kept_is_offered_again_with_the_same_id_and_its_own_time() -> None:
    outbox = Outbox()
    outbox.add(BEGUN, 0.0)
    outbox.reports.offer(0.0)
    outbox.answer(is_kept=False)
    for at in (1.0, 2.0, 1.0 + PAUSE_S - 0.1):
        outbox.reports.offer(at)
    assert outbox.reports.is_refused
    assert outbox.names() == ["begun"], "a disk that takes nothing is left alone for a while"
    outbox.reports.offer(1.0 + PAUSE_S)
    first, second = (event for event, _ in outbox.offered)
    assert first == second
    outbox.answer(is_kept=True)
    outbox.reports.offer(8.0)
    assert not outbox.reports.is_refused


def test_a_report_that_the_queue_does_not_accept_is_offered_again() -> None:
    outbox = Outbox()
    outbox.accepts = False
    outbox.add(BEGUN, 0.0)
    outbox.reports.offer(0.0)
    assert outbox.reports.is_refused
    outbox.accepts = True
    outbox.reports.offer(PAUSE_S)
    assert outbox.names() == ["begun"]


def test_a_trouble_that_is_over_before_its_beginning_was_kept_is_one_report() -> None:
    outbox = Outbox()
    outbox.accepts = False
    outbox.add(BEGUN, 0.0)
    outbox.reports.offer(0.0)
    outbox.add(ENDED, 1.0, is_end=True)
    outbox.accepts = True
    outbox.reports.offer(60.0)
    [(event, _)] = outbox.offered
    assert (event.name, event.description) == ("begun (over)", "It began. It ended.")
    assert event.captured_at == datetime.fromtimestamp(NOON + 1, UTC)


def test_a_trouble_that_ended_while_the_disk_refused_its_beginning_is_one_report() -> None:
    outbox = Outbox()
    outbox.add(BEGUN, 0.0)
    outbox.reports.offer(0.0)
    outbox.add(ENDED, 1.0, is_end=True)
    outbox.answer(is_kept=False)
    outbox.reports.offer(2.0)
    outbox.reports.offer(2.0 + PAUSE_S)
    assert outbox.names() == ["begun", "begun (over)"]
    outbox.answer(is_kept=True)
    outbox.reports.offer(10.0)
    assert outbox.names() == ["begun", "begun (over)"]


def test_subjects_and_recipients_do_not_wait_for_each_other() -> None:
    outbox = Outbox()
    other = Recipient("https://b:3443", ("1",), "health", "")
    outbox.add(BEGUN, 0.0)
    outbox.add(Text("deep", ""), 0.0, subject="backlog")
    outbox.add(Text("deep", ""), 0.0, subject="backlog", who=other)
    outbox.reports.offer(0.0)
    assert [(event.name, target) for event, target in outbox.offered] == [
        ("begun", "https://a:3443"),
        ("deep", "https://a:3443"),
        ("deep", "https://b:3443"),
    ]


def test_an_event_of_a_node_is_none_of_its_business() -> None:
    outbox = Outbox()
    outbox.add(BEGUN, 0.0)
    outbox.reports.offer(0.0)
    foreign = Event("id", "n", "", "", "", (), Action.EVENT, 0, 0.0)
    assert not outbox.reports.note(foreign, is_kept=True)


def test_what_is_held_in_memory_is_bounded_and_the_newest_stays() -> None:
    outbox = Outbox()
    outbox.accepts = False
    for number in range(3 * MAX_HELD):
        outbox.add(Text(f"{number}", ""), 0.0)
        outbox.add(ENDED, 0.0, is_end=True)
    outbox.accepts = True
    for at in range(2 * MAX_HELD):
        outbox.reports.offer(float(at))
        outbox.reports.note(outbox.offered[-1][0], is_kept=True)
    assert outbox.names() == [f"{number} (over)" for number in range(2 * MAX_HELD, 3 * MAX_HELD)]


def test_no_camera_is_told_twice() -> None:
    def who(target: str, *cameras: str) -> Recipient:
        return Recipient(target, cameras, "n", "")

    wanted = (who("a", "900", "901"), who("a", "901", "1"), who("b", "900"), who("a", "900"), who("a", "1", "2"))
    assert without_repeats(wanted) == (who("a", "900", "901"), who("a", "1"), who("b", "900"), who("a", "2"))
