"""A bug has a name, whatever its own text does."""

from __future__ import annotations

import errno

from securos_trigger.notices import Announcer, Notice
from securos_trigger.notices.bugs import name_of_bug
from securos_trigger.system.worker import Failures


class Unprintable(Exception):
    """Raises when it is printed."""

    def __repr__(self) -> str:
        raise AttributeError("no such field")


def test_a_bug_is_named_by_its_type_and_text() -> None:
    assert name_of_bug(ZeroDivisionError("division by zero")) == "ZeroDivisionError('division by zero')"


def test_a_bug_that_cannot_be_printed_is_named_by_its_type() -> None:
    assert name_of_bug(Unprintable()) == "Unprintable (it raises when it is printed)"


def test_a_thread_without_a_file_left_is_no_bug_to_report() -> None:
    heard: list[Notice] = []
    failures = Failures("control", Announcer([heard.append]))
    failures.note_failure(OSError(errno.EMFILE, "Too many open files"))
    failures.note_failure(ValueError("a bug"))
    assert [notice.fields["fix"] for notice in heard] == [
        "raise the limit of open files (LimitNOFILE=, ulimit -n)",
        "report the traceback above; it is tried again",
    ]
