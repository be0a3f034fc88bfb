"""The commands of a person who operates the delivery: `outbox …` and `doctor`, on real files and receivers."""

from __future__ import annotations

import codecs
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from pydantic import TypeAdapter, ValidationError

from securos_trigger import running
from securos_trigger.cli.main import app
from securos_trigger.cli.outbox_tables import age, listing_text
from securos_trigger.config.files import outbox_warnings
from securos_trigger.config.reader import read_config
from securos_trigger.config.settings import IdentitySettings, OutboxSettings, Settings
from securos_trigger.doctor import examine_machine
from securos_trigger.errors import OutboxError
from securos_trigger.notices import Announcer
from securos_trigger.operations.check import check_config
from securos_trigger.operations.doctor import deliveries_by_state
from securos_trigger.operations.outbox import OutboxListing, list_rows
from securos_trigger.operations.status import status_at
from securos_trigger.outbox import Done, Outbox, Selection, State
from securos_trigger.outbox.lock import OutboxLock
from securos_trigger.runtime.control import OutboxRequest, ask
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.system.mounts import LEAST_FREE_MB, mount_of
from securos_trigger.validation import Secret
from securos_trigger.vms.simulator import Simulator
from tests.integration.test_control import die, event, keep, owner
from tests.made_videos import write_video

CONFIG = """\
[outbox]
path = "outbox.sqlite"
{outbox}
[[pipelines]]
name = "yard"
source = {{ type = "file", path = "yard.avi" }}

[[pipelines.nodes]]
type = "function"
module = "level"

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
iss_ip = "127.0.0.1"
iss_port = "{port}"
iss_password = {password}
iss_camera_ids = "{cameras}"
{more}
"""


def no_dead_letter(config: Path) -> str:
    """What is said where none fits, on one line, with a command that can be typed."""
    return f"No dead letter fits. `securos-trigger outbox list {config} --state dead` shows all."


def on_one_line(text: str) -> str:
    return " ".join(text.replace("\\\n", "").split())


def written(
    folder: Path, *, password: str = '"token"', port: int = 3443, cameras: str = "1", outbox: str = "", more: str = ""
) -> Path:
    config = folder / "yard.toml"
    config.write_text(CONFIG.format(password=password, port=port, cameras=cameras, outbox=outbox, more=more))
    config.chmod(0o600)
    return config


def run(*words: object, answer: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], input=answer, env={"COLUMNS": "200"})


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    """A configuration whose outbox holds three dead letters and one that waits; nobody owns it."""
    with closing(Outbox(tmp_path / "outbox.sqlite", announcer=Announcer())) as outbox:
        die(outbox, "refused with status 400: no", event("First", "1"), event("Second [red]", "2"))
        die(outbox, "expired", event("Third", "3"))
        keep(outbox, event("Fourth", "4"))
    yield written(tmp_path)


def states(config: Path) -> dict[str, int]:
    with closing(Outbox(config.parent / "outbox.sqlite", announcer=Announcer())) as outbox:
        return {state.value: count for state, count in outbox.counts().items() if count}


# -- outbox


@pytest.mark.parametrize(("is_over", "what"), [(False, "LOSING EVENTS: 31 events"), (True, "Lost: 31 events")])
def test_list_says_that_events_were_lost_which_are_in_no_row(is_over: bool, what: str) -> None:
    losses = {"count": 31, "is_losing": True, "is_over": is_over, "reason": "the disk is full"}
    listing = OutboxListing(Path("outbox.sqlite"), {"waiting": 0}, (), is_more=False, losses=losses)
    lines = listing_text(listing, now=datetime.now(UTC), limit=50, width=80, config="site.toml").splitlines()
    assert max(map(len, lines)) <= 80
    assert " ".join(line.strip() for line in lines[2:]) == (
        f"! {what} since the start of the service, which are not in this list: the disk is full. `securos-trigger "
        "status site.toml` says more."
    )


