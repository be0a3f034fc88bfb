"""A broker and a service that are killed under load lose nothing that the broker still has, and double nothing."""

from __future__ import annotations

import pytest

from soak import broker_kill


@pytest.mark.timeout(600)
def test_what_a_killed_broker_still_has_is_in_securos_once_and_in_order() -> None:
    found = broker_kill.run(is_long=False)
    assert found.broken == ()
    assert [found.figures[f"kills: {victim}"] for victim in ("service", "broker", "both")] == [1, 1, 1]
    assert found.figures["of these not in SecurOS"] == 0
    assert found.figures["control: still had by the broker, and lost"] != 0
