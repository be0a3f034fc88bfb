"""Places the pipelines of a site again when the head of Ray was started again: a head without a store has forgotten."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from securos_trigger.placement.ray_session import why_unreachable

#: Exit code of a command whose configuration has mistakes.
_MISTAKES: Final = 2
_LOOK_EVERY_S: Final = 1.0
_ENDED_EVERY_S: Final = 0.1
_AGAIN_AFTER_S: Final = 2.0
#: The pipelines are placed again this often, too, whatever was seen of the head. Those that run are left alone.
PLACED_EVERY_S: Final = 300.0
#: A command that was connected to a head that has died may never end.
_TAKES_AT_MOST_S: Final = 180.0
_ENDS_WITHIN_S: Final = 10.0


def stay_placed(command: Sequence[str], address: str, stop: threading.Event, say: Callable[[str], None]) -> int:
    """Run a command that places pipelines, again after each loss of the head at `address`, until `stop` is set.

    It is a process of its own each time: one that is connected to a head does not get over its end. Gives the exit
    code: 2 when the configuration has mistakes at the first time, else 0.
    """
    is_first = True
    while not stop.is_set():
        code = _run(command, stop)
        if is_first and code == _MISTAKES:
            return _MISTAKES
        is_first = False
        if code:
            stop.wait(_AGAIN_AFTER_S)
        elif reason := _lost(address, stop):
            say(f"The head of the Ray cluster, {address}, cannot be reached: {reason}.")
            while why_unreachable(address) and not stop.wait(_LOOK_EVERY_S):
                pass
    return 0


def _lost(address: str, stop: threading.Event) -> str:
    """Watch the head until it is gone; gives the reason. Empty: it is time to place again, or to stop."""
    until_ticks = time.monotonic() + PLACED_EVERY_S
    while time.monotonic() < until_ticks and not stop.wait(_LOOK_EVERY_S):
        if reason := why_unreachable(address):
            return reason
    return ""


def _run(command: Sequence[str], stop: threading.Event) -> int:
    give_up_at_ticks = time.monotonic() + _TAKES_AT_MOST_S
    with subprocess.Popen(command) as process:
        while (code := process.poll()) is None:
            if stop.wait(_ENDED_EVERY_S) or time.monotonic() > give_up_at_ticks:
                return _ended(process)
        return code


def _ended(process: subprocess.Popen[bytes]) -> int:
    process.terminate()
    try:
        return process.wait(_ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