def test_list_asks_the_running_service_for_lost_events(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    node = {"iss_ip": "127.0.0.1", "iss_port": "9", "iss_password": "token", "event_source": "custom"}
    with running({**node, "trigger": "go", "event_name": "Alarm"}, outbox=path, drain_s=0):
        assert list_rows(path).losses["count"] == 0
    assert list_rows(path).losses == {}


def test_list_shows_what_is_not_delivered_and_why(config: Path) -> None:
    path = config.parent / "outbox.sqlite"
    now = datetime(2026, 3, 1, 17, 5, tzinfo=UTC)
    assert listing_text(list_rows(path), now=now, limit=50, width=80).splitlines() == [
        f"{path}:",
        "  1 waiting, 0 sending, 0 delivered, 3 dead letters",
        "",
        "https://vms.example:3443, dead letters: refused with status 400: no",
        "  no.  age  attempts  cameras  event",
        "    1  3 h         1  1        First",
        "    2  3 h         1  2        Second [red]",
        "",
        "https://vms.example:3443, dead letters: expired",
        "  no.  age  attempts  cameras  event",
        "    3  3 h         1  3        Third",
        "",
        "https://vms.example:3443, waiting",
        "  no.  age  attempts  cameras  event",
        "    4  3 h         0  4        Fourth",
    ]


def test_a_listing_with_long_texts_stays_within_its_width(config: Path) -> None:
    row = list_rows(config.parent / "outbox.sqlite").rows[0]
    long = {
        **row,
        "name": "A person\x1b[31m walks along the fence of the yard in the north of the site",
        "camera_ids": [str(camera) for camera in range(1, 30)],
        "reason": "; ".join(f"camera {camera}: event refused: SecurOS knows no such camera" for camera in range(1, 9)),
    }
    listing = OutboxListing(Path("outbox.sqlite"), {"dead": 1}, (long,), is_more=False)
    now = datetime(2026, 3, 1, 17, 5, tzinfo=UTC)
    lines = listing_text(listing, now=now, limit=50, width=72).splitlines()
    assert max(map(len, lines)) <= 72
    assert "\x1b" not in "".join(lines)
    words = " ".join(" ".join(lines).split())
    assert "camera 8: event refused: SecurOS knows no such camera" in words
    assert {"1,", "28,", "29", "site"} <= set(words.split())


def test_what_waits_behind_others_stands_with_them_under_their_reason(config: Path) -> None:
    row = {**list_rows(config.parent / "outbox.sqlite").rows[0], "state": "waiting", "attempts": 0}
    gone = "no node sends to this receiver any more"
    away = {**row, "target": "https://away:3443", "reason": "https://away:3443 takes no events: connection refused."}
    rows = (away, {**row, "reason": gone}, {**row, "reason": ""}, {**row, "target": "https://other:3443", "reason": ""})
    listing = OutboxListing(Path("outbox.sqlite"), {"waiting": 4}, rows, is_more=False)
    lines = listing_text(listing, now=datetime(2026, 3, 1, 17, 5, tzinfo=UTC), limit=50, width=80).splitlines()
    heads = [line for line in lines if line.startswith("https")]
    assert heads.pop(0) == "https://away:3443, waiting: connection refused."
    assert heads == [f"{row['target']}, waiting: {gone}", "https://other:3443, waiting"]


def test_what_was_not_tried_yet_has_the_reason_of_an_event_only_behind_it(config: Path) -> None:
    any_row = {**list_rows(config.parent / "outbox.sqlite").rows[0], "state": "waiting", "target": "https://vms:3443"}

    def row(name: str, cameras: str, reason: str = "") -> dict[str, Any]:
        return {**any_row, "name": name, "camera_ids": cameras.split(), "reason": reason, "attempts": int(bool(reason))}

    def groups(*rows: dict[str, Any]) -> dict[str, list[str]]:
        """The names of the events below each head."""
        found: dict[str, list[str]] = {}
        listing = OutboxListing(Path("outbox.sqlite"), {"waiting": len(rows)}, rows, is_more=False)
        for line in listing_text(listing, now=datetime(2026, 3, 1, 17, 5, tzinfo=UTC), limit=50, width=80).splitlines():
            if line.startswith("https"):
                names = found.setdefault(line.partition("waiting")[2], [])
            elif line.startswith("   ") and "attempts" not in line:
                names.append(line.split()[-1])
        return found

    poison = row("poison", "1", "it answers 500 to this event")
    assert groups(row("before", "1"), poison, row("behind", "1 2"), row("other", "3"), row("behind_that", "2")) == {
        "": ["before", "other"],
        ": it answers 500 to this event": ["poison", "behind", "behind_that"],
    }
    assert groups(row("poison", "", "it answers 500"), row("other", "3"), row("behind", "")) == {
        ": it answers 500": ["poison", "behind"],
        "": ["other"],
    }
    assert groups(row("tried", "1", "https://vms:3443 takes no events: no route"), row("other", "3")) == {
        ": no route": ["tried", "other"]
    }


def test_list_says_when_there_is_more(config: Path) -> None:
    done = run("outbox", "list", config, "--state", "dead", "--limit", 1)
    assert done.stdout.splitlines()[-1] == "There are more; --limit shows more than 1 of a state."


def test_list_as_json_is_for_programs(config: Path) -> None:
    listed = json.loads(run("outbox", "list", "--path", config.parent / "outbox.sqlite", "--json").stdout)
    assert listed["counts"] == {"waiting": 1, "sending": 0, "relayed": 0, "delivered": 0, "dead": 3}
    assert [(row["number"], row["reason"]) for row in listed["rows"]][2:] == [(3, "expired"), (4, "")]


def test_show_tells_everything_about_a_delivery(config: Path) -> None:
    done = run("outbox", "show", config, 3)
    read = dict(line.split("  ", 1) for line in done.stdout.splitlines())
    assert (done.exit_code, read["state"].strip(), read["reason"].strip(), read["event"].strip()) == (
        0,
        "dead letter",
        "expired",
        "Third",
    )


def test_show_has_the_words_of_people_and_the_time_of_this_machine(tmp_path: Path) -> None:
    with closing(Outbox(tmp_path / "outbox.sqlite", announcer=Announcer())) as outbox:
        keep(outbox, event("Delivered", "1"))
        [delivery] = outbox.claim("https://vms.example:3443", 1).result(10)
        outbox.settle(delivery, Done())
        assert outbox.flush(10)
    lines = run("outbox", "show", written(tmp_path), 1).stdout.splitlines()
    read = dict(line.split("  ", 1) for line in lines)
    zone = datetime.now().astimezone().tzname()
    assert (read["attempts"].strip(), read["state"].strip()) == ("1", "delivered")
    assert re.fullmatch(rf"\s*\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d {zone}", read["delivered"])
    assert not {"is_readable", "lanes_ahead", "reason", "due_at"} & read.keys()
    assert all(text.strip() for text in read.values())


def test_the_newest_delivered_events_are_listed_first(tmp_path: Path) -> None:
    with closing(Outbox(tmp_path / "outbox.sqlite", announcer=Announcer())) as outbox:
        for number in range(3):
            keep(outbox, event(f"Event {number}", "1"))
            [delivery] = outbox.claim("https://vms.example:3443", 1).result(10)
            outbox.settle(delivery, Done())
            assert outbox.flush(10)
    listed = run("outbox", "list", written(tmp_path), "--state", "delivered", "--limit", 2).stdout
    assert [line.split("Event ")[1] for line in listed.splitlines() if "Event " in line] == ["2", "1"]
    assert "There are more older ones; --limit shows more than 2 of a state." in listed


#: What is said where nothing runs.
NOT_NOW = "No service runs with this outbox now: that begins when one does.\n"


def test_show_of_what_is_not_there(config: Path) -> None:
    done = run("outbox", "show", config, 99)
    assert (done.exit_code, done.stdout) == (1, "No delivery here has the number or event id 99.\n")


def test_retry_puts_back_what_is_named(config: Path) -> None:
    assert (
        run("outbox", "retry", config, "--reason", "status 400").stdout
        == f"2 dead letters will be sent again.\n{NOT_NOW}"
    )
    assert run("outbox", "retry", config, 3).stdout == f"1 dead letter will be sent again.\n{NOT_NOW}"
    assert states(config) == {"waiting": 4}
    nothing = run("outbox", "retry", config, "--all")
    assert (nothing.exit_code, on_one_line(nothing.stdout)) == (1, no_dead_letter(config))


def test_retry_asks_a_living_owner(config: Path) -> None:
    with owner(config.parent / "outbox.sqlite") as outbox:
        assert run("outbox", "retry", config, "--all", "--json").exit_code == 0
        assert outbox.counts()[State.WAITING] == 4


def test_drop_asks_first_and_takes_no_for_an_answer(config: Path) -> None:
    refused = run("outbox", "drop", config, "--all", answer="n\n")
    assert (refused.exit_code, refused.stdout.splitlines()[-1]) == (1, "Nothing was dropped.")
    asked = "Drop 3 dead letters of cameras 1, 2, 3 at https://vms.example:3443 for good? They will never reach the VMS. [y/N]:"
    assert asked in on_one_line(refused.stderr)
    assert states(config) == {"waiting": 1, "dead": 3}


def test_drop_throws_away_what_is_named(config: Path) -> None:
    assert run("outbox", "drop", config, "1", "2", answer="y\n").stdout.endswith("2 deliveries dropped.\n")
    assert run("outbox", "drop", config, "--state", "waiting", "--all", "--yes").stdout == "1 delivery dropped.\n"
    assert states(config) == {"dead": 1}


OLD, NEW = "https://vms.example:3443", "https://127.0.0.1:3443"


def test_move_gives_what_was_not_delivered_the_new_address(config: Path) -> None:
    dry = run("outbox", "move", config, OLD, NEW, "--dry-run")
    assert (dry.exit_code, dry.stdout) == (0, "1 waiting and 3 dead letters would be moved.\n")
    refused = run("outbox", "move", config, OLD, NEW, answer="n\n")
    assert (refused.exit_code, refused.stdout.splitlines()[-1]) == (1, "Nothing was moved.")
    assert f"Move 1 waiting and 3 dead letters to {NEW}? [y/N]:" in refused.stderr
    assert {row["target"] for row in list_rows(config.parent / "outbox.sqlite").rows} == {OLD}
    done = run("outbox", "move", config, OLD, NEW, "--yes")
    retry = f"securos-trigger outbox retry {config} --target {NEW}"
    assert done.stdout.splitlines() == [
        f"1 waiting and 3 dead letters moved to {NEW}.",
        f"To send the dead letters again: `{retry}`.",
    ]
    rows = list_rows(config.parent / "outbox.sqlite").rows
    assert [(row["target"], row["name"]) for row in rows if row["state"] == "waiting"] == [(NEW, "Fourth")]
    assert [(row["number"], row["target"]) for row in rows if row["state"] == "dead"] == [(1, NEW), (2, NEW), (3, NEW)]
    assert run("outbox", "move", config, OLD, NEW).stdout == f"Nothing for {OLD} fits.\n"
    assert run(*retry.split()[1:]).stdout == f"3 dead letters will be sent again.\n{NOT_NOW}"


def test_move_moves_one_state_only(config: Path) -> None:
    done = run("outbox", "move", config, OLD, NEW, "--state", "dead", "--yes", "--json")
    assert json.loads(done.stdout)["moved"] == {"dead": 3}
    rows = list_rows(config.parent / "outbox.sqlite").rows
    assert {(row["state"], row["target"]) for row in rows} == {("waiting", OLD), ("dead", NEW)}


def test_a_move_of_nothing_is_json_for_programs_too(config: Path) -> None:
    nothing = {"outbox": str(config.parent / "outbox.sqlite"), "already_there": 0, "is_more": False, "left": []}
    refused = run("outbox", "move", config, OLD, NEW, "--json", answer="n\n")
    assert (refused.exit_code, json.loads(refused.stdout)) == (1, {**nothing, "moved": {"waiting": 0, "dead": 0}})
    relayed = run("outbox", "move", config, OLD, NEW, "--state", "relayed", "--json")
    assert (relayed.exit_code, json.loads(relayed.stdout)) == (1, {**nothing, "moved": {"relayed": 0}})
    dry = run("outbox", "move", config, OLD, NEW, "--state", "relayed", "--dry-run", "--json")
    assert (dry.exit_code, json.loads(dry.stdout)["counts"]) == (1, {"relayed": 0})


def test_move_says_that_the_new_address_had_an_event_already(config: Path) -> None:
    path = config.parent / "outbox.sqlite"
    with closing(Outbox(path, announcer=Announcer())) as outbox:
        for target in (OLD, NEW):
            assert outbox.put(event("Fifth", "5"), target)
        (row,) = [one for one in outbox.select(Selection(State.WAITING))[0] if one.delivery.name == "Fifth"][:1]
        again = replace(event("Fifth", "5"), event_id=row.delivery.event_id)
        assert outbox.put(again, NEW)
    done = run("outbox", "move", config, OLD, NEW, "--state", "waiting", "--yes")
    assert done.stdout.splitlines() == [
        f"2 waiting moved to {NEW}.",
        "1 of them was there already, and is kept once.",
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((OLD, "https://127.0.0.1:3444"), 'sends to https://127.0.0.1:3444. Did you mean "https://127.0.0.1:3443"?'),
        ((NEW, NEW), f"A node of the configuration sends to {NEW}: its events are delivered. Nothing was moved."),
        ((OLD, NEW, "--state", "sending"), "only what is waiting, dead or relayed can be moved"),
    ],
)
def test_a_move_that_cannot_be_meant_is_refused(config: Path, words: tuple[str, ...], sentence: str) -> None:
    refused = run("outbox", "move", config, *words, "--yes")
    assert refused.exit_code != 0
    assert sentence in " ".join((refused.stderr or str(refused.exception)).split())
    assert states(config) == {"waiting": 1, "dead": 3}


