"""Each trouble of the log says what to do about it, in a line that can be read."""

from __future__ import annotations

import logging
import re

import pytest

from securos_trigger.notices import KINDS, Notice, NoticeKind
from securos_trigger.notices.fixes import FIXES, WITHOUT_FIX

#: What a person reads of a line: without the time, the level, and the names of files.
LONGEST_LINE = 160
#: Room for the name of a target, a node or a pipeline, and for a reason.
ROOM = 60


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.level >= logging.WARNING], ids=str)
def test_a_trouble_of_the_log_says_what_to_do_or_the_table_says_why_not(kind: NoticeKind) -> None:
    places = [kind.name in FIXES, "fix" in kind.fields, kind.name in WITHOUT_FIX]
    assert places.count(True) == 1, "give it a fix in notices/fixes.py, or say there why it has none"


def test_every_fix_is_of_a_notice() -> None:
    assert {*FIXES, *WITHOUT_FIX} <= {*KINDS}
    assert all(WITHOUT_FIX.values())


@pytest.mark.parametrize(("name", "fix"), FIXES.items())
def test_a_fix_leaves_room_for_the_rest_of_its_line(name: str, fix: str) -> None:
    line = str(Notice(KINDS[name], {}, logging.ERROR))
    assert line == f'{name} fix="{fix}"'
    assert len(line) + ROOM <= LONGEST_LINE


#: Commands that say what to do about what they show: a fix may be one of them alone.
SAY_WHAT_TO_DO = ("status", "doctor", "check", "explain", "trust")


@pytest.mark.parametrize(("name", "fix"), FIXES.items())
def test_a_fix_that_is_a_command_alone_names_one_that_says_what_to_do(name: str, fix: str) -> None:
    command = re.fullmatch(r"`securos-trigger (\w+)[^`]*`", fix)
    assert command is None or command[1] in SAY_WHAT_TO_DO, f"{name}: say what to do with what this command shows"


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("outbox_moved", "names the process: end it, restart this one"),
        ("outbox_set_aside", "not sent"),
        ("outbox_migrated", "there is no way back to the older version"),
        ("events_relayed_again", "which server lost its disk"),
        ("target_unreachable", "events wait"),
    ],
)
def test_the_fix_of_a_serious_trouble_says_what_to_do_and_what_becomes_of_events(name: str, what: str) -> None:
    assert what in FIXES[name]
