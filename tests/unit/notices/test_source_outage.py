"""How serious a lost source is in the log."""

from __future__ import annotations

import logging
import time

from securos_trigger.notices import kinds
from securos_trigger.notices.source_outage import RED_AFTER_S, SourceOutage


def test_each_reason_is_said_once_and_once_more_as_an_error_that_it_lasts() -> None:
    outage = SourceOutage()
    assert outage.lost("refused", time.monotonic() + 60) == (kinds.SOURCE_LOST, logging.WARNING)
    assert outage.lost("refused", 0) is None
    assert outage.lost("timed out", 0) == (kinds.SOURCE_STILL_LOST, logging.WARNING)
    assert outage.over() is not None
    assert outage.over() is None
    long_ago_at_ticks = time.monotonic() - RED_AFTER_S - 1
    assert outage.lost("refused", long_ago_at_ticks) == (kinds.SOURCE_LOST, logging.ERROR)
    assert outage.lost("refused", long_ago_at_ticks) is None


def test_a_refused_login_is_an_error_at_once() -> None:
    outage = SourceOutage()
    assert outage.lost("it refuses the login: 401", time.monotonic() + 60) == (kinds.SOURCE_LOST, logging.ERROR)
