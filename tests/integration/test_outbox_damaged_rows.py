"""Damaged rows of an outbox file: each is listed with what is wrong, stays where it is, and holds nobody up."""

from __future__ import annotations

import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from securos_trigger.cli.main import app
from securos_trigger.cli.outbox_tables import left_lines
from securos_trigger.operations.outbox import RowChoice, change_rows, drop_rows, list_rows, retry_rows, show_rows
from securos_trigger.outbox import State
from tests.unit.outbox.storing import TARGET, event

NEW = "https://192.0.2.9:3443"
#: A camera of bytes that are no UTF-8, as they stand and as an escape; and a number that is too large for a float.
HALF_CAMERAS = ("CAST(x'5b2232ff225d' AS TEXT)", "'[\"2\\udcff\"]'", "'[\"2\\ud800\"]'")
TOO_LARGE_BOX = f"'[[1{'0' * 400},0,0,0]]'"
DAMAGES = [
    *(("camera_ids", f"'{text}'") for text in ('["1', "5", '"1"', "[1]", '{"1": 1}', "")),
    *(("camera_ids", text) for text in HALF_CAMERAS),
    *(("boxes", text) for text in (TOO_LARGE_BOX, "'[[1,'")),
    *(("remaining_camera_ids", f"'{text}'") for text in ('["1', "null")),
    *((name, "x'ff41'") for name in ("camera_ids", "event_id", "node_id", "deployment_id", "name", "description")),
    *((name, "x'ff41'") for name in ("action", "reason", "box_color", "boxes", "pipeline")),
    *((name, "CAST(x'ff41' AS TEXT)") for name in ("camera_ids", "event_id", "name", "description", "action")),
    *((name, "'soon'") for name in ("action", "record_duration_s", "captured_at_s", "kept_at_s", "attempts")),
    *((name, "'soon'") for name in ("retried_at_s", "due_at_s", "settled_at_s")),
    *((name, "9e999") for name in ("captured_at_s", "kept_at_s", "due_at_s")),
]
#: What an event is delivered without.
SPARED = ("boxes",)


def file_with(path: Path, column: str, value: str, state: State) -> Path:
    """An outbox with three rows in a state, the second of them damaged."""
    from tests.integration.test_outbox import Heard

    outbox = Heard().open(path)
    for camera in "123":
        outbox.put(event(camera, event_id=f"event-number-{camera}"), TARGET)
    assert outbox.close(60)
    with closing(sqlite3.connect(path, isolation_level=None)) as intruder:
        intruder.execute("DELETE FROM lane" if state is not State.WAITING else "SELECT 1")
        settled = "NULL" if state is State.WAITING else "kept_at_s"
        lanes = f"UPDATE delivery SET state = '{state}', settled_at_s = {settled}, reason = 'refused'"
        intruder.execute(lanes)
        intruder.execute(f"UPDATE delivery SET {column} = {value} WHERE sequence = 2")
    return path


def numbers(path: Path, state: State) -> list[int]:
    return [row["number"] for row in list_rows(path, state=state).rows]


@pytest.mark.parametrize("state", [State.DEAD, State.WAITING])
@pytest.mark.parametrize(("column", "value"), DAMAGES)
def test_a_damaged_row_is_listed_left_alone_and_dropped(tmp_path: Path, column: str, value: str, state: State) -> None:
    path = file_with(tmp_path / "outbox.db", column, value, state)
    listed = list_rows(path, state=state).rows
    assert [row["number"] for row in listed] == [1, 2, 3]
    [shown] = show_rows(path, ("2",))
    if column not in SPARED:
        assert shown["is_readable"] is False
        assert shown["reason"].startswith(f"the row cannot be read: {column}: ")
    everything = RowChoice(target=TARGET)
    moved = change_rows(path, "move", state, everything, to=NEW)
    is_spared = column in SPARED or (column, state) == ("due_at_s", State.WAITING)  # an owner's start writes it anew
    assert (moved.changed, [row["number"] for row in moved.left]) == ((3, []) if is_spared else (2, [2]))
    assert [row["number"] for row in list_rows(path, state=state, target=TARGET).rows] == [] if is_spared else [2]
    back = change_rows(path, "move", state, RowChoice(target=NEW), to=TARGET)
    assert (back.changed, back.left) == (3 if is_spared else 2, ())
    if state is State.DEAD:
        again = retry_rows(path, everything)
        assert (again.changed, [row["number"] for row in again.left]) == ((3, []) if is_spared else (2, [2]))
    dropped = drop_rows(path, state, RowChoice(ids=("2",)))
    assert dropped.changed == (0 if is_spared and state is State.DEAD else 1)
    with closing(sqlite3.connect(path)) as looking:
        lanes = "SELECT sequence FROM lane WHERE sequence NOT IN (SELECT sequence FROM delivery)"
        assert looking.execute(lanes).fetchall() == []


def typed(command: str, answer: str = "") -> str:
    """What a command prints, which is typed as a shell would take it."""
    return CliRunner().invoke(app, shlex.split(command.replace("\\\n", ""))[1:], input=answer).stdout


def test_the_remedy_for_a_damaged_row_can_be_typed(tmp_path: Path) -> None:
    path = file_with(tmp_path / "outbox.db", "camera_ids", "'5'", State.DEAD)
    said = typed(f"securos-trigger outbox retry 2 --path {path}")
    assert said.startswith(
        "No dead letter will be sent again.\nNumber 2 stays, dead: the row cannot be read: camera_ids"
    )
    assert " deletes it." in said
    assert "1 delivery dropped." in typed(said.split("`")[1], answer="y\n")
    assert numbers(path, State.DEAD) == [1, 3]
    nothing = typed(f"securos-trigger outbox retry 2 --path {path}")
    assert "outbox.db:" in typed(nothing.split("`")[1])


def test_damaged_rows_of_two_states_have_a_command_for_each(tmp_path: Path) -> None:
    left = [{**show_rows(file_with(tmp_path / "outbox.db", "name", "x'ff41'", State.DEAD), ("2",))[0]}]
    left += [{**left[0], "number": 7}, {**left[0], "number": 8, "state": "waiting"}]
    text = "\n".join(left_lines(left, "my.toml"))
    assert "-> `securos-trigger outbox drop my.toml 2 7 --state dead` deletes them." in text
    assert "-> `securos-trigger outbox drop my.toml 8 --state waiting` deletes it." in text
