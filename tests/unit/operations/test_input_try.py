"""Recorded messages are tried on their own clock; what is wrong with a folder is said in a sentence."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.errors import ArgumentError, ConfigurationError
from securos_trigger.operations.input_try import try_input

SCENE: dict[str, Any] = {
    "format": "generic",
    "clock_at_start": "2026-05-04T09:12:31.250Z",
    "camera_map": {"gate": "1"},
    "mapping": {"source": "cam", "time": "t", "state": "is_open", "label": "what"},
    "messages": [{"file": "a.json", "at_s": 1}, {"file": "a.json", "at_s": 2}, {"file": "b.json", "at_s": 3}],
}


def folder_of(tmp_path: Path, scene: Any, **files: bytes) -> Path:
    (tmp_path / "expected.json").write_text(json.dumps(scene), encoding="utf-8")
    (tmp_path / "a.json").write_bytes(b'{"cam": "gate", "is_open": true, "what": "door"}')
    (tmp_path / "b.json").write_bytes(b'{"cam": "yard", "is_open": true,, "what": 7 7}')
    return tmp_path


def test_each_message_has_a_line_also_where_nothing_is_expected(tmp_path: Path) -> None:
    tried = list(try_input(folder_of(tmp_path, SCENE)))
    assert [(one.line["file"], one.line["verdict"]) for one in tried] == [
        ("a.json", "new"),
        ("a.json", "duplicate"),
        ("b.json", "malformed"),
    ]
    assert tried[0].line["camera"] == "1"
    assert tried[0].line["labels"] == ["door"]
    assert tried[2].line["why"].startswith("no JSON at line 1, column")
    assert [one.differences for one in tried] == [(), (), ()]


def test_what_differs_is_said_and_a_verdict_that_is_as_good_is_right(tmp_path: Path) -> None:
    expected = [
        {"verdict": "update", "also_ok": ["new"], "labels": ["gate"], "time": None, "why": "a note"},
        {"verdict": "new", "camera": "1"},
        {"verdict": "malformed"},
    ]
    messages = [{**one, "expect": expect} for one, expect in zip(SCENE["messages"], expected, strict=True)]
    tried = list(try_input(folder_of(tmp_path, {**SCENE, "messages": messages})))
    assert [one.differences for one in tried] == [
        ('1 a.json: labels: ["gate"] is expected, ["door"] was read',),
        ('2 a.json: verdict: "new" is expected, "duplicate" was read',),
        (),
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": "frigat"}, 'expected.json: format: there is no kind of input "frigat". Did you mean "frigate"?'),
        ({"clock_at_start": "noon"}, "clock_at_start is not a time with its zone, such as 2026-05-04T09:12:31.250Z"),
        ({"clock_at_start": "2026-05-04T09:12:31"}, "clock_at_start is not a time with its zone"),
        ({"messages": 7}, "messages is not a list"),
        ({"messages": []}, "messages is empty, so that nothing would be tried"),
        ({"messages": [{"file": "a\0b"}]}, "is not the name of a file"),
        ({"messages": [{"file": "."}]}, "is not a file"),
        ({"messages": [{"file": "c.json"}]}, "c.json cannot be read: No such file or directory"),
    ],
)
def test_a_folder_that_cannot_be_used_is_said_in_a_sentence(
    tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ArgumentError) as raised:
        list(try_input(folder_of(tmp_path, {**SCENE, **change})))
    assert sentence in str(raised.value)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"messages": [{"at_s": 1}]}, "messages[0]: is not an object with a file and a number at_s"),
        ({"messages": [{"file": "a.json", "expect": ["new"]}]}, "messages[0].expect: is not an object"),
        ({"messages": [{"file": "a.json", "expect": {"verdct": "new"}}]}, "expect: has no key that is compared"),
        ({"messages": [{"file": "a.json", "expect": {"verdict": "nwe"}}]}, 'expect: "nwe" is not a verdict'),
        (
            {"messages": [{"file": "a.json", "expect": {"verdict": "new", "also_ok": "nwe"}}]},
            'expect: "nwe" is not a verdict',
        ),
        ({"messages": [{"file": "a.json", "expect": {"objects": ["x"]}}]}, "expect.objects: is not a list of objects"),
        (
            {"messages": [{"file": "a.json", "expect": {"messages": [{"objects": 7}]}}]},
            "expect.messages[0].objects: is not a list of objects",
        ),
        ({"mapping": {"source": "cam["}}, "this is not JMESPath: cam["),
        ({"mapping": {"rect_from": "corners"}}, 'there is no such setting\n      Did you mean "rect_form"?'),
        ({"mapping": {"gives": "switch"}}, 'a switch needs its value\n      Add state, such as state = "state".'),
        ({"mapping": []}, "mapping: is empty"),
        ({"age_limit_s": -1}, "age_limit_s: -1 is too small: it must be more than 0"),
        ({"camera_map": {"gate": " , "}}, "names no camera"),
    ],
)
def test_settings_that_are_wrong_are_said_with_their_place(
    tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        list(try_input(folder_of(tmp_path, {**SCENE, **change})))
    assert sentence in str(raised.value)


def test_a_list_of_messages_that_is_nested_without_end_is_said(tmp_path: Path) -> None:
    (tmp_path / "expected.json").write_text("[" * 100_000)
    with pytest.raises(ArgumentError, match="is nested too deep"):
        list(try_input(tmp_path))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_no_message(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {**SCENE, "messages": [{"file": "pipe"}]})
    os.mkfifo(folder / "pipe")
    with pytest.raises(ArgumentError, match="pipe is not a file"):
        list(try_input(folder))


def test_a_path_where_nothing_is_is_said(tmp_path: Path) -> None:
    with pytest.raises(
        ArgumentError, match=r"^there is no file or folder .*seen\.jsonl\. The folder .* has no \*\.jsonl$"
    ):
        list(try_input(tmp_path / "seen.jsonl"))


def test_a_folder_without_a_list_of_messages_is_said(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="it lists the messages and when they arrived"):
        list(try_input(tmp_path))