def test_deliveries_for_a_receiver_nobody_serves_any_more_are_chosen_by_its_target(config: Path) -> None:
    old = "https://old.example:3443"
    with closing(Outbox(config.parent / "outbox.sqlite", announcer=Announcer())) as outbox:
        assert outbox.put(event("Fifth", "5"), old)
        assert outbox.put(event("Sixth", "6"), old)
    listed = json.loads(run("outbox", "list", config, "--target", old, "--json").stdout)
    assert [(row["name"], row["target"]) for row in listed["rows"]] == [("Fifth", old), ("Sixth", old)]
    assert on_one_line(run("outbox", "retry", config, "--target", old).stdout) == no_dead_letter(config)
    dropped = run("outbox", "drop", config, "--state", "waiting", "--target", old, answer="y\n")
    assert f"Drop 2 waiting of cameras 5, 6 at {old} for good?" in on_one_line(dropped.stderr)
    assert dropped.stdout.endswith("2 deliveries dropped.\n")
    assert states(config) == {"waiting": 1, "dead": 3}
    put_back = run("outbox", "retry", config, "--target", "https://vms.example:3443", "--reason", "expired")
    assert put_back.stdout == f"1 dead letter will be sent again.\n{NOT_NOW}"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["drop", "--target", "https://old.example:3443", "--all"], "--all stands alone"),
        (["retry"], "say which: by number or event id, with --reason, --target or --camera, or --all"),
        (["retry", "--camera", "9"], 'write WRONG=RIGHT, such as 9=1, not "9"'),
        (["retry", "--camera", "9=a"], '"a" is not a camera id'),
        (["retry", "1", "--all"], "--all stands alone: leave the numbers, --reason and --target out"),
        (["drop", "--state", "sending", "--all"], "what is being sent cannot be dropped"),
        (["retry", "--state", "waiting", "--all"], "only what is dead or relayed can be sent again"),
        (
            ["drop", "--state", "xyzzy", "--all"],
            'there is no state "xyzzy". Known: waiting, sending, relayed, delivered, dead.',
        ),
    ],
)
def test_a_command_that_is_not_clear_changes_nothing(config: Path, words: list[str], sentence: str) -> None:
    done = run("outbox", words[0], config, *words[1:])
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert states(config) == {"waiting": 1, "dead": 3}


