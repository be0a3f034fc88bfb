"""What a notice becomes in the ledger."""

from __future__ import annotations

import pytest

from securos_trigger.ledger.entries import SourceNote, StateNote
from securos_trigger.ledger.notices import record_of_notice
from securos_trigger.notices import Notice, NoticeKind, kinds


@pytest.mark.parametrize("kind", [kinds.SOURCE_LOST, kinds.SOURCE_STILL_LOST])
def test_each_reason_for_which_a_source_is_lost_is_recorded(kind: NoticeKind) -> None:
    notice = Notice(kind, fields={"pipeline": "yard", "source": "gate", "reason": "Connection refused"})
    assert record_of_notice(notice, 7.0) == SourceNote(7.0, "gate", "yard", "Connection refused")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"by": "anna", "reason": "works"}, "by anna: works"),
        ({"by": "anna", "reason": ""}, "by anna"),
        ({"by": "", "reason": "works"}, "works"),
        ({"reason": "works"}, "works"),
    ],
)
def test_who_muted_a_node_is_recorded_with_the_reason(said: dict[str, str], reason: str) -> None:
    record = record_of_notice(Notice(kinds.NODE_MUTED, fields={"node": "yard/alarm", **said}), 7.0)
    assert isinstance(record, StateNote)
    assert record.reason == reason
