"""A setting that belongs to another type of source, node or sink is said with that type, and once."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.errors import ConfigurationError

TRIGGER = """\
[[pipelines.nodes]]
type = "trigger_securos_event"
id = "alarm"
event_source = "custom"
trigger = "people > 0"
event_name = "Person"
iss_camera_ids = "1"
iss_ip = "10.0.0.5"
iss_port = "3443"
iss_password = "a-token"
"""
DETECTOR = '[[pipelines.nodes]]\ntype = "detector"\n'
INPUT = 'an input, as type = "frigate" (docs/inputs/README.md)'


def _found(folder: Path, source: str, below: str = TRIGGER) -> list[tuple[str, str, str]]:
    text = f'[[pipelines]]\nname = "yard"\nsource = {{ {source} }}\n{below}'
    with pytest.raises(ConfigurationError) as caught:
        parse_config(text, base=folder)
    return [(one.where.rpartition(", ")[2], one.what, one.fix) for one in caught.value.mistakes]


@pytest.mark.parametrize(
    ("source", "what", "fix"),
    [
        ('type = "file", url = "rtsp://h/1"', '"file" does not fit url', 'Did you mean type = "rtsp"?'),
        ('type = "file", url = "https://h/1"', '"file" does not fit url', 'Did you mean type = "stream"?'),
        ('type = "rtsp", path = "a.mp4"', '"rtsp" does not fit path', 'Did you mean type = "file"?'),
        ('type = "stream", path = "a.mp4"', '"stream" does not fit path', 'Did you mean type = "file"?'),
        ('type = "rtsp", device = "/dev/video0"', '"rtsp" does not fit device', 'Did you mean type = "usb"?'),
        ('type = "file", broker = "mqtt://h:1883"', '"file" does not fit broker', f"Did you mean {INPUT}?"),
    ],
)
def test_the_settings_of_another_type_are_one_mistake(tmp_path: Path, source: str, what: str, fix: str) -> None:
    ((where, said, advice),) = _found(tmp_path, source)
    assert (where, said) == ("type", what)
    assert advice.startswith(fix)
    assert " needs " in advice


@pytest.mark.parametrize(("kind", "address"), [("rtsp", "rtsp://h/1"), ("stream", "http://h/1")])
def test_an_address_in_place_of_a_path_is_said_to_be_one(tmp_path: Path, kind: str, address: str) -> None:
    found = _found(tmp_path, f'type = "{kind}", path = "{address}"')
    assert found == [("path", f'"{kind}" does not fit path', "It is an address: write url in place of path.")]


@pytest.mark.parametrize(
    ("source", "name", "fix"),
    [
        ('type = "file", path = "a.mp4", url = "rtsp://h/1"', "url", 'It is a setting of type = "rtsp".'),
        ('type = "usb", url = "http://h/1"', "url", 'It is a setting of type = "stream".'),
        ('type = "rtsp", url = "rtsp://h/1", loop = true', "loop", 'It is a setting of type = "file".'),
        ('type = "rtsp", url = "rtsp://h/1", topics = ["a"]', "topics", f"It is a setting of {INPUT}."),
        ('type = "file", path = "a.mp4", realtme = true', "realtme", 'Did you mean "realtime"?'),
    ],
)
def test_a_setting_of_another_source_is_said_with_its_type(tmp_path: Path, source: str, name: str, fix: str) -> None:
    assert _found(tmp_path, source) == [(name, "there is no such setting", fix)]


@pytest.mark.parametrize(
    ("below", "name", "fix"),
    [
        (f'{TRIGGER}keep = ["person"]\n', "keep", 'It is a setting of type = "detector".'),
        (f"{DETECTOR}interval = 5\n{TRIGGER}", "interval", "It is a setting of a trigger node"),
        (f"{DETECTOR}rois = 1\n{TRIGGER}", "rois", 'It is a setting of type = "zone_presence".'),
        (f'{TRIGGER}[pipelines.sink]\ntype = "null"\nquality = 5\n', "quality", "It is a setting of type = "),
    ],
)
def test_a_setting_of_another_node_or_sink_is_said_with_its_type(
    tmp_path: Path, below: str, name: str, fix: str
) -> None:
    found = _found(tmp_path, 'type = "file", path = "a.mp4"', below)
    assert [(where, what) for where, what, _ in found] == [(name, "there is no such setting")]
    assert found[0][2].startswith(fix)


def test_a_condition_of_a_trigger_node_is_not_led_to_another_node(tmp_path: Path) -> None:
    ((_, _, fix),) = _found(tmp_path, 'type = "file", path = "a.mp4"', f'{TRIGGER}condition = "people > 0"\n')
    assert 'type = "event"' not in fix
