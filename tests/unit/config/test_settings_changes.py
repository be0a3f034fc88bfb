"""Which settings of two readings differ, in a person's words and without a secret."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from securos_trigger.config.reader import parse_config
from securos_trigger.config.settings_changes import changes_between, step_between
from securos_trigger.config.settings_json import settings_json

TEXT = """\
[outbox]
path = "outbox.sqlite"
max_size_mb = 100

[[pipelines]]
name = "yard"
source = { type = "rtsp", url = "rtsp://viewer:s3cret-view@192.0.2.1/yard" }

[[pipelines.nodes]]
type = "line_counter"
id = "lines"
lines = { gate = [[0, 0], [10, 10]] }

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
event_source = "custom"
trigger = "people > 0"
event_name = "Person"
interval = 10
iss_ip = "192.0.2.9"
iss_password = "s3cret-token"
"""


def changed(*replacements: tuple[str, str]) -> list[tuple[str, ...]]:
    text = TEXT
    for before, after in replacements:
        assert before in text
        text = text.replace(before, after)
    in_force, in_file = (parse_config(one, base=Path("/site")) for one in (TEXT, text))
    return [tuple(change) for change in changes_between(in_force, in_file)]


def test_the_same_settings_differ_in_nothing_however_they_are_written() -> None:
    assert changed() == []
    assert changed(("interval = 10", "interval = 10.0  # seconds"), ("[outbox]", "# events\n[outbox]")) == []


def test_each_setting_is_named_as_in_a_mistake_with_both_values() -> None:
    assert changed(
        ("max_size_mb = 100", "max_size_mb = 50"),
        ("interval = 10", "interval = 5"),
        ("people > 0", "people > 1"),
        ("[10, 10]", "[10, 20]"),
    ) == [
        ("outbox.max_size_mb", "100", "50"),
        ("pipeline yard, node lines, lines.gate", "[[0, 0], [10, 10]]", "[[0, 0], [10, 20]]"),
        ("pipeline yard, node alarm, interval", "10", "5"),
        ("pipeline yard, node alarm, trigger", "people > 0", "people > 1"),
    ]


def test_a_secret_is_compared_and_not_shown() -> None:
    assert changed(("s3cret-token", "s3cret-other"), ("s3cret-view", "s3cret-look")) == [
        ("pipeline yard, source, url", "***", "***"),
        ("pipeline yard, node alarm, iss_password", "***", "***"),
    ]


def test_an_address_in_plain_text_is_shown_without_its_secrets() -> None:
    source = 'type = "rtsp", url = "rtsp://viewer:s3cret-view@192.0.2.1/yard"'
    device = 'type = "hikvision", url = "http://192.0.2.1/{}", user = "viewer", password = "pw"'
    in_force, in_file = (
        parse_config(TEXT.replace(source, device.format(path)), base=Path("/site"))
        for path in ("a?token=s3cret-1", "b?token=s3cret-2&user=a&password=s3cret-3")
    )
    [(_, before, after)] = changes_between(in_force, in_file)
    assert before == "http://192.0.2.1/a?token=***"
    assert "s3cret" not in after
    name = ('event_name = "Person"', 'event_name = "See https://u:s3cret-4@cam/"')
    [(_, _, after)] = changed(name)
    assert after == "See https://***@cam/"
    assert step_between("rtsp://u:s3cret@a/", "rtsp://u:s3cret@b/") == "changed"


def test_a_node_or_a_pipeline_that_came_or_went_is_one_change() -> None:
    assert changed(('id = "alarm"', 'id = "intruder"')) == [
        ("pipeline yard, nodes", "lines, alarm", "lines, intruder"),
        ("pipeline yard, node alarm", "there", "not there"),
        ("pipeline yard, node intruder", "not there", "there"),
    ]
    assert changed(('name = "yard"', 'name = "gate"')) == [
        ("pipeline yard", "there", "not there"),
        ("pipeline gate", "not there", "there"),
    ]


def test_a_node_that_runs_alone_is_compared_with_itself_in_the_file() -> None:
    """`securos_trigger.running` takes one node of a file: what belongs to its pipeline does not run."""
    in_force = parse_config(TEXT, base=Path("/site"))
    [pipeline] = in_force.pipelines
    alone = replace(in_force, pipelines=(replace(pipeline, name="", source=None, nodes=pipeline.triggers, sink=None),))
    assert changes_between(alone, in_force) == []
    in_file = parse_config(TEXT.replace("interval = 10", "interval = 5"), base=Path("/site"))
    assert [change.setting for change in changes_between(alone, in_file)] == ["node alarm, interval"]


def test_a_setting_without_a_value_is_not_set() -> None:
    """`null` is a word of other languages: the file cannot have it."""
    assert changed(("[outbox]", "[metrics]\nport = 9100\n\n[outbox]")) == [("metrics.port", "not set", "9100")]


FUNCTION = """\
[[pipelines.nodes]]
type = "function"
id = "mine"
module = "site_rules"
arguments = { limit = 1, password = 12345, deep = { token = "s3cret-1" }, list = [{ key = "s3cret-2" }, "ws://u:s3cret-3@h/"] }

[[pipelines.nodes]]
type = "trigger"""


def test_arguments_of_a_function_are_shown_without_secrets_at_every_depth() -> None:
    text = TEXT.replace('[[pipelines.nodes]]\ntype = "trigger', FUNCTION)
    other = text.replace("limit = 1", "limit = 2").replace("s3cret", "s3cret-other").replace("12345", "54321")
    in_force, in_file = (parse_config(one, base=Path("/site")) for one in (text, other))
    found = {change.setting.rpartition(".")[2]: change[1:] for change in changes_between(in_force, in_file)}
    assert found["limit"] == ("1", "2")
    assert found["password"] == found["token"] == ("***", "***")
    assert "s3cret" not in str(found)
    assert "s3cret" not in str(settings_json(in_force))
    assert "12345" not in str(settings_json(in_force))


def test_a_zone_is_shown_also_where_its_name_looks_like_that_of_a_secret() -> None:
    passage = TEXT.replace("gate =", "passage =")
    moved = passage.replace("[10, 10]", "[10, 20]")
    in_force, in_file = (parse_config(one, base=Path("/site")) for one in (passage, moved))
    [(_, before, after)] = changes_between(in_force, in_file)
    assert (before, after) == ("[[0, 0], [10, 10]]", "[[0, 0], [10, 20]]")
