"""Recordings are read as they were written, and a damaged one is read as far as it goes."""

from __future__ import annotations

import gzip
import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from securos_trigger.errors import RecordingError
from securos_trigger.metadata import recordings
from securos_trigger.metadata.recorded_frames import RecordedFrame, line_of
from securos_trigger.metadata.recordings import HOW_TO_MAKE, Recording, RecordingWriter
from securos_trigger.model import Frame, Moment

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def frame(at: float = 0.0, captured_at: datetime = NOON, **metadata: Any) -> Frame:
    return Frame(Moment(at, captured_at, "yard"), None, metadata)


def write(path: Path, *frames: Frame) -> Path:
    writer = RecordingWriter(path)
    for one in frames:
        writer.write(line_of(one))
    writer.close()
    return path


@pytest.mark.parametrize("name", ["r.jsonl", "r.jsonl.gz"])
def test_every_frame_comes_back_in_order_each_time_it_is_read(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, *(frame(number / 25, n=number) for number in range(100)))
    recording = Recording(path)
    for _ in range(2):
        assert [read.metadata["n"] for read in recording] == list(range(100))
        assert (recording.frames, recording.broken_count, recording.is_torn) == (100, 0, False)


def test_the_start_of_the_source_comes_back(tmp_path: Path) -> None:
    moment = Moment(2.5, NOON, "yard", "start-1")
    [read] = Recording(write(tmp_path / "r.jsonl", Frame(moment, None, {"n": 1})))
    assert read.moment == moment


@pytest.mark.parametrize("metadata", [{"n": 1}, {"n": math.nan}])
def test_the_size_of_the_frame_comes_back(tmp_path: Path, metadata: dict[str, Any]) -> None:
    sized = Frame(Moment(0.0, NOON, "yard"), None, metadata, declared_size=(1280, 720))
    read, other = Recording(write(tmp_path / "r.jsonl", sized, frame(**metadata)))
    assert (read.frame_size, other.frame_size) == ((1280, 720), None)


