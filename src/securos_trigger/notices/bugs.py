"""The words for a bug, in notices and logs."""

from __future__ import annotations


def name_of_bug(bug: BaseException) -> str:
    """`ZeroDivisionError('division by zero')`; only the type of one whose own text cannot be made."""
    try:
        return repr(bug)
    except Exception:  # noqa: BLE001  a bug in a bug: its type must do
        return f"{type(bug).__name__} (it raises when it is printed)"
