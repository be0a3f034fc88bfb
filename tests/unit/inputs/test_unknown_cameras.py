"""Cameras that the camera map does not have: counted by name, until they have said nothing for a day."""

from __future__ import annotations

from securos_trigger.inputs.unknown_cameras import MOST_NAMED, OTHERS, UnknownCameras

NOON = 1_777_885_951.0
DAY_S = 24 * 3600.0


def test_a_camera_that_has_another_name_meanwhile_is_forgotten_after_a_day() -> None:
    unknown = UnknownCameras()
    unknown.note("attik", NOON)
    unknown.note("cellar", NOON)
    unknown.note("cellar", NOON + 3600.0)
    assert unknown.counts(NOON + DAY_S) == {"cellar": 2, "attik": 1}
    assert unknown.counts(NOON + DAY_S + 60.0) == {"cellar": 2}
    assert unknown.counts(NOON + 2 * DAY_S) == {}
    assert unknown.counts() == {"cellar": 2, "attik": 1}, "a recording has all of them, whenever it was made"
    unknown.note("attik", NOON + 3 * DAY_S)
    assert unknown.counts(NOON + 3 * DAY_S) == {"attik": 1}, "the day before the silence is forgotten"
    assert unknown.counts() == {"cellar": 2, "attik": 2}


def test_names_that_were_forgotten_make_space_for_others() -> None:
    unknown = UnknownCameras()
    for number in range(MOST_NAMED + 2):
        unknown.note(f"camera {number}", NOON)
    unknown.note("camera 7", NOON)
    assert next(iter(unknown.counts().items())) == ("camera 7", 2)
    assert list(unknown.counts().items())[-1] == (OTHERS, 2)
    unknown.note("attic", NOON + DAY_S + 1.0)
    assert unknown.counts() == {"attic": 1}
    assert unknown.heard_at("attic") == NOON + DAY_S + 1.0
    assert unknown.heard_at("camera 1") is None


def test_while_no_name_can_be_forgotten_a_further_one_costs_no_look_at_all_of_them() -> None:
    class Looks(UnknownCameras):
        looks = 0

        def _forget_silent(self, now: float) -> None:
            self.looks += 1
            super()._forget_silent(now)

    unknown = Looks()
    for number in range(MOST_NAMED):
        unknown.note(f"camera {number}", NOON)
    for number in range(600):
        unknown.note(f"further {number}", NOON + number / 10.0)
    assert unknown.looks == 1
    unknown.note("attic", NOON + 61.0)
    unknown.note("attic", NOON - 3600.0)  # our clock was set back
    assert unknown.looks == 3
    assert unknown.counts()[OTHERS] == 602
