"""Metadata that Python code gives to frames."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from securos_trigger.gst import attach
from securos_trigger.gst.side_table import MAX_WAITING, forget, take


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    yield
    forget("yard")
    forget("gate")


def test_metadata_goes_to_the_frame_of_its_stream_and_once() -> None:
    attach("yard", 40, {"number": 1})
    attach("gate", 40, {"number": 2})
    attach("gate", 40, {"number": 3})
    assert take("yard", 80) is None
    assert take("yard", 40) == {"number": 1}
    assert take("yard", 40) is None
    assert take("gate", 40) == {"number": 3}


def test_the_oldest_is_forgotten_when_no_frame_asks() -> None:
    for pts in range(MAX_WAITING + 5):
        attach("yard", pts, {})
    assert take("yard", 4) is None
    assert take("yard", 5) == {}
    forget("yard")
    assert take("yard", 6) is None
