"""What is announced of the messages of an input, and how often."""

from __future__ import annotations

import time
from typing import Any

import pytest

from securos_trigger.inputs.happening import Happening, Reading, Says, Verdict
from securos_trigger.inputs.message_reports import MOST_NAMED, MessageReports
from securos_trigger.notices import Announcer, Notice
from tests.unit.inputs.test_intake import Nodes, intake_of

FIX = "look at the camera in its own system"


def announced(*happenings: Happening) -> list[tuple[str, dict[str, Any]]]:
    heard: list[Notice] = []
    reports = MessageReports("frigate", Announcer([heard.append], "site"))
    intake = intake_of(Nodes())
    for one in happenings:
        reports.note(intake, [one])
    return [(notice.kind.name, {name: notice.fields[name] for name in notice.kind.fields}) for notice in heard]


def health(word: str | None, camera: str | None = None, **more: Any) -> Happening:
    reading = Reading(says=Says.LEVEL, source=camera, about="health", health=word, more=more)
    return Happening(verdict=Verdict.STATE, reading=reading, source=camera)


def test_a_camera_that_its_source_calls_offline_is_announced_once_and_once_when_it_is_back() -> None:
    found = announced(
        health("online", "gate"),
        health("offline", "gate"),
        health("offline", "gate"),
        health("online", "gate"),
        health("offline"),
    )
    assert found == [
        (
            "camera_offline",
            {"pipeline": "site", "source": "frigate", "cameras": "gate", "reason": "offline", "fix": FIX},
        ),
        ("camera_online", {"pipeline": "site", "source": "frigate", "cameras": "gate"}),
        ("camera_offline", {"pipeline": "site", "source": "frigate", "cameras": "", "reason": "offline", "fix": FIX}),
    ]


def test_a_camera_without_frames_in_the_statistics_is_offline_too() -> None:
    cameras = ["gate", "yard"]
    found = announced(
        health(None, named_cameras=cameras, dead_cameras=["yard"]),
        health(None, named_cameras=cameras, dead_cameras=["yard"]),
        health(None, named_cameras=cameras, dead_cameras=[]),
    )
    assert [(name, fields["cameras"]) for name, fields in found] == [
        ("camera_offline", "yard"),
        ("camera_online", "yard"),
    ]


def test_a_camera_outside_the_map_and_a_stream_without_detection_are_no_trouble() -> None:
    unknown = Reading(says=Says.LEVEL, source="attic", about="health", health="offline")
    found = announced(
        health(None, named_cameras=["attic"], dead_cameras=["attic"]),
        Happening(verdict=Verdict.STATE, reading=unknown, source="attic", is_unknown=True),
        health("offline", "gate", role="record"),
    )
    assert found == []
    assert [name for name, _ in announced(health("offline", "gate", role="detect"))] == ["camera_offline"]


def test_malformed_messages_are_announced_once_a_minute_and_unknown_cameras_once_each() -> None:
    malformed = Happening(verdict=Verdict.MALFORMED, reading=Reading(says=Says.UNREADABLE, why="no JSON"))
    unknown = [
        Happening(verdict=Verdict.NEW, reading=Reading(says=Says.BEGAN), source=f"attic{number}", is_unknown=True)
        for number in (1, 1, 2, *range(100, 200))
    ]
    found = announced(malformed, malformed, *unknown)
    name, fields = found[0]
    assert (name, fields["source"], fields["reason"], fields["count"]) == ("message_malformed", "frigate", "no JSON", 1)
    assert "securos-trigger input try" in fields["fix"]
    assert 'add it to cameras of the pipeline, or "*" for all others' in {fields["fix"] for _, fields in found[1:]}
    assert [name for name, _ in found[1:]] == ["camera_unknown"] * MOST_NAMED


def test_an_unknown_camera_is_announced_again_when_it_was_silent_for_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    heard: list[Notice] = []
    reports, intake = MessageReports("frigate", Announcer([heard.append], "site")), intake_of(Nodes())

    def named(camera: str, after_s: float) -> list[str]:
        now[0] += after_s
        heard.clear()
        reading = Reading(says=Says.BEGAN)
        reports.note(intake, [Happening(verdict=Verdict.NEW, reading=reading, source=camera, is_unknown=True)])
        return [str(notice.fields["cameras"]) for notice in heard]

    for number in range(MOST_NAMED):
        assert named(f"attic{number}", 0.0) == [f"attic{number}"]
    assert named("attic0", 23 * 3600.0) == []
    assert named("cellar", 0.0) == [], "too many are named"
    assert named("attic0", 2 * 3600.0) == [], "it was heard two hours ago"
    assert named("attic1", 0.0) == ["attic1"]
    assert named("cellar", 0.0) == ["cellar"], "the others make space"


