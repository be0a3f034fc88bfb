"""Recorded messages as a feed: every form that is read, the position, the end, and what cannot be read."""

from __future__ import annotations

import gzip
import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.errors import RecordingError
from securos_trigger.inputs.feed import Arrival, Position
from securos_trigger.inputs.file_feed import FileFeed, ListCutter
from securos_trigger.inputs.file_settings import FileSettings
from securos_trigger.inputs.kinds import load_kind
from securos_trigger.notices import Announcer


def feed_of(path: Path, kind: str = "generic", position: Position | None = None, **settings: Any) -> FileFeed:
    made = FileSettings(path=path, **settings)
    feed = FileFeed("recorded", made, Announcer(), cut_list=cutter(kind), position=position)
    feed.start()
    return feed


def cutter(kind: str, **settings: Any) -> ListCutter | None:
    found = load_kind(kind)
    return None if found.cut_list is None else partial(found.cut_list, found.settings(**settings))


def taken(feed: FileFeed, limit: int = 100) -> list[Arrival]:
    return feed.queue.take(limit, 0.0)


def bodies(feed: FileFeed) -> list[Any]:
    return [json.loads(one.message.body) for one in taken(feed)]


def lines(path: Path, *numbers: int) -> Path:
    path.write_text("".join(f'{{"n": {number}}}\n' for number in numbers))
    return path


def test_a_file_is_read_to_its_end_and_the_next_run_goes_on_after_the_last_message(tmp_path: Path) -> None:
    path = lines(tmp_path / "seen.jsonl", 1, 2, 3)
    first = feed_of(path)
    two = taken(first, 2)
    ends = [first.queue.is_finished, len(taken(first)), first.queue.is_finished]
    assert ends == [False, 1, True]
    assert bodies(feed_of(path, position=two[1].position)) == [{"n": 3}]
    lines(path, 1, 2, 3, 4)  # it has grown
    assert bodies(feed_of(path, position=two[1].position)) == [{"n": 3}, {"n": 4}]
    lines(path, 7, 8, 9)  # it is another file of the same name
    assert bodies(feed_of(path, position=two[1].position)) == [{"n": 7}, {"n": 8}, {"n": 9}]


