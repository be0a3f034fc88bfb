"""The checker of the soaks finds each way in which a promise can be broken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from soak.books import (
    Answer,
    Books,
    Call,
    KeptBook,
    broken_promises,
    read_acknowledged,
    read_answers,
    read_calls,
    read_kept,
)

CALLS = (
    Call("1", "REC"),
    Call("1", "ADD_SUBTITLES"),
    Call("1", "VCA_EVENT", "a"),
    Call("2", "VCA_EVENT", "a"),
    Call("1", "VCA_EVENT", "b"),
    Call("1", "REC_STOP"),
    Call("1", "CLEAR_SUBTITLES"),
)
SOUND = Books(
    offered={"a": ("1", "2"), "b": ("1",), "c": ("1",)},
    kept=frozenset({"a", "b"}),
    answers=(Answer("a", is_ok=True), Answer("a", is_ok=True, is_duplicate=True), Answer("b", is_ok=True)),
    calls=CALLS,
)


def with_calls(*calls: Call) -> Books:
    return replace(SOUND, calls=calls)


def test_sound_books_have_nothing_to_tell() -> None:
    assert broken_promises(SOUND) == ()


def test_an_event_that_was_done_before_the_sender_could_note_it_as_kept_is_sound() -> None:
    assert broken_promises(replace(SOUND, kept=frozenset({"a"}))) == ()


def test_a_repeat_that_the_receiver_marked_is_sound() -> None:
    answers = (*SOUND.answers, Answer("b", is_ok=True, is_duplicate=True, is_repeated=True))
    assert broken_promises(replace(with_calls(*CALLS[:5], *CALLS[4:]), answers=answers)) == ()


@pytest.mark.parametrize(
    ("books", "sentence"),
    [
        (with_calls(*CALLS[:4], *CALLS[5:]), "kept events never reached their camera: b on camera 1"),
        (with_calls(*CALLS[:3], *CALLS[4:]), "kept events never reached their camera: a on camera 2"),
        (
            with_calls(*CALLS, Call("1", "VCA_EVENT", "x")),
            "events happened that were never handed over: x on camera 1",
        ),
        (
            with_calls(*CALLS, Call("2", "VCA_EVENT", "b")),
            "events happened that were never handed over: b on camera 2",
        ),
        (with_calls(*CALLS, CALLS[4]), "events happened twice without a mark: b on camera 1, 2 times"),
        (
            with_calls(CALLS[4], *CALLS[2:4], *CALLS[5:]),
            "events of a camera are out of order: a on camera 1",
        ),
        (replace(SOUND, answers=SOUND.answers[:2]), "kept events have no answer that says ok: b"),
        (
            replace(SOUND, answers=(*SOUND.answers[:2], Answer("b", is_ok=False))),
            "kept events have no answer that says ok: b",
        ),
        (
            replace(SOUND, answers=(*SOUND.answers, Answer("b", is_ok=True))),
            "second answers do not say that they are duplicates: b",
        ),
        (with_calls(*CALLS[:5], *CALLS[6:]), "cameras are left recording: camera 1"),
        (with_calls(*CALLS[:6]), "subtitles are left: camera 1"),
    ],
)
def test_each_broken_promise_is_reported(books: Books, sentence: str) -> None:
    assert broken_promises(books) == (sentence,)


def test_a_marked_event_may_happen_twice_and_not_three_times() -> None:
    answers = (*SOUND.answers, Answer("b", is_ok=True, is_duplicate=True, is_repeated=True))
    books = replace(with_calls(*CALLS, CALLS[4], CALLS[4]), answers=answers)
    assert broken_promises(books) == ("events happened twice without a mark: b on camera 1, 3 times",)


def test_many_entries_are_summed_up() -> None:
    books = with_calls(*CALLS, *(Call("9", "VCA_EVENT", f"e{n}") for n in range(7)))
    (sentence,) = broken_promises(books)
    first_five = ", ".join(f"e{n} on camera 9" for n in range(5))
    assert sentence == f"events happened that were never handed over: {first_five} and 2 more"


def test_the_books_are_read_as_their_owners_wrote_them(tmp_path: Path) -> None:
    book = KeptBook(tmp_path / "kept.jsonl")
    book.offer("a", ("1", "2"))
    book.keep("a")
    book.offer("b", ("1",))
    book.acknowledge("a", 12.5)
    book.close()
    calls = tmp_path / "calls.jsonl"
    calls.write_text(
        '{"id": "1", "action": "REC", "params": {}}\n'
        '{"id": "1", "action": "VCA_EVENT", "name": "a"}\n'
        '{"id": "1", "action": "VCA_EV'
    )
    log = (
        '{"event": "listening", "port": 1}\nnot ours\n'
        '{"event": "delivery", "event_id": "a", "ok": true, "duplicate": true}\n'
    )
    assert read_kept(tmp_path / "kept.jsonl") == ({"a": ("1", "2"), "b": ("1",)}, frozenset({"a"}))
    assert read_acknowledged(tmp_path / "kept.jsonl") == {"a": 12.5}
    assert read_calls(calls) == (Call("1", "REC"), Call("1", "VCA_EVENT", "a"))
    assert read_answers(log) == (Answer("a", is_ok=True, is_duplicate=True),)
