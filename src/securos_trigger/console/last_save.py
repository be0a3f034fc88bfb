"""Who saved or changed the configuration last, and whether an undo takes that save back or puts it in again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

#: What the running service has read takes the place of a file that it does not run with.
PUT_BACK: Final = "put back what is in force"
#: The same over a file with mistakes, which no undo brings back: it lies beside the file.
PUT_BACK_OVER_MISTAKES: Final = "put back what is in force over mistakes"
#: The actions of the audit trail that save the file.
SAVES: Final = frozenset({"save node", "save source", "save sink", "add node", "remove node"}) | {
    "add pipeline",
    "remove pipeline",
    PUT_BACK,
}
_UNDO: Final = "undo"
#: An undo over a file with mistakes.
PUT_LAST_SAVE_BACK: Final = "put last save back"
_CHANGES: Final = SAVES | {_UNDO, PUT_LAST_SAVE_BACK, PUT_BACK_OVER_MISTAKES}
_SHOWN: Final = ("at", "user", "action", "subject")


def last_save(entries: Iterable[Mapping[str, Any]]) -> tuple[dict[str, str] | None, bool]:
    """The last save (`at`, `user`, `action`, `subject`), and True where an undo would put it in again.

    `entries` are those of the audit trail, the newest first. None: they have no save.
    """
    is_redo = False
    for entry in entries:
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
) -> dict[str, str | None]:
    """Who made the file what it is now: `at`, `user`, `action`, `subject`.

    `user` None: it was not changed in this console, but by hand or by another program. `entries` are those of the audit
    trail, the newest first; `under_way` is what persons do just now; the other arguments are those of `FileState`.
    """
    for begun in under_way:  # it has saved, and the service takes it now
        if is_as_saved and begun["action"] in _CHANGES and begun["at"] <= written_at:
            return {**begun, "at": written_at}
    newest = next((one for one in entries if one["is_done"] and one["action"] in _CHANGES), None)
    is_newest = newest is not None and str(newest["at"]) >= written_at  # an entry is written after the file
    if newest is not None and is_newest and (is_as_saved or newest["action"] == PUT_BACK_OVER_MISTAKES):
        return {key: str(newest[key]) for key in _SHOWN}
    return {"at": changed_at, "user": None, "action": "", "subject": ""}
