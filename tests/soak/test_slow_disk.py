"""Behind a slow disk the broker is held back, memory stays bounded, and nothing is acknowledged before it is kept."""

from __future__ import annotations

import pytest

from soak import slow_disk


@pytest.mark.skipif(bool(slow_disk.why_not()), reason=slow_disk.why_not())
@pytest.mark.timeout(600)
def test_a_slow_disk_holds_the_broker_back_and_loses_nothing() -> None:
    found = slow_disk.run(is_long=False)
    assert found.broken == ()
    assert found.figures["never kept"] == 0
