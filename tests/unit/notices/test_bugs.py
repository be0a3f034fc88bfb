"""A bug has a name, whatever its own text does."""

from __future__ import annotations

from securos_trigger.notices.bugs import name_of_bug


class Unprintable(Exception):
    """Raises when it is printed."""

    def __repr__(self) -> str:
        raise AttributeError("no such field")


def test_a_bug_is_named_by_its_type_and_text() -> None:
    assert name_of_bug(ZeroDivisionError("division by zero")) == "ZeroDivisionError('division by zero')"


def test_a_bug_that_cannot_be_printed_is_named_by_its_type() -> None:
    assert name_of_bug(Unprintable()) == "Unprintable (it raises when it is printed)"
