"""Listing, showing, retrying and dropping deliveries of an outbox file that no process owns."""

from __future__ import annotations

import re
import shlex
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from securos_trigger.cli.main import app
from securos_trigger.errors import ArgumentError, ConfigurationError, OutboxError, OutcomeUnknownError
from securos_trigger.model import Action, Event
from securos_trigger.notices import Announcer
from securos_trigger.operations.given_up_troubles import given_up_troubles
from securos_trigger.operations.outbox import (
    ChangedRows,
    RowChoice,
    drop_rows,
    droppable_rows,
    list_rows,
    outbox_of,
    partly_done,
    retry_rows,
    show_rows,
)
from securos_trigger.operations.trouble import commands_for
from securos_trigger.outbox import Again, Dead, Outbox
from tests.unit.operations.site import write_site

TARGET = "https://vms.example:3443"
EVENT = Event(
    event_id="0b5c1d52-0000-4000-8000-000000000000",
    node_id="alarm",
    deployment_id="",
    name="",
    description="",
    camera_ids=("1",),
    action=Action.EVENT,
    record_duration_s=0,
    at=0.0,
    captured_at=datetime(2026, 3, 1, 14, 3, 22, tzinfo=UTC),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An outbox with the dead letters `First` and `Second`, and `Third`, which waits."""
    path = tmp_path / "outbox.sqlite"
    with closing(Outbox(path, announcer=Announcer())) as outbox:
        for number, (name, reason) in enumerate((("First", "refused"), ("Second", "expired"), ("Third", "")), 1):
            event_id = f"{number:08}-0000-4000-8000-000000000000"
            assert outbox.put(replace(EVENT, name=name, event_id=event_id), TARGET)
            if reason:
                [delivery] = outbox.claim(TARGET, 1).result(60)
                outbox.settle(delivery, Dead(reason))
        assert outbox.flush(60)
    return path


def names(path: Path, state: str = "") -> list[str]:
    return [row["name"] for row in list_rows(path, state=state).rows]


def test_what_is_not_delivered_is_listed_dead_letters_first(path: Path) -> None:
    listing = list_rows(path)
    assert [(row["name"], row["state"], row["reason"]) for row in listing.rows] == [
        ("First", "dead", "refused"),
        ("Second", "dead", "expired"),
        ("Third", "waiting", ""),
    ]
    assert (listing.counts["dead"], listing.counts["waiting"], listing.is_more) == (2, 1, False)


def test_a_listing_as_json_has_the_file_the_counts_and_the_rows(path: Path) -> None:
    plain = list_rows(path, state="dead", limit=1).to_json()
    assert (plain["outbox"], plain["counts"]["dead"], plain["is_more"]) == (str(path), 2, True)
    assert [row["name"] for row in plain["rows"]] == ["First"]


def test_rows_are_found_by_the_beginning_of_their_event_id_or_by_number(path: Path) -> None:
    assert [row["name"] for row in show_rows(path, ("00000002", "3"))] == ["Second", "Third"]
    assert show_rows(path, ("99",)) == ()


def test_retry_changes_the_dead_letters_that_fit(path: Path) -> None:
    assert retry_rows(path, RowChoice(reason="expi", is_exact_reason=True)) == ChangedRows(path, 0)
    assert droppable_rows(path, "dead", RowChoice(reason="expi", is_exact_reason=True)).rows == ()
    assert retry_rows(path, RowChoice(reason="expi")) == ChangedRows(path, 1)
    assert names(path, "dead") == ["First"]
    assert retry_rows(path, RowChoice(is_everything=True)).to_json() == {"outbox": str(path), "changed": 1, "left": []}
    assert names(path, "waiting") == ["Third", "Second", "First"]  # after what waits already


def test_retry_corrects_a_wrong_camera_and_means_only_what_was_sent_to_it(path: Path) -> None:
    with closing(Outbox(path, announcer=Announcer())) as outbox:
        two = replace(EVENT, name="Two cameras", event_id="00000004-0000", camera_ids=("9", "2"))
        assert outbox.put(two, TARGET)
        taken = outbox.claim(TARGET, 9).result(60)
        outbox.settle_all([(one, Dead("unknown camera 9") if one.name == "Two cameras" else Again()) for one in taken])
        assert outbox.flush(60)
    assert retry_rows(path, RowChoice(cameras=(("9", "1"),))) == ChangedRows(path, 1)
    waiting = list_rows(path, state="waiting").rows
    assert [(row["name"], row["camera_ids"]) for row in waiting] == [("Third", ["1"]), ("Two cameras", ["1", "2"])]
    assert names(path, "dead") == ["First", "Second"]
    assert retry_rows(path, RowChoice(ids=("1",), cameras=(("7", "8"),))).changed == 0
    assert retry_rows(path, RowChoice(ids=("1",), cameras=(("1", "8"),))).changed == 1
    with closing(Outbox(path, announcer=Announcer())) as outbox:
        sent = outbox.claim(TARGET, 9).result(60)
    assert [(one.name, one.camera_ids) for one in sent] == [("Third", ("1",)), ("First", ("8",))], "each in its lane"


def test_drop_drops_what_was_shown_before(path: Path) -> None:
    choice = RowChoice(target=TARGET)
    assert [row["name"] for row in droppable_rows(path, "dead", choice).rows] == ["First", "Second"]
    assert drop_rows(path, "dead", choice) == ChangedRows(path, 2)
    assert names(path) == ["Third"]


def test_drop_of_one_camera_leaves_those_of_another_and_the_question_names_it(tmp_path: Path) -> None:
    file = tmp_path / "outbox.sqlite"
    cameras: tuple[tuple[str, ...], ...] = (("9",), ("10", "2"), ())
    with closing(Outbox(file, announcer=Announcer())) as outbox:
        for number, ids in enumerate(cameras):
            event_id = f"{number:08}-0000-4000-8000-000000000000"
            assert outbox.put(replace(EVENT, name=f"of {ids}", event_id=event_id, camera_ids=ids), TARGET)
        taken = outbox.claim(TARGET, 9).result(60)
        outbox.settle_all([(one, Dead("unknown camera")) for one in taken])
        assert outbox.flush(60)
    command = ["outbox", "drop", "--path", str(file)]

    def left_after(*options: str, answer: str) -> tuple[str, list[str]]:
        done = CliRunner().invoke(app, [*command, *options], input=answer)
        return " ".join(done.stderr.split()), sorted(names(file))

    everything = [f"of {ids}" for ids in cameras]
    said, left = left_after("--all", answer="n\n")
    assert f"Drop 3 dead letters of cameras 2, 9, 10 and of no camera at {TARGET} for good?" in said
    assert left == sorted(everything)
    said, left = left_after("--camera", "9", answer="y\n")
    assert f"Drop 1 dead letter of camera 9 at {TARGET} for good?" in said
    assert left == sorted(everything[1:])
    said, left = left_after("--camera", "", answer="y\n")
    assert f"Drop 1 dead letter of no camera at {TARGET} for good?" in said
    assert left == [everything[1]]
    said, left = left_after("--camera", "1;2", answer="y\n")
    assert ('"1;2" is not a camera id' in said, left) == (True, [everything[1]])


def test_the_commands_that_status_prints_leave_what_another_receiver_has_given_up(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    file, other = outbox_of(config), "https://other.example:3443"
    with closing(Outbox(file, announcer=Announcer())) as outbox:
        for number, target in enumerate((TARGET, other)):
            event_id = f"{number:08}-0000-4000-8000-000000000000"
            assert outbox.put(replace(EVENT, name=target, event_id=event_id), target)
            [delivery] = outbox.claim(target, 1).result(60)
            outbox.settle(delivery, Dead("unknown camera 9"))
        assert outbox.flush(60)
    now = datetime(2026, 3, 1, 15, 0, tzinfo=UTC)
    one = {"target": TARGET, "camera": "1", "since": now.isoformat(), "reason": "unknown camera 1", "count": 1}
    [found] = commands_for(config, given_up_troubles([one], now))
    [again] = re.findall("`securos-trigger (outbox retry [^`]*)`", found.fix)
    done = CliRunner().invoke(app, shlex.split(again.replace("1=RIGHT", "1=2")))
    assert (done.exit_code, names(file, "dead")) == (0, [other]), done.output
    with closing(Outbox(file, announcer=Announcer())) as outbox:
        [delivery] = outbox.claim(TARGET, 1).result(60)
        outbox.settle(delivery, Dead("unknown camera 2"))
        assert outbox.flush(60)
    [command] = re.findall("`securos-trigger (outbox drop [^`]*)`", found.fix)
    done = CliRunner().invoke(app, [*shlex.split(command.replace("--camera 1", "--camera 2")), "--yes"])
    assert done.exit_code == 0, done.output
    assert names(file) == [other]


@pytest.mark.parametrize(
    ("choice", "argument", "what"),
    [
        ({}, "ids", "say which: by number or event id, by a reason or a target, or all of them"),
        ({"ids": ("1",), "is_everything": True}, "is_everything", "all are chosen: leave ids, reason and target out"),
        (
            {"target": TARGET, "is_everything": True},
            "is_everything",
            "all are chosen: leave ids, reason and target out",
        ),
        ({"cameras": (("9", "1;2"),)}, "cameras", '"1;2" is not a camera id'),
        ({"cameras": (("9", "1"), ("9", "2"))}, "cameras", "one wrong camera has two right ones: name one"),
    ],
)
def test_a_choice_says_which_rows_and_only_once(choice: dict[str, object], argument: str, what: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        RowChoice(**choice)  # type: ignore[arg-type]
    assert (caught.value.argument, str(caught.value)) == (argument, what)


def test_what_is_being_sent_is_not_dropped(path: Path) -> None:
    with pytest.raises(ArgumentError, match="what is being sent cannot be dropped"):
        drop_rows(path, "sending", RowChoice(is_everything=True))


def test_a_state_that_does_not_exist(path: Path) -> None:
    with pytest.raises(ArgumentError) as caught:
        list_rows(path, state="xyzzy")
    assert str(caught.value) == 'there is no state "xyzzy". Known: waiting, sending, relayed, delivered, dead.'
    with pytest.raises(ArgumentError) as caught:
        list_rows(path, state="wating")
    assert str(caught.value) == 'there is no state "wating". Did you mean "waiting"?'


def test_the_outbox_of_a_configuration_needs_no_secret(tmp_path: Path) -> None:
    assert outbox_of(write_site(tmp_path, password='{ env = "NOT_SET" }')) == tmp_path / "outbox.sqlite"
    with pytest.raises(ConfigurationError):
        outbox_of(tmp_path / "other.toml")


def test_an_outbox_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(OutboxError, match="no event was kept there yet"):
        list_rows(tmp_path / "outbox.sqlite")


def test_a_failure_says_how_many_deliveries_were_changed_before_it() -> None:
    failure = OutboxError("The service does not answer: it hangs. This was not done.")
    said = r"^500 deliveries were changed\. Then: The service does not answer"
    with pytest.raises(OutcomeUnknownError, match=said), partly_done(lambda: 500):
        raise failure
    with pytest.raises(OutboxError) as found, partly_done(lambda: 0):
        raise failure
    assert found.value is failure
