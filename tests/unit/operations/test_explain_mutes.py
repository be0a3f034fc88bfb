"""`explain` of a node that is muted now: the mute comes first, before what the ledger says of the past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from securos_trigger.ledger import Entry, GapNote, Record, RunNote
from securos_trigger.ledger.lines import line_of
from securos_trigger.model import Address, Reason
from securos_trigger.operations.explain import explain
from securos_trigger.operations.mute import mute, unmute
from tests.unit.operations.site import write_site


def first_lines(config: Path, at: datetime | None = None) -> str:
    """What is said of the node before its rows, as one line."""
    found = explain(config, now=datetime.now(UTC), zone=UTC, at=None if at is None else at.isoformat(), around_s=0)
    return " ".join(str(found.answer).partition("yard/alarm: ")[2].replace("\\\n", "").split())


def site_with_a_loss(folder: Path) -> Path:
    """A node that saw nothing, and a ledger with a gap in which events were lost, in the last minutes."""
    config, now_s = write_site(folder), datetime.now(UTC).timestamp()
    false = Entry(Address("yard", "", "alarm"), "yard", Reason.CONDITION_FALSE, now_s - 300, now_s - 5, 0.0, 295.0, 999)
    gap = GapNote(now_s - 200, now_s - 100, "the disk is full", 10, 3)
    lines: list[Record] = [RunNote(now_s - 301), false, gap]
    (folder / "outbox.ledger.jsonl").write_bytes(b"".join(map(line_of, lines)))
    return config


def test_a_mute_in_force_is_the_first_sentence_with_its_end_its_reason_and_the_command(tmp_path: Path) -> None:
    config = site_with_a_loss(tmp_path)
    assert "it did not fire: the condition was false" in first_lines(config).partition("The ledger has a gap")[0]
    [made] = mute(config, ["alarm"], "2h", "ladder")
    text = first_lines(config)
    until = made.until.astimezone(UTC)
    assert text.startswith("the node is muted since ")
    head, _, rest = text.partition(" (ladder): its events are not sent. Next: ")
    assert "In the time that was asked about it did not fire: " in rest
    assert f" until {until:%H:%M:%S}" in head or f", {until:%H:%M:%S}" in head
    assert f"Next: `securos-trigger unmute {config} yard/alarm` ends the mute." in text
    assert text.index("Next: ") < text.index("The ledger has a gap")
    unmute(config, ["alarm"])
    assert "it did not fire: the condition was false" in first_lines(config).partition("The ledger has a gap")[0]


def test_a_time_before_the_mute_is_answered_without_it(tmp_path: Path) -> None:
    config = site_with_a_loss(tmp_path)
    mute(config, ["alarm"], "2h", "ladder")
    assert "muted" not in first_lines(config, datetime.now(UTC) - timedelta(minutes=2))


def test_the_mute_is_the_cause_for_programs(tmp_path: Path) -> None:
    config = site_with_a_loss(tmp_path)
    mute(config, ["yard/alarm"], "2h")
    [node] = explain(config, now=datetime.now(UTC)).to_json()["nodes"]
    assert node["cause"]["kind"] == "muted"
    assert node["cause"]["next"] == f"`securos-trigger unmute {config} yard/alarm` ends the mute."
