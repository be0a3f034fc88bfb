"""The pause before a transport tries its connection again."""

from __future__ import annotations

from securos_trigger.errors import FeedLostError, FeedRefusedError
from securos_trigger.inputs.retry_pause import AFTER_REFUSAL_S, LONGEST_AFTER_REFUSAL_S, RetryPause


def test_the_pause_doubles_and_a_connection_that_works_begins_anew() -> None:
    pause = RetryPause(1.0, 5.0)
    assert [pause.after(FeedLostError("silent")) for _ in range(4)] == [1.0, 2.0, 4.0, 5.0]
    assert pause.after(None) == 5.0
    pause.reset()
    assert pause.after(None) == 1.0


def test_a_refused_login_is_tried_so_seldom_that_no_device_locks_the_account() -> None:
    pause = RetryPause(1.0, 5.0)
    refused = [pause.after(FeedRefusedError("user or password")) for _ in range(6)]
    assert refused[0] == AFTER_REFUSAL_S
    assert refused == sorted(refused)
    assert refused[-1] == LONGEST_AFTER_REFUSAL_S
    assert pause.after(FeedLostError("silent")) == 1.0
    pause.reset()
    assert pause.after(FeedRefusedError("user or password")) == AFTER_REFUSAL_S
