"""A pipeline of Lumeo becomes a configuration that passes check, or says what is missing."""

from __future__ import annotations

import json
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.errors import ArgumentError, ConfigurationError
from securos_trigger.operations.import_lumeo import Imported, import_lumeo
from securos_trigger.operations.lumeo.drawings import lines_of, rois_of
from securos_trigger.operations.lumeo.reading import read_pipeline
from securos_trigger.operations.toml_writer import Table, text_of
from securos_trigger.trigger.properties import TriggerProperties

VIDEO = {"type": "video", "source_type": "stream", "source_id": "645f068b-37ce"}
RTSP = {"rtsp": {"uri": "rtsp://viewer:pw@192.0.2.31/1", "name": "Gate"}}
TRIGGER = {
    "type": "trigger_iss_securos",
    "enabled": True,
    "iss_ip": "vms.example",
    "iss_port": "3443",
    "iss_password": "it's a secret",
    "iss_camera_ids": "1, 2.17",
    "iss_action": "event_and_record",
    "record_duration": 7,
    "event_source": "custom",
    "interval": 10,
    "trigger": 'nodes.annotate_line_counter1.lines.gate.total_objects_crossed_delta > 0 and scene != "day"',
    "event_name": "{{ objects|length }} at the gate",
    "event_description": 'first line\nsecond "line"',
}


def node(node_id: str, properties: dict[str, Any], *next_ids: str) -> dict[str, Any]:
    return {"id": node_id, "properties": properties, "wires": {"output": [f"{one}.input" for one in next_ids]}}


WHOLE = [
    node("video1", VIDEO, "model_inference1"),
    node("track1", {"type": "track", "tracker": "sort"}, "annotate_line_counter1"),
    node("model_inference1", {"type": "model_inference", "model_id": "m-1", "inference_interval": 2}, "track1"),
    node(
        "annotate_line_counter1",
        {"type": "annotate_line_counter", "lines": "10,400,900,400", "line_labels": "gate", "objects_to_track": "car"},
        "annotate_presence1",
    ),
    node(
        "annotate_presence1",
        {"type": "annotate_presence", "rois": "0,0,100,0,100,100;10,10,50,60", "roi_labels": "a, b",
         "min_presence_time": 2},
        "event1",
    ),
    node("event1", {"type": "event", "event_type": "stop", "event_trigger": "x > 1", "trigger_mode": "fixed",
                    "trigger_duration": 3}, "function1"),
    node("function1", {"type": "function", "code": "def process_frame(frame, **kwargs):\n    return True\n",
                       "props": {"limit": 3}}, "iss1", "encode1"),
    node("iss1", TRIGGER),
    node("encode1", {"type": "encode", "codec": "h264"}, "stream_rtsp_out1"),
    node("stream_rtsp_out1", {"type": "stream_rtsp_out"}),
]  # fmt: skip


def imported(folder: Path, pipeline: object, deployment: object = None) -> tuple[Imported, dict[str, Any]]:
    """What was imported, and the configuration as it was read back."""
    (folder / "yard.json").write_text(json.dumps(pipeline))
    overrides = None
    if deployment is not None:
        overrides = folder / "deployment.json"
        overrides.write_text(json.dumps(deployment))
    done = import_lumeo(folder / "yard.json", folder / "site.toml", deployment=overrides)
    return done, tomllib.loads(done.config.read_text())


def test_a_whole_pipeline_passes_check_once_the_deployment_has_the_camera(tmp_path: Path) -> None:
    done, raw = imported(tmp_path, WHOLE, {"video1": RTSP, "iss1": {"iss_camera_ids": "7"}})
    assert done.missing == ()
    [pipeline] = raw["pipelines"]
    assert (pipeline["name"], pipeline["source"]) == ("yard", {"type": "rtsp", "url": "rtsp://viewer:pw@192.0.2.31/1"})
    assert [(one["type"], one["id"]) for one in pipeline["nodes"]] == [
        ("detector", "model_inference1"),
        ("tracker", "track1"),
        ("line_counter", "annotate_line_counter1"),
        ("zone_presence", "annotate_presence1"),
        ("event", "event1"),
        ("function", "function1"),
        ("trigger_securos_event", "iss1"),
    ]
    detector, _, line_counter, zone, event, function, trigger = pipeline["nodes"]
    assert (detector["keep"], detector["every"]) == (["car"], 2)
    assert line_counter["lines"] == {"gate": [[10, 400], [900, 400]]}
    assert (line_counter["labels"], line_counter["units"], line_counter["anchor"]) == (["car"], "pixels", "centre")
    assert zone["rois"] == {
        "a": [[0, 0], [100, 0], [100, 100]], "b": [[10, 10], [50, 10], [50, 60], [10, 60]],
    }  # fmt: skip
    assert zone["min_presence_s"] == 2.0
    assert (event["event_type"], event["condition"], event["min_duration_s"]) == ("stop", "x > 1", 3.0)
    assert (tmp_path / function["file"]).read_text() == "def process_frame(frame, **kwargs):\n    return True\n"
    assert function["arguments"] == {"limit": 3}
    assert trigger["iss_camera_ids"] == "7", "the deployment has the last word"