def test_a_folder_is_read_as_its_list_says_or_by_name(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text('{"n": 1}')
    (tmp_path / "a.json").write_text('{"n": 2}')
    assert bodies(feed_of(tmp_path)) == [{"n": 2}, {"n": 1}]
    messages = [{"file": "b.json", "at_s": 1.5, "topic": "x/y"}, {"file": "a.json", "at_s": 4}]
    scene = {"clock_at_start": "2026-05-04T09:12:31Z", "messages": messages}
    (tmp_path / "expected.json").write_text(json.dumps(scene))
    found = taken(feed_of(tmp_path))
    assert [(one.message.topic, one.message.arrived_at) for one in found] == [
        ("x/y", 1777885952.5),
        ("", 1777885955.0),
    ]


def test_a_list_in_a_file_is_cut_into_messages_where_the_kind_says_how(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    rows = [{"camera": "gate", "frame": frame, "x_min": 1} for frame in (1, 1, 2)]
    path.write_text(json.dumps(rows))
    found = taken(feed_of(path, "supervision", messages_per_s=10.0))
    assert [len(json.loads(one.message.body)) for one in found] == [2, 1]
    assert found[1].message.arrived_at - found[0].message.arrived_at == pytest.approx(0.1)
    assert [len(one) for one in bodies(feed_of(path, "deepstream"))] == [3, 3, 3]
    assert bodies(feed_of(path, "ultralytics")) == [rows]  # one message: the objects of a frame


def test_a_list_of_rows_is_cut_by_the_keys_of_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(
        json.dumps([{"cam": cam, "n": n, "when": n} for cam, n in (("a", 1), ("a", 1), ("a", 2), ("b", 2))])
    )
    cut_list = cutter("supervision", camera_key="cam", frame_key="n", time_key="when")
    feed = FileFeed("recorded", FileSettings(path=path), Announcer(), cut_list=cut_list)
    feed.start()
    assert [len(one) for one in bodies(feed)] == [2, 1, 1]


def test_what_was_read_before_a_file_is_cut_off_is_handed_over_first(tmp_path: Path) -> None:
    whole = gzip.compress(b'{"n": 1}\n' * 3) + gzip.compress(b'{"n": 2}\n' * 100)
    path = tmp_path / "seen.jsonl.gz"
    path.write_bytes(whole[:-8])  # without the check sum at its end
    feed = feed_of(path)
    found = taken(feed, 1_000)
    assert len(found) > 0
    for _ in range(2):
        with pytest.raises(RecordingError, match="it is cut off"):
            taken(feed, 1_000)
    assert not feed.queue.is_finished
    again = feed_of(path, position=found[-1].position)
    with pytest.raises(RecordingError, match="it is cut off"):
        taken(again)


@pytest.mark.parametrize("header", ["", '{"format": "generic", "clock_at_start": "2026-11-28T12:00:00Z"}\n'])
def test_a_line_that_is_still_being_written_is_read_by_the_next_run(tmp_path: Path, header: str) -> None:
    path, begun = tmp_path / "seen.jsonl", header + '{"at_s": 1, "body": "1"}\n{"at_s": 2, "bo'
    path.write_text(begun)
    feed = feed_of(path)
    [first] = taken(feed)
    with pytest.raises(RecordingError, match="it is cut off"):
        taken(feed)
    path.write_text(begun + 'dy": "2"}')  # without its end of line: a document is whole
    [second] = taken(feed_of(path, position=first.position))
    assert second.message.body in (b"2", b'{"at_s": 2, "body": "2"}')
    path.write_text(begun + 'dy": "2"}\n{"at_s": 3, "body": "3"}\n')
    [third] = taken(feed_of(path, position=second.position))
    assert third.message.body in (b"3", b'{"at_s": 3, "body": "3"}')


def test_a_last_line_that_is_no_json_is_a_message_without_its_end_of_line_too(tmp_path: Path) -> None:
    path = tmp_path / "seen.jsonl"
    path.write_text("<a/>\n<b/>")
    assert [one.message.body for one in taken(feed_of(path))] == [b"<a/>", b"<b/>"]


@pytest.mark.parametrize("name", ["a0.json", "a1x.json"])
def test_a_message_whose_name_sorts_between_those_that_were_read_is_read_too(tmp_path: Path, name: str) -> None:
    for number in range(1, 4):
        (tmp_path / f"a{number}.json").write_text(json.dumps({"n": number, "filling": "x" * 70_000}))
    [_, _, last] = taken(feed_of(tmp_path))
    assert bodies(feed_of(tmp_path, position=last.position)) == []
    (tmp_path / name).write_text('{"n": 7}')
    assert 7 in [one["n"] for one in bodies(feed_of(tmp_path, position=last.position))]
    older = {key: value for key, value in last.position.items() if key not in ("names", "last")}  # type: ignore[union-attr]
    (tmp_path / name).unlink()
    assert bodies(feed_of(tmp_path, position=older)) == [], "the position of an older version still counts"


def test_files_of_a_folder_that_were_read_can_be_removed(tmp_path: Path) -> None:
    for number in range(1, 5):
        (tmp_path / f"a{number}.json").write_text(json.dumps({"n": number, "filling": "x" * 70_000}))
    arrivals = taken(feed_of(tmp_path))
    (tmp_path / "a2.json").unlink()
    assert bodies(feed_of(tmp_path, position=arrivals[-1].position)) == []
    assert [one["n"] for one in bodies(feed_of(tmp_path, position=arrivals[2].position))] == [4]
    (tmp_path / "a5.json").write_text('{"n": 5}')
    [last] = taken(feed_of(tmp_path, position=arrivals[-1].position))
    assert json.loads(last.message.body) == {"n": 5}
    assert bodies(feed_of(tmp_path, position=last.position)) == []


def test_a_new_file_between_those_that_were_read_is_read_where_others_were_removed(tmp_path: Path) -> None:
    def put(name: str, number: int) -> None:
        (tmp_path / name).write_text(json.dumps({"n": number, "filling": "x" * 70_000}))

    for number, name in enumerate(("a", "b", "c", "m"), 1):
        put(f"{name}.json", number)
    last = taken(feed_of(tmp_path))[-1]
    (tmp_path / "b.json").unlink()
    (tmp_path / "c.json").unlink()
    put("h_new.json", 5)
    assert [one["n"] for one in bodies(feed_of(tmp_path, position=last.position))] == [1, 5, 4], "none is left out"


def test_a_file_that_comes_while_a_folder_is_read_is_left_to_the_next_run_which_reads_no_other(tmp_path: Path) -> None:
    for number in range(1, 4):
        (tmp_path / f"a{number}.json").write_text(json.dumps({"n": number}))
    feed = feed_of(tmp_path)
    (tmp_path / "a4.json").write_text('{"n": 4}')
    arrivals = taken(feed)
    assert [json.loads(one.message.body)["n"] for one in arrivals] == [1, 2, 3]
    assert bodies(feed_of(tmp_path, position=arrivals[-1].position)) == [{"n": 4}]


def test_another_folder_or_file_is_read_although_its_name_or_its_first_bytes_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"n": 1}')
    (tmp_path / "b.json").write_text('{"n": 2}')
    [_, last] = taken(feed_of(tmp_path))
    assert bodies(feed_of(tmp_path, position=last.position)) == []
    (tmp_path / "c.json").write_text('{"n": 3}')  # it has grown
    assert bodies(feed_of(tmp_path, position=last.position)) == [{"n": 3}]
    (tmp_path / "b.json").write_text('{"n": 7}')  # it is another one
    assert bodies(feed_of(tmp_path, position=last.position)) == [{"n": 1}, {"n": 7}, {"n": 3}]
    path = tmp_path / "seen.jsonl"
    path.write_text('{"same": "' + "x" * 300 + '"}\n{"n": 1}\n')
    [_, last] = taken(feed_of(path))
    path.write_text('{"same": "' + "x" * 300 + '"}\n{"n": 2}\n')
    assert len(bodies(feed_of(path, position=last.position))) == 2


def test_a_recording_that_is_read_at_its_own_speed_comes_as_of_now(tmp_path: Path) -> None:
    path = tmp_path / "seen.jsonl"
    path.write_text('{"time": 1777885951}\n{"time": 1777885951.2}\n')
    feed = feed_of(path, realtime=True)
    began_at = time.time()
    found: list[Arrival] = []
    while not feed.queue.is_finished:
        found += feed.queue.take(64, 0.05)
    assert len(found) == 2
    assert began_at - 0.1 <= found[0].message.arrived_at <= began_at + 30
    assert found[1].message.arrived_at - found[0].message.arrived_at == pytest.approx(0.2, abs=0.001)
    assert time.time() - began_at >= 0.15


@pytest.mark.parametrize("name", ["missing.jsonl", "missing"])
def test_what_is_not_there_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(RecordingError, match="cannot be read: No such file"):
        taken(feed_of(tmp_path / name))


def test_a_folder_whose_list_is_broken_is_said(tmp_path: Path) -> None:
    (tmp_path / "expected.json").write_text("{}")
    with pytest.raises(RecordingError, match="clock_at_start is not a time"):
        taken(feed_of(tmp_path))
