"""A disk that is full for a while: what the ledger has of that time, what `explain` and the timeline say of it."""

from __future__ import annotations

import re
import subprocess
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from securos_trigger import running
from securos_trigger.ledger import Asked, GapNote, LedgerReading, answer
from securos_trigger.operations.decisions import timeline
from securos_trigger.operations.explain import explain
from securos_trigger.operations.status import service_status
from tests import commands
from tests.integration.test_outbox_troubles import filled, needs_root, small_disk, wait_for
from tests.unit.operations.site import write_site

ALTERNATES = 'event_source = "custom"\ntrigger = "number > 1000"\nevent_name = "Never"'


def explained(config: Path) -> str:
    return " ".join(str(explain(config, now=datetime.now(UTC)).answer).split())


def reasons(config: Path) -> set[str]:
    now = datetime.now(UTC)
    found = timeline(config, now - timedelta(hours=1), now + timedelta(seconds=1))
    return {one["why"] for one in found["silences"]}


@needs_root
def test_what_a_full_disk_did_not_take_is_never_called_a_time_without_frames(tmp_path: Path) -> None:
    config = write_site(tmp_path, port=9, trigger=ALTERNATES, ledger='[ledger]\npath = "disk/ledger.jsonl"\n')
    path = tmp_path / "disk" / "ledger.jsonl"
    at = 0.0

    def decide() -> bool:  # an entry of its own: the clause turns with each frame
        nonlocal at
        at += 3.0
        live.process({"number": 0} if at % 2 else {}, at)
        return True

    with small_disk(tmp_path / "disk") as place, ExitStack() as stack:
        live = stack.enter_context(running(config, observers=(), drain_s=0))
        wait_for(lambda: decide() and path.exists() and path.stat().st_size > 0)
        with filled(place):
            wait_for(lambda: decide() and _gap_in(config) is not None)
            assert "The ledger has a gap from " in explained(config), "the service is asked"
            assert "because of this: the disk is full" in explained(config)
            assert "gap" in reasons(config)
        wait_for(lambda: decide() and any(isinstance(one, GapNote) for one in LedgerReading(path)))
        wait_for(lambda: _gap_in(config) is None)
        assert "The ledger has a gap from " in explained(config), "now the file has it"
        with filled(place):
            wait_for(lambda: decide() and _gap_in(config) is not None)
            stack.close()  # the service ends before the disk has room again
            stopped_at = datetime.now(UTC)
        assert "What was decided after that is not known." in explained(config)
        assert "unknown" in reasons(config)
        with running(config, observers=(), drain_s=0):
            wait_for(lambda: "could not write it to its end" in explained(config))
            asked = Asked(stopped_at.timestamp() - 0.5, stopped_at.timestamp() + 0.5, 0.0, "alarm")
            assert "no frame came" not in str(answer(LedgerReading(path), asked))


def _gap_in(config: Path) -> object:
    return service_status(config, now=datetime.now(UTC)).answer["ledger"]["gap"]


def test_a_ledger_that_could_never_be_written_is_answered_for_by_the_service(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file stands where the folder is to be")
    config = write_site(tmp_path, port=9, trigger=ALTERNATES, ledger='[ledger]\npath = "state/ledger.jsonl"\n')
    with running(config, observers=(), drain_s=0) as live:
        live.process({"number": 0}, 1.0)
        live.process({}, 2.0)
        wait_for(lambda: _gap_in(config) is not None)
        done: subprocess.CompletedProcess[str] = commands.run("explain", "site.toml", cwd=tmp_path)
    assert re.search("The ledger has a gap (from|at) ", " ".join(done.stdout.split()))
    assert "1 decision was not kept, of all nodes together, because of this: " in " ".join(done.stdout.split())
