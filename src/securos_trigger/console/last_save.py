"""Who saved or changed the configuration last, and whether an undo takes that save back or puts it in again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

#: What the running service has read takes the place of a file that it does not run with.
PUT_BACK: Final = "put back what is in force"
#: The same over a file with mistakes, which no undo brings back: it lies beside the file.
PUT_BACK_OVER_MISTAKES: Final = "put back what is in force over mistakes"
#: The actions of the audit trail that save the file.
SAVES: Final = frozenset({"save node", "save source", "save sink", "save site", "add node", "remove node"}) | {
    "add pipeline",
    "remove pipeline",
    PUT_BACK,
}
_UNDO: Final = "undo"
#: An undo over a file with mistakes.
PUT_LAST_SAVE_BACK: Final = "put last save back"
#: The actions that keep beside the file what they made of it.
_KEPT: Final = SAVES | {_UNDO}
_CHANGES: Final = _KEPT | {PUT_LAST_SAVE_BACK, PUT_BACK_OVER_MISTAKES}
_SHOWN: Final = ("at", "user", "action", "subject")


def last_save(entries: Iterable[Mapping[str, Any]]) -> tuple[dict[str, str] | None, bool]:
    """The last save (`at`, `user`, `action`, `subject`), and True where an undo would put it in again.

    `entries` are those of the audit trail, the newest first. None: they have no save, or it is not known which of them.
    """
    is_redo = False
    for entry in entries:
        if entry["is_done"] is None and entry["action"] in _CHANGES:
            return None, False
        if not entry["is_done"]:
            continue
        if entry["action"] == _UNDO:
            is_redo = not is_redo
        elif entry["action"] in SAVES:
            return {key: str(entry[key]) for key in _SHOWN}, is_redo
    return None, is_redo


def last_change(
    entries: Iterable[Mapping[str, Any]],
    under_way: Iterable[Mapping[str, str]],
    *,
    is_as_saved: bool,
    written_at: str,
    changed_at: str,
    program: str = "",
) -> dict[str, str | bool | None]:
    """Who made the file what it is now: `at`, `user`, `action`, `subject`, `is_known`, and `program`.

    `user` None: it was not changed in this console, but by `program`, or where that is empty by hand or by another
    program; with `is_known` False perhaps by a person whose change was under way when the console ended. `entries` are
    those of the audit trail, the newest first; `under_way` is what persons do just now; the other arguments are those
    of `FileState`.
    """
    for begun in under_way:  # it has saved, and the service takes it now
        if is_as_saved and begun["action"] in _CHANGES and begun["at"] <= written_at:
            return {**begun, "at": written_at, "is_known": True, "program": ""}
    newest = next((one for one in entries if one["is_done"] is not False and one["action"] in _CHANGES), None)
    is_known = newest is None or newest["is_done"] is not None
    is_newest = newest is not None and str(newest["at"]) >= written_at  # an entry is written after the file
    if newest is not None and is_known and is_newest and (is_as_saved or newest["action"] == PUT_BACK_OVER_MISTAKES):
        return {**{key: str(newest[key]) for key in _SHOWN}, "is_known": True, "program": ""}
    outside = {"user": None, "action": "", "subject": "", "program": program}
    return {"at": changed_at, "is_known": is_known or bool(program), **outside}


def saved_when(
    cut_off: Iterable[Mapping[str, Any]], entries: Iterable[Mapping[str, Any]], saved_at: str, in_file_at: str
) -> list[str | None]:
    """When what was under way at the end of a console has saved the file; None: it is not known whether it has.

    `entries` are those of the audit trail; the last save was written at `saved_at` (empty: there was none), and the
    file got it at `in_file_at`. Where two persons may have made that save, it is not known of either.
    """
    cut_off = list(cut_off)
    may_have_saved = [one for one in cut_off if one["action"] in _KEPT and str(one["at"]) <= saved_at]
    others = (one for one in entries if one["is_done"] is not False and one["action"] in _KEPT)
    is_known = len(may_have_saved) == 1 and not any(str(one["at"]) >= saved_at for one in others)
    return [in_file_at if is_known and one is may_have_saved[0] else None for one in cut_off]
