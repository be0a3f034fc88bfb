"""Who was responsible for a pipeline at a time, and what is remembered of what was fired."""

from __future__ import annotations

import pytest

from securos_trigger.relay.holders import LastFired, PipelineRecord, fired_key, record_from, record_text
from securos_trigger.relay.messages import UnreadableMessageError


def moved_twice() -> PipelineRecord:
    record = PipelineRecord("yard")
    for owner, node, since_s in (("A", "a", 100.0), ("B", "b", 200.0), ("A", "a", 300.0)):
        record = record.taken_by(owner, node, since_s).watched_by(owner, since_s)
    return record


@pytest.mark.parametrize(
    ("kept_at_s", "owner"), [(99.0, None), (100.0, "A"), (199.9, "A"), (200.0, "B"), (299.9, "B"), (1e9, "A")]
)
def test_an_event_belongs_to_the_last_machine_that_watched_before_it_was_kept(
    kept_at_s: float, owner: str | None
) -> None:
    for asker in "AB":
        holder = moved_twice().responsible_at(kept_at_s, asker)
        assert (None if holder is None else holder.owner) == owner


def test_a_machine_is_responsible_from_its_first_frame_on_and_not_from_its_lease_on() -> None:
    record = PipelineRecord("yard").taken_by("A", "a", 100.0).watched_by("A", 101.0).taken_by("B", "b", 200.0)
    [first, opening] = record.holders
    assert (first.since_s, opening.is_watching) == (101.0, False)
    assert record.responsible_at(210.0, "A") == first, "B has not begun"
    assert record.responsible_at(210.0, "B") == opening, "B may have died before it could write its first frame down"
    watched = record.watched_by("B", 220.0)
    assert watched.responsible_at(219.9, "A") == first
    assert watched.responsible_at(220.0, "A") == watched.holder
    assert watched.watched_by("B", 230.0) == watched, "its next process goes on"
    assert watched.watched_by("A", 230.0) == watched
    assert record.watched_by("B", 150.0).responsible_at(199.9, "A") == first, "its clock was set back"


def test_a_record_of_a_version_without_first_frames_is_read() -> None:
    text = record_text(moved_twice()).replace(b',"is_watching":true', b"")
    assert b"is_watching" not in text
    assert record_from(text) == moved_twice()


def test_moves_count_other_machines_and_starts_count_processes() -> None:
    record = moved_twice()
    assert (record.moves, record.starts) == (2, 3)
    again = record.taken_by("A", "a", 400.0)
    assert (again.moves, again.starts, again.holders) == (2, 4, record.holders)


def test_the_last_fifty_holders_are_known() -> None:
    record = PipelineRecord("yard")
    for number in range(60):
        record = record.taken_by(f"{number}", f"{number}", float(number))
    assert [one.since_s for one in record.holders] == [float(number) for number in range(10, 60)]
    assert record.moves == 59


def test_the_newest_last_events_are_remembered() -> None:
    record = PipelineRecord("yard").with_fired({f"{n}": LastFired(float(n), f"id{n}") for n in range(2_001)})
    assert "0" not in record.fired
    assert record.with_fired({"1": LastFired(9e9, "new")}).fired["1"] == LastFired(9e9, "new")
    assert fired_key("alarm", ("1", "2")) == "alarm|1,2"


def test_an_old_event_that_is_relayed_late_does_not_replace_a_newer_one() -> None:
    record = PipelineRecord("yard").with_fired({"alarm|1": LastFired(200.0, "new"), "alarm|2": LastFired(1.0, "old")})
    later = record.with_fired({"alarm|1": LastFired(100.0, "old"), "alarm|2": LastFired(2.0, "new")})
    assert later.fired == {"alarm|1": LastFired(200.0, "new"), "alarm|2": LastFired(2.0, "new")}


def test_a_record_is_read_as_it_was_written_and_another_version_is_refused() -> None:
    record = moved_twice().with_fired({"alarm|1": LastFired(5.0, "id")})
    assert record_from(record_text(record)) == record
    with pytest.raises(UnreadableMessageError):
        record_from(record_text(record).replace(b'"version":1', b'"version":2'))
