"""Mute and unmute nodes by name, for a length of time that a person types."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from securos_trigger.config.reader import read_config
from securos_trigger.doctor.mutes import examine_mutes
from securos_trigger.errors import ArgumentError, OutboxError
from securos_trigger.operations.mute import length_s, list_mutes, mute, mutes_in_force, unmute
from securos_trigger.operations.site import site_of
from securos_trigger.placement.place import place_of
from securos_trigger.runtime.mutes.file import MuteFile
from securos_trigger.runtime.mutes.mute import Mute
from securos_trigger.system.boot_clock import Instant, present_instant
from tests import commands

PIPELINE = """
[[pipelines]]
name = "{name}"
source = {{ type = "file", path = "x.mp4" }}
"""
NODE = """
[[pipelines.nodes]]
type = "trigger_securos_event"
id = "{id}"
iss_ip = "vms.example"
iss_port = "3443"
iss_password = "x"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    text = 'time_zone = "Europe/Berlin"\n[outbox]\npath = "state/outbox.sqlite"\n'
    for name, ids in (("yard", ("line_alarm", "person")), ("gate", ("line_alarm",))):
        text += PIPELINE.format(name=name) + "".join(NODE.format(id=one) for one in ids)
    path = tmp_path / "site.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2h", 7_200),
        ("30m", 1_800),
        ("1h30m", 5_400),
        ("45s", 45),
        ("7d", 604_800),
        ("1.5h", 5_400),
        ("1 H 5 M", 3_900),
    ],
)
def test_a_length_has_units(text: str, seconds: float) -> None:
    assert length_s(text) == seconds


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2", '"2" is not a length of time; write one with its unit, such as 30m, 2h, 1h30m or 3d'),
        ("", "say how long, such as --for 2h"),
        ("2 weeks", '"2 weeks" is not a length of time; write one with its unit, such as 30m, 2h, 1h30m or 3d'),
        ("-2h", '"-2h" is not a length of time; write one with its unit, such as 30m, 2h, 1h30m or 3d'),
        ("0m", "a mute of no length mutes nothing; write one such as 30m or 2h"),
        (
            "8d",
            "a mute lasts at most 7 days, so that none is forgotten; for longer, set enabled = false, or active_hours",
        ),
        (
            "7d1s",
            "a mute lasts at most 7 days, so that none is forgotten; for longer, set enabled = false, or active_hours",
        ),
    ],
)
def test_a_wrong_length_says_what_to_write(text: str, sentence: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        length_s(text)
    assert (caught.value.argument, str(caught.value)) == ("for", sentence)


@pytest.mark.parametrize(
    ("names", "nodes"),
    [
        (["yard/line_alarm"], ["yard/line_alarm"]),
        (["person"], ["yard/person"]),
        (["line_alarm"], ["yard/line_alarm", "gate/line_alarm"]),
        (["yard"], ["yard/line_alarm", "yard/person"]),
        (["yard/*"], ["yard/line_alarm", "yard/person"]),
        (["*"], ["yard/line_alarm", "yard/person", "gate/line_alarm"]),
        (["gate", "person"], ["yard/person", "gate/line_alarm"]),
    ],
)
def test_a_name_is_a_node_a_pipeline_or_a_pattern(names: list[str], nodes: list[str], config: Path) -> None:
    assert [one.node for one in mute(config, names, "2h")] == nodes
    assert [one.node for one in list_mutes(config)] == sorted(nodes)


def test_an_unknown_name_is_refused_with_the_one_that_was_probably_meant(config: Path) -> None:
    with pytest.raises(ArgumentError) as caught:
        mute(config, ["yard/line_alrm"], "2h")
    assert str(caught.value) == 'there is no trigger node "yard/line_alrm". Did you mean "yard/line_alarm"?'
    assert list_mutes(config) == ()


def test_a_mute_says_until_when_in_the_zone_of_the_configuration(config: Path) -> None:
    [shown] = mute(config, ["yard/person"], "2h", "works at the gate")
    assert (shown.node, shown.reason) == ("yard/person", "works at the gate")
    assert (shown.until - shown.muted_at).total_seconds() == pytest.approx(7_200, abs=1)
    assert str(shown.until.tzinfo) == "Europe/Berlin"
    [listed] = list_mutes(config)
    assert listed.left_s == pytest.approx(7_200, abs=60)
    assert listed.to_json() | {"left_s": 0, "until": ""} == shown.to_json() | {"left_s": 0, "until": ""}


def test_a_second_mute_takes_the_place_of_the_first(config: Path) -> None:
    mute(config, ["yard"], "7d")
    mute(config, ["yard/person"], "30m", "shorter")
    by_node = {one.node: one for one in list_mutes(config)}
    assert by_node["yard/person"].left_s <= 1_800
    assert by_node["yard/line_alarm"].left_s > 500_000


def test_unmute_ends_what_was_muted_and_says_which(config: Path) -> None:
    mute(config, ["*"], "2h")
    assert unmute(config, ["yard"]) == ("yard/line_alarm", "yard/person")
    assert [one.node for one in list_mutes(config)] == ["gate/line_alarm"]
    assert unmute(config, ["yard"]) == ()


def test_a_node_that_the_configuration_no_longer_has_can_be_unmuted(config: Path) -> None:
    mute(config, ["gate"], "2h")
    config.write_text(config.read_text().replace('name = "gate"', 'name = "door"'))
    assert unmute(config, ["gate/line_alarm"]) == ("gate/line_alarm",)


@pytest.mark.parametrize("reason", ["r" * 201, "two\nlines", "\x1b[31mred"])
def test_a_reason_is_one_line(reason: str, config: Path) -> None:
    with pytest.raises(ArgumentError, match="one line of at most 200 characters"):
        mute(config, ["yard"], "2h", reason)


def test_what_is_over_is_not_in_force(config: Path) -> None:
    mute(config, ["yard/person"], "2h")
    site, now = site_of(config), present_instant()
    later = Instant(now.wall_s + 7_201, now.boot_id, now.boot_s + 7_201)
    assert len(mutes_in_force(site)) == 1
    assert mutes_in_force(site, later) == ()


def test_a_damaged_file_is_said_with_what_to_do(config: Path) -> None:
    file = MuteFile(read_config(config).outbox.path)
    mute(config, ["yard/person"], "2h")
    file.path.write_text("{")
    with pytest.raises(OutboxError) as caught:
        list_mutes(config)
    assert f"The file {file.path} is damaged: it does not hold mutes" in str(caught.value)
    assert str(caught.value).endswith("No node is muted. Remove the file, or mute a node, which writes it again.")
    mute(config, ["yard/person"], "2h")
    assert [one.node for one in list_mutes(config)] == ["yard/person"]


def test_a_file_that_cannot_be_written_is_said(config: Path) -> None:
    (config.parent / "state").write_text("a file where the folder should be")
    with pytest.raises(
        OutboxError, match=r"The mutes cannot be written to .*outbox\.mutes\.json: .*\. Move .*/state away, and"
    ):
        mute(config, ["yard/person"], "2h")


def test_the_doctor_warns_of_each_muted_node_and_of_a_damaged_file(config: Path) -> None:
    settings = read_config(config)
    assert list(examine_mutes(settings)) == []
    [shown] = mute(config, ["yard/person"], "2h", "works")
    [finding] = examine_mutes(settings)
    assert (finding.status, finding.subject) == ("warning", "mute")
    lasts = f"since {shown.muted_at:%a %d %b %H:%M}, until {shown.until:%a %d %b %H:%M %Z}"
    assert finding.text == f"yard/person is muted {lasts} (works)"
    assert finding.fix == "`securos-trigger unmute CONFIG yard/person`"
    MuteFile(settings.outbox.path).path.write_text("[]")
    [finding] = examine_mutes(settings)
    assert finding.status == "failed"


def test_a_list_says_since_when_and_how_each_mute_is_ended(config: Path) -> None:
    now = present_instant()
    old = Mute("yard/person", 2 * 86_400.0, now, now.wall_s - 4 * 86_400 - 3 * 3_600 - 60, "works")
    MuteFile(read_config(config).outbox.path).change(now, lambda _known: [old])
    done = commands.run("mute", "site.toml", "--list", cwd=config.parent)
    first, since, end = done.stdout.splitlines()
    assert (done.returncode, first.startswith("yard/person is muted until ")) == (0, True)
    assert re.fullmatch(r"  since \w{3} \d\d \w{3} \d{4}, \d\d:\d\d CES?T \(4 days 3 h\)", since)
    assert end == "  `securos-trigger unmute site.toml yard/person` ends that"


def test_who_typed_the_command_is_named_by_the_list_and_the_doctor(config: Path) -> None:
    person = {**os.environ, "SUDO_USER": "anna"}
    assert (
        commands.run("mute", "site.toml", "yard/person", "--for", "2h", cwd=config.parent, env=person).returncode == 0
    )
    listed = commands.run("mute", "site.toml", "--list", cwd=config.parent).stdout
    assert re.search(r"\n  since \w{3} \d\d \w{3} \d{4}, \d\d:\d\d CES?T \(\d+ m?s\), by anna\n", listed), listed
    [finding] = examine_mutes(read_config(config))
    assert finding.text.endswith(" (by anna)")
    [shown] = list_mutes(config)
    assert shown.to_json()["muted_by"] == "anna"


def test_the_name_with_a_camera_ends_a_mute_and_begins_none(config: Path) -> None:
    """`status` names a node whose pipeline carries several cameras with the camera. A mute holds for all of them."""
    with pytest.raises(ArgumentError, match=r'for all cameras of a node: name "yard/person"'):
        mute(config, ["yard/camera 1/person"], "2h")
    assert list_mutes(config) == ()
    mute(config, ["yard/person", "gate"], "2h")
    assert unmute(config, ["yard/camera 1/person"]) == ("yard/person",)
    assert [one.node for one in list_mutes(config)] == ["gate/line_alarm"]


RELAY = """
[relay]
servers = ["nats://127.0.0.1:1"]
gateway = "site"
"""


PLACEMENT = '[placement]\nray_address = "127.0.0.1:1"\ntoken_file = "token"\n'


def test_a_placed_pipeline_is_muted_where_it_is_placed_and_not_elsewhere(config: Path) -> None:
    config.write_text(config.read_text().replace("[outbox]", f"{RELAY}[outbox]"))
    settings = read_config(config, has_secrets=False)
    assert [one.is_placed for one in mute(config, ["gate"], "1h")] == [False], "nothing is placed yet"
    config.write_text(config.read_text().replace("[outbox]", f"{PLACEMENT}[outbox]"))
    for node in ("one", "two"):
        place_of(settings, "yard", node).owner()
    [shown] = mute(config, ["yard/person"], "2h")
    assert (shown.node, shown.is_placed) == ("yard/person", True)
    for node in ("one", "two"):
        assert [one.node for one in MuteFile(place_of(settings, "yard", node).outbox).read()] == ["yard/person"]
    assert [one.node for one in MuteFile(settings.outbox.path).read()] == ["gate/line_alarm"]
    assert [(one.node, one.is_placed) for one in list_mutes(config)] == [("yard/person", True)], "gate is not run here"
    for change in (lambda: mute(config, ["line_alarm"], "1h"), lambda: unmute(config, ["gate"])):
        with pytest.raises(
            OutboxError, match=r"^gate is placed, and not on this machine\. .*cluster status.*Nothing was"
        ):
            change()
    assert len(list_mutes(config)) == 1
    assert unmute(config, ["yard"]) == ("yard/person",)
    assert list_mutes(config) == () == MuteFile(place_of(settings, "yard", "two").outbox).read()


def test_a_mute_reaches_run_although_a_folder_of_placed_pipelines_is_left(config: Path) -> None:
    """Without [placement] the pipelines may be run by `run`, or by processes that are started by hand."""
    config.write_text(config.read_text().replace("[outbox]", f"{RELAY}[outbox]"))
    settings = read_config(config, has_secrets=False)
    own, left = settings.outbox.path, place_of(settings, "yard", "trial")
    left.owner()
    nodes = ["gate/line_alarm", "yard/line_alarm", "yard/person"]
    assert [one.node for one in mute(config, ["*"], "2h")] == ["yard/line_alarm", "yard/person", "gate/line_alarm"]
    assert [one.node for one in mutes_in_force(site_of(config))] == nodes, "`run` reads this file"
    assert sorted(one.node for one in MuteFile(left.outbox).read()) == nodes[1:]
    assert [one.node for one in list_mutes(config)] == nodes
    assert unmute(config, ["yard/person", "gate"]) == ("gate/line_alarm", "yard/person")
    for file in (own, left.outbox):
        assert [one.node for one in MuteFile(file).read()] == ["yard/line_alarm"]
    MuteFile(left.outbox).change(present_instant(), lambda _known: [])
    assert [one.node for one in list_mutes(config)] == ["yard/line_alarm"]
    assert unmute(config, ["yard"]) == ("yard/line_alarm",)
    assert list(MuteFile(own).read()) == [] == list(list_mutes(config))
