"""The client: it asks the process that owns the outbox; only when no process does is the file opened here."""

from __future__ import annotations

import json
import math
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from securos_trigger.errors import OutboxError, OutboxOwnedError, OutcomeUnknownError
from securos_trigger.notices import Announcer
from securos_trigger.outbox import OutboxReader
from securos_trigger.outbox.lock import OutboxLock
from securos_trigger.runtime.control.read_request import ReadRequest
from securos_trigger.runtime.control.service import CANNOT_BE_READ, Answer, Service
from securos_trigger.runtime.control.sockets import exchange, may_have_owner, not_running, socket_path
from securos_trigger.runtime.control.start_mark import require_not_starting, starter_of
from securos_trigger.system.files import is_there
from securos_trigger.system.owners import as_owner
from securos_trigger.system.real_paths import real_path
from securos_trigger.system.reasons import reason_of

if TYPE_CHECKING:
    from securos_trigger.runtime.control.request_base import Request

_OWNED_SHORTLY_S: Final = 2.0
_ASK_AGAIN_AFTER_S: Final = 0.05
_ANOTHER_VERSION: Final = "The running service is of another version: restart it, then ask again. Nothing was changed."


def ask(outbox: Path, request: Request | ReadRequest, announcer: Announcer) -> Answer:
    """The answer of the process that owns the outbox file; when no process does, the file itself is asked.

    A request about the service is then answered `{"is_running": false, "reason": …}`. Raises `OutboxError` when there
    is no such file, when its owner does not answer, and when it answers with an error. `OutcomeUnknownError`: it had
    begun to do what is asked.
    """
    try:
        is_kept = is_there(outbox)
    except OSError as error:
        said = reason_of(error).lower()
        raise OutboxError(f"The outbox {outbox} cannot be looked at: {said}. Ask {as_owner(outbox)}.") from error
    if not is_kept and not (request.needs_service and starter_of(outbox)):
        if request.needs_service:
            return not_running(outbox)
        raise OutboxError(f"There is no outbox {outbox}: no event was kept there yet.")
    answer = _first_answer(outbox, request, announcer)
    if "error" in answer:
        said = str(answer["error"])
        if answer.get("has_begun"):
            raise OutcomeUnknownError(said)
        raise OutboxError(f"{said} {_ANOTHER_VERSION}" if said.startswith(CANNOT_BE_READ) else said)
    return answer


def _first_answer(outbox: Path, request: Request | ReadRequest, announcer: Announcer) -> Answer:
    """The owner's answer, or one without it.

    A service that starts owns the outbox a moment before it can be asked, and one who looks at the file for a moment.
    """
    asked_until_ticks = time.monotonic() + _OWNED_SHORTLY_S
    while True:
        try:
            return _owners_answer(outbox, request)
        except (FileNotFoundError, ConnectionRefusedError):  # never served, or left behind by a killed process
            try:
                return _answer_without_owner(outbox, request, announcer)
            except OutboxOwnedError:
                if time.monotonic() >= asked_until_ticks:
                    raise
        except OSError as error:
            fix = f" Ask {as_owner(socket_path(outbox))}." if isinstance(error, PermissionError) else ""
            nothing = " This was not done." if request.is_change else ""
            raise OutboxError(f"The service does not answer: {reason_of(error)}.{nothing}{fix}") from error
        time.sleep(_ASK_AGAIN_AFTER_S)


def _owners_answer(outbox: Path, request: Request | ReadRequest) -> Answer:
    line = exchange(outbox, request.line(), request.answered_within_s, is_change=request.is_change)
    answer: Answer = json.loads(line)
    return answer


def _answer_without_owner(outbox: Path, request: Request | ReadRequest, announcer: Announcer) -> Answer:
    if request.needs_service:
        require_not_starting(outbox)
    try:
        if request.needs_service:
            if may_have_owner(outbox):
                OutboxLock(real_path(outbox)).release()
            return not_running(outbox)
        if request.reading is not None:
            with closing(OutboxReader(outbox)) as reader:
                return request.reading.read(reader)
        from securos_trigger.outbox import Outbox  # to look into the file takes no writer

        opened = Outbox(outbox, announcer=announcer, keep_delivered_s=math.inf, keep_dead_s=math.inf, is_owner=False)
    except OutboxOwnedError as error:
        raise OutboxOwnedError(
            f"{error} It has no control socket {socket_path(outbox).name}, so it cannot be asked."
        ) from None
    assert not isinstance(request, ReadRequest)  # it has been answered above
    with closing(opened):
        return request.answer(Service(opened))