@pytest.mark.parametrize("words", [["list", "--reason"], ["list", "--target"], ["retry"]])
def test_words_that_are_not_text_are_refused_with_a_sentence(config: Path, words: list[str]) -> None:
    command, *option = words
    done = run("outbox", command, config, *option, "\udcff")
    assert (done.exit_code, "it is not UTF-8 text" in done.stderr) == (2, True)
    done = run("outbox", command, config, *option, "x" * 1001)
    assert (done.exit_code, "it is longer than 1,000 characters" in done.stderr) == (2, True)


@pytest.fixture
def closed_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that the user of this test may not enter; whoever is root becomes another user for it."""
    folder = tmp_path / "private"
    folder.mkdir(mode=0o700)
    (folder / "outbox.sqlite").touch()
    was = os.geteuid()
    if was != 0:
        folder.chmod(0)
    above = [
        one
        for one in (tmp_path, *tmp_path.parents)
        if one.stat().st_uid == was and one.is_relative_to(tempfile.gettempdir())
    ]
    modes = {one: one.stat().st_mode for one in above if one != Path(tempfile.gettempdir())}
    for one in modes:
        one.chmod(0o755)
    codecs.lookup("utf-8-sig")  # another user may not be able to read Python's own files
    if was == 0:
        os.seteuid(65534)
    yield folder
    os.seteuid(was)
    folder.chmod(0o700)
    for one, mode in modes.items():
        one.chmod(mode)


#: The folder is that of the user who runs the tests.
OWNER = "as the user root" if os.getuid() == 0 else "as the user who runs securos-trigger"


def test_a_secret_and_an_outbox_where_this_user_has_no_rights_say_what_to_do(closed_folder: Path) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Secret).validate_python({"file": str(closed_folder / "token")})
    assert "Give the user of this process the right to read it." in str(caught.value.errors())
    with pytest.raises(OutboxError, match=f"Run it {OWNER}"):
        OutboxLock(closed_folder / "outbox.sqlite")


def test_a_folder_that_this_user_may_not_enter_is_told_in_sentences(closed_folder: Path) -> None:
    path = closed_folder / "outbox.sqlite"
    with pytest.raises(OutboxError) as caught:
        ask(path, OutboxRequest(do="list"), Announcer())
    assert str(caught.value) == (f"The outbox {path} cannot be looked at: permission denied. Ask {OWNER}.")
    config = closed_folder.parent / "x.toml"
    settings = Settings(outbox=OutboxSettings(path=path), pipelines=(), identity=IdentitySettings())
    with pytest.raises(OutboxError) as refused:
        Dispatch(OutboxSettings(path=closed_folder / "below" / "outbox.sqlite"), Announcer())
    assert str(refused.value) == (
        f"The folder of the outbox {closed_folder}/below/outbox.sqlite cannot be made: Permission denied."
    )
    os.seteuid(os.getuid())
    config.write_text("pipelines = []")
    os.seteuid(65534 if os.getuid() == 0 else os.getuid())
    found = [str(finding).strip() for finding in examine_machine(config, settings, deliveries_by_state)]
    assert found[1] == (
        f"failed   outbox       {path} cannot be looked at: permission denied\n"
        f"                        -> Run the doctor {OWNER}."
    )
    assert found[2].split()[1] == "disk"
    report = status_at(path, config, now=datetime.now(UTC))
    assert [(one.text, one.fix) for one in report.troubles] == [
        (
            f"Whether a service runs is not known: this user may not look into {closed_folder}",
            f"Ask {OWNER}, or let outbox.path name a folder of this user.",
        )
    ]
    assert [one.partition("\n")[0] for one in map(str, outbox_warnings(path))] == [
        f"outbox.path: {path} cannot be looked at: permission denied"
    ]


def test_an_outbox_in_a_folder_of_the_kernel_cannot_be_made_and_check_and_doctor_say_so(tmp_path: Path) -> None:
    config = written(tmp_path)
    config.write_text(re.sub(r'path = ".*outbox\.sqlite"', 'path = "/proc/none/outbox.sqlite"', config.read_text()))
    why = "/proc/none/outbox.sqlite cannot be made: /proc is of the kernel (proc), and no file can be kept there"
    assert any(why in warning for warning in check_config(config).warnings)
    assert machine(config)[1].startswith(f"failed   outbox       {why}\n")


def test_an_outbox_below_a_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutboxError) as caught:
        Dispatch(OutboxSettings(path=tmp_path / "file" / "outbox.sqlite"), Announcer())
    assert str(caught.value).startswith(f"The folder of the outbox {tmp_path}/file/outbox.sqlite cannot be made: ")


def test_neither_a_configuration_nor_a_file() -> None:
    assert "name the configuration, or the outbox file with --path" in run("outbox", "list").stderr


def test_ages_are_told_in_the_unit_a_person_would_use() -> None:
    assert [age(timedelta(seconds=s)) for s in (-5, 0, 119, 120, 7199, 7200, 172_799, 172_800)] == [
        "0 s",
        "0 s",
        "119 s",
        "2 min",
        "119 min",
        "2 h",
        "47 h",
        "2 d",
    ]


# -- doctor


def machine(config: Path) -> list[str]:
    return [str(finding).strip() for finding in examine_machine(config, read_config(config), deliveries_by_state)]


def test_the_doctor_ends_with_0_when_nothing_failed_and_with_1_when_something_did(tmp_path: Path) -> None:
    write_video(tmp_path / "yard.mp4", [np.zeros((64, 64, 3), dtype=np.uint8)])
    (tmp_path / "yard.mp4").rename(tmp_path / "yard.avi")  # a source is known by what is in it
    with Simulator(("1",)) as simulator:
        assert simulator.certificate is not None
        more = f'iss_certificate_sha256 = "{simulator.certificate.sha256}"'
        token, port = json.dumps(simulator.token), simulator.receiver_port
        well = run("doctor", written(tmp_path, password=token, port=port, more=more))
        ill = run("doctor", written(tmp_path, password=token, port=port, more=more, cameras="9"))
    assert (well.exit_code, well.stdout.splitlines()[-1]) == (0, "0 failed, 0 warnings, 15 ok")
    assert (ill.exit_code, ill.stdout.splitlines()[-1]) == (1, "1 failed, 0 warnings, 14 ok")
    assert well.stdout.splitlines()[0] == "the running service"
    assert simulator.token not in well.stdout


def test_a_password_that_others_can_read(tmp_path: Path) -> None:
    config = written(tmp_path)
    config.chmod(0o644)
    assert machine(config)[0] == (
        f"warning  secrets      {config} holds a password and others may use it (mode 644)\n"
        f"                        -> `chmod 600 {config}`"
    )


def test_a_configuration_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    config = written(tmp_path)
    config.write_bytes(b"\xef\xbb\xbf" + config.read_bytes())
    assert machine(config)[0] == f"ok       secrets      only its owner may read {config}"


def test_a_password_in_a_file_of_its_own(tmp_path: Path) -> None:
    secret = tmp_path / "token.txt"
    secret.write_text("token\n")
    config = written(tmp_path, password='{ file = "token.txt" }')
    config.chmod(0o644)
    secret.chmod(0o640)
    assert machine(config)[0] == (
        f"warning  secrets      {secret} holds a password and others may use it (mode 640)\n"
        f"                        -> `chmod 600 {secret}`"
    )
    secret.chmod(0o600)
    assert machine(config)[0] == f"ok       secrets      only its owner may read {secret}"


def test_a_password_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECUROS_TOKEN", "token")
    config = written(tmp_path, password='{ env = "SECUROS_TOKEN" }')
    assert machine(config)[0] == "ok       secrets      from the environment"


def test_warnings_of_the_configuration(tmp_path: Path) -> None:
    config = written(tmp_path, more='trigger = "x > 0"')
    assert machine(config)[0] == (
        'warning  settings     line 19: pipeline yard, node alarm, trigger: not used with event_source = "built_in"'
    )


def test_an_outbox_that_is_not_made_yet_is_not_made_by_the_doctor(tmp_path: Path) -> None:
    config = written(tmp_path)
    assert machine(config)[1] == f"ok       outbox       {tmp_path / 'outbox.sqlite'} will be made at the first start"
    assert list(tmp_path.iterdir()) == [config]


def test_an_outbox_that_works(tmp_path: Path) -> None:
    config = written(tmp_path)
    with owner(tmp_path / "outbox.sqlite") as outbox:
        keep(outbox, event())
        assert machine(config)[1] == (
            f"ok       outbox       {tmp_path / 'outbox.sqlite'} works: 1 waiting, no dead letters"
        )


def test_an_outbox_with_dead_letters(config: Path) -> None:
    assert machine(config)[1] == (
        "warning  outbox       3 dead letters, 1 waiting\n                        -> `securos-trigger outbox list CONFIG`"
    )


def test_an_outbox_where_nothing_can_be_written(tmp_path: Path) -> None:
    config = written(tmp_path)
    (tmp_path / "file").touch()
    config.write_text(config.read_text().replace("outbox.sqlite", "file/outbox.sqlite"))
    assert machine(config)[1] == (
        f"failed   outbox       {tmp_path / 'file/outbox.sqlite'} cannot be made: {tmp_path / 'file'} is not writable\n"
        f"                        -> Let the user who runs securos-trigger write there, or set outbox.path in {config}."
    )


def test_an_outbox_that_its_owner_does_not_tell_about(tmp_path: Path) -> None:
    config = written(tmp_path)
    with closing(Outbox(tmp_path / "outbox.sqlite", announcer=Announcer())):
        assert machine(config)[1].startswith(
            f"failed   outbox       The outbox {tmp_path / 'outbox.sqlite'} belongs to this process already"
        )


def test_a_full_disk_is_not_said_to_get_space_by_a_lower_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = written(tmp_path)
    monkeypatch.setattr("securos_trigger.doctor.machine.LEAST_FREE_MB", 1_000_000_000)
    said = machine(config)[2]
    assert said.startswith("failed   disk         ")
    mount = mount_of(tmp_path / "outbox.sqlite")
    assert f"Free 64 MB on {mount}." in " ".join(said.split())
    assert f"`du -axh {mount} | sort -h | tail`" in " ".join(said.split())
    assert "max_size_mb" not in said


def test_a_disk_smaller_than_the_outbox_may_grow(tmp_path: Path) -> None:
    config = written(tmp_path, outbox="max_size_mb = 1_000_000_000")
    free_mb = shutil.disk_usage(tmp_path).free // 1024**2
    said = machine(config)[2]
    assert " MB free, the outbox may grow by 1,000,000,000 MB\n" in said
    fits = re.search(
        r"-> Free some space, or set outbox.max_size_mb lower: at most ([\d,]+) fit\.", " ".join(said.split())
    )
    assert fits, said
    most_mb = int(fits[1].replace(",", ""))
    assert abs(most_mb - free_mb + LEAST_FREE_MB) < 1000
    assert said.startswith("warning  disk         ")
    assert abs(int(said.split()[2].replace(",", "")) - free_mb) < 1000
