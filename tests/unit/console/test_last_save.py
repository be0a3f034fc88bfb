"""Which save an undo takes back."""

from __future__ import annotations

from typing import Any

from securos_trigger.console.last_save import last_save

SAVE = {"at": "2026-11-28T03:00:00Z", "user": "anna", "action": "save node", "subject": "yard/alarm", "is_done": True}
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
