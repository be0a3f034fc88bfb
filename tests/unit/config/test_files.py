"""No output of a configuration is a file that it reads, or another output."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from securos_trigger.config.files import require_separate_files
from securos_trigger.config.reader import read_config
from securos_trigger.errors import ConfigurationError

SITE = """
[outbox]
path = "outbox.sqlite"

[[pipelines]]
name = "yard"

[pipelines.source]
type = "file"
path = "yard.mp4"

[[pipelines.nodes]]
type = "function"
file = "mine.py"

[[pipelines.nodes]]
type = "metadata_recorder"
path = "{recording}"

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
iss_ip = "vms.example"
iss_password = {{ file = "token.txt" }}
event_source = "custom"
trigger = "nodes.a.b > 0"
event_name = "Alarm"

[pipelines.sink]
type = "file"
path = "{sink}"
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name in ("yard.mp4", "mine.py", "token.txt", "site.toml", "outbox.sqlite"):
        (tmp_path / name).write_text("secret")
    return tmp_path


def mistakes(site: Path, *, sink: str = "out.mp4", recording: str = "seen.jsonl") -> list[str]:
    (site / "site.toml").write_text(SITE.format(sink=sink, recording=recording))
    try:
        read_config(site / "site.toml")
    except ConfigurationError as error:
        return [str(mistake).replace(f"{site}/", "") for mistake in error.mistakes]
    return []


def test_outputs_of_their_own_are_no_mistake(site: Path) -> None:
    assert mistakes(site) == []


@pytest.mark.parametrize(
    ("sink", "what"),
    [
        ("yard.mp4", 'the source of "yard"'),
        ("site.toml", "this configuration"),
        ("mine.py", "a file of function1"),
        ("token.txt", "the file of a secret"),
        ("seen.jsonl", "the recording of recorder1"),
        ("outbox.sqlite", "the outbox"),
        ("outbox.sqlite-wal", "outbox.sqlite-wal, which belongs to the outbox"),
        ("outbox.ledger.jsonl", "the ledger"),
        ("trusted-certificates.json", "trusted-certificates.json, which belongs to the outbox"),
    ],
)
def test_a_sink_that_is_another_file_of_the_configuration_is_a_mistake(site: Path, sink: str, what: str) -> None:
    found = mistakes(site, sink=sink)
    if sink == "seen.jsonl":  # both are outputs: it stands at the first
        place, what = "line 18: pipeline yard, node recorder1, path", 'the sink of "yard"'
    else:
        place = "line 31: pipeline yard, sink, path"
    assert found == [f"{place}: {sink} is {what}\n    Give every output a file of its own."]


def test_links_are_followed(site: Path) -> None:
    (site / "soft.mp4").symlink_to("yard.mp4")
    os.link(site / "yard.mp4", site / "hard.mp4")
    (site / "folder").symlink_to(".")
    for name in ("soft.mp4", "hard.mp4", "folder/yard.mp4"):
        [found] = mistakes(site, sink=name)
        assert 'is the source of "yard"' in found


def test_an_outbox_that_is_a_source_is_a_mistake(site: Path) -> None:
    (site / "outbox.sqlite").unlink()
    (site / "outbox.sqlite").symlink_to("yard.mp4")
    [found] = mistakes(site)
    assert found.startswith('line 3: outbox.path: outbox.sqlite is the source of "yard"')


def test_a_link_that_changed_since_the_check_is_found_at_the_start(site: Path) -> None:
    assert mistakes(site) == []
    settings = read_config(site / "site.toml")
    require_separate_files(settings)
    (site / "out.mp4").symlink_to("yard.mp4")
    with pytest.raises(ConfigurationError, match=r'out\.mp4 is the source of "yard"'):
        require_separate_files(settings)
