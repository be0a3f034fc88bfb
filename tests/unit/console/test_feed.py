"""What open pages are sent, also after a fault in what makes it."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.console import feed as module
from securos_trigger.console.app import STATIC
from securos_trigger.console.feed import (
    BEAT_AFTER_S,
    LATE_AFTER_S,
    LOOK_EVERY_S,
    MAX_PAGES_OF_ONE,
    MAX_PAGES_OF_SESSION,
    MAX_WAITING,
    Feed,
)
from securos_trigger.errors import SecurosTriggerError
from securos_trigger.notices import Announcer
from securos_trigger.operations.overview import overview
from securos_trigger.outbox import Done, Outbox
from tests import builders
from tests.unit.operations.site import write_site

TARGET = "https://vms.example:3443"


def test_a_page_calls_its_data_old_within_five_seconds_and_not_when_two_beats_are_late() -> None:
    [quiet_ms] = re.findall(r"QUIET_MS = (\d+);", (STATIC / "shared" / "live.js").read_text())
    assert 3000 * BEAT_AFTER_S < int(quiet_ms) < 5000


async def first(feed: Feed, wanted: str) -> str:
    """The first server-sent event of a kind."""
    async for text in feed.lines():
        if text.startswith(f"event: {wanted}\n"):
            return text
    raise AssertionError("the stream ended")


def test_a_page_gets_the_overview_and_a_fault_does_not_end_its_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = overview, 0

    def faulty(config: Path, **arguments: Any) -> dict[str, Any]:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise RuntimeError("a bug")
        return real(config, **arguments)

    monkeypatch.setattr(module, "overview", faulty)
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.01)

    async def look() -> str:
        feed = Feed(write_site(tmp_path))
        text = await asyncio.wait_for(first(feed, "overview"), 30)
        feed.close()
        return text

    assert '"verdict":"not_running"' in asyncio.run(look())
    assert calls > 1


def test_a_file_with_mistakes_is_news_too(tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    config.write_text("[")

    async def look() -> str:
        feed = Feed(config)
        text = await asyncio.wait_for(first(feed, "overview"), 30)
        feed.close()
        return text

    assert '"error":' in asyncio.run(look())


@pytest.mark.parametrize("has_looked", [True, False])
def test_what_cannot_be_looked_at_any_more_is_not_kept_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_looked: bool
) -> None:
    """Pages that hear nothing say that what they show is old; one that comes then gets nothing old either."""
    looks = 0

    def fails_later(config: Path, **arguments: Any) -> dict[str, Any]:
        nonlocal looks
        looks += 1
        if looks > has_looked:
            raise RuntimeError("a bug")
        return overview(config, **arguments)

    monkeypatch.setattr(module, "overview", fails_later)
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(module, "BEAT_AFTER_S", 0.01)
    monkeypatch.setattr(module, "OLD_AFTER_S", 0.5)

    async def look() -> str:
        feed = Feed(write_site(tmp_path))
        page, late = feed.lines(), feed.lines()
        for wanted in ["overview"] * has_looked + ["beat"]:
            while not (text := await asyncio.wait_for(anext(page), 30)).startswith(f"event: {wanted}"):
                pass
        while not feed._is_old:
            await asyncio.sleep(0.01)
        assert (await anext(late)).startswith(":")
        for silent in (late, page):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(silent), 0.5)
        feed.close()
        return text

    assert "event: beat" in asyncio.run(look())


def test_a_look_that_takes_long_is_said_until_it_is_known_that_the_service_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The page must not say that everything works of what it has not heard of for some seconds."""
    known: dict[str, Any] = {"is_running": True, "counts": {"waiting": 0}}
    go_on = threading.Event()
    looks: list[dict[str, Any]] = []

    def slow(_config: Path, **_arguments: Any) -> dict[str, Any]:
        if looks:
            go_on.wait(60)
            looks.append({"is_running": True, "counts": None})
        else:
            looks.append(known)
        return looks[-1]

    monkeypatch.setattr(module, "overview", slow)
    monkeypatch.setattr(Feed, "_new_events", lambda _feed: [])
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(module, "BEAT_AFTER_S", 0.01)
    monkeypatch.setattr(module, "LATE_AFTER_S", 0.2)

    async def until(page: AsyncGenerator[str, None], wanted: str) -> None:
        while not (text := await asyncio.wait_for(anext(page), 60)).startswith(f"event: {wanted}"):
            assert text  # another one
        assert wanted in text

    async def look() -> None:
        feed = Feed(Path("site.toml"))
        page, late = feed.lines(), feed.lines()
        await until(page, "overview")
        await until(page, 'beat\ndata: {"is_late":true}')
        await until(late, "overview")
        assert '"is_late":true' in await anext(late), "who comes then is told it at once"
        go_on.set()
        await until(page, "overview")
        monkeypatch.setattr(module, "LATE_AFTER_S", -1.0)
        await until(page, 'beat\ndata: {"is_late":false}')
        feed.close()

    asyncio.run(look())


