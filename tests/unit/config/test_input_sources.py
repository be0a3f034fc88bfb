"""A pipeline whose source is an input: its settings, its mistakes with their places, its warnings."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.config.settings import Settings
from securos_trigger.config.settings_json import settings_json
from securos_trigger.errors import ConfigurationError
from securos_trigger.inputs.http_settings import HttpSettings
from securos_trigger.inputs.kinds.frigate import FrigateSettings
from securos_trigger.inputs.mqtt_settings import MqttSettings

SITE = """\
[[pipelines]]
name = "site"
source = {{ type = "frigate", broker = "mqtts://broker.example", user = "u", password = "s3cret"{source} }}
{cameras}
{nodes}
[[pipelines.nodes]]
type = "trigger_securos_event"
iss_ip = "vms.example"
iss_port = "3443"
iss_password = "token"
{trigger}
"""
MAP = 'cameras = { gate = "1", "*" = "2,3" }'
CUSTOM = 'event_source = "custom"\nevent_name = "A"\ntrigger = '


def parse(
    base: Path, source: str = "", cameras: str = MAP, nodes: str = "", trigger: str = 'event_source = "built_in"'
) -> Settings:
    return parse_config(SITE.format(source=source, cameras=cameras, nodes=nodes, trigger=trigger), base=base)


def mistakes_of(base: Path, source: str = "", cameras: str = MAP) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        parse(base, source, cameras)
    return [f"{one.where}: {one.what}" for one in caught.value.mistakes]


def test_one_table_has_the_settings_of_the_kind_and_of_the_broker(tmp_path: Path) -> None:
    settings = parse(tmp_path, ', topic_prefix = "north", ca_file = "ca.pem"')
    source = settings.pipelines[0].source
    assert settings.warnings == ()
    assert settings.pipelines[0].has_input
    assert isinstance(source.reads, FrigateSettings)
    assert source.reads.cameras == {"gate": "1", "*": "2,3"}
    assert source.reads.mqtt_topics[0] == "north/events"
    assert isinstance(source.transport, MqttSettings)
    assert (source.transport.host, source.transport.port, source.transport.has_tls) == ("broker.example", 8883, True)
    assert source.transport.ca_file == tmp_path / "ca.pem"
    assert source.source_name == "frigate"


def test_the_password_of_a_broker_is_shown_nowhere_and_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from-a-file\n")
    settings = parse(tmp_path)
    assert "s3cret" not in repr(settings) + str(settings_json(settings))
    text = SITE.format(source="", cameras=MAP, nodes="", trigger="").replace('"s3cret"', '{ file = "secret" }')
    settings = parse_config(text, base=tmp_path)
    assert settings.pipelines[0].source.transport.password.get_secret_value() == "from-a-file"
    assert settings.secret_files == (tmp_path / "secret",)


@pytest.mark.parametrize(
    ("source", "cameras", "mistake"),
    [
        (
            ', topic_prefiks = "x"',
            MAP,
            "line 3: pipeline site, source, topic_prefiks: there is no setting of this name",
        ),
        ("", 'cameras = { gate = "" }', "line 4: pipeline site, cameras.gate: names no camera"),
    ],
)
def test_a_mistake_stands_at_its_line(tmp_path: Path, source: str, cameras: str, mistake: str) -> None:
    [found] = mistakes_of(tmp_path, source, cameras)
    assert found.startswith(mistake.split(": there is")[0])


def test_a_source_must_say_how_its_messages_come(tmp_path: Path) -> None:
    text = '[[pipelines]]\nname = "a"\nsource = { type = "frigate" }\n'
    with pytest.raises(ConfigurationError, match="it does not say where its messages come from"):
        parse_config(text, base=tmp_path)
    text = '[[pipelines]]\nname = "a"\nsource = { type = "deepstream", broker = "mqtt://broker" }\n'
    with pytest.raises(ConfigurationError, match="deepstream has no topics of its own") as caught:
        parse_config(text, base=tmp_path)
    assert 'They are `topic` of nvmsgbroker: topics = ["deepstream/gate"].' in str(caught.value)


@pytest.mark.parametrize(("kind", "is_posting"), [("hikvision", True), ("dahua", False), ("onvif-pullpoint", False)])
def test_a_device_that_can_post_is_listened_to(tmp_path: Path, kind: str, is_posting: bool) -> None:
    source = f'{{ type = "{kind}", listen = "127.0.0.1:8099", token = "a-token-of-the-device" }}'
    text = f'[[pipelines]]\nname = "a"\nsource = {source}\ncameras = {{ gate = "1" }}\n'
    if is_posting:
        [pipeline] = parse_config(text, base=tmp_path).pipelines
        assert isinstance(pipeline.source.transport, HttpSettings)
    else:
        with pytest.raises(ConfigurationError):
            parse_config(text, base=tmp_path)


@pytest.mark.parametrize("kind", ["frigate", "onvif-mqtt", "viseron", "axis-mqtt"])
def test_a_kind_with_topics_of_its_own_needs_none(tmp_path: Path, kind: str) -> None:
    text = f'[[pipelines]]\nname = "a"\nsource = {{ type = "{kind}", broker = "mqtt://broker" }}\n'
    [pipeline] = parse_config(text, base=tmp_path).pipelines
    assert pipeline.source.reads.mqtt_topics


@pytest.mark.parametrize("broker", ["broker", "http://broker", "mqtt://", "mqtt://u:p@broker", "mqtt://broker:0"])
def test_an_address_that_is_none_of_a_broker_is_refused(tmp_path: Path, broker: str) -> None:
    text = f'[[pipelines]]\nname = "a"\nsource = {{ type = "frigate", broker = "{broker}" }}\n'
    with pytest.raises(ConfigurationError, match="broker"):
        parse_config(text, base=tmp_path)


@pytest.mark.parametrize("written", ['ca_file = "ca.pem"', f'certificate_sha256 = "{"ab" * 32}"'])
def test_a_certificate_without_tls_is_a_mistake(tmp_path: Path, written: str) -> None:
    """Who pins a certificate must not send the password unencrypted."""
    text = f'[[pipelines]]\nname = "a"\nsource = {{ type = "frigate", broker = "mqtt://broker", {written} }}\n'
    with pytest.raises(ConfigurationError, match="does nothing without TLS"):
        parse_config(text, base=tmp_path)


@pytest.mark.parametrize("size", ["[1280]", "{ gate = [1280, 720, 3] }", '{ gate = "hd" }', "[0, 720]"])
def test_a_size_of_frames_that_is_none_is_named(tmp_path: Path, size: str) -> None:
    assert all("detect_size" in one for one in mistakes_of(tmp_path, f", detect_size = {size}"))


def test_a_camera_map_of_a_video_is_a_mistake(tmp_path: Path) -> None:
    text = '[[pipelines]]\nname = "a"\nsource = { type = "file", path = "a.mp4" }\ncameras = { gate = "1" }\n'
    with pytest.raises(ConfigurationError, match="is for inputs, whose messages name their cameras"):
        parse_config(text, base=tmp_path)


def test_an_unknown_type_names_videos_and_inputs(tmp_path: Path) -> None:
    text = '[[pipelines]]\nname = "a"\nsource = { type = "frigatte" }\n'
    with pytest.raises(ConfigurationError, match='Did you mean "frigate"'):
        parse_config(text, base=tmp_path)


def test_topics_of_your_own_json_come_from_its_mappings(tmp_path: Path) -> None:
    text = """\