def test_the_twelve_properties_are_carried_over_unchanged_and_the_password_into_a_file_of_its_own(
    tmp_path: Path,
) -> None:
    done, raw = imported(tmp_path, [node("video1", {**VIDEO, **RTSP}, "iss1"), node("iss1", TRIGGER)])
    [trigger] = raw["pipelines"][0]["nodes"]
    names = list(TriggerProperties.model_fields)[:12]
    assert {name: trigger[name] for name in names if name != "iss_password"} == {
        name: TRIGGER[name] for name in names if name != "iss_password"
    }
    assert trigger["iss_password"] == {"file": "receiver.token"}
    assert (tmp_path / "receiver.token").read_text() == "it's a secret"
    assert "secret" not in done.config.read_text()
    assert trigger["send_bounding_boxes"] is True
    for path in (done.config, *done.files):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_not_carried_over_stands_in_its_place_and_is_listed_with_the_reason(tmp_path: Path) -> None:
    pipeline = [node("video1", VIDEO, "gpt1"), node("gpt1", {"type": "gpt"}, "iss1"), node("iss1", TRIGGER)]
    done, _ = imported(tmp_path, pipeline)
    assert done.remarks == (
        "video1 (video): Lumeo keeps the address of 645f068b-37ce: write the camera's address into url.",
        "gpt1 (gpt): there is no such node here; a function node of your own can write its fields (docs/nodes.md).",
    )
    text = done.config.read_text()
    assert text.index("# video1 (video)") < text.index("# gpt1 (gpt)") < text.index('id = "iss1"')
    [missing] = done.missing
    assert missing == (
        "line 7: pipeline yard, source, url: this is not an RTSP address\n"
        "    It looks like rtsp://user:password@host:554/path."
    )


def test_each_source_is_a_pipeline_with_the_nodes_that_its_frames_reach(tmp_path: Path) -> None:
    pipeline = [
        node("video1", {**VIDEO, **RTSP}, "iss1"),
        node("video2", {"type": "video", "source_type": "camera", "usb": {"uri": "file:///dev/video2"}}, "iss2"),
        node("iss1", TRIGGER),
        node("iss2", {**TRIGGER, "iss_ip": "vms2.example", "iss_password": "another"}),
    ]
    done, raw = imported(tmp_path, pipeline)
    assert done.missing == ()
    assert [(one["name"], [n["id"] for n in one["nodes"]]) for one in raw["pipelines"]] == [
        ("yard video1", ["iss1"]), ("yard video2", ["iss2"]),
    ]  # fmt: skip
    assert raw["pipelines"][1]["source"] == {"type": "usb", "device": "/dev/video2"}
    assert {path.name for path in done.files} == {"receiver.token", "receiver2.token"}


@pytest.mark.parametrize(
    ("pipeline", "name"),
    [
        ({"name": "North", "definition": WHOLE}, "North"),
        ({"nodes": WHOLE}, "yard"),
        ({"name": "North", "definition": json.dumps(WHOLE)}, "North"),
        ([{"id": "video1", **VIDEO, **RTSP, "wires": {"video": ["iss1.input"]}}, {"id": "iss1", **TRIGGER}], "yard"),
    ],
)
def test_other_forms_of_a_pipeline_are_read_too(pipeline: object, name: str, tmp_path: Path) -> None:
    _, raw = imported(tmp_path, pipeline)
    assert raw["pipelines"][0]["name"] == name
    assert raw["pipelines"][0]["nodes"][-1]["id"] == "iss1"


