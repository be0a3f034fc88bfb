"""Who saved the configuration last, and whether an undo takes that save back or puts it in again."""

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
