"""Events come, are sent, moved, put back and dropped in any order, and the process ends at any moment: none is stuck."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from securos_trigger.model import Delivery
from securos_trigger.outbox import (
    Again,
    Dead,
    Done,
    Relayed,
    RelayOutcome,
    Selection,
    Settlement,
    State,
    inspection,
)
from securos_trigger.outbox.redirect import redirect_all
from securos_trigger.outbox.store import Store
from tests.unit.outbox.storing import NOW_S, check_lanes, event

OLD, NEW = TARGETS = tuple(f"https://{name}.example:3443" for name in ("old", "new"))
_ENDS = ("again", "fewer cameras", "fewer held", "holds nothing", "done", "dead", "relayed")

targets = st.sampled_from(TARGETS)
choices = st.integers(0, 7)
cameras = st.sampled_from([("a", "b"), ("b", "a"), ("a",), ("b",), ("a", "b", "c"), ()])
steps = st.one_of(
    st.tuples(st.just("put"), targets, cameras),
    st.tuples(st.just("claim"), targets, st.integers(1, 3)),
    st.tuples(st.just("settle"), choices, st.sampled_from(_ENDS)),
    st.tuples(st.just("outcome"), choices, st.sampled_from([Done(), Dead("refused")])),
    st.tuples(st.just("move"), targets, st.sampled_from([State.WAITING, *State]), st.integers(1, 4)),
    st.tuples(st.just("retry"), st.sampled_from([State.DEAD, State.RELAYED])),
    st.tuples(st.just("drop"), choices),
    st.tuples(st.just("restart")),
)
#: A step, and whether an error undoes its transaction.
stories = st.lists(st.tuples(steps, st.sampled_from([False] * 7 + [True])), max_size=60)
#: Two events wait for the old address, two are under way to the new one, and then they are moved.
_MOVED: Final = [
    *[("put", OLD, names) for names in (("a",), ("b",))],
    *[("put", NEW, names) for names in (("a", "b"), ("c", "b"), ("b",), ("a",), ("c",))],
    ("claim", NEW, 2),
    ("move", NEW, State.WAITING, 4),
]


class UndoneError(Exception):
    """Ends a transaction before its commit."""


@cache
def new_outbox() -> bytes:
    """A new outbox file: to make one for each story takes most of the time."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "outbox.sqlite"
        Store(path, max_bytes=2**30, max_rows=10**6).close()
        return path.read_bytes()


@dataclass
class Site:
    """An outbox file in use. `sent` are the deliveries that couriers have."""

    path: Path
    store: Store = field(init=False)
    sent: list[Delivery] = field(default_factory=list)
    events: int = 0

    def __post_init__(self) -> None:
        self.store = Store(self.path, max_bytes=2**30, max_rows=10**6)

    def do(self, step: tuple[Any, ...], *, is_undone: bool) -> None:
        """Take one step in a transaction of its own."""
        kind, *values = step
        if kind == "restart":
            self.store.close()
            self.__post_init__()
            self.sent = []
            return
        done: Callable[..., Callable[[], None] | None] = getattr(self, kind)
        with suppress(UndoneError), self.store.transaction(is_durable=False):
            after = done(*values)
            if is_undone:
                raise UndoneError
        if after is not None and not is_undone:
            after()

    def put(self, target: str, names: tuple[str, ...]) -> None:
        self.events += 1
        self.store.put(event(*names, event_id=str(self.events // 2)), target, NOW_S)  # some for two targets

    def claim(self, target: str, limit: int) -> Callable[[], None]:
        due = self.store.claim(target, limit, NOW_S)
        return lambda: self.sent.extend(due)

    def settle(self, choice: int, end: str) -> Callable[[], None] | None:
        if not self.sent:
            return None
        delivery = self.sent[choice % len(self.sent)]
        self.store.settle(delivery, settlement(delivery, end), NOW_S)
        return lambda: self.sent.remove(delivery)

    def outcome(self, choice: int, end: Done | Dead) -> None:
        """The cluster says how one has ended, perhaps one whose publishing was not confirmed."""
        rows = inspection.select(self.store, Selection(State.RELAYED))
        known = [row.delivery for row in rows] + self.sent
        if known:
            one = known[choice % len(known)]
            outcome = RelayOutcome(one.target, one.event_id, end, retried_at_s=one.retried_at_s)
            self.store.take_outcomes([outcome], NOW_S)

    def move(self, new: str, state: State, limit: int) -> None:
        old = NEW if new == OLD else OLD
        redirect_all(self.store, Selection(state, target=old, limit=limit), new, NOW_S + 9)

    def retry(self, state: State) -> None:
        inspection.retry_all(self.store, Selection(state, limit=3), NOW_S + 9)

    def drop(self, choice: int) -> None:
        if rows := inspection.select(self.store, Selection(State.WAITING)):
            inspection.drop(self.store, rows[choice % len(rows)])

    def check(self) -> None:
        """The lanes are right, and so are the numbers of each state."""
        check_lanes(self.store)
        kept = "SELECT iif(sequence IN (SELECT sequence FROM sending), 'sending', state), count(*) FROM delivery GROUP BY 1"
        assert +self.store.counts == {State(row[0]): row[1] for row in self.store._connection.execute(kept)}

    def drain(self) -> None:
        """Deliver until nothing is due any more."""
        while True:
            for target in TARGETS:
                self.do(("claim", target, 8), is_undone=False)
            if not self.sent:
                return
            while self.sent:
                self.do(("settle", 0, "done"), is_undone=False)


def settlement(delivery: Delivery, end: str) -> Settlement:
    """What becomes of a delivery."""
    some = delivery.camera_ids[1:]
    ends: dict[str, Settlement] = {
        "again": Again(),
        "fewer cameras": Again(remaining_camera_ids=some or None),
        "fewer held": Again(holds_camera_ids=some),
        "holds nothing": Again(holds_camera_ids=()),
        "done": Done(),
        "dead": Dead("refused"),
        "relayed": Relayed(),
    }
    return ends[end]


def run(story: list[tuple[tuple[Any, ...], bool]]) -> None:
    """Take the steps, check after each, and deliver what is left: all of it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "outbox.sqlite"
        path.write_bytes(new_outbox())
        site = Site(path)
        try:
            for step, is_undone in story:
                site.do(step, is_undone=is_undone)
                site.check()
            while site.sent:
                site.do(("settle", 0, "again"), is_undone=False)
            site.drain()
            site.check()
            assert not site.store.counts[State.WAITING] + site.store.counts[State.SENDING]
        finally:
            site.store.close()


@settings(max_examples=60, deadline=None)
@given(stories)
def test_nothing_waits_for_ever(story: list[tuple[tuple[Any, ...], bool]]) -> None:
    run(story)


@pytest.mark.parametrize("second", _ENDS)
@pytest.mark.parametrize("first", _ENDS)
def test_nothing_waits_for_what_was_moved_before_it_while_it_was_sent(first: str, second: str) -> None:
    ends = [("settle", 0, first), ("settle", 0, second)]
    for between in ([], [("restart",)], [("claim", NEW, 2)], [("claim", NEW, 2), ("settle", 2, "fewer held")]):
        run([(step, False) for step in [*_MOVED, ends[0], *between, ends[1], ("claim", NEW, 3)]])