def beats_of(pages: list[str]) -> list[bool]:
    """Of each beat, whether it is late."""
    return [json.loads(text.partition("data: ")[2])["is_late"] for text in pages if text.startswith("event: beat")]


@pytest.mark.timeout(120)
def test_looks_that_always_take_long_are_not_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the pages say by turns that nothing is known, and that all is well."""
    looks = 0

    def slow(_config: Path, **_arguments: Any) -> dict[str, Any]:
        nonlocal looks
        time.sleep(2.5)
        looks += 1
        return {"is_running": True, "counts": {"waiting": looks}}

    monkeypatch.setattr(module, "overview", slow)
    monkeypatch.setattr(Feed, "_new_events", lambda _feed: [])

    async def look() -> list[str]:
        feed, found = Feed(Path("site.toml")), list[str]()
        page = feed.lines()
        while sum(text.startswith("event: overview") for text in found) < 3:
            found.append(await asyncio.wait_for(anext(page), 60))
        feed.close()
        return found

    beats = beats_of(asyncio.run(look()))
    assert beats, "each look ends more than 3 s after the one before"
    assert not any(beats)


@pytest.mark.timeout(120)
def test_a_service_that_hangs_after_quick_answers_is_late_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said without waiting for the time of the next beat, and within 5 s after quick looks."""
    go_on = threading.Event()
    looks = 0

    def hangs(_config: Path, **_arguments: Any) -> dict[str, Any]:
        nonlocal looks
        looks += 1
        if looks > 2:
            go_on.wait(60)
        return {"is_running": True, "counts": {"waiting": looks}}

    monkeypatch.setattr(module, "overview", hangs)
    monkeypatch.setattr(Feed, "_new_events", lambda _feed: [])
    monkeypatch.setattr(module, "BEAT_AFTER_S", 1000.0)
    assert LOOK_EVERY_S + LATE_AFTER_S < 5

    async def look() -> list[str]:
        feed, found = Feed(Path("site.toml")), list[str]()
        page = feed.lines()
        while not any(beats_of(found)):
            found.append(await asyncio.wait_for(anext(page), 60))
        go_on.set()
        feed.close()
        return found

    assert any(beats_of(asyncio.run(look())))


def test_a_page_that_leaves_at_once_makes_room() -> None:
    async def look() -> int:
        feed = Feed(Path("site.toml"))
        page = feed.lines()
        await anext(page)  # its opening comment, and nothing after it
        await page.aclose()
        pages = feed.pages
        feed.close()
        return pages

    assert asyncio.run(look()) == 0


