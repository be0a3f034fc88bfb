"""`securos-trigger mute` and `unmute`, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import commands

CONFIG = """\
time_zone = "Europe/Berlin"
[outbox]
path = "outbox.sqlite"
[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4" }
[[pipelines.nodes]]
type = "trigger_securos_event"
id = "line_alarm"
iss_ip = "127.0.0.1"
iss_port = "9"
iss_password = "token"
"""


def run(*words: str, folder: Path) -> tuple[int, str]:
    done = commands.run(*words, cwd=folder)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site.toml").write_text(CONFIG)
    return tmp_path


def test_a_node_is_muted_listed_and_unmuted(folder: Path) -> None:
    code, said = run("mute", "site.toml", "yard/line_alarm", "--for", "2h", "--reason", "works", folder=folder)
    assert (code, said.split(" until ")[0]) == (0, "yard/line_alarm is muted")
    assert said.endswith((" CET: works\n", " CEST: works\n"))
    code, shown = run("mute", "site.toml", "--list", folder=folder)
    first, since, fix = shown.splitlines()
    assert (code, first, since.split()[0]) == (0, said.rstrip(), "since")
    assert fix == "  `securos-trigger unmute site.toml yard/line_alarm` ends that"
    [listed] = json.loads(run("mute", "site.toml", "--list", "--json", folder=folder)[1])
    assert (listed["node"], listed["reason"]) == ("yard/line_alarm", "works")
    assert "securos-trigger unmute site.toml yard/line_alarm" in run("unmute", "site.toml", folder=folder)[1]
    assert run("unmute", "site.toml", "yard", folder=folder) == (0, "No longer muted: yard/line_alarm.\n")
    assert run("unmute", "site.toml", "yard", folder=folder) == (1, "None of these nodes was muted.\n")
    assert run("mute", "site.toml", "--list", folder=folder) == (0, "No node is muted.\n")


def test_the_configuration_may_stand_last_as_in_earlier_versions(folder: Path) -> None:
    code, said = run("mute", "yard/line_alarm", "--for", "2h", "site.toml", folder=folder)
    assert (code, said.split(" until ")[0]) == (0, "yard/line_alarm is muted")
    assert run("unmute", "yard", "site.toml", folder=folder) == (0, "No longer muted: yard/line_alarm.\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["mute", "site.toml"], "name the nodes after the configuration file"),
        (["mute", "site.toml", "yard"], "--for: say how long, such as --for 2h"),
        (["mute", "site.toml", "yrd"], 'NODE: there is no trigger node "yrd".'),
        (["mute", "site.toml", "yrd", "--for", "2h"], 'NODE: there is no trigger node "yrd".'),
        (
            ["mute", "site.toml", "yard", "--for", "8d"],
            "--for: a mute lasts at most 7 days, so that none is forgotten",
        ),
        (["mute", "site.toml", "yard", "--list"], "--list stands alone with the configuration"),
        (["unmute", "site.toml"], "name the nodes after the configuration file"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(words: list[str], sentence: str, folder: Path) -> None:
    code, said = run(*words, folder=folder)
    assert code == 2
    assert said.startswith(f"securos-trigger: {sentence}")
    assert not (folder / "outbox.mutes.json").exists()
