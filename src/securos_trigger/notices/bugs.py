"""The words for what a step of a pipeline, or a thread, has raised: a bug, or an error that is written for a person."""

from __future__ import annotations

from typing import Final

from securos_trigger.errors import VideoError
from securos_trigger.errors.limits import limit_reached

_FIX_BUG: Final = "correct the node; the log has the traceback"

_FIX_THREAD: Final = "report the traceback above; it is tried again"


def name_of_bug(bug: BaseException) -> str:
    """`ZeroDivisionError('division by zero')`; only the type of one whose own text cannot be made."""
    try:
        return repr(bug)
    except Exception:  # noqa: BLE001  a bug in a bug: its type must do
        return f"{type(bug).__name__} (it raises when it is printed)"


def is_expected(error: BaseException) -> bool:
    """True for an error whose text says all: a traceback would add nothing."""
    return isinstance(error, VideoError) and bool(error.fix)


def reason_and_fix(error: BaseException) -> tuple[str, str]:
    """Why a node or a sink has failed, and what to do about it."""
    if isinstance(error, VideoError) and error.fix:
        return str(error), error.fix
    return name_of_bug(error), _FIX_BUG


def fix_of_thread(error: BaseException) -> str:
    """What to do about what a thread has raised. A limit of the system is no bug."""
    limit = limit_reached(error)
    return limit[1] if limit is not None else _FIX_THREAD
