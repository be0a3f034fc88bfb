"""`securos-trigger mute` and `unmute`, as they are typed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

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
    command = [sys.executable, "-m", "securos_trigger", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site.toml").write_text(CONFIG)
    return tmp_path


def test_a_node_is_muted_listed_and_unmuted(folder: Path) -> None:
    code, said = run("mute", "yard/line_alarm", "--for", "2h", "--reason", "works", "site.toml", folder=folder)
    assert (code, said.split(" until ")[0]) == (0, "yard/line_alarm is muted")
    assert said.endswith((" CET: works\n", " CEST: works\n"))
    assert run("mute", "--list", "site.toml", folder=folder) == (0, said)
    [listed] = json.loads(run("mute", "--list", "--json", "site.toml", folder=folder)[1])
    assert (listed["node"], listed["reason"]) == ("yard/line_alarm", "works")
    assert run("unmute", "yard", "site.toml", folder=folder) == (0, "No longer muted: yard/line_alarm.\n")
    assert run("unmute", "yard", "site.toml", folder=folder) == (1, "None of these nodes was muted.\n")
    assert run("mute", "--list", "site.toml", folder=folder) == (0, "No node is muted.\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["mute", "site.toml"], "name the nodes, then the configuration file"),
        (["mute", "yard", "site.toml"], "--for: say how long, such as --for 2h"),
        (["mute", "site.toml", "yard", "--for", "2h"], "the configuration file comes last"),
        (["mute", "yrd", "--for", "2h", "site.toml"], 'NODE: there is no trigger node "yrd".'),
        (
            ["mute", "yard", "--for", "8d", "site.toml"],
            "--for: a mute lasts at most 7 days, so that none is forgotten",
        ),
        (["mute", "--list", "yard", "site.toml"], "--list stands alone with the configuration"),
        (["unmute", "site.toml"], "name the nodes, then the configuration file"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(words: list[str], sentence: str, folder: Path) -> None:
    code, said = run(*words, folder=folder)
    assert code == 2
    assert said.startswith(f"securos-trigger: {sentence}")
    assert not (folder / "outbox.mutes.json").exists()