[[pipelines]]
name = "a"
source = { type = "generic", broker = "mqtt://b", mapping = { topic = "cam/{camera}_x/on", gives = "event" } }
cameras = { gate = "1" }
"""
    assert parse_config(text, base=tmp_path).pipelines[0].source.reads.mqtt_topics == ("cam/+/on",)


@pytest.mark.parametrize(
    "condition",
    [
        "nodes.frigate.new_delta > 0",
        "nodes.frigate.zones.fence.entered_delta > 0",
        'nodes.frigate.message.plate == \\"X\\"',
    ],
)
def test_check_knows_what_an_input_writes(tmp_path: Path, condition: str) -> None:
    settings = parse(tmp_path, trigger=f'{CUSTOM}"{condition}"')
    assert settings.warnings == ()


def test_check_warns_of_what_cannot_be(tmp_path: Path) -> None:
    settings = parse(
        tmp_path,
        cameras="",
        nodes='sink = { type = "annotated", path = "a.mp4" }\n[[pipelines.nodes]]\ntype = "detector"\n',
        trigger=f'{CUSTOM}"nodes.frigate.new_delte > 0"',
    )
    warnings = "\n".join(settings.warnings)
    assert "every camera is unknown" in warnings
    assert "it needs an image, and the source of this pipeline gives none" in warnings
    assert 'did you mean "new_delta"' in warnings
    assert "gets no images from this source" in warnings
