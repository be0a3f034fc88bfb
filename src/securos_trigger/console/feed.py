"""What all open pages are sent: the overview, what changes in it, each event, and its next state. Asked for once."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncGenerator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from securos_trigger.console.changes import changes_between
from securos_trigger.errors import SecurosTriggerError
from securos_trigger.operations.events import EventFilter, search_events
from securos_trigger.operations.overview import overview
from securos_trigger.system.platform import follow_time_zone
from securos_trigger.system.worker import Failures

LOOK_EVERY_S: Final = 1.0
#: A `beat` is sent after this long without anything else: a page that hears nothing for 4 s says that all is old, and
#: connects again after 10 s.
BEAT_AFTER_S: Final = 1.0
#: A beat says `is_late` when the next look ends so much later than looks did lately: how things are now is not known.
LATE_AFTER_S: Final = 3.0
_LATELY: Final = 5  # looks
#: Without a look that ended well for this long there is no beat either: what the pages show is old. (A look waits up
#: to 8 s for a service that hangs.)
OLD_AFTER_S: Final = 20.0
MAX_PAGES: Final = 100
#: Pages of one user, or of the programs with the token at one address: others must have some, too.
MAX_PAGES_OF_ONE: Final = 50
#: Pages of one session: a browser with very many tabs must leave some to its user's other browsers.
MAX_PAGES_OF_SESSION: Final = 20
#: What a slow page has not read yet; then it is ended, and its browser connects again.
MAX_WAITING: Final = 200
_NEWEST: Final = 50


class _Page(NamedTuple):
    """Whose page it is, and whether it is sent what has changed instead of the whole overview."""

    owner: str
    session: str
    takes_changes: bool


class _News(NamedTuple):
    """What is new since the last look. `overview`: None when it is the same; `changes`: None where it is sent whole."""

    deliveries: list[str]
    overview: dict[str, Any] | None
    changes: list[dict[str, Any]] | None


class Feed:
    """Feeds the open pages of one console. Used in its event loop; it looks only while a page is open."""

    def __init__(self, config: Path) -> None:
        self._config = config
        self._pages: dict[asyncio.Queue[str | None], _Page] = {}
        self._overview: dict[str, Any] = {}
        self._whole = ""  # it, as a page is sent it
        self._states: dict[int, str] | None = None  # of the newest events, by number
        self._task: asyncio.Task[None] | None = None
        self._failures = Failures("console-feed")
        self._looked_at_s = time.monotonic()  # when the last look ended well
        self._took_s: deque[float] = deque(maxlen=_LATELY)  # each look that the service answered

    def is_full(self, owner: str, session: str = "") -> bool:
        """True when no more pages are fed, or no more to this owner, or to this session of theirs (empty: none)."""
        own = [one.session for one in self._pages.values() if one.owner == owner]
        is_one_too_many = len(own) >= MAX_PAGES_OF_ONE or own.count(session) >= MAX_PAGES_OF_SESSION
        return len(self._pages) >= MAX_PAGES or is_one_too_many

    @property
    def pages(self) -> int:
        """How many pages are fed."""
        return len(self._pages)

    async def lines(
        self, owner: str = "", session: str = "", *, takes_changes: bool = False
    ) -> AsyncGenerator[str, None]:
        """Server-sent events for one page of an owner, until it leaves. It is counted before the first one is given."""
        page: asyncio.Queue[str | None] = asyncio.Queue(MAX_WAITING)
        self._pages[page] = _Page(owner, session, takes_changes)
        if self._task is None or self._task.done():
            self._looked_at_s = time.monotonic()
            self._task = asyncio.create_task(self._look())
        elif self._whole and not self._is_old:
            page.put_nowait(self._whole)
            page.put_nowait(self._beat())
        try:
            yield ": the console of securos-trigger\n\n"
            while True:
                try:
                    text = await asyncio.wait_for(page.get(), self._next_beat_in_s())
                except TimeoutError:
                    if self._is_old:
                        continue
                    text = self._beat()
                if text is None:
                    return
                yield text
        finally:
            self._pages.pop(page, None)

    @property
    def _is_old(self) -> bool:
        """True when nothing has been looked at for long: a look hangs, or fails each time."""
        return time.monotonic() - self._looked_at_s > OLD_AFTER_S

    def _late_in_s(self) -> float:
        """The time until the next look is late: it takes clearly longer than looks took lately. Below 0: since then."""
        due_at_s = self._looked_at_s + LOOK_EVERY_S + max(self._took_s, default=0.0)
        return due_at_s + LATE_AFTER_S - time.monotonic()

    def _next_beat_in_s(self) -> float:
        """A look that becomes late is said at once."""
        late_in_s = self._late_in_s()
        return min(late_in_s, BEAT_AFTER_S) if late_in_s > 0 else BEAT_AFTER_S

    @property
    def _is_unanswered(self) -> bool:
        """True when the last look found a service that does not answer."""
        return self._overview.get("is_running", False) and self._overview.get("counts") is None

    def _beat(self) -> str:
        """What keeps a page from calling its connection dead.

        `is_late`: the look under way takes clearly longer than looks took lately. Once it is known that the service
        does not answer, the overview says so, and is not late.
        """
        return _event("beat", {"is_late": self._late_in_s() <= 0 and not self._is_unanswered})

    def close(self) -> None:
        """End every page."""
        for page in list(self._pages):
            self._end(page)
        if self._task is not None:
            self._task.cancel()

    async def _look(self) -> None:
        while self._pages:
            pause_s, began_at_s = LOOK_EVERY_S, time.monotonic()
            try:
                self._share(await asyncio.to_thread(self._news))
                self._failures.note_success()
                self._looked_at_s = time.monotonic()
                if not self._is_unanswered:  # that one took as long as it is waited for
                    self._took_s.append(self._looked_at_s - began_at_s)
            except Exception as error:  # noqa: BLE001  the one bulkhead of this task: the pages stay open
                pause_s = max(pause_s, self._failures.note_failure(error))
            await asyncio.sleep(pause_s)
        self._overview, self._whole, self._states = {}, "", None

    def _share(self, news: _News) -> None:
        """Send what is new to every page."""
        for delivery in news.deliveries:
            self._send(delivery)
        if news.overview is None:
            return
        self._overview, self._whole = news.overview, _event("overview", news.overview)
        self._send(self._whole, takes_changes=False)
        self._send(_event("changes", news.changes) if news.changes else self._whole, takes_changes=True)

    def _news(self) -> _News:
        """What is new since the last look; what is wrong is news too."""
        follow_time_zone()
        try:
            found = overview(self._config, now=datetime.now().astimezone())
            is_silent = found["is_running"] and found["counts"] is None  # then it lists no events either
            events = [] if is_silent else self._new_events()
        except SecurosTriggerError as error:
            found, events = {"error": str(error)}, []
        changes = list(changes_between(self._overview, found))
        is_part = bool(self._overview) and "error" not in {**self._overview, **found}
        deliveries = [_event("delivery", event) for event in events]
        return _News(deliveries, found if changes else None, changes if is_part else None)

    def _new_events(self) -> list[dict[str, Any]]:
        """Events that came since the last look, and those of the newest ones that have another state."""
        rows = search_events(self._config, EventFilter(limit=_NEWEST)).rows
        known, self._states = self._states, {row["number"]: row["state"] for row in rows}
        newest = max(known or (), default=0)
        if known is None or max(self._states, default=0) < newest:  # the first look, or another outbox
            return []
        return [
            dict(row)
            for row in reversed(rows)
            if row["number"] > newest or known.get(row["number"], row["state"]) != row["state"]
        ]

    def _send(self, text: str, *, takes_changes: bool | None = None) -> None:
        """Send a text to the pages of one kind; None: to all."""
        for page, kind in list(self._pages.items()):
            if takes_changes not in (None, kind.takes_changes):
                continue
            if page.full():
                self._end(page)
            else:
                page.put_nowait(text)

    def _end(self, page: asyncio.Queue[str | None]) -> None:
        while not page.empty():
            page.get_nowait()
        page.put_nowait(None)
        self._pages.pop(page, None)


def _event(kind: str, data: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"
