"""Frames that several people look at: asked for once for all of them, and not again while they are fresh."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.console import frame_cache as module
from securos_trigger.console.frame_cache import FRESH_S, KEPT_IMAGES, MAX_KEPT, FrameCache
from securos_trigger.errors import OutboxError
from securos_trigger.operations.frames import ShownFrame


class Service:
    """A service whose newest frame has a number, and what it was asked."""

    def __init__(self) -> None:
        self.number = 1
        self.now_ticks = 0.0
        self.asked: list[tuple[str, int, int | None]] = []

    def newest_frame(self, _config: Path, pipeline: str, _camera: str, *, max_width: int, known: Any) -> Any:
        """As the operation of this name."""
        self.asked.append((pipeline, max_width, None if known is None else known.number))
        if known is not None and known.number == self.number:
            return known
        return ShownFrame(self.number, {"number": self.number, "has_image": True}, b"jpeg" if max_width else b"")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    found = Service()
    monkeypatch.setattr(module, "newest_frame", found.newest_frame)
    return found


@pytest.fixture
def cache(service: Service) -> FrameCache:
    return FrameCache(Path("site.toml"), lambda: service.now_ticks)


def test_all_who_look_share_one_image_until_it_is_old(service: Service, cache: FrameCache) -> None:
    assert cache.fresh_frame("yard", "", 600) is None
    frames = [cache.frame("yard", "", width) for width in (600, 640, 500)]
    assert frames[0] is frames[1] is frames[2] is cache.fresh_frame("yard", "", 640)
    service.now_ticks += FRESH_S
    assert cache.fresh_frame("yard", "", 640) is None
    service.number = 2
    assert cache.frame("yard", "", 640).number == 2  # type: ignore[union-attr]
    assert service.asked == [("yard", 640, None), ("yard", 640, 1)]


def test_the_same_frame_is_neither_sent_nor_written_again(service: Service, cache: FrameCache) -> None:
    first = cache.body("yard", "")
    service.now_ticks += FRESH_S
    assert cache.body("yard", "") is first is cache.fresh_body("yard", "")
    assert first is not None
    assert json.loads(first)["number"] == 1
    assert service.asked[-1] == ("yard", 0, 1)


def test_a_frame_after_a_failure_is_asked_for_at_once(
    service: Service, cache: FrameCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.frame("yard", "")
    service.now_ticks += FRESH_S

    def fails(*_arguments: Any, **_named: Any) -> None:
        raise ValueError("a fault")

    with monkeypatch.context() as patched:
        patched.setattr(module, "newest_frame", fails)
        with pytest.raises(ValueError, match="a fault"):
            cache.frame("yard", "")
    service.number = 2
    assert cache.frame("yard", "").number == 2  # type: ignore[union-attr]


def test_an_image_is_that_of_the_frame_whose_metadata_were_given(service: Service, cache: FrameCache) -> None:
    body = cache.body("yard", "", 640)
    service.now_ticks += FRESH_S
    service.number = 2
    assert cache.body("yard", "", 640) != body, "another viewer came first"
    assert body is not None
    asked_for = cache.shown_frame("yard", "", 640, json.loads(body)["number"])
    assert asked_for is not None
    assert (asked_for.number, asked_for.jpeg) == (1, b"jpeg")
    assert cache.shown_frame("yard", "", 320, 1) is None, "of this width nobody has asked for it"
    for number in range(3, 3 + KEPT_IMAGES):
        service.now_ticks += FRESH_S
        service.number = number
        cache.body("yard", "", 640)
    assert cache.shown_frame("yard", "", 640, 1) is None


def test_a_site_of_many_pipelines_gets_the_image_of_each_frame(service: Service, cache: FrameCache) -> None:
    names = [f"p{number}" for number in range(200)]
    for service.number in (1, 2, 3):
        service.now_ticks += FRESH_S
        for name in names:
            cache.body(name, "", 320)
        assert [name for name in names if cache.shown_frame(name, "", 320, service.number) is None] == []


def test_what_was_asked_for_longest_ago_is_dropped_first(service: Service, cache: FrameCache) -> None:
    for name in ("seen", "left", *(f"p{number}" for number in range(MAX_KEPT - 2))):
        cache.body(name, "", 320)
    service.now_ticks += FRESH_S
    cache.body("seen", "", 320)
    cache.body("new", "", 320)
    assert cache.shown_frame("seen", "", 320, 1) is not None
    assert cache.shown_frame("left", "", 320, 1) is None


def test_all_who_wait_for_a_service_that_hangs_get_its_one_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, are_there = [], threading.Event()

    def hangs(*_arguments: Any, **_named: Any) -> None:
        asked.append(1)
        assert are_there.wait(60)
        raise OutboxError("the service does not answer")

    monkeypatch.setattr(module, "newest_frame", hangs)
    came: list[float] = []

    def clock() -> float:
        came.append(time.monotonic())
        return came[-1]

    cache = FrameCache(Path("site.toml"), clock)

    def refused() -> str:
        with pytest.raises(OutboxError) as caught:
            cache.frame("yard", "")
        return str(caught.value)

    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(refused) for _ in range(8)]
        until = time.monotonic() + 60
        while len(came) < 9:  # each has come, and the first has looked whether what is kept is fresh
            assert time.monotonic() < until
            time.sleep(0.01)
        are_there.set()
        assert {one.result(60) for one in answers} == {"the service does not answer"}
    assert len(asked) == 1
    refused()
    assert len(asked) == 2, "who comes later asks again"
