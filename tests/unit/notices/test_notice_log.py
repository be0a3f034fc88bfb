"""The log has of each kind as many lines a minute as a person reads, and the number of the others."""

from __future__ import annotations

import logging

from securos_trigger.notices import Notice, kinds
from securos_trigger.notices.notice_log import LINES, NoticeLog


class Written:
    """What a log writes, on a clock that the test sets."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.notices: list[Notice] = []
        self.log = NoticeLog(self.notices.append, ticks=lambda: self.now_s)

    def names(self) -> list[str]:
        return [notice.name for notice in self.notices]

    def shortened(self) -> list[tuple[object, object]]:
        return [(one.fields["kind"], one.fields["count"]) for one in self.notices if one.kind is kinds.LOG_SHORTENED]


def test_all_is_written_as_long_as_it_is_little() -> None:
    written = Written()
    for minute in range(3):
        written.now_s = minute * 60.0
        for _ in range(LINES):
            written.log(Notice(kinds.DELIVERY_DONE))
    written.log.close()
    assert written.names() == ["delivery_done"] * 3 * LINES


def test_what_is_too_much_is_counted_when_it_begins_when_the_minute_is_over_and_at_the_end() -> None:
    written = Written()
    for _ in range(LINES + 500):
        written.log(Notice(kinds.DELIVERY_DONE))
    assert written.names() == ["delivery_done"] * LINES + ["log_shortened"]
    written.log(Notice(kinds.TARGET_UNREACHABLE))
    assert written.names()[-1] == "target_unreachable", "other kinds have lines of their own"
    written.now_s = 60.0
    written.log(Notice(kinds.DELIVERY_DONE))
    assert written.names()[-2:] == ["log_shortened", "delivery_done"]
    for _ in range(LINES + 6):
        written.log(Notice(kinds.DELIVERY_DONE))
    written.log.close()
    written.log.close()
    assert written.shortened() == [("delivery_done", count) for count in (1, 500, 1, 7)]


def test_debug_messages_are_neither_counted_nor_left_out() -> None:
    written = Written()
    for _ in range(LINES + 5):
        written.log(Notice(kinds.EVENT_NOT_KEPT, level=logging.DEBUG))
    written.log(Notice(kinds.EVENT_NOT_KEPT))
    assert written.names() == ["event_not_kept"] * (LINES + 6)
