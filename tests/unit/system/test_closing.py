"""What is closed at the end of a `with` block."""

from __future__ import annotations

import pytest

from securos_trigger.system.closing import Closeable


class Valve(Closeable):
    def __init__(self) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False


def test_a_with_block_gives_the_object_and_closes_it() -> None:
    valve = Valve()
    with valve as given:
        assert given is valve
        assert valve.is_open
    assert not valve.is_open


def test_an_error_in_the_block_closes_it_too_and_goes_on() -> None:
    valve = Valve()
    with pytest.raises(ZeroDivisionError), valve:
        raise ZeroDivisionError
    assert not valve.is_open
