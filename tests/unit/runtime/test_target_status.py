"""The state of one target as plain data."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from securos_trigger.config.agreement import SHARED_BY_TARGET
from securos_trigger.delivery import AcceptedBy, ShownCertificate
from securos_trigger.runtime.target_status import by_target, certificate_answer, connection_answer


@pytest.mark.parametrize(("accepted_by", "is_refused"), [(AcceptedBy.CA_FILE, True), (AcceptedBy.PIN, False)])
def test_a_certificate_says_when_it_ends_and_whether_that_matters(accepted_by: AcceptedBy, is_refused: bool) -> None:
    shown = ShownCertificate("ab" * 32, datetime(2026, 3, 2, tzinfo=UTC), accepted_by)
    assert certificate_answer(shown, 30) == {
        "ends_at": "2026-03-02T00:00:00.000Z",
        "accepted_by": accepted_by.value,
        "is_refused_when_expired": is_refused,
        "soon_days": 30,
    }
    assert certificate_answer(None, 30) is None


class _Sender:
    """A node that counts how often its target is asked for."""

    asked = 0

    def __init__(self, number: int, *, is_fixed: bool) -> None:
        properties = dict.fromkeys(SHARED_BY_TARGET, None)
        pin = {"iss_certificate_sha256": "ab" * 32 if is_fixed else None}
        self.address = f"p{number}/alarm"
        self.node = SimpleNamespace(properties=SimpleNamespace(**{**properties, **pin}))
        self.target = f"https://vms{number % 3}.example:3443"

    @property
    def origin(self) -> SimpleNamespace:
        _Sender.asked += 1
        return SimpleNamespace(target=self.target)


def test_each_node_is_asked_once_for_its_target_however_many_targets_there_are() -> None:
    nodes: list[Any] = [_Sender(number, is_fixed=number == 4) for number in range(9)]
    found = {
        target: connection_answer(target, senders, is_relayed=False) for target, senders in by_target(nodes).items()
    }
    assert _Sender.asked == len(nodes)
    assert list(found) == [f"https://vms{number}.example:3443" for number in range(3)]
    assert [one["differing_nodes"] for one in found.values()] == [[], ["p1/alarm", "p4/alarm", "p7/alarm"], []]
    assert found["https://vms1.example:3443"]["differing"] == ["iss_certificate_sha256"]
