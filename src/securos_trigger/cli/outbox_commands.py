"""`securos-trigger outbox …`: what waits, what is dead and why; puts dead letters back, or throws them away."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from typer import BadParameter

from securos_trigger.notices import Announcer, log_notice
from securos_trigger.outbox import State
from securos_trigger.outbox.control import Answer, Request, ask

_LISTED = (State.DEAD, State.SENDING, State.WAITING)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rows that a person chose: all that fit, or with `is_everything` all there are."""

    ids: tuple[str, ...] = ()
    reason: str = ""
    target: str = ""
    is_everything: bool = False

    def __post_init__(self) -> None:
        is_some = bool(self.ids or self.reason or self.target)
        if self.is_everything and is_some:
            what = "--all stands alone: leave the numbers, --reason and --target out"
            raise BadParameter(what, param_hint="--all")
        if not (is_some or self.is_everything):
            what = "say which: by number or event id, with --reason TEXT or --target TEXT, or --all"
            raise BadParameter(what, param_hint="ID")

    def request(self, do: str, state: State, last: int | None = None) -> Request:
        """Ask for something to be done with them."""
        which = {"ids": self.ids, "reason": self.reason, "target": self.target}
        return Request.model_validate({"do": do, "state": state, "last": last, **which})


class OutboxCommands:
    """The commands for one outbox. `is_json`: print for programs. `now` gives the present moment (aware)."""

    def __init__(self, path: Path, console: Console, *, is_json: bool, now: Callable[[], datetime]) -> None:
        self._path = path
        self._console = console
        self._is_json = is_json
        self._now = now
        self._announcer = Announcer([log_notice])

    def list_rows(self, state: str, *, reason: str = "", target: str = "", limit: int = 50) -> None:
        """Counts, and the rows of one state (none: of all that are not delivered), oldest first."""
        rows: list[Answer] = []
        is_more = False
        counts: dict[str, int] = {}
        for wanted in (_state(state),) if state else _LISTED:
            answer = self._ask(Request(do="list", state=wanted, reason=reason, target=target, limit=limit))
            rows += answer["rows"]
            is_more = is_more or answer["is_more"]
            counts = answer["counts"]
        if self._is_json:
            self._print_json({"outbox": str(self._path), "counts": counts, "rows": rows, "is_more": is_more})
            return
        self._say(f"{self._path}: " + ", ".join(f"{counts[name]} {name}" for name in counts))
        if rows:
            self._console.print(self._table(rows))
        if is_more:
            self._say(f"There are more; --limit shows more than {limit} of a state.")

    def show(self, ids: tuple[str, ...]) -> int:
        """Everything about some deliveries; 1 when there is none of them."""
        rows = self._ask(Request(do="show", ids=ids))["rows"]
        if self._is_json:
            self._print_json(rows)
        elif not rows:
            self._say(f"No delivery here has the number or event id {' or '.join(ids)}.")
        for row in () if self._is_json else rows:
            table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
            for name, value in row.items():
                table.add_row(name, ", ".join(value) if isinstance(value, list) else str(value or ""))
            self._console.print(table)
        return 0 if rows else 1

    def retry(self, chosen: Chosen) -> int:
        """Put dead letters back; 1 when there were none."""
        changed = self._change("retry", State.DEAD, chosen)
        self._tell_change(changed, f"{_number(changed, 'dead letter')} will be sent again.", "No dead letter fits.")
        return 0 if changed else 1

    def drop(self, state_name: str, chosen: Chosen, *, agrees: Callable[[str], bool]) -> int:
        """Throw rows away, if `agrees` says so; 1 when there were none, or it did not."""
        state = _state(state_name)
        if state is State.SENDING:
            raise BadParameter("what is being sent cannot be dropped", param_hint="--state")
        fitting = self._ask(chosen.request("list", state))
        if fitting["rows"]:
            count = f"more than {len(fitting['rows'])}" if fitting["is_more"] else str(len(fitting["rows"]))
            if not agrees(f"Throw away {count} {state} for good? They will never reach the VMS."):
                self._tell_change(0, "", "Nothing was dropped.")
                return 1
        changed = self._change("drop", state, chosen) if fitting["rows"] else 0
        self._tell_change(changed, f"{_number(changed, 'delivery', 'deliveries')} dropped.", f"Nothing {state} fits.")
        return 0 if changed else 1

    def _change(self, do: str, state: State, chosen: Chosen) -> int:
        total = 0
        last: int | None = None
        while True:
            request = chosen.request(do, state, last)
            answer = self._ask(request)
            changed: int = answer["changed"]
            total, last = total + changed, answer["last"]
            if changed < request.limit:
                return total

    def _tell_change(self, changed: int, done: str, nothing: str) -> None:
        if self._is_json:
            self._print_json({"outbox": str(self._path), "changed": changed})
        else:
            self._say(done if changed else nothing)

    def _table(self, rows: list[Answer]) -> Table:
        table = Table(box=SIMPLE_HEAD, show_edge=False)
        for head in ("no.", "state", "age", "cameras", "event", "attempts", "target", "reason"):
            table.add_column(head, overflow="fold", justify="right" if head in ("no.", "age", "attempts") else "left")
        for row in rows:
            table.add_row(
                str(row["number"]),
                row["state"],
                age(self._now() - datetime.fromisoformat(row["captured_at"])),
                ", ".join(row["camera_ids"]) or "none",
                row["name"],
                str(row["attempts"]),
                row["target"],
                row["reason"],
            )
        return table

    def _ask(self, request: Request) -> Answer:
        return ask(self._path, request, self._announcer)

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _print_json(self, value: object) -> None:
        print(json.dumps(value, indent=2))  # noqa: T201  for programs: no terminal in between


def age(span: timedelta) -> str:
    """A time span for a person: `40 s`, `12 min`, `5 h`, `3 d`."""
    seconds = max(0.0, span.total_seconds())
    for unit, length_s in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length_s:
            return f"{int(seconds // length_s)} {unit}"
    return f"{int(seconds)} s"


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def _state(name: str) -> State:
    try:
        return State(name)
    except ValueError:
        known = ", ".join(State)
        raise BadParameter(f'there is no state "{name}". Known: {known}.', param_hint="--state") from None


def _number(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