def test_a_deployment_may_stand_below_configuration_and_unknown_nodes_are_said(tmp_path: Path) -> None:
    deployment = {"id": "d", "configuration": {"video1": RTSP, "video9": {}}}
    done, raw = imported(tmp_path, [node("video1", VIDEO, "iss1"), node("iss1", TRIGGER)], deployment)
    assert raw["pipelines"][0]["source"]["url"] == RTSP["rtsp"]["uri"]
    assert done.remarks[-1] == "video9: the deployment has properties for it, and the pipeline has no such node."


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("rtsps://cam/1", {"type": "rtsp", "url": "rtsps://cam/1"}),
        ("http://cam/video.mjpg", {"type": "stream", "url": "http://cam/video.mjpg"}),
        ("file:///videos/yard.mp4", {"type": "file", "path": "/videos/yard.mp4"}),
        ("", {"type": "rtsp", "url": ""}),
    ],
)
def test_a_source_is_known_by_its_address(address: str, source: dict[str, str], tmp_path: Path) -> None:
    _, raw = imported(tmp_path, [node("video1", {**VIDEO, "uri": address}, "iss1"), node("iss1", TRIGGER)])
    assert raw["pipelines"][0]["source"] == source


def test_texts_that_stand_for_numbers_and_truths_become_such(tmp_path: Path) -> None:
    texts = {
        **TRIGGER,
        "enabled": "false",
        "record_duration": "9",
        "interval": "2.5",
        "iss_port": 3443,
        "trigger": None,
    }
    _, raw = imported(tmp_path, [node("video1", {**VIDEO, **RTSP}, "iss1"), node("iss1", texts)])
    [trigger] = raw["pipelines"][0]["nodes"]
    assert (trigger["enabled"], trigger["record_duration"], trigger["interval"]) == (False, 9, 2.5)
    assert (trigger["iss_port"], "trigger" in trigger) == ("3443", False)


def test_a_line_of_several_segments_becomes_several_lines() -> None:
    lines, segments = lines_of({"lines": "1,2,3,4; 5,5,6,6,7,8", "line_labels": ["in", "out"]})
    assert lines == {"in": [[1, 2], [3, 4]], "out": [[5, 5], [6, 6]], "out_2": [[6, 6], [7, 8]]}
    assert segments == {"out": ["out", "out_2"]}


@pytest.mark.parametrize("drawn", ["0,0,9,0,9,9", [[0, 0, 9, 0, 9, 9]], [[[0, 0], [9, 0], [9, 9]]]])
def test_drawings_are_texts_or_lists(drawn: object) -> None:
    assert rois_of({"rois": drawn}) == {"roi1": [[0, 0], [9, 0], [9, 9]]}


@pytest.mark.parametrize("drawn", [None, 7, "", "x", [None], [{}], "1", [[]]])
def test_a_drawing_that_is_none_is_left_out(drawn: object) -> None:
    assert rois_of({"rois": drawn, "roi_labels": 3}) == {}
    assert lines_of({"lines": drawn}) == ({}, {})


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "the file is not JSON"), ("[" * 100_000, "the file is not JSON"), ("{}", "this is not a pipeline of Lumeo"),
        ("[]", "this is not a pipeline of Lumeo"), ("[1]", "node number 1: it has no id"), ('[{"id": ""}]', "it has no id"),
        ('[{"id": "a"}, {"id": "a"}]', "node a: the id is there twice"),
    ],
)  # fmt: skip
def test_what_is_no_pipeline_is_refused_with_what_one_looks_like(content: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "yard.json").write_text(content)
    with pytest.raises(ConfigurationError, match=sentence):
        import_lumeo(tmp_path / "yard.json", tmp_path / "site.toml")
    assert not (tmp_path / "site.toml").exists()


@pytest.mark.parametrize("name", ["gone.json", ".", "empty.json", "binary.json", "list.json"])
def test_a_wrong_file_is_refused_with_a_next_step(name: str, tmp_path: Path) -> None:
    """Both the pipeline and the deployment: which file was meant, else what one looks like."""
    for other, content in (("empty.json", b""), ("binary.json", b"[\x00\xff]"), ("list.json", b"[1, 2]")):
        (tmp_path / other).write_bytes(content)
    (tmp_path / "good.json").write_text('[{"id": "video1", "properties": {"type": "video"}}]')
    for pipeline, deployment in ((name, None), ("good.json", name)):
        with pytest.raises(ConfigurationError) as caught:
            import_lumeo(
                tmp_path / pipeline,
                tmp_path / "site.toml",
                deployment=None if deployment is None else tmp_path / deployment,
            )
        fix = caught.value.mistakes[0].fix
        shape = "A pipeline is a list" if deployment is None else "A deployment maps ids"
        assert fix.startswith("Name the file: " if name == "." else shape), fix
        assert [one.fix for one in caught.value.mistakes[1:]] in ([], [""]), "the form is said once"


