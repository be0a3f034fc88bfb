"""What every test runs under."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, find, settings
from hypothesis import strategies as st

from securos_trigger.notices import Announcer, NoticeKind
from tests import process_guard
from tests.longest_first import ROOT, places_of

_announce = Announcer.announce

# On a machine that does other work too, drawing and running an example may take long; neither is a fault.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")


@pytest.fixture
def private_files() -> Iterator[None]:
    """Files that the test writes are for their owner alone: then `check` does not warn of the passwords in them."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.fixture(autouse=True)
def _notices_have_the_fields_of_their_kind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail the test in which a notice is announced with other fields than the registry has for it.

    Also when it is announced in another thread, where a raised error would end in that thread's bulkhead.
    """
    wrong: list[str] = []

    def announce(self: Announcer, kind: NoticeKind, *level: int, **fields: object) -> None:
        if set(fields) != set(kind.fields):
            wrong.append(f"{kind.name} with {sorted(fields)}, and the registry has {sorted(kind.fields)}")
        _announce(self, kind, *level, **fields)

    monkeypatch.setattr(Announcer, "announce", announce)
    yield
    assert not wrong, wrong


def pytest_configure() -> None:
    """Let no process outlive the run, also where pytest itself is killed; and let Ctrl-C end those that it starts.

    A shell that starts the run in the background has it ignore Ctrl-C, and what it starts would inherit that. Commands
    that are printed begin with `securos-trigger`, as where the environment of the tests is active.
    """
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    process_guard.start()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while tests are collected, nor among them later: what they are made of is kept."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a process of `--numprocesses`: give out the files that take longest first, and busy ones beside others."""
    if hasattr(config, "workerinput") and config.rootpath == ROOT:
        places = places_of(item.path for item in items)
        items.sort(key=lambda item: places[item.path])


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build Hypothesis's tables of characters before the first test that draws text.

    It builds them once for each `.hypothesis` folder, within the first test that needs them. That takes seconds, and
    the test would fail for its slow input.
    """
    if any(item.get_closest_marker("hypothesis") for item in session.items):
        for characters in (st.characters(), st.characters(codec=None)):
            find(characters, lambda _: True, settings=settings(database=None))