def test_something_new_at_an_offline_camera_shows_that_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    heard: list[Notice] = []
    reports, intake = MessageReports("nvr", Announcer([heard.append], "site")), intake_of(Nodes())

    def noted(one: Happening, after_s: float = 0.0) -> list[str]:
        now[0] += after_s
        heard.clear()
        reports.note(intake, [one])
        return [notice.kind.name for notice in heard]

    seen = {
        verdict: Happening(verdict=verdict, reading=Reading(says=Says.HERE, source="gate"), source="gate")
        for verdict in (Verdict.NEW, Verdict.END)
    }
    assert noted(health("lost", "gate")) == ["camera_offline"]
    assert noted(seen[Verdict.NEW], 60.0) == [], "it may have been on its way"
    assert noted(seen[Verdict.END], 60.0) == [], "what was there is over"
    assert noted(seen[Verdict.NEW]) == ["camera_online"]
    assert reports.cameras["gate"].offline_reason == ""
    assert noted(seen[Verdict.NEW]) == []


@pytest.mark.parametrize(
    "lost",
    [health("lost", "gate"), health(None, named_cameras=["gate"], dead_cameras=["gate"])],
    ids=["a word", "the statistics"],
)
def test_a_camera_that_its_source_calls_offline_again_and_again_does_not_come_back_in_between(
    lost: Happening, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    heard: list[Notice] = []
    reports, intake = MessageReports("nvr", Announcer([heard.append], "site")), intake_of(Nodes())
    seen = Happening(verdict=Verdict.NEW, reading=Reading(says=Says.HERE, source="gate"), source="gate")
    for _ in range(60):
        reports.note(intake, [lost])
        now[0] += 11.0
        reports.note(intake, [seen])
    assert [notice.kind.name for notice in heard] == ["camera_offline"]
    assert reports.cameras["gate"].since_ticks == 1000.0, "it has been offline since the first"
    now[0] += 50.0
    reports.note(intake, [seen])
    assert [notice.kind.name for notice in heard] == ["camera_offline", "camera_online"]


def test_the_number_of_a_burst_of_malformed_messages_is_announced_after_a_minute_or_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    heard: list[Notice] = []
    reports = MessageReports("frigate", Announcer([heard.append], "site"))
    malformed = Happening(verdict=Verdict.MALFORMED, reading=Reading(says=Says.UNREADABLE, why="no JSON"))
    reports.note(intake_of(Nodes()), [malformed] * 200)
    now[0] += 59.0
    reports.report()
    assert [notice.fields["count"] for notice in heard] == [1]
    now[0] += 1.0
    reports.report()
    reports.report()
    assert [notice.fields["count"] for notice in heard] == [1, 200]
    reports.note(intake_of(Nodes()), [malformed])
    reports.report(is_last=True)
    reports.report(is_last=True)
    assert [notice.fields["count"] for notice in heard] == [1, 200, 201]


def test_messages_of_a_camera_that_are_too_old_are_announced_when_that_begins_and_when_it_ends() -> None:
    heard: list[Notice] = []
    reports = MessageReports("frigate", Announcer([heard.append], "site"), age_limit_s=300.0)
    intake = intake_of(Nodes())
    reading = Reading(says=Says.BEGAN, source="gate", at=1_000.0)

    def take(verdict: Verdict, arrived_at: float | None) -> None:
        reports.note(intake, [Happening(verdict=verdict, reading=reading, source="gate", cameras=("1",))], arrived_at)

    take(Verdict.STALE, 1_010.0)  # a later message has overtaken it
    take(Verdict.STALE, None)  # what the broker has retained
    take(Verdict.NEW, 1_010.0)
    assert heard == []
    for verdict, arrived_at in ((Verdict.STALE, 1_420.0), (Verdict.STALE, 1_421.0), (Verdict.NEW, 1_010.0)):
        take(verdict, arrived_at)
    assert [str(notice) for notice in heard] == [
        (
            'messages_too_old pipeline=site source=frigate cameras=gate reason="420 s old" '
            'fix="use one NTP server for both; if messages are delayed, raise age_limit_s"'
        ),
        "messages_in_time pipeline=site source=frigate cameras=gate",
    ]
