"""When a trouble begins and when it is over."""

from __future__ import annotations

from securos_trigger.health.troubles import Began, Ended, Observation, Sign, Trouble

FAILING, HEALTHY, UNCLEAR = Sign.FAILING, Sign.HEALTHY, Sign.UNCLEAR


def story(trouble: Trouble, *signs: tuple[float, Sign]) -> list[tuple[float, Began | Ended]]:
    """What changes, and when it is noticed."""
    changes = ((at, trouble.observe(Observation(sign, at))) for at, sign in signs)
    return [(at, change) for at, change in changes if change is not None]


def test_a_trouble_is_told_when_it_begins_and_when_it_is_over_and_not_between() -> None:
    seen = [(float(at), FAILING if 5 <= at < 50 else HEALTHY) for at in range(100)]
    assert story(Trouble(0, 10), *seen) == [(5, Began(5)), (60, Ended(5, 50))]


def test_what_is_ill_for_a_moment_only_is_no_trouble() -> None:
    seen = [(float(at), FAILING if at % 10 else HEALTHY) for at in range(100)]
    assert story(Trouble(10, 10), *seen) == []


def test_what_flaps_is_one_trouble() -> None:
    seen = [(float(at), FAILING if at % 10 == 5 else HEALTHY) for at in range(200)] + [(215.0, HEALTHY)]
    assert story(Trouble(0, 10), *seen) == [(5, Began(5)), (215, Ended(5, 196))]


def test_what_lies_between_well_and_ill_begins_nothing_and_ends_nothing() -> None:
    assert story(Trouble(0, 0), (0, UNCLEAR), (1, FAILING), (2, UNCLEAR), (3, FAILING), (4, UNCLEAR)) == [(1, Began(1))]


def test_the_beginning_is_when_it_became_ill_and_not_when_that_was_seen() -> None:
    trouble = Trouble(0, 10)
    assert trouble.observe(Observation(FAILING, 30.0, since=0.0)) == Began(0.0)
    assert trouble.observe(Observation(HEALTHY, 31.0)) is None
    assert trouble.observe(Observation(HEALTHY, 41.0)) == Ended(0.0, 31.0)


def test_a_trouble_of_which_another_took_the_place_is_closed_without_a_word() -> None:
    trouble = Trouble(0, 10)
    assert story(trouble, (0, FAILING), (1, Sign.SUPERSEDED), (2, HEALTHY), (60, HEALTHY)) == [(0, Began(0))]


def test_a_trouble_that_was_told_before_the_start_is_not_told_again_and_comes_to_its_end() -> None:
    trouble = Trouble(0, 10, since=-500.0)
    assert story(trouble, (0, FAILING), (5, HEALTHY), (15, HEALTHY)) == [(15, Ended(-500.0, 5))]
