"""Explaining a time that a person typed, from the files of a ledger."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from securos_trigger.errors import ArgumentError, MissingPartError
from securos_trigger.ledger import SourceNote
from securos_trigger.ledger.lines import line_of
from securos_trigger.operations.explain import explain
from tests.unit.operations.site import write_site

NOW = datetime(2025, 11, 24, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ledger", "sentence"),
    [
        ("", "There is no ledger at {path} yet. `securos-trigger run {site}` writes it while it runs."),
        (
            "[ledger]\nenabled = false\n",
            "This configuration writes no ledger: [ledger] enabled is false. Set it to true and run again.",
        ),
    ],
)
def test_a_ledger_that_is_not_there(tmp_path: Path, ledger: str, sentence: str) -> None:
    for event in ("", "d6b0f1c2-0000-4000-8000-000000000001"):
        with pytest.raises(MissingPartError) as caught:
            explain(write_site(tmp_path, ledger=ledger), now=NOW, event=event)
        assert str(caught.value) == sentence.format(path=tmp_path / "outbox.ledger.jsonl", site=tmp_path / "site.toml")


def test_an_event_that_an_old_ledger_does_not_have_may_be_newer_where_none_is_written(tmp_path: Path) -> None:
    site = write_site(tmp_path, ledger="[ledger]\nenabled = false\n")
    (tmp_path / "outbox.ledger.jsonl").write_bytes(line_of(SourceNote(NOW.timestamp() - 60, source="yard.avi")))
    with pytest.raises(ArgumentError, match=re.escape("which is not written now ([ledger] enabled is false)")):
        explain(site, now=NOW, event="e1")
    site = write_site(tmp_path)
    with pytest.raises(ArgumentError, match="it is older than the ledger, or was not fired here"):
        explain(site, now=NOW, event="e1")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter; those of pytest are for their owner alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def another_user() -> Iterator[None]:
    """The tests as a user who has rights on nothing that root has locked."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65_534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.mark.parametrize("locked", ["state", "state/ledger.jsonl"])
def test_a_ledger_that_this_user_may_not_read(open_folder: Path, locked: str) -> None:
    site = write_site(open_folder, ledger='[ledger]\npath = "state/ledger.jsonl"\n')
    site.chmod(0o644)
    (open_folder / "state").mkdir(mode=0o755)
    ledger = open_folder / "state" / "ledger.jsonl"
    ledger.write_text("")
    (open_folder / locked).chmod(0)
    try:
        with another_user(), pytest.raises(MissingPartError) as caught:
            explain(site, now=NOW)
    finally:
        (open_folder / locked).chmod(0o700)
    assert str(caught.value) == (f"The ledger {ledger} cannot be read: Permission denied. Ask as the user root.")


def test_a_configured_node_without_any_frame_is_answered_for(tmp_path: Path) -> None:
    site = write_site(tmp_path)
    note = SourceNote(NOW.timestamp() - 60, pipeline="yard", reason="The video yard.avi cannot be read: it is empty")
    (tmp_path / "outbox.ledger.jsonl").write_bytes(line_of(note))
    found = explain(site, now=NOW, node="alarm")
    text = " ".join(str(found.answer).split())
    assert (
        "yard/alarm: no frame came in that time: the pipeline yard failed at 15:29:00: The video yard.avi cannot"
        in text
    )
    assert f"Next: `securos-trigger doctor {site}` says what is wrong" in text
    assert "The ledger begins at " in text
    assert text.endswith(": The video yard.avi cannot be read: it is empty")


def test_times_are_typed_and_said_in_the_time_zone_of_the_configuration(
    tmp_path: Path, in_zone: Callable[[str], None]
) -> None:
    """As active hours and mutes are: a container is on UTC, and its site is not."""
    in_zone("UTC")
    site = write_site(tmp_path)
    site.write_text('time_zone = "Asia/Kolkata"\n' + site.read_text())
    note = SourceNote(NOW.timestamp() - 60, source="yard.avi", pipeline="yard", reason="Connection refused")
    (tmp_path / "outbox.ledger.jsonl").write_bytes(line_of(note))
    found = explain(site, now=NOW, at="20:59:30", node="alarm").answer
    assert found.asked.from_at_s == datetime(2025, 11, 24, 15, 29, 30, tzinfo=UTC).timestamp()
    text = " ".join(str(found).split())
    assert "Monday 24 November 2025, 20:59:30 to 20:59:31, time of Asia/Kolkata (IST, UTC+05:30)" in text
    assert "No frame since Monday 24 November 2025, 20:59:00: the source yard.avi was lost" in text
    assert "20:59:00" in found.to_json()["nodes"][0]["cause"]["text"]
    with pytest.raises(
        ArgumentError,
        match=re.escape("2025-11-24 21:30:00 (IST, UTC+05:30) is still to come: it is 2025-11-24 21:00:00"),
    ):
        explain(site, now=NOW, at="21:30", date="today")