def test_a_size_of_another_form_is_none(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    sizes = ("7", "[7]", '["a", "b"]', '{"w": 1}', "[1, 2, 3]", "null")
    path.write_text("".join(f'{{"metadata": {{}}, "frame_size": {size}}}\n' for size in sizes))
    recording = Recording(path)
    assert [read.frame_size for read in recording] == [None] * len(sizes)
    assert recording.broken_count == 0


def test_a_line_without_a_start_or_a_time_has_none(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text('{"metadata": {}}\n{"metadata": {}, "start": 7, "x": NaN}\n')
    plain, odd = Recording(path)
    assert (plain.start, odd.start) == ("", "7")
    assert math.isnan(plain.moment.at)


def test_packing_is_known_by_the_content_and_not_by_the_name(tmp_path: Path) -> None:
    packed = write(tmp_path / "r.jsonl.gz", frame(n=1))
    named_otherwise = packed.rename(tmp_path / "r.jsonl")
    assert [read.metadata for read in Recording(named_otherwise)] == [{"n": 1}]


def test_broken_lines_are_left_out_and_named(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    good = line_of(frame(n=1)).encode()
    broken = [
        b'{"at": 1,',
        b"[1, 2]",
        b'{"metadata": [1]}',
        b'\xff"',
        b"[" * 100_000,
        b'{"metadata": {}, "x": ' + b"9" * 5000,
    ]
    path.write_bytes(b"\n".join([good, *broken, b"", good]) + b"\n")
    recording = Recording(path)
    assert [read.line for read in recording] == [1, 9]
    assert recording.broken_count == 6
    nothing = "not JSON: text that is not UTF-8, a number too long or data nested too deep"
    assert list(map(str, recording.broken)) == [
        "line 2: not JSON: expecting property name enclosed in double quotes at character 11",
        'line 3: there is no "metadata" in it',
        'line 4: there is no "metadata" in it',
        f"line 5: {nothing}",
        f"line 6: {nothing}",
        f"line 7: {nothing}",
    ]


def test_only_the_first_broken_lines_are_named_and_all_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text("no\n" * 50 + line_of(frame()) + "\n")
    recording = Recording(path)
    assert len(list(recording)) == 1
    assert (len(recording.broken), recording.broken_count) == (10, 50)


@pytest.mark.parametrize("cut", [1, 2, 20, 60])
def test_a_torn_last_line_is_expected(tmp_path: Path, cut: int) -> None:
    path = write(tmp_path / "r.jsonl", frame(n=1), frame(n=2))
    path.write_bytes(path.read_bytes()[: -1 - cut])
    recording = Recording(path)
    assert [read.metadata["n"] for read in recording] == [1]
    assert (recording.is_torn, recording.broken_count) == (True, 0)


def test_a_last_line_without_its_end_counts_when_it_is_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl", frame(n=1), frame(n=2))
    path.write_bytes(path.read_bytes()[:-1])
    recording = Recording(path)
    assert [read.metadata["n"] for read in recording] == [1, 2]
    assert not recording.is_torn


def test_a_torn_packed_file_is_read_up_to_its_end(tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl.gz", *(frame(n=number, text=str(hash(number * 7.1))) for number in range(5000)))
    path.write_bytes(path.read_bytes()[:-2000])
    recording = Recording(path)
    numbers = [read.metadata["n"] for read in recording]
    assert numbers == list(range(len(numbers)))
    assert 1000 < len(numbers) < 5000
    assert recording.is_torn


def test_a_damaged_packed_file_is_read_up_to_the_damage(tmp_path: Path) -> None:
    lines = b"".join(line_of(frame(n=number, text=str(hash(number * 7.1)))).encode() + b"\n" for number in range(5000))
    packed = bytearray(gzip.compress(lines))
    middle = len(packed) // 2
    packed[middle : middle + 200] = bytes(200)
    path = tmp_path / "r.jsonl.gz"
    path.write_bytes(packed)
    recording = Recording(path)
    frames = sum(1 for _ in recording)
    assert 0 < frames < 5000
    assert str(recording.broken[-1]).endswith(": the compressed file is damaged from here on")


def test_a_line_without_end_costs_bounded_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "MAX_LINE_BYTES", 1024)
    path = tmp_path / "r.jsonl"
    path.write_bytes(b'{"metadata": {"a": "' + b"x" * 100_000 + b'"}}\n' + line_of(frame(n=1)).encode() + b"\n")
    recording = Recording(path)
    assert [(read.line, read.metadata) for read in recording] == [(2, {"n": 1})]
    assert [line.line for line in recording.broken] == [1]


@pytest.mark.parametrize(
    ("record", "read"),
    [
        ({}, RecordedFrame(1, None, None, "", {})),
        ({"captured_at": "2026-01-01T12:00:00"}, RecordedFrame(1, None, None, "", {})),
        ({"captured_at": 5, "at": 7}, RecordedFrame(1, 7, None, "", {})),
        ({"captured_at": "noon", "source_name": 3, "at": "x"}, RecordedFrame(1, "x", None, "3", {})),  # type: ignore[arg-type]
        ({"captured_at": "2026-01-01T12:00:00Z", "more": 1}, RecordedFrame(1, None, NOON, "", {})),
    ],
)
def test_a_frame_that_lacks_something_is_still_a_frame(
    tmp_path: Path, record: dict[str, Any], read: RecordedFrame
) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(json.dumps({**record, "metadata": {}}) + "\n")
    assert list(Recording(path)) == [read]


def test_what_is_no_data_is_made_plain(tmp_path: Path) -> None:
    knot: dict[str, Any] = {}
    knot["self"] = knot
    path = write(tmp_path / "r.jsonl", frame(odd={1, 2}, keys={(1, 2): 3}), frame(path=Path("a")), frame(knot=knot))
    first, second, third = Recording(path)
    assert first.metadata == {"odd": [1, 2], "keys": {"(1, 2)": 3}}
    assert second.metadata == {"path": "a"}
    assert third.metadata["knot"]["self"]["self"]


class Loud(dict[str, int]):
    """An object that ends the program when it is looked through."""

    def items(self) -> Any:
        raise SystemExit(1)


def test_foreign_code_in_metadata_ends_no_recording(tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl", frame(counts=Loud(car=2)), frame(number=10**5000))
    first, second = Recording(path)
    assert (first.metadata, second.metadata) == ({"counts": {"car": 2}}, {"number": math.inf})


def test_a_recording_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(RecordingError) as found:
        Recording(tmp_path / "no.jsonl")
    why = f"The recording {tmp_path / 'no.jsonl'} cannot be read: No such file or directory"
    assert str(found.value) == f"{why}\n    {HOW_TO_MAKE}"


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(RecordingError) as found:
        Recording(tmp_path)
    assert str(found.value) == f"The recording {tmp_path} cannot be read: Is a directory\n    {HOW_TO_MAKE}"


def test_another_kind_of_file_has_no_frame(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary\n")
    recording = Recording(path)
    assert list(recording) == []
    with pytest.raises(RecordingError) as found:
        recording.require_frames()
    assert str(found.value) == (
        f"There is no frame in the recording {path}: line 1: not JSON: expecting value at character 1\n"
        '    A recording has a frame in each line: {"at": 0.2, "metadata": {…}}. '
        "`securos-trigger record CONFIG --out recording.jsonl.gz` writes one."
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty"),
        (b"\n", "the file is empty"),
        (b"\x00\x01\xff", "it is no text"),
        (b'{"at": 0.', "it is cut off in its first line"),
    ],
)
def test_a_file_without_a_whole_line_says_what_it_is(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_bytes(content)
    recording = Recording(path)
    assert list(recording) == []
    with pytest.raises(RecordingError) as found:
        recording.require_frames()
    assert str(found.value).partition("\n")[0] == f"There is no frame in the recording {path}: {why}"


def test_a_small_compressed_file_of_endless_empty_lines_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings, "MAX_LINES_WITHOUT_FRAME", 1_000)
    path = tmp_path / "seen.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b'{"at": 0, "metadata": {}}\n')
        file.write(b"\n" * 1_000_000)
    recording = Recording(path)
    assert len(list(recording)) == 1
    assert [str(line) for line in recording.broken] == [
        "line 1002: after 1,000 lines without a frame the rest is not read"
    ]