def test_a_file_that_is_no_text_is_refused_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "yard.json").write_bytes(b"[\xff]")
    with pytest.raises(ConfigurationError, match="the file is not a text in UTF-8, so it is not JSON"):
        import_lumeo(tmp_path / "yard.json", tmp_path / "site.toml")


def test_an_address_of_another_kind_is_said_by_its_beginning_and_not_shown(tmp_path: Path) -> None:
    pipeline = [node("video1", {"type": "video", "uri": "ftp://viewer:s3cret@192.0.2.31/1"})]
    (tmp_path / "yard.json").write_text(json.dumps(pipeline))
    done = import_lumeo(tmp_path / "yard.json", tmp_path / "site.toml")
    said = (
        'video1 (video): an address that begins with "ftp:" cannot be read here: write the camera\'s address into url.'
    )
    assert said in done.remarks
    assert "s3cret" not in (tmp_path / "site.toml").read_text()


def test_a_deployment_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "yard.json").write_text(json.dumps(WHOLE))
    (tmp_path / "deployment.json").write_text("[]")
    with pytest.raises(ConfigurationError, match="this is not a deployment of Lumeo"):
        read_pipeline(tmp_path / "yard.json", tmp_path / "deployment.json")


def test_an_existing_file_is_replaced_only_by_force(tmp_path: Path) -> None:
    (tmp_path / "yard.json").write_text(json.dumps(WHOLE))
    (tmp_path / "function1.py").write_text("mine")
    with pytest.raises(
        ArgumentError, match=r"there is a file .*function1\.py already\. Choose another name, or replace it: --force\."
    ):
        import_lumeo(tmp_path / "yard.json", tmp_path / "site.toml")
    assert ((tmp_path / "function1.py").read_text(), (tmp_path / "site.toml").exists()) == ("mine", False)
    import_lumeo(tmp_path / "yard.json", tmp_path / "site.toml", is_forced=True)
    assert "process_frame" in (tmp_path / "function1.py").read_text()


def test_what_is_imported_is_never_replaced(tmp_path: Path) -> None:
    pipeline = tmp_path / "yard.json"
    pipeline.write_text(json.dumps(WHOLE))
    with pytest.raises(ArgumentError, match=r"yard\.json, which this command reads\. Choose another name\."):
        import_lumeo(pipeline, pipeline, is_forced=True)
    assert json.loads(pipeline.read_text()) == WHOLE


@pytest.mark.parametrize(
    "wires", [None, 7, {"output": None}, {"output": "b.input"}, {"output": [1, ""]}, {"output": ["z.in"]}]
)
def test_wires_of_any_kind_do_not_stop_it_and_nodes_without_any_follow_the_only_source(
    wires: object, tmp_path: Path
) -> None:
    pipeline = [{"id": "video1", "properties": {**VIDEO, **RTSP}, "wires": wires}, node("iss1", TRIGGER)]
    _, raw = imported(tmp_path, pipeline)
    assert [one["id"] for one in raw["pipelines"][0]["nodes"]] == ["iss1"]


def test_a_circle_of_wires_ends(tmp_path: Path) -> None:
    pipeline = [
        node("video1", {**VIDEO, **RTSP}, "track1"), node("track1", {"type": "track"}, "track2"),
        node("track2", {"type": "track"}, "track1"),
    ]  # fmt: skip
    _, raw = imported(tmp_path, pipeline)
    assert [one["id"] for one in raw["pipelines"][0]["nodes"]] == ["track1", "track2"]


@pytest.mark.parametrize(
    "text",
    ["", "plain", "it's", 'say "x"', "back\\slash", "both ' and \"", "two\nlines", "'''", "ends with '", "tab\t", "\x7f\x00",
     "ünï", "\nbegins", "a\r\nb", "'''\n'''"],
)  # fmt: skip
def test_every_text_comes_back_from_the_file_as_it_was(text: str) -> None:
    written = text_of(
        ["head\nline"], [Table("[a]", {"text": text, text or "k": [text, {"x y": text}]}, [f"# {text}\x1b"])]
    )
    expected = {"text": text, text or "k": [text, {"x y": text}]}
    assert tomllib.loads(written) == {"a": expected}
    assert "\x1b" not in written