def test_one_owner_may_not_take_the_pages_of_all_others_and_one_session_not_all_of_its_owner() -> None:
    async def look() -> list[bool]:
        feed = Feed(Path("site.toml"))
        pages = [feed.lines("anna", "1") for _ in range(MAX_PAGES_OF_SESSION)]
        for page in pages:
            await anext(page)
        found = [feed.is_full("anna", "1"), feed.is_full("anna", "2"), feed.is_full("otto", "1")]
        others = [feed.lines("anna", f"{number}") for number in range(2, MAX_PAGES_OF_ONE - MAX_PAGES_OF_SESSION + 2)]
        for page in others:
            await anext(page)
        found += [feed.is_full("anna", "new"), feed.is_full("otto", "1")]
        feed.close()
        return found

    assert asyncio.run(look()) == [True, False, False, True, False]


def test_a_page_that_reads_nothing_is_ended_and_the_others_go_on() -> None:
    async def look() -> tuple[int, bool]:
        feed = Feed(Path("site.toml"))
        slow, quick = feed.lines(), feed.lines()
        await anext(slow)
        await anext(quick)
        for number in range(MAX_WAITING + 1):
            feed._send(f"{number}")
            if number < MAX_WAITING:
                await anext(quick)
        ended = [text async for text in slow]
        left = feed.pages
        feed.close()
        return left, ended == []

    assert asyncio.run(look()) == (1, True)


def test_pages_are_sent_a_new_event_and_what_has_become_of_an_earlier_one(tmp_path: Path) -> None:
    def keep(*names: str, delivers: bool = False) -> None:
        with closing(Outbox(tmp_path / "outbox.sqlite", announcer=Announcer())) as outbox:
            for delivery in outbox.claim(TARGET, 10).result() if delivers else ():
                outbox.settle(delivery, Done())
            for name in names:
                outbox.put(builders.event("1", name=name), TARGET)
            assert outbox.flush(60)

    def news() -> list[tuple[str, str]]:
        return [(event["name"], event["state"]) for event in feed._new_events()]

    feed = Feed(write_site(tmp_path))
    keep("first", "second")
    assert news() == [], "a page that opens asks for what is there"
    keep("third", delivers=True)
    assert news() == [("first", "delivered"), ("third", "waiting")], "the second waits behind the first"
    assert news() == []


def test_a_page_may_take_what_changes_instead_of_the_whole_overview(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[dict[str, Any] | SecurosTriggerError] = [
        {"verdict": "healthy", "is_running": False, "pipelines": [{"frames": 1}, {"frames": 2}]},
        {"verdict": "healthy", "is_running": False, "pipelines": [{"frames": 1}, {"frames": 3}]},
        SecurosTriggerError("no file"),
        {"verdict": "healthy", "is_running": False, "pipelines": []},
    ]
    changed = [{"op": "replace", "path": "/pipelines/1/frames", "value": 3}]
    error = {"error": "no file"}

    def next_overview(_config: Path, **_arguments: Any) -> dict[str, Any]:
        one = found[looks]
        if isinstance(one, SecurosTriggerError):
            raise one
        return one

    monkeypatch.setattr(module, "overview", next_overview)
    monkeypatch.setattr(Feed, "_new_events", lambda _feed: [])
    feed = Feed(Path("site.toml"))
    pages = [asyncio.Queue[str | None](), asyncio.Queue[str | None]()]
    feed._pages = {pages[0]: module._Page("", "", False), pages[1]: module._Page("", "", True)}
    for looks in (0, 1, 1, 2, 3):  # noqa: B007 - `next_overview` reads it
        feed._share(feed._news())
    whole, taking = map(events, pages)
    first, second, _, last = found
    assert whole == [("overview", one) for one in (first, second, error, last)]
    assert taking == [("overview", first), ("changes", changed), ("overview", error), ("overview", last)]


def events(page: asyncio.Queue[str | None]) -> list[tuple[str, Any]]:
    """The kind and the data of each server-sent event that a page has not read."""
    found = []
    while not page.empty():
        kind, _, data = (page.get_nowait() or "").removeprefix("event: ").partition("\ndata: ")
        found.append((kind, json.loads(data)))
    return found
