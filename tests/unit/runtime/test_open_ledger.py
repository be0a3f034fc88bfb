"""The ledger writes nothing for a start that is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.settings import LedgerSettings, OutboxSettings
from securos_trigger.errors import OutboxError, OutboxOwnedError
from securos_trigger.notices import Announcer
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.open_ledger import open_ledger


def started(outbox: Path) -> None:
    with (
        open_ledger(LedgerSettings(), outbox, Announcer(), None) as ledger,
        Dispatch(OutboxSettings(path=outbox), Announcer(), ledger),
    ):
        pass


def test_a_start_that_is_refused_leaves_nothing_beside_the_file_that_it_refuses(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("my notes")
    with pytest.raises(OutboxError, match="is not an outbox"):
        started(notes)
    assert ([one.name for one in tmp_path.iterdir()], notes.read_text()) == (["notes.txt"], "my notes")


def test_a_second_start_writes_no_line_into_the_ledger_of_the_first(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox.sqlite"
    with Dispatch(OutboxSettings(path=outbox), Announcer()):
        with pytest.raises(OutboxOwnedError):
            started(outbox)
        assert not (tmp_path / "outbox.ledger.jsonl").exists()
    started(outbox)
    assert (tmp_path / "outbox.ledger.jsonl").read_text().count("\n") == 2, "it began and it ended"
