"""The state of one target as plain data."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from securos_trigger.delivery import AcceptedBy, ShownCertificate
from securos_trigger.runtime.target_status import certificate_answer


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
