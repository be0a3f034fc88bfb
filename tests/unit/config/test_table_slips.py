"""A source or a sink that is not a table gets the table to write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from securos_trigger.config.reader import parse_config
from securos_trigger.errors import ConfigurationError


@pytest.mark.parametrize(
    ("source", "fix"),
    [
        ("yard.mp4", 'Write source = { type = "file", path = "yard.mp4" }.'),
        ("rtsp://u:pw@cam/1", 'Write source = { type = "rtsp", url = "rtsp://…" }.'),
        ("http://u:pw@cam/video.mjpg", 'Write source = { type = "stream", url = "http://…" }.'),
        ("/dev/video1", 'Write source = { type = "usb", device = "/dev/video1" }.'),
        ("0", 'Write source = { type = "usb", device = "/dev/video0" }.'),
        ("udp://239.0.0.1:5000", 'Write source = { type = "stream", url = "udp://…" }.'),
    ],
)
def test_a_source_that_is_a_path_or_an_address_gets_its_table(tmp_path: Path, source: str, fix: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_config(f'[[pipelines]]\nname = "yard"\nsource = "{source}"\n', base=tmp_path)
    assert [(mistake.where, mistake.what, mistake.fix) for mistake in caught.value.mistakes] == [
        ("line 3: pipeline yard, source", "a table is expected, and this is a text", fix)
    ]


def test_a_device_that_is_a_number_and_a_sink_that_is_a_path_get_their_tables(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_config('[[pipelines]]\nname = "yard"\nsource = 1\nsink = "out.mp4"\n', base=tmp_path)
    assert [(mistake.what, mistake.fix) for mistake in caught.value.mistakes] == [
        ("a table is expected, and this is a number", 'Write source = { type = "usb", device = "/dev/video1" }.'),
        ("a table is expected, and this is a text", 'Write sink = { type = "file", path = "out.mp4" }.'),
    ]


@pytest.mark.parametrize(
    ("table", "is_led_to_a_node"), [("", True), ("[console]", False), ("[metrics]", False), ("[outbox]", False)]
)
def test_only_a_setting_at_the_top_or_in_a_pipeline_is_led_to_its_trigger_node(
    tmp_path: Path, table: str, is_led_to_a_node: bool
) -> None:
    """`enabled = false` in another table switches nothing off; below the node it would switch off all events."""
    for line in ("interval = 5", "enabled = false"):
        with pytest.raises(ConfigurationError) as caught:
            parse_config(f'{table}\n{line}\n[[pipelines]]\nname = "yard"\n', base=tmp_path)
        fixes = [one.fix for one in caught.value.mistakes if one.what == "there is no such setting"]
        assert len(fixes) == 1
        is_led = "It is a setting of a trigger node" in fixes[0]
        assert is_led == (is_led_to_a_node and line == "interval = 5"), (line, fixes)


@pytest.mark.parametrize(
    "url", ["rtsp://…", "rtsp://<camera>/live", "rtsp://viewer:…@10.0.0.9/live", "rtsp://...:554/live"]
)
def test_an_address_of_an_example_is_not_one(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        text = f'[[pipelines]]\nname = "yard"\nsource = {{ type = "rtsp", url = "{url}" }}\n'
        parse_config(text, base=tmp_path)
    (mistake,) = caught.value.mistakes
    assert (mistake.what, mistake.fix) == (
        "a part of the address is a placeholder",
        "Give the address of the camera.",
    )


def test_the_name_of_a_node_is_its_id(tmp_path: Path) -> None:
    text = '[[pipelines]]\nname = "yard"\nsource = { type = "file", path = "a.mp4" }\n[[pipelines.nodes]]\ntype = "TYPE"\nname = "alarm"\n'
    for kind in ("trigger_securos_event", "detector"):
        with pytest.raises(ConfigurationError) as caught:
            parse_config(text.replace("TYPE", kind), base=tmp_path)
        fixes = [one.fix for one in caught.value.mistakes if one.where.endswith(", name")]
        assert fixes == ["The name of a node is its id: write id in place of name."]


def test_a_table_of_a_pipeline_at_the_top_is_led_to_a_header_that_is_right(tmp_path: Path) -> None:
    tables = {"nodes": 'type = "detector"\nid = "people"\n', "source": 'type = "file"\npath = "a.mp4"\n'}
    for header, name in (("[[nodes]]", "nodes"), ("[nodes]", "nodes"), ("[source]", "source")):
        others = "".join(f"[{name}]\n{lines}" for name, lines in tables.items() if name != header.strip("[]"))
        others = others.replace("[source]", "[pipelines.source]").replace("[nodes]", "[[pipelines.nodes]]")
        text = f'[[pipelines]]\nname = "yard"\n{others}{header}\n{tables[name]}'
        with pytest.raises(ConfigurationError) as caught:
            parse_config(text, base=tmp_path)
        (mistake,) = caught.value.mistakes
        found = re.search(r"write (\[+pipelines\.\w+\]+), below", mistake.fix)
        assert found is not None, mistake.fix
        parse_config(text.replace(header, found[1]), base=tmp_path)
