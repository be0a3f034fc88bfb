"""What the process of a placed pipeline does with a signal, and what it writes down at its end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.config.settings import Settings
from securos_trigger.errors import OutboxOwnedError
from securos_trigger.placement import placed_run
from securos_trigger.placement.place import Place, place_of
from securos_trigger.placement.placed_run import HANGS_AFTER_S, HUNG, PipelineWatch, run_placed
from securos_trigger.placement.state_file import ENDED, RUNS, STARTS, state_in
from securos_trigger.relay.pipeline_state import StateTrouble
from securos_trigger.runtime.run import FrameTimes, Placed

_SITE = """
[outbox]
path = "outbox.sqlite"
[relay]
servers = ["nats://127.0.0.1:4222"]
gateway = "site"
[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4" }
"""


class HeldLease:
    """A lease that is held at once: the cluster is not what is tested here."""

    is_moved = False

    def __init__(self, *_arguments: object) -> None:
        self.held = threading.Event()
        self.noted = list[tuple[str, tuple[StateTrouble, ...]]]()

    def start(self) -> None:
        self.held.set()

    def close(self) -> None:
        self.held.clear()

    def note_state(self, state: str, troubles: Sequence[StateTrouble] = ()) -> None:
        self.noted.append((state, tuple(troubles)))

    def note_watching(self, since_s: float) -> None:
        assert since_s > 0


@contextmanager
def _remains(*_arguments: object) -> Iterator[None]:
    yield


@contextmanager
def _remains_closed_with_a_signal(*_arguments: object) -> Iterator[None]:
    yield
    signal.raise_signal(signal.SIGTERM)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Settings, Place]:
    monkeypatch.setattr(placed_run, "PipelineLease", HeldLease)
    monkeypatch.setattr(placed_run, "Remains", _remains)
    settings = parse_config(_SITE, base=tmp_path, source="site.toml")
    return settings, place_of(settings, "yard", "a")


def test_only_the_end_of_its_source_is_written_down_as_the_end(
    site: tuple[Settings, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    def until_sigterm(_settings: Settings, placed: Placed) -> int:
        placed.on_look([FrameTimes()])
        signal.raise_signal(signal.SIGTERM)
        assert placed.stop.wait(30.0)
        return 0

    def at_the_end(code: int) -> Callable[[Settings, Placed], int]:
        def run(_settings: Settings, placed: Placed) -> int:
            placed.on_source_end()
            return code

        return run

    failed = (lambda *_: 1, (1, STARTS))
    for run, expected in ((until_sigterm, (0, RUNS)), failed, (at_the_end(0), (0, ENDED)), (at_the_end(1), (1, ENDED))):
        monkeypatch.setattr(placed_run, "run_until_stopped", run)
        assert (run_placed(*site, lambda _place: ()), state_in(site[1].folder)["state"]) == expected


def test_a_signal_while_the_outbox_is_closed_is_not_forgotten(
    site: tuple[Settings, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placed_run, "Remains", _remains_closed_with_a_signal)
    monkeypatch.setattr(placed_run, "run_until_stopped", lambda _settings, placed: int(not placed.stop.wait(30.0)))
    assert run_placed(*site, lambda _place: ()) == 0
    assert state_in(site[1].folder)["state"] != ENDED


def test_the_outbox_is_waited_for_while_the_keeper_has_it(
    site: tuple[Settings, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = [OutboxOwnedError("the keeper has it")] * 2

    def remains(*arguments: object) -> object:
        if refusals:
            raise refusals.pop()
        return _remains(*arguments)

    monkeypatch.setattr(placed_run, "Remains", remains)
    monkeypatch.setattr(placed_run, "run_until_stopped", lambda *_: 0)
    assert (run_placed(*site, lambda _place: ()), refusals) == (0, [])

    seen = list[object]()

    def remains_of_a_late_keeper(*arguments: object) -> object:
        """A keeper that looked after the first writing gives the outbox up when something new is written."""
        seen.append(state_in(site[1].folder)["at_s"])
        if seen[0] == seen[-1]:
            raise OutboxOwnedError("the keeper has it")
        return _remains(*arguments)

    monkeypatch.setattr(placed_run, "Remains", remains_of_a_late_keeper)
    assert run_placed(*site, lambda _place: ()) == 0
    monkeypatch.setattr(placed_run, "Remains", remains)

    refusals += [OutboxOwnedError("another process has it")]
    monkeypatch.setattr(placed_run, "GIVEN_UP_WITHIN_S", 0.0)
    with pytest.raises(OutboxOwnedError, match="another process has it"):
        run_placed(*site, lambda _place: ())


def test_a_pipeline_that_hangs_ends_its_process_and_one_that_waits_for_a_frame_does_not(
    site: tuple[Settings, Place],
) -> None:
    now, codes = [0.0], list[int]()
    watch = PipelineWatch(site[1], lambda _since_s: None, lambda: now[0], codes.append)
    site[1].folder.mkdir(parents=True)
    for began, now[0] in ((None, 1_000.0), (1_000.0, 999.9 + HANGS_AFTER_S)):
        watch.look([FrameTimes(walking_since_at_ticks=began)])
        assert (codes, state_in(site[1].folder)["state"]) == ([], RUNS)
    now[0] = 1_000.0 + HANGS_AFTER_S
    watch.look([FrameTimes(walking_since_at_ticks=1_000.0)])
    assert codes == [HUNG]


@pytest.mark.parametrize("walking_since", [None, 9.0], ids=["it waits for the next frame", "it has the next frame"])
def test_the_first_frame_counts_when_it_is_processed_and_from_before_it_was(
    site: tuple[Settings, Place], walking_since: float | None
) -> None:
    now_s, noted = iter([100.0, 101.0, 102.0, 103.0, 104.0]), list[float]()
    watch = PipelineWatch(site[1], noted.append, lambda: 0.0, lambda _code: None, lambda: next(now_s))
    site[1].folder.mkdir(parents=True)
    busy = FrameTimes(last_at_ticks=7.0, walking_since_at_ticks=7.0)
    for seen in (FrameTimes(), busy):
        watch.look([seen])
    assert noted == [], "a model is still being opened for the first frame"
    for _ in range(2):
        watch.look([FrameTimes(last_at_ticks=9.0, walking_since_at_ticks=walking_since)])
    assert noted == [102.0], "the last time at which it was not processed yet, once"


def test_a_first_frame_that_is_processed_by_the_first_look_counts_from_when_all_was_built(
    site: tuple[Settings, Place],
) -> None:
    now_s, noted = iter([100.0, 115.0, 115.5]), list[float]()
    watch = PipelineWatch(site[1], noted.append, lambda: 0.0, lambda _code: None, lambda: next(now_s))
    site[1].folder.mkdir(parents=True)
    watch.look(())
    assert state_in(site[1].folder) == {}, "it does not run yet"
    watch.look([FrameTimes(last_at_ticks=9.0)])
    assert (noted, state_in(site[1].folder)["state"]) == ([115.0], RUNS)
