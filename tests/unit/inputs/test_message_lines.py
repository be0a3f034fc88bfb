"""Recordings of messages: what is written is read back, and lines of other programs are read, too."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from securos_trigger.inputs import message
from securos_trigger.inputs.message import MAX_BODY_BYTES, Message
from securos_trigger.inputs.message_lines import header_of, line_of, message_lines, recorded_header

CLOCK = 1_777_885_951.25


def read(path: Path) -> list[Message]:
    return list(message_lines(path, start_at=CLOCK, messages_per_s=10.0))


def test_a_recorded_message_is_read_back_as_it_arrived(tmp_path: Path) -> None:
    messages = [
        Message(body=b'{"a": 1}', arrived_at=CLOCK, topic="frigate/events", qos=1, dup=True),
        Message(body=b"\xff\xd8\x00", arrived_at=CLOCK + 0.5, topic="frigate/gate/snapshot", retain=True),
        Message(
            body=b"<x>", arrived_at=CLOCK + 2.25, url="/metadata/gate", content_type="text/xml", is_last_part=False
        ),
    ]
    path = tmp_path / "seen.jsonl"
    header = header_of("frigate", CLOCK, {"gate": "1"}, {"topic_prefix": "north"})
    path.write_text("\n".join([header, *(line_of(one, CLOCK) for one in messages)]) + "\n")
    assert read(path) == messages
    found = recorded_header(path)
    assert found is not None
    assert (found["format"], found["camera_map"], found["topic_prefix"]) == ("frigate", {"gate": "1"}, "north")
    packed = tmp_path / "seen.jsonl.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read(packed) == messages


def test_a_line_that_is_none_of_ours_is_a_message_that_its_parser_refuses(tmp_path: Path) -> None:
    path = tmp_path / "seen.jsonl"
    torn = line_of(Message(body=b"{}", arrived_at=CLOCK), CLOCK)[:20]
    path.write_text("\n".join([header_of("frigate", CLOCK, {}, {}), torn, '{"at_s": "x", "body": "{}"}', ""]))
    assert [one.body.decode() for one in read(path)] == [torn, '{"at_s": "x", "body": "{}"}']


@pytest.mark.parametrize("last", ["[2026-11-29 10:00] started", "{started}", '{"a": 1}}', "[" * 100_000 + "x"])
def test_a_last_line_that_no_end_makes_json_is_one_message_that_cannot_be_read(tmp_path: Path, last: str) -> None:
    path = tmp_path / "seen.jsonl"
    path.write_text('{"n": 1}\n' + last)
    assert [one.body.decode() for one in read(path)] == ['{"n": 1}', last]


def test_each_beginning_of_a_document_is_one_that_is_still_being_written(tmp_path: Path) -> None:
    path = tmp_path / "seen.jsonl"
    whole = '{"a": [1, -2.5e+7, true, null, NaN, -Infinity, {"b": "x\\u00fc\\n ü"}, []], "c": false}'.encode()
    for length in range(1, len(whole)):
        path.write_bytes(b'{"n": 1}\n' + whole[:length])
        with pytest.raises(EOFError):
            read(path)
    path.write_bytes(b'{"n": 1}\n' + whole)
    assert len(read(path)) == 2


def test_the_longest_message_is_one_line_whatever_its_bytes_are(tmp_path: Path) -> None:
    longest = Message(body=b"\x01" * MAX_BODY_BYTES, arrived_at=CLOCK, topic="frigate/events")
    path = tmp_path / "seen.jsonl"
    path.write_text("\n".join([header_of("frigate", CLOCK, {}, {}), line_of(longest, CLOCK)]))
    found = read(path)
    assert [len(one.body) for one in found] == [MAX_BODY_BYTES]
    assert found == [longest]


def test_lines_of_another_program_have_their_own_time_or_come_at_a_steady_rate(tmp_path: Path) -> None:
    path = tmp_path / "savant.jsonl"
    lines = [{"n": 1}, {"n": 2}, {"n": 3, "@timestamp": "2026-05-04T09:12:40Z"}, {"after": {"frame_time": CLOCK + 60}}]
    path.write_text("\n".join(map(json.dumps, lines)))
    assert recorded_header(path) is None
    times = [round(one.arrived_at - CLOCK, 3) for one in read(path)]
    assert times == [0.0, 0.1, 8.75, 60.0]
    assert json.loads(read(path)[0].body) == {"n": 1}


def test_a_line_of_another_program_is_parsed_once_for_its_time_and_for_its_parser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "deepstream.jsonl"
    long = {"@timestamp": "2026-05-04T09:12:40Z", "objects": ["x" * 70_000]}
    path.write_text("\n".join(map(json.dumps, ({"@timestamp": "2026-05-04T09:12:40Z", "objects": []}, long))))
    parsed: list[int] = []

    def parse(body: bytes) -> object:
        parsed.append(len(body))
        return json.loads(body)

    short, other = read(path)
    monkeypatch.setattr(message, "read_json", parse)
    assert short.document == {"@timestamp": "2026-05-04T09:12:40Z", "objects": []}
    assert parsed == []
    assert other.document == long
    assert parsed == [len(other.body)]  # long ones would fill the memory while they wait
