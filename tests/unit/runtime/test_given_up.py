"""Which cameras get no events: what notices say, what a person does about it, and what an earlier run has left."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from securos_trigger.model import Superseded
from securos_trigger.notices import Announcer, kinds
from securos_trigger.outbox import GivenUp
from securos_trigger.runtime.given_up import GivenUpCameras

TARGET = "https://vms.example:3443"
OTHER = "https://other.example:3443"
UNKNOWN = "camera 9: event refused: SecurOS knows no such camera"


class Heard:
    """What became of deliveries, and the cameras that get none."""

    def __init__(self) -> None:
        self.given_up = GivenUpCameras()
        self._announcer = Announcer([self.given_up.observe])
        self._number = 0

    def about(self, cameras: str, target: str, reason: str) -> dict[str, Any]:
        return {"event_name": "Person", "target": target, "event_id": "e", "cameras": cameras, "reason": reason}

    def dead(self, cameras: str, *, target: str = TARGET, reason: str = UNKNOWN, event_id: str = "e") -> None:
        about = {**self.about(cameras, target, reason), "event_id": event_id}
        self._announcer.announce(kinds.DELIVERY_DEAD, **about)

    def done(self, cameras: str, failed: str = "", *, target: str = TARGET) -> None:
        more = {"latency_s": 0.1, "late": False, "duplicate": False, "failed_cameras": failed}
        self._announcer.announce(kinds.DELIVERY_DONE, **self.about(cameras, target, failed and UNKNOWN), **more)

    def retry(self, cameras: str, failed: str) -> None:
        more = {"attempts": 1, "wait_s": 1.0, "accepted": "no", "failed_cameras": failed}
        self._announcer.announce(kinds.DELIVERY_RETRY, **self.about(cameras, TARGET, UNKNOWN), **more)

    def reload(self) -> None:
        self._announcer.announce(kinds.RELOAD_DONE, path="site.toml", count=1, changes="")

    def cameras(self, *, has_dead_letters: bool = True) -> list[tuple[str, str, int]]:
        found = self.given_up.answer(has_dead_letters=has_dead_letters)
        return [(one["target"], one["camera"], one["count"]) for one in found]

    def dead_letters(self) -> list[int | None]:
        return [one["dead_letters"] for one in self.given_up.answer(has_dead_letters=True)]


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_a_camera_gets_no_events_from_the_first_that_is_given_up_to_the_next_that_is_delivered(heard: Heard) -> None:
    heard.dead("9")
    heard.dead("9")
    heard.done("1")
    heard.done("9", target=OTHER)
    assert heard.cameras() == [(TARGET, "9", 2)]
    [one] = heard.given_up.answer(has_dead_letters=True)
    assert one["reason"] == UNKNOWN and one["since"].endswith("Z")
    assert heard.given_up.counts([TARGET, OTHER]) == {TARGET: 1, OTHER: 0}
    heard.done("9")
    assert heard.cameras() == []


def test_a_camera_that_others_of_the_same_event_hide_is_named(heard: Heard) -> None:
    heard.done("1,9", failed="9")
    assert heard.cameras(has_dead_letters=False) == [(TARGET, "9", 1)], "there is no dead letter of it"
    heard.retry("1,8,9", failed="8")
    assert [camera for _, camera, _ in heard.cameras()] == ["9", "8"]
    heard.reload()
    assert heard.cameras() == [], "the next event says it again"


def test_a_dead_letter_counts_once_however_many_cameras_and_attempts_it_has_had(heard: Heard) -> None:
    heard.dead("8,9", event_id="a")
    heard.done("1,9", failed="9")
    heard.dead("9", event_id="b")
    heard.dead("9", event_id="b")  # it was put back, and given up again
    heard.dead("8,9", target=OTHER, event_id="a")
    assert [count for _, _, count in heard.cameras()] == [1, 4, 1, 1]
    assert heard.dead_letters() == [1, 1, 1, 0]


def test_how_many_dead_letters_there_are_is_not_known_after_a_restart_a_change_by_a_person_and_for_very_many(
    heard: Heard,
) -> None:
    heard.given_up.take([GivenUp(TARGET, "9", 1.0, "old")])
    heard.dead("9")
    for number in range(101):
        heard.dead("7", event_id=str(number))
    heard.dead("8")
    assert heard.dead_letters() == [None, None, 1]
    heard.given_up.look_again(time.monotonic(), lambda: [{(TARGET, "8")}])
    assert heard.dead_letters() == [None]


def test_an_event_without_a_camera_counts_by_itself(heard: Heard) -> None:
    heard.dead("", reason="expired")
    heard.done("1")
    assert heard.cameras() == [(TARGET, "", 1)]
    heard.done("")
    assert heard.cameras() == []


def test_a_person_who_puts_back_or_drops_all_dead_letters_of_a_camera_ends_it(heard: Heard) -> None:
    heard.dead("8,9")
    heard.reload()
    began_at_ticks = time.monotonic()
    heard.given_up.look_again(began_at_ticks, lambda: [{(OTHER, "9")}, {(TARGET, "8")}])
    assert heard.cameras() == [(TARGET, "8", 1)]
    heard.dead("8")
    heard.given_up.look_again(began_at_ticks, list)
    assert heard.cameras() == [(TARGET, "8", 2)], "it was given up again meanwhile"


def test_a_camera_that_is_given_up_again_while_the_outbox_is_asked_stays(heard: Heard) -> None:
    heard.dead("9")

    def dead_cameras() -> list[set[tuple[str, str]]]:
        heard.dead("9")  # the event put back, a moment after the outbox has answered
        return []

    heard.given_up.look_again(time.monotonic(), dead_cameras)
    assert heard.cameras() == [(TARGET, "9", 2)]


def test_the_outbox_is_asked_once_for_all_cameras_and_not_where_there_are_none(heard: Heard) -> None:
    asked = list[float]()

    def dead_cameras() -> Iterator[set[tuple[str, str]]]:
        asked.append(time.monotonic())
        yield {(TARGET, "9")}

    heard.given_up.look_again(time.monotonic(), dead_cameras)
    assert not asked
    for camera in ("", *map(str, range(500))):
        heard.dead(camera)
    heard.given_up.look_again(time.monotonic(), dead_cameras)
    assert len(asked) == 1
    assert heard.cameras() == [(TARGET, "9", 1)], "events without a camera do not wait for those of another one"


def test_dead_letters_are_read_until_all_known_cameras_are_found_and_no_further(heard: Heard) -> None:
    read = list[str]()

    def dead_cameras() -> Iterator[set[tuple[str, str]]]:
        for camera in ("1", "9", "2"):
            read.append(camera)
            yield {(TARGET, camera)}

    heard.dead("9")
    heard.given_up.look_again(time.monotonic(), dead_cameras)
    assert (heard.cameras(), read) == ([(TARGET, "9", 1)], ["1", "9"])


def test_the_cameras_of_one_target_are_forgotten(heard: Heard) -> None:
    heard.dead("9")
    heard.dead("9", target=OTHER)
    heard.given_up.forget(TARGET)
    assert heard.cameras() == [(OTHER, "9", 1)]


def test_an_event_that_another_machine_reports_says_nothing_of_its_camera(heard: Heard) -> None:
    heard.dead("9", reason=f"node-7 {Superseded.WHY}")
    assert heard.cameras() == []


def test_it_ends_when_the_outbox_has_no_dead_letters_any_more(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    heard.dead("9")
    assert heard.cameras(has_dead_letters=False) == [(TARGET, "9", 1)], "its dead letter may not be written yet"
    later_ticks = time.monotonic() + 61.0
    monkeypatch.setattr("securos_trigger.runtime.given_up.time.monotonic", lambda: later_ticks)
    assert heard.cameras(has_dead_letters=False) == []


def test_what_an_earlier_run_has_left_is_known_and_what_came_since_is_newer(heard: Heard) -> None:
    heard.dead("9")
    heard.given_up.take([GivenUp(TARGET, "9", 1.0, "old"), GivenUp(TARGET, "7", 2.0, "refused")])
    answers = {one["camera"]: one for one in heard.given_up.answer(has_dead_letters=True)}
    assert answers["9"]["reason"] == UNKNOWN
    assert (answers["7"]["reason"], answers["7"]["since"]) == ("refused", "1970-01-01T00:00:02.000Z")


def test_the_cameras_of_a_target_without_dead_letters_leave_but_for_one_that_was_given_up_just_now(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard.dead("9")
    heard.dead("9", target=OTHER)
    heard.done("1,8", failed="8")
    heard.given_up.forget_dead_letters(TARGET)
    assert len(heard.cameras()) == 3
    later_ticks = time.monotonic() + 61.0
    monkeypatch.setattr("securos_trigger.runtime.given_up.time.monotonic", lambda: later_ticks)
    heard.given_up.forget_dead_letters(TARGET)
    assert [(target, camera) for target, camera, _ in heard.cameras()] == [(OTHER, "9"), (TARGET, "8")]
