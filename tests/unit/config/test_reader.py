"""Configuration files: what they give, and mistakes that teach."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from securos_trigger.config.reader import parse_config, read_config
from securos_trigger.config.secrets import NO_SECRET
from securos_trigger.config.settings import Settings, TriggerSettings
from securos_trigger.errors import ConfigurationError
from tests.unit.analytics.test_model_file import model_with

GOOD = """\
[identity]
deployment_name = "Gate"

[outbox]
path = "state/outbox.sqlite"

[[pipelines]]
name = "yard"
source = { type = "file", path = "yard.mp4" }

[[pipelines.nodes]]
type = "detector"

[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
iss_ip = "vms.example"
iss_password = { file = "token" }
event_source = "custom"
trigger = "nodes.a.b > 0"
event_name = "Alarm"
"""


def parse(text: str, base: Path) -> Settings:
    (base / "token").write_text("s3cret")
    return parse_config(text, base=base, source="site.toml")


def refused(text: str, base: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parse(text, base)
    return str(caught.value)


def test_a_file_gives_identity_outbox_and_pipelines(tmp_path: Path) -> None:
    settings = parse(GOOD, tmp_path)
    [pipeline] = settings.pipelines
    detector, trigger = pipeline.nodes
    assert (pipeline.name, pipeline.source.type, detector.id, pipeline.sink.type) == (
        "yard",
        "file",
        "detector1",
        "null",
    )
    assert isinstance(trigger, TriggerSettings)
    assert trigger.id == "alarm"
    assert pipeline.triggers == (trigger,)
    assert settings.context("alarm").deployment_name == "Gate"


def test_relative_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    settings = parse(GOOD, tmp_path)
    assert settings.outbox.path == tmp_path / "state" / "outbox.sqlite"
    assert settings.pipelines[0].source.path == tmp_path / "yard.mp4"
    password = settings.pipelines[0].triggers[0].properties.iss_password
    assert password is not None
    assert password.get_secret_value() == "s3cret"


def test_a_path_may_begin_at_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a folder called `~` is made beside the configuration, and nothing says so."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    text = GOOD.replace('"state/', '"~/state/').replace('"yard.mp4" }', '"~/yard.mp4" }')
    text = text.replace(
        "[[pipelines.nodes]]", '[pipelines.sink]\ntype = "file"\npath = "~/seen.mp4"\n\n[[pipelines.nodes]]', 1
    )
    text = text.replace(
        "[[pipelines]]",
        '[ledger]\npath = "~/why.jsonl"\n\n[console]\nusers_file = "~/users"\nfolders = ["~/rules"]\n\n[[pipelines]]',
    )
    settings = parse(text, tmp_path)
    home, pipeline, console = tmp_path / "home", settings.pipelines[0], settings.console
    assert (settings.outbox.path, settings.ledger.path) == (home / "state" / "outbox.sqlite", home / "why.jsonl")
    assert (pipeline.source.path, pipeline.sink.path) == (home / "yard.mp4", home / "seen.mp4")
    assert (console.users_file, console.folders) == (home / "users", [home / "rules"])


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_config(tmp_path / "no.toml")
    why = f'the file cannot be read: No such file or directory\n      The folder "{tmp_path}" has no *.toml.'
    assert str(caught.value) == f"{tmp_path}/no.toml: 1 mistake:\n  {why}"


def test_a_folder_is_no_file_and_the_files_in_it_are_named(tmp_path: Path) -> None:
    fixes = []
    for count in (0, 1, 5):
        for number in range(count):
            (tmp_path / f"{number}.toml").touch()
        with pytest.raises(ConfigurationError) as caught:
            read_config(tmp_path)
        fixes.append(caught.value.mistakes[0].fix)
    named = [f'"{tmp_path / f"{number}.toml"}"' for number in range(4)]
    assert fixes == [
        "Name the configuration file, not its folder.",
        f"Name the file: {named[0]}.",
        f"Name the file: {', '.join(named)}, ….",
    ]


def test_a_mistake_in_the_files_form_shows_the_line(tmp_path: Path) -> None:
    assert refused('[[pipelines]]\nname = "yard\n', tmp_path) == (
        "site.toml: 1 mistake:\n"
        "  line 2: the text has no closing quote\n"
        '      name = "yard\n'
        "                  ^\n"
        '      Write name = "…", both quotes on one line.'
    )  # fmt: skip


def test_a_file_that_ends_too_early_is_told_so(tmp_path: Path) -> None:
    assert refused("pipelines = [", tmp_path) == (
        "site.toml: 1 mistake:\n"
        "  line 1: the value is missing\n"
        "      pipelines = [\n"
        "                   ^\n"
        "      Write pipelines = value, on one line."
    )


def test_all_mistakes_are_reported_at_once_with_their_lines(tmp_path: Path) -> None:
    text = (
        GOOD.replace("deployment_name", "deploymet_name")
        .replace('"detector"', '"detektor"')
        .replace('"vms.example"', '"vms.example"\niss_port = 70000\niss_acton = "event"')
        .replace("nodes.a.b > 0", "nodes.a.b >")
    )
    message = refused(text, tmp_path)
    assert message.startswith("site.toml: 5 mistakes:\n")
    assert (
        "  line 2: identity.deploymet_name: there is no such setting\n"
        '      Did you mean "deployment_name"?\n'
    ) in message  # fmt: skip
    assert (
        '  line 12: pipeline yard, node number 1, type: there is no type "detektor"\n'
        '      Did you mean "detector"?\n'
    ) in message  # fmt: skip
    assert (
        '  line 18: pipeline yard, node alarm, iss_port: "70000" is not a port\n'
        "      A port is a whole number from 1 to 65535.\n"
    ) in message
    assert (
        '  line 19: pipeline yard, node alarm, iss_acton: there is no such setting\n      Did you mean "iss_action"?\n'
    ) in message
    assert "  line 22: pipeline yard, node alarm, trigger: " in message


def test_a_missing_setting_points_at_its_table(tmp_path: Path) -> None:
    assert "line 14: pipeline yard, node alarm, iss_ip: is required and missing" in refused(
        GOOD.replace('iss_ip = "vms.example"\n', ""), tmp_path
    )


def test_two_nodes_with_one_id_are_a_mistake(tmp_path: Path) -> None:
    text = GOOD + '\n[[pipelines.nodes]]\ntype = "tracker"\nid = "alarm"\n'
    assert refused(text, tmp_path) == (
        "site.toml: 1 mistake:\n"
        '  line 25: pipeline yard, node alarm, id: 2 nodes have the id "alarm"\n'
        "      Give every node of a pipeline its own id."
    )


def test_nodes_that_share_a_receiver_must_agree_about_it(tmp_path: Path) -> None:
    second = GOOD[GOOD.index('[[pipelines.nodes]]\ntype = "trigger') :].replace('"alarm"', '"other"')
    assert len(parse(GOOD + second, tmp_path).pipelines[0].triggers) == 2
    assert refused(GOOD + second.replace('{ file = "token" }', '"another"'), tmp_path) == (
        "site.toml: 1 mistake:\n"
        "  line 26: pipeline yard, node other, iss_password: differs from the one of alarm, "
        "which has the same receiver https://vms.example:3000\n"
        "      Nodes with one receiver share this property."
    )


def test_one_receiver_written_in_two_ways_is_one_receiver(tmp_path: Path) -> None:
    second = GOOD[GOOD.index('[[pipelines.nodes]]\ntype = "trigger') :].replace('"alarm"', '"other"')
    second = second.replace("vms.example", "VMS.example.").replace('{ file = "token" }', '"another"')
    assert "which has the same receiver https://vms.example:3000" in refused(GOOD + second, tmp_path)


@pytest.mark.parametrize("content", [None, "", "not a certificate"])
def test_the_file_of_an_authority_is_read_at_once(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "authority.pem"
    if content is not None:
        file.write_text(content)
    text = GOOD.replace("iss_password", 'iss_ca_file = "authority.pem"\niss_password', 1)
    why = "no such file or directory" if content is None else "it holds no certificate"
    assert refused(text, tmp_path) == (
        "site.toml: 1 mistake:\n"
        f"  line 18: pipeline yard, node alarm, iss_ca_file: {file} cannot be read: {why}\n"
        "      Name a PEM file with the certificates of the CAs to trust."
    )
    assert parse_config(text, base=tmp_path, has_secrets=False).pipelines


def test_a_file_without_a_pipeline_is_a_mistake(tmp_path: Path) -> None:
    assert refused("[identity]\n", tmp_path) == (
        "site.toml: 1 mistake:\n  the file has no pipeline\n"
        "      A [[pipelines]] has a name, a source and nodes (docs/configuration.md). `securos-trigger init` asks for them "
        "and writes the file."
    )


def test_warnings_say_which_node_they_are_about(tmp_path: Path) -> None:
    settings = parse(GOOD.replace('event_source = "custom"\n', 'iss_port = "3443"\n'), tmp_path)
    assert settings.warnings == (
        (
            "line 14: pipeline yard, node alarm, iss_camera_ids: names no camera, so SecurOS's Event Viewer "
            "probably does not show the event\n"
            "    Name a camera. Or set NO_CAMERA_TYPE and NO_CAMERA_ID of the receiver to an object that SecurOS has."
        ),
        (
            'line 14: pipeline yard, node alarm, event_source: is "built_in", and no node before this one raises events\n'
            '    Put a node with type = "event" before it, or set event_source = "custom" and a trigger.'
        ),
        (
            "line 14: pipeline yard, node alarm, event_source: this node can never raise an event as it stands\n"
            "    First fix the other warnings about this node and about the nodes before it."
        ),
        'line 20: pipeline yard, node alarm, trigger: not used with event_source = "built_in"',
        (
            'line 21: pipeline yard, node alarm, event_name: not used with event_source = "built_in": '
            "it takes the upstream event's name"
        ),
    )


@pytest.mark.parametrize(
    "text", ["pipelines = 3", "pipelines = [1, 2]", "[[pipelines]]\nname = 1", "[pipelines]\nx = 1", "outbox = 1"]
)
def test_any_nonsense_is_a_configuration_error(text: str, tmp_path: Path) -> None:
    assert "mistake" in refused(text, tmp_path)


def test_a_warning_about_a_condition_that_is_certainly_not_meant(tmp_path: Path) -> None:
    settings = parse(GOOD.replace('"nodes.a.b > 0"', '\'nodes.a.b = "car" or "truck"\''), tmp_path)
    assert (
        'line 20: pipeline yard, node alarm, trigger: "truck" is text alone, and no clause\n'
        '    Repeat the path: path == "truck".'
    ) in settings.warnings


@pytest.mark.parametrize("secret", ['{ file = "no/such/file" }', '{ env = "NOT_SET_ANYWHERE" }'])
def test_secrets_are_not_looked_for_where_none_is_needed(secret: str, tmp_path: Path) -> None:
    text = GOOD.replace('{ file = "token" }', secret)
    assert "iss_password" in refused(text, tmp_path)
    [trigger] = parse_config(text, base=tmp_path, has_secrets=False).pipelines[0].triggers
    assert trigger.properties.iss_password is not None
    assert trigger.properties.iss_password.get_secret_value() == NO_SECRET


@pytest.mark.parametrize("secret", ['{ fil = "token" }', "3", '""'])
def test_what_is_no_secret_is_a_mistake_even_where_none_is_needed(secret: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        parse_config(GOOD.replace('{ file = "token" }', secret), base=tmp_path, has_secrets=False)


def test_labels_that_the_default_keep_does_not_fit_are_a_mistake(tmp_path: Path) -> None:
    own = GOOD.replace('type = "detector"', 'type = "detector"\nmodel = "own.onnx"\nlabels = ["cat", "dog"]')
    assert refused(own, tmp_path) == (
        "site.toml: 1 mistake:\n"
        '  line 11: pipeline yard, node detector1, keep: the model knows no "person"\n'
        "      It knows cat, dog. keep = [] keeps all."
    )


def test_labels_in_the_model_are_read_from_below_the_file(tmp_path: Path) -> None:
    model_with(tmp_path / "own.onnx", {"names": "{0: 'cat', 1: 'dog'}"})
    own = GOOD.replace('type = "detector"', 'type = "detector"\nmodel = "own.onnx"\nkeep = ["cta"]')
    assert 'the model knows no "cta"\n      Did you mean "cat"? It knows cat, dog.' in refused(own, tmp_path)
    assert parse(own.replace("cta", "cat"), tmp_path).pipelines


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("iss_certificate_sha256", "ab" * 32, "cd" * 32),
        ("record_max_lateness", 45, 60),
    ],
    ids=["certificate", "lateness"],
)
def test_nodes_of_one_receiver_that_disagree_are_refused(
    name: str, first: object, second: object, tmp_path: Path
) -> None:
    def line(value: object) -> str:
        return f"{name} = {value!r}\n".replace("'", '"')

    node = GOOD[GOOD.rindex("[[pipelines.nodes]]") :]
    other = node.replace('id = "alarm"', 'id = "other"')
    message = (
        f"pipeline yard, node other, {name}: differs from the one of alarm, "
        "which has the same receiver https://vms.example:3000\n"
        "      Nodes with one receiver share this property."
    )
    assert message in refused(GOOD + line(first) + other + line(second), tmp_path)
    assert message in refused(GOOD + line(first) + other, tmp_path)
    assert len(parse(GOOD + line(first) + other + line(first), tmp_path).pipelines) == 1


def test_the_older_address_of_read_config_gives_the_same_and_names_the_new_one() -> None:
    config = importlib.import_module("securos_trigger.config")
    with pytest.warns(DeprecationWarning, match=r"import read_config from securos_trigger\.config\.reader$"):
        assert config.read_config is read_config
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(config, "no_such_name")  # noqa: B009  mypy would refuse it
