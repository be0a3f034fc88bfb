"""Checking a configuration: its pipelines and warnings as values."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from securos_trigger.errors import ConfigurationError, RecordingError
from securos_trigger.operations.check import CheckedPipeline, CheckedTrigger, check_config
from securos_trigger.operations.doctor_deliver import examine_deliver
from tests.unit.operations.site import write_site

pytestmark = pytest.mark.usefixtures("private_files")


def test_a_configuration_becomes_its_pipelines(tmp_path: Path) -> None:
    result = check_config(
        write_site(tmp_path, trigger='event_source = "custom"\nevent_name = "High"\ntrigger = "level > 4"')
    )
    trigger = CheckedTrigger("alarm", "custom", ("1", "2"), "https://vms.example:3443")
    assert result.pipelines == (CheckedPipeline("yard", "file", ("alarm",), "null", (trigger,), can_run=False),)
    assert result.warnings[:3] == (  # a fourth where these files are in memory
        (
            f"line 6: pipeline yard, source, path: there is no file {tmp_path}/yard.avi\n"
            "    A relative path begins at the folder of the configuration file."
        ),
        (
            "line 8: pipeline yard, node alarm: no node before it writes metadata\n"
            "    Put a node that writes metadata before it, such as a detector. A program that feeds it needs none."
        ),
        (
            "line 17: pipeline yard, node alarm, trigger: this node can never raise an event as it stands\n"
            "    First fix the other warnings about this node and about the nodes before it."
        ),
    )
    assert result.never_firing == 1


def test_a_condition_that_reads_nothing_is_said_to_be_true_on_every_frame_and_not_never(tmp_path: Path) -> None:
    trigger = 'event_source = "custom"\nevent_name = "Always"\ntrigger = "1 > 0"\ninterval = 3'
    text = "\n".join(check_config(write_site(tmp_path, trigger=trigger)).warnings)
    assert "the condition reads no metadata: it is true on every frame" in text
    assert "writes metadata" not in text


def test_a_node_that_is_switched_off_is_not_said_to_send(tmp_path: Path) -> None:
    [pipeline] = check_config(write_site(tmp_path, trigger="enabled = false")).pipelines
    assert [trigger.is_enabled for trigger in pipeline.triggers] == [False]


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs a folder in memory")
def test_an_outbox_that_a_restart_of_the_machine_loses_is_warned_of_as_by_the_doctor(tmp_path: Path) -> None:
    site = write_site(tmp_path)
    site.write_text(site.read_text().replace('path = "outbox.sqlite"', 'path = "/dev/shm/none/outbox.sqlite"'))
    assert check_config(site).warnings[-1] == (
        "outbox.path: /dev/shm/none/outbox.sqlite is in memory (tmpfs): a power cut or a restart of the machine loses"
        " its events\n    Set outbox.path to a folder on a disk."
    )


def test_warnings_are_sentences(tmp_path: Path) -> None:
    result = check_config(write_site(tmp_path, trigger='trigger = "level > 4"'))
    assert 'line 15: pipeline yard, node alarm, trigger: not used with event_source = "built_in"' in result.warnings


def test_a_password_that_others_can_read_is_warned_of_as_by_the_doctor(tmp_path: Path) -> None:
    site = write_site(tmp_path)
    before = check_config(site).warnings
    site.chmod(0o644)
    said = f"{site} holds a password and others may use it (mode 644)\n    `chmod 600 {site}`"
    assert check_config(site).warnings == (*before, said)
    token = tmp_path / "token"
    token.write_text("a-token-of-the-receiver")
    token.chmod(0o640)
    site.write_text(re.sub("(?m)^iss_password = .*$", 'iss_password = { file = "token" }', site.read_text()))
    said = f"{token} holds a password and others may use it (mode 640)\n    `chmod 600 {token}`"
    assert check_config(site).warnings == (*before, said)


def test_the_passwords_of_a_file_of_deliver_are_looked_at_too(tmp_path: Path) -> None:
    config = tmp_path / "deliver.toml"
    config.write_text(
        'state_folder = "state"\n[relay]\nservers = ["nats://127.0.0.1:9"]\n'
        '[[receivers]]\niss_ip = "127.0.0.1"\niss_port = "9"\niss_password = "a-token-of-the-receiver"\n'
    )
    assert check_config(config).warnings == ()
    config.chmod(0o604)
    said = f"{config} holds a password and others may use it (mode 604)"
    assert check_config(config).warnings == (f"{said}\n    `chmod 600 {config}`",)
    finding = next(one for section in examine_deliver(config).sections for one in section.findings if said in one.text)
    assert (finding.subject, finding.status.value) == ("secrets", "warning")


def test_every_mistake_is_raised_at_once(tmp_path: Path) -> None:
    site = write_site(tmp_path, trigger='intervall = 2\ntrigger_mode = "sometimes"')
    with pytest.raises(ConfigurationError) as caught:
        check_config(site)
    assert len(caught.value.mistakes) == 2


def test_a_recording_shows_what_would_never_fire_without_any_secret(tmp_path: Path) -> None:
    site = write_site(
        tmp_path,
        password='{ env = "NOT_SET_WHERE_PEOPLE_CHECK" }',
        trigger='event_source = "custom"\nevent_name = "High"\ntrigger = "lvel > 4"',
    )
    recording = tmp_path / "seen.jsonl"
    frame = {"captured_at": None, "source_name": "yard"}
    lines = [json.dumps({**frame, "at": number / 10, "metadata": {"level": number}}) for number in range(20)]
    recording.write_text("\n".join(lines) + "\n")
    warnings = check_config(site, recording).warnings
    assert any(
        warning.startswith("pipeline yard, node alarm, trigger: ") and '"level"' in warning for warning in warnings
    )


def test_a_recording_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecordingError):
        check_config(write_site(tmp_path), tmp_path / "seen.jsonl")


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("siet.toml", '\n      Did you mean "{folder}/site.toml"?'),
        ("other-name.toml", '\n      The folder "{folder}" has "site.toml".'),
        ("no/site.toml", '\n      There is no folder "{folder}/no".'),
    ],
)
def test_a_file_that_is_not_there_is_said_with_the_one_that_was_meant(tmp_path: Path, name: str, fix: str) -> None:
    write_site(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        check_config(tmp_path / name)
    said = f"{tmp_path}/{name}: 1 mistake:\n  the file cannot be read: No such file or directory"
    assert str(caught.value) == said + fix.format(folder=tmp_path)
