"""Says in the cluster how a placed pipeline is: what `status` of its process says, every few seconds and at its end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final, Self

from securos_trigger.notices import Announcer
from securos_trigger.placement.place import Place
from securos_trigger.placement.state_file import BAD_END, ENDED, LONG_START, RUNS, is_long_start, state_in
from securos_trigger.relay.pipeline_lease import PipelineLease
from securos_trigger.relay.pipeline_state import SAID_EVERY_S, StateTrouble
from securos_trigger.system.worker import Worker

#: What `status` of the process with the outbox of a place says that a person should know, the worst first.
TroublesNow = Callable[[Place], Sequence[StateTrouble]]

_STARTS_EVERY_S: Final = 0.5
_CLOSED_WITHIN_S: Final = 5.0


class StateReports:
    """Notes how the pipeline is, for as long as it is entered. A process that cannot be asked is a trouble itself."""

    def __init__(self, place: Place, lease: PipelineLease, troubles_now: TroublesNow, announcer: Announcer) -> None:
        self._place = place
        self._lease = lease
        self._troubles_now = troubles_now
        self._exit_code: int | None = None
        self._worker = Worker("state-reports", self._turn, announcer)

    def __enter__(self) -> Self:
        self._worker.start()
        return self

    def note_end(self, code: int) -> None:
        """Note the exit code of the process, which is about to end."""
        self._exit_code = code

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        self._worker.close(_CLOSED_WITHIN_S)
        if error is not None:
            trouble = StateTrouble(f"its process has ended: {error}", "Its log says more.", needs_person=True)
            self._lease.note_state("stopped", [trouble])
        elif state_in(self._place.folder).get("state") != ENDED:
            self._lease.note_state("stopped")
        else:
            bad = [StateTrouble(f"the end of its source was reached, and {BAD_END}", "", needs_person=True)]
            self._lease.note_state("ended", bad if self._exit_code else [])

    def _turn(self, closing: threading.Event) -> None:
        """Note it once. Before the process runs, its models and its source are being opened."""
        written = state_in(self._place.folder)
        is_running = written.get("state") == RUNS
        troubles: Sequence[StateTrouble] = self._troubles_now(self._place) if is_running else ()
        if is_long_start(written):
            troubles = [StateTrouble(LONG_START, "Its log says which.", needs_person=True)]
        if not closing.is_set():  # else its end is noted meanwhile
            self._lease.note_state("runs" if is_running else "starts", troubles)
        closing.wait(SAID_EVERY_S if is_running else _STARTS_EVERY_S)
