"""List, show, retry and drop the deliveries of an outbox. The process that owns the file does it when there is one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from securos_trigger.errors import ArgumentError, OutboxError, OutcomeUnknownError
from securos_trigger.errors.suggestions import did_you_mean
from securos_trigger.errors.wording import counted
from securos_trigger.notices import Announcer, log_notice
from securos_trigger.outbox import State, moved_files
from securos_trigger.runtime.control import Answer, ReadRequest, ask
from securos_trigger.runtime.control.sockets import exchange
from securos_trigger.system.real_paths import real_path

if TYPE_CHECKING:
    from securos_trigger.runtime.control import OutboxRequest
    from securos_trigger.runtime.control.event_requests import SearchRequest

#: One delivery as plain data: `number`, `state`, `reason`, `attempts`, `event_id`, `captured_at` (RFC 3339) …
Row: TypeAlias = Mapping[str, Any]

#: A search gives no more rows at once.
_MOST_SEARCHED = 200
_NOT_DELIVERED = (State.DEAD, State.SENDING, State.WAITING)


@dataclass(frozen=True, slots=True)
class RowChoice:
    """The rows that a person chose: those that fit all of `ids`, `reason` and `target`, or with `is_everything` all.

    `reason` is a part of the reason, with `is_exact_reason` the whole of it. `cameras` are pairs of a wrong camera id
    and the right one, for `retry_rows`: only dead letters that name a wrong one are meant; an empty wrong one means
    those that name none. `of_cameras` are ids without a right one, for `drop_rows`; an empty one means those that name
    none. ArgumentError when nothing is chosen, when `is_everything` does not stand alone, and for a
    camera id that is none.
    """

    ids: tuple[str, ...] = ()
    reason: str = ""
    target: str = ""
    is_everything: bool = False
    cameras: tuple[tuple[str, str], ...] = ()
    is_exact_reason: bool = False
    of_cameras: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        is_some = bool(self.ids or self.reason or self.target)
        _check_cameras((*self.cameras, *((one, one) for one in self.of_cameras if one)))
        if self.is_everything and is_some:
            raise ArgumentError("is_everything", "all are chosen: leave ids, reason and target out")
        if not (is_some or self.is_everything or self.cameras or self.of_cameras):
            raise ArgumentError("ids", "say which: by number or event id, by a reason or a target, or all of them")

    def request(self, do: str, state: State, last: int | None = None, to: str = "") -> OutboxRequest:
        """Ask for something to be done with them. `to`: the target that they are moved to."""
        from securos_trigger.runtime.control import OutboxRequest  # brings pydantic; to look takes none

        cameras = {**{one: one for one in self.of_cameras}, **dict(self.cameras)}
        which = {"ids": self.ids, "reason": self.reason, "target": self.target, "cameras": cameras}
        how = {"last": last, "to": to, "is_exact_reason": self.is_exact_reason}
        return OutboxRequest.model_validate({"do": do, "state": state, **which, **how})


def _check_cameras(cameras: tuple[tuple[str, str], ...]) -> None:
    if not cameras:
        return
    from securos_trigger.validation.camera_ids import is_camera_id

    for wrong, right in cameras:
        for camera_id in (wrong, right) if wrong else (right,):
            if not is_camera_id(camera_id):
                raise ArgumentError("cameras", f'"{camera_id}" is not a camera id')
    if len(dict(cameras)) < len(cameras):
        raise ArgumentError("cameras", "one wrong camera has two right ones: name one")


@dataclass(frozen=True, slots=True)
class OutboxListing:
    """Rows of an outbox, and the number of deliveries in each state. `is_more`: a state has more rows than these.

    `moved` are files beside it that hold events of this outbox: a service went on in them when it had lost the path.
    `losses` is what the running service says of events that it could not keep, which are in no row; empty: none runs.
    """

    outbox: Path
    counts: Mapping[str, int]
    rows: tuple[Row, ...]
    is_more: bool
    moved: tuple[Path, ...] = ()
    losses: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "outbox": str(self.outbox),
            "counts": dict(self.counts),
            "rows": [dict(row) for row in self.rows],
            "is_more": self.is_more,
            "moved": [str(file) for file in self.moved],
            "losses": dict(self.losses),
        }


@dataclass(frozen=True, slots=True)
class ChangedRows:
    """How many rows of an outbox were changed; of moved ones, how many of them their new target had already.

    `left` are rows that were chosen and stay as they are, because they are damaged; their `reason` says what is.
    """

    outbox: Path
    changed: int
    already_there: int = 0
    left: tuple[Row, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"outbox": str(self.outbox), "changed": self.changed, "left": [dict(row) for row in self.left]}


def outbox_of(config: Path) -> Path:
    """The outbox file of a configuration, as `outbox_in_use`. ConfigurationError: the file does not say which."""
    from securos_trigger.operations.status import outbox_in_use

    return outbox_in_use(config)


def state_named(name: str) -> State:
    """The state with this name. ArgumentError: there is none."""
    try:
        return State(name)
    except ValueError:
        raise ArgumentError("state", f'there is no state "{name}". {did_you_mean(name, tuple(State))}') from None


def list_rows(path: Path, *, state: str = "", reason: str = "", target: str = "", limit: int = 50) -> OutboxListing:
    """The oldest `limit` rows of a state (none named: of every state that is not delivered).

    They are in the order in which they are sent. Of delivered ones it is the newest, and the newest comes first.
    `reason` is a part of the reason, `target` a whole target. OutboxError: there is no outbox, or it does not answer.
    """
    rows: list[Row] = []
    is_more = False
    counts: dict[str, int] = {}
    for wanted in (state_named(state),) if state else _NOT_DELIVERED:
        if counts and not counts[wanted]:
            continue  # to count a long backlog takes longer than to list it, and each answer counts
        if wanted is State.DELIVERED and not reason:
            answer = _newest_delivered(path, target, limit)
        else:
            answer = _ask(path, ReadRequest(do="list", state=wanted, reason=reason, target=target, limit=limit))
        rows += answer["rows"]
        is_more = is_more or answer["is_more"]
        counts = answer["counts"]
    return OutboxListing(path, counts, tuple(rows), is_more, moved_files(real_path(path)), _losses(path))


def _newest_delivered(path: Path, target: str, limit: int) -> Answer:
    """The newest `limit` delivered rows: the keys of an answer to `list`."""
    from securos_trigger.runtime.control.event_requests import SearchRequest  # brings pydantic

    rows: list[Row] = []
    before: int | None = None
    while True:
        most = min(limit - len(rows), _MOST_SEARCHED)
        answer = _ask(path, SearchRequest(state="delivered", target=target, before=before, limit=most))
        rows, before = [*rows, *answer["rows"]], answer["before"]
        if before is None or len(rows) >= limit:
            return {"rows": rows, "counts": answer["counts"], "is_more": before is not None}


def _losses(path: Path) -> Mapping[str, Any]:
    """What the service with this outbox says of lost events; empty: none runs."""
    try:
        losses: Mapping[str, Any] = json.loads(exchange(path, b'{"do": "status"}')).get("losses", {})
    except OSError:  # no service, or it has just ended: the rows come from the file then
        return {}
    return losses


def is_served(path: Path) -> bool:
    """False when no process has the outbox now: what is put back there is sent when a service runs again."""
    try:
        exchange(path, b"{}")
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    except OSError:  # it has it, and does not answer
        return True
    return True


def show_rows(path: Path, ids: tuple[str, ...]) -> tuple[Row, ...]:
    """The rows with these numbers or event ids (or their first 8 characters), in any state."""
    return tuple(_ask(path, ReadRequest(do="show", ids=ids))["rows"])


def retry_rows(path: Path, choice: RowChoice, state: str = State.DEAD) -> ChangedRows:
    """Put dead letters back: they are sent again, to corrected cameras, and their time to expire begins again.

    `state` "relayed": what the cluster has is sent to it a second time. ArgumentError: another state.
    """
    wanted = state_named(state)
    if wanted not in (State.DEAD, State.RELAYED):
        raise ArgumentError("state", "only what is dead or relayed can be sent again")
    return change_rows(path, "retry", wanted, choice)


def droppable_rows(path: Path, state: str, choice: RowChoice) -> OutboxListing:
    """The first rows that `drop_rows` would drop. ArgumentError: rows of this state cannot be dropped."""
    answer = _ask(path, choice.request("list", _droppable(state)))
    return OutboxListing(path, answer["counts"], tuple(answer["rows"]), answer["is_more"])


def drop_rows(path: Path, state: str, choice: RowChoice) -> ChangedRows:
    """Drop rows for good: they never reach the VMS. ArgumentError: rows of this state cannot be dropped."""
    return change_rows(path, "drop", _droppable(state), choice)


def _droppable(name: str) -> State:
    state = state_named(name)
    if state is State.SENDING:
        raise ArgumentError("state", "what is being sent cannot be dropped")
    return state


def change_rows(path: Path, do: str, state: State, choice: RowChoice, *, to: str = "") -> ChangedRows:
    """Retry, drop or move the chosen rows of a state, some hundred at a time. `to`: the target that moved ones get.

    OutboxError: nothing was changed. OutcomeUnknownError: some were, or perhaps.
    """
    total = already_there = 0
    last: int | None = None
    with partly_done(lambda: total):
        while True:
            request = choice.request(do, state, last, to)
            answer = _ask(path, request)
            changed: int = answer["changed"]
            total, last = total + changed, answer["last"]
            already_there += answer.get("already_there", 0)
            if changed < request.limit:
                return ChangedRows(path, total, already_there, _damaged(path, state, choice) if do != "drop" else ())


@contextmanager
def partly_done(changed: Callable[[], int]) -> Iterator[None]:
    """A failure within, where deliveries were `changed` before it, is an OutcomeUnknownError that says how many."""
    try:
        yield
    except OutboxError as error:
        if not (count := changed()):
            raise
        said = f"{counted(count, 'delivery was', 'deliveries were')} changed. Then: {error}"
        raise OutcomeUnknownError(said) from error


def _damaged(path: Path, state: State, choice: RowChoice) -> tuple[Row, ...]:
    """The chosen rows that cannot be read, as far as one answer has them. An older service does not name them."""
    answer = _ask(path, choice.request("list", state))
    return tuple(row for row in answer["rows"] if not row.get("is_readable", True))


def _ask(path: Path, request: OutboxRequest | ReadRequest | SearchRequest) -> Answer:
    return ask(path, request, Announcer([log_notice]))
