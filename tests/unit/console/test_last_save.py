"""Which save an undo takes back."""

from __future__ import annotations

from typing import Any

from securos_trigger.console.last_save import last_change, last_save, saved_when

SAVE: dict[str, Any] = {
    "at": "2026-11-28T03:00:00Z",
    "user": "anna",
    "action": "save node",
    "subject": "yard/alarm",
    "is_done": True,
}
UNDO = {**SAVE, "user": "ben", "action": "undo"}
SHOWN = {key: SAVE[key] for key in ("at", "user", "action", "subject")}


def test_a_second_undo_is_a_redo_and_a_third_is_an_undo_again() -> None:
    entries: list[dict[str, Any]] = [SAVE]
    for is_redo in (False, True, False):
        assert last_save(entries) == (SHOWN, is_redo)
        entries.insert(0, UNDO)


def test_what_was_refused_or_saved_no_file_does_not_count() -> None:
    refused = {**UNDO, "is_done": False}
    mute = {**SAVE, "action": "mute"}
    assert last_save([refused, mute, {**SAVE, "is_done": False}, SAVE]) == (SHOWN, False)
    assert last_save([]) == (None, False)


CUT_OFF = {**SAVE, "user": "ben", "at": "2026-11-28T04:00:00Z", "is_done": None}


def test_whose_save_it_was_is_not_said_where_it_is_not_known() -> None:
    assert last_save([CUT_OFF, SAVE]) == (None, False)
    assert last_save([{**CUT_OFF, "action": "mute"}, SAVE]) == (SHOWN, False)
    assert last_save([{**SAVE, "user": "carl"}, CUT_OFF]) == ({**SHOWN, "user": "carl"}, False)
    at = "2026-11-28T03:30:00Z"
    found = last_change([CUT_OFF, SAVE], [], is_as_saved=True, written_at=SAVE["at"], changed_at=at)
    assert (found["user"], found["is_known"], found["at"]) == (None, False, at)
    found = last_change([SAVE], [], is_as_saved=True, written_at=SAVE["at"], changed_at=at)
    assert (found["user"], found["is_known"]) == ("anna", True)


def test_a_program_that_has_written_the_file_is_named_until_a_person_saves() -> None:
    later = "2026-11-28T05:00:00Z"
    state: dict[str, Any] = {"is_as_saved": False, "written_at": later, "changed_at": later, "program": "the demo"}
    found = last_change([SAVE], [], **state)
    assert (found["user"], found["program"], found["is_known"], found["at"]) == (None, "the demo", True, later)
    found = last_change([{**SAVE, "at": later}], [], **{**state, "is_as_saved": True})
    assert (found["user"], found["program"]) == ("anna", "")


def test_a_save_that_was_cut_off_is_of_the_one_person_who_can_have_made_it() -> None:
    before, at, file_at = "2026-11-28T03:59:59Z", "2026-11-28T04:00:01Z", "2026-11-28T04:00:02Z"
    mute, other = {**CUT_OFF, "action": "mute"}, {**CUT_OFF, "user": "carl"}
    assert saved_when([mute, CUT_OFF], [SAVE], at, file_at) == [None, file_at]
    assert saved_when([CUT_OFF, other], [SAVE], at, file_at) == [None, None]
    assert saved_when([CUT_OFF], [{**SAVE, "at": at}], at, file_at) == [None], "another one may have made it"
    assert saved_when([CUT_OFF], [SAVE], before, before) == [None]
    assert saved_when([CUT_OFF], [], "", "") == [None]
