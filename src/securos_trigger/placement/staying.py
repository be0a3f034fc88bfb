"""Places the pipelines of a site again when the head of Ray was started again: a head without a store has forgotten."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from securos_trigger.config.encoding import text_in
from securos_trigger.placement.ray_session import why_unreachable
from securos_trigger.system.reasons import reason_of

_LOOK_EVERY_S: Final = 1.0
_ENDED_EVERY_S: Final = 0.1
#: After a failure it is tried again this much later; after each further one twice as much later, up to the longest.
_AGAIN_AFTER_S: Final = 2.0
_AGAIN_AT_MOST_S: Final = 60.0
#: The pipelines are placed again this often, too, whatever was seen of the head. The text is the same each time, so
#: those that run are left alone.
PLACED_EVERY_S: Final = 300.0
#: A command that was connected to a head that has died may never end.
_TAKES_AT_MOST_S: Final = 180.0
_ENDS_WITHIN_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class PlacedText:
    """The file with the pipelines, and its text when it was read: that one is placed, whatever the file says later."""

    path: Path
    text: str

    def difference(self) -> str:
        """Say that the file has another text now, and what brings it; empty when it has the same."""
        brings = "Start this command again to place what it says."
        go_on = f"The pipelines go on as they are.\n    `securos-trigger check {self.path}` reads it. {brings}"
        try:
            if text_in(self.path.read_bytes()) == self.text:
                return ""
        except OSError as error:
            return f"{self.path} cannot be read now: {reason_of(error)}. {go_on}"
        except UnicodeDecodeError:
            pass  # the text that was placed could be decoded, so this is another one
        return f"{self.path} was changed. {go_on}"


def stay_placed(
    command: Sequence[str], placed: PlacedText, address: str, stop: threading.Event, say: Callable[[str], None]
) -> None:
    """Run a command that places pipelines, again after each loss of the head at `address`, until `stop` is set.

    It reads the text of `placed` from stdin. It is a process of its own each time: one that is connected to a head does
    not get over its end. What it prints is said when it differs from the time before. A failure is tried again, the
    first one too: at the start of a machine its head may not be ready.
    """
    _Staying(command, placed, address, stop, say).run()


class _Staying:
    def __init__(
        self,
        command: Sequence[str],
        placed: PlacedText,
        address: str,
        stop: threading.Event,
        say: Callable[[str], None],
    ) -> None:
        self._command = command
        self._placed = placed
        self._address = address
        self._stop = stop
        self._say = say
        self._printed = ""
        self._difference = ""

    def run(self) -> None:
        again_after_s = _AGAIN_AFTER_S
        while not self._stop.is_set():
            code = self._place()
            reason = self._lost(again_after_s if code else PLACED_EVERY_S)
            again_after_s = min(2 * again_after_s, _AGAIN_AT_MOST_S) if code and not reason else _AGAIN_AFTER_S
            if reason:
                self._wait_for_head(reason)

    def _place(self) -> int:
        """Run the command to its end, and say what it has printed, unless it is what was said the time before."""
        code, printed = _run(self._command, self._placed.text, self._stop)
        if printed and printed != self._printed:
            self._say(printed)
        self._printed = printed
        return code

    def _lost(self, within_s: float) -> str:
        """Watch the head until it is gone; gives the reason. Empty: it is time to place again, or to stop."""
        until_ticks = time.monotonic() + within_s
        while (left_s := until_ticks - time.monotonic()) > 0 and not self._stop.wait(min(_LOOK_EVERY_S, left_s)):
            self._compare()
            if reason := why_unreachable(self._address):
                return reason
        return ""

    def _wait_for_head(self, reason: str) -> None:
        what = f"The head of the Ray cluster, {self._address}, cannot be reached: {reason}."
        if what not in self._printed:
            self._say(what)
        self._printed = ""
        while why_unreachable(self._address) and not self._stop.wait(_LOOK_EVERY_S):
            self._compare()

    def _compare(self) -> None:
        """Say once that the file is no longer what is placed."""
        difference = self._placed.difference()
        if difference and difference != self._difference:
            self._say(difference)
        self._difference = difference


def _run(command: Sequence[str], text: str, stop: threading.Event) -> tuple[int, str]:
    """Run the command with `text` on its stdin; gives its exit code and what it printed."""
    give_up_at_ticks = time.monotonic() + _TAKES_AT_MOST_S
    given: bytes | None = text.encode()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        while True:
            try:
                printed, _ = process.communicate(given, _ENDED_EVERY_S)
                return process.returncode, _text(printed)
            except subprocess.TimeoutExpired:
                given = None
            if stop.is_set():
                return _ended(process)
            if time.monotonic() > give_up_at_ticks:
                code, so_far = _ended(process)
                too_long = f"Placing took more than {_TAKES_AT_MOST_S:g} s, and was ended: it is tried again."
                return code, f"{so_far}\n{too_long}".lstrip()


def _ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    process.terminate()
    try:
        printed, _ = process.communicate(timeout=_ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait(), ""
    return process.returncode, _text(printed)


def _text(printed: bytes) -> str:
    return printed.decode(errors="replace").rstrip()
