"""Limits of an outbox that is open."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.settings import OutboxSettings
from securos_trigger.errors import OutboxError
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox
from securos_trigger.runtime.open_outbox import check_limits
from tests import builders

TARGET = "https://vms.example:3443"


def test_a_limit_below_what_the_outbox_holds_is_refused(tmp_path: Path) -> None:
    settings = OutboxSettings(path=tmp_path / "outbox.sqlite", max_size_mb=16)
    outbox = Outbox(settings.path, announcer=Announcer(), queue_limit=100_000)
    try:
        check_limits(outbox, settings)
        for _ in range(300):
            outbox.put(builders.event("1", description="word " * 12_000), TARGET)
        assert outbox.flush(30.0)
        with pytest.raises(
            OutboxError, match=r"^outbox\.max_size_mb cannot be 16: \d\d MB are in use\. Set at least"
        ) as refused:
            check_limits(outbox, settings)
        assert "delivered events count until keep_delivered_days is over" in str(refused.value)
    finally:
        outbox.close()
