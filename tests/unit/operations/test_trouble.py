"""One trouble as plain data, and its instants and ages in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from securos_trigger.operations.trouble import Headline, Trouble, age_s, clock, headline_of, naming, since, worst_first

NOW = datetime(2026, 3, 2, 3, 17, 0, tzinfo=UTC)


def test_instants_are_short() -> None:
    assert clock("2026-03-01T23:59:59.000Z", NOW) == "2026-03-01 23:59"
    assert clock("2026-03-02T03:12:00.000Z", NOW) == "03:12:00"


@pytest.mark.usefixtures("in_berlin")
def test_an_instant_beyond_a_change_of_daylight_saving_is_what_the_clock_of_the_machine_shows_then() -> None:
    summer = datetime(2026, 10, 25, 0, 59, 30, tzinfo=UTC).astimezone()
    assert clock("2026-10-25T01:00:06.000Z", summer) == "02:00:06 CET"
    assert clock("2026-10-25T00:59:22.000Z", summer) == "02:59:22"
    assert clock("2026-10-25T00:59:22.000Z", summer, has_zone=True) == "02:59:22 CEST"
    winter = datetime(2026, 10, 25, 1, 0, 30, tzinfo=UTC).astimezone()
    assert clock("2026-10-25T00:59:22.000Z", winter, has_zone=True) == "02:59:22 CEST"
    assert clock("2026-10-24T22:30:00.000Z", winter) == "00:30:00 CEST"
    spring = datetime(2026, 3, 29, 0, 59, 30, tzinfo=UTC).astimezone()
    assert clock("2026-03-29T01:00:10.000Z", spring) == "03:00:10 CEST"
    assert clock("2026-03-29T01:00:10.000Z", spring.astimezone(UTC)) == "01:00:10"


def test_an_age_is_in_seconds_and_in_words() -> None:
    assert age_s("2026-03-02T03:16:30.000Z", NOW) == 30.0
    assert since("2026-03-02T03:12:00.000Z", NOW) == "since 03:12:00 (5 min)"


def test_a_trouble_is_plain_data() -> None:
    plain = {"text": "a", "fix": "b", "needs_person": True}
    assert Trouble("a", "b", True).to_json() == {**plain, "about": {}}
    assert Trouble("a", "b", True, about={"target": "vms"}).to_json() == {**plain, "about": {"target": "vms"}}


def test_what_a_trouble_names_itself_stands_beside_what_all_are_about() -> None:
    troubles = [Trouble("a", "", True), Trouble("b", "", True, about={"node": "zone"})]
    named = [one.about for one in naming({"pipeline": "yard"}, troubles)]
    assert named == [{"pipeline": "yard"}, {"pipeline": "yard", "node": "zone"}]


def test_what_needs_a_person_comes_first_in_the_same_order() -> None:
    first, second, third, fourth = (Trouble(text, "", text in "bd") for text in "abcd")
    assert worst_first([first, second, third, fourth]) == (second, fourth, first, third)


def test_what_is_over_comes_below_all_that_lasts_and_needs_a_person() -> None:
    over, lasts, remark = Trouble("a", "", True, is_over=True), Trouble("b", "", True), Trouble("c", "", False)
    assert worst_first([over, remark, lasts]) == (lasts, over, remark)


def test_the_first_words_about_what_needs_a_person_name_it() -> None:
    slow = Trouble("It is slow", "", False, headline=Headline("Late", "Events come late"))
    lost = Trouble("a", "", True, headline=Headline("No images", "The camera gives no images"))
    fault = Trouble("Pipeline gate has a fault.", "", True)
    assert headline_of([]) is None
    assert headline_of([Trouble("a remark", "", False)]) is None
    assert headline_of([slow]) == Headline("Late", "Events come late")
    assert headline_of([slow, lost, fault]) == Headline("No images", "The camera gives no images")
    assert headline_of([fault, lost, slow]) == Headline("A person must act", "Pipeline gate has a fault")
    long = headline_of([Trouble(f"{'word ' * 30}, end", "", True)])
    assert long == Headline("A person must act", f"{'word ' * 23}word …")
