"""What the end-to-end tests share: a simulated SecurOS, a short piece of real video, and notices by name."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from securos_trigger.demo.sample_video import sample_video
from securos_trigger.errors import MissingPartError
from securos_trigger.notices import Notice
from securos_trigger.vms.simulator import Simulator


class Notices:
    """An observer that remembers, and waits for a notice by its name."""

    def __init__(self) -> None:
        self._heard: list[Notice] = []
        self._changed = threading.Condition()

    def __call__(self, notice: Notice) -> None:
        with self._changed:
            self._heard.append(notice)
            self._changed.notify_all()

    def named(self, name: str) -> list[Notice]:
        """All notices of this name so far."""
        with self._changed:
            return [notice for notice in self._heard if notice.name == name]

    def wait_for(self, name: str, timeout_s: float = 60.0) -> Notice:
        """The first notice of this name; fails when none comes in time."""
        with self._changed:
            is_heard = self._changed.wait_for(lambda: any(n.name == name for n in self._heard), timeout_s)
        assert is_heard, f"no notice {name} in {timeout_s} s; heard: {[str(notice) for notice in self._heard]}"
        return self.named(name)[0]


def wait_until(holds: Callable[[], bool], timeout_s: float = 60.0) -> None:
    """Wait until `holds()`; fails when it does not in time."""
    until_s = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < until_s, f"it did not come about in {timeout_s} s"
        time.sleep(0.05)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(("1", "2")) as running:
        yield running


@pytest.fixture
def notices() -> Notices:
    return Notices()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first twelve seconds of the sample video, in which people cross the demo's line."""
    import av

    try:
        whole = sample_video()
    except MissingPartError as error:
        pytest.skip(str(error))
    path = tmp_path_factory.mktemp("clip") / "clip.avi"
    with av.open(str(whole)) as source, av.open(str(path), "w") as cut:
        stream = source.streams.video[0]
        copy = cut.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.pts is None or packet.time_base is None or packet.pts * packet.time_base > 12:
                break
            packet.stream = copy
            cut.mux(packet)
    return path
