"""Asking an outbox from outside: real sockets, real files, real owners."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest

from securos_trigger.errors import OutboxError, OutboxOwnedError, OutcomeUnknownError
from securos_trigger.model import Action, Event
from securos_trigger.notices import Announcer, Notice
from securos_trigger.outbox import Dead, Outbox, OutboxReader, Selection, State
from securos_trigger.runtime.control import ControlServer, OutboxRequest, SearchRequest, Service, ask, client, sockets
from securos_trigger.runtime.control.listener import MAX_SILENT, WITHIN_S
from securos_trigger.runtime.control.sockets import MAX_LINE_BYTES, exchange, socket_path
from securos_trigger.system.unix_channel import reachable
from tests import builders

TARGET = "https://vms.example:3443"
QUIET = Announcer()
LIST_WAITING = OutboxRequest(do="list", state=State.WAITING)

KILLED_OWNER = """\
import sys, time
from pathlib import Path
from securos_trigger.runtime.control import ControlServer, Service
from securos_trigger.notices import Announcer
from securos_trigger.outbox import Outbox
outbox = Outbox(Path(sys.argv[1]), announcer=Announcer())
server = ControlServer(Service(outbox), Announcer())
print("serving", flush=True)
time.sleep(60)
"""


def event(name: str = "name", camera_id: str = "1") -> Event:
    noon = datetime(2026, 3, 1, 14, 3, 22, tzinfo=UTC)
    return builders.event(camera_id, name=name, action=Action.EVENT, captured_at=noon)


@contextmanager
def owner(path: Path, notices: list[Notice] | None = None) -> Iterator[Outbox]:
    announcer = Announcer([notices.append] if notices is not None else [])
    outbox = Outbox(path, announcer=announcer)
    server = ControlServer(Service(outbox), announcer)
    try:
        yield outbox
    finally:
        server.close()
        assert outbox.close()


def keep(outbox: Outbox, *events: Event) -> None:
    for one in events:
        assert outbox.put(one, TARGET)
    assert outbox.flush(60)


def die(outbox: Outbox, reason: str, *events: Event) -> None:
    for one in events:
        keep(outbox, one)
        (delivery,) = outbox.claim(TARGET, 1).result(60)
        outbox.settle(delivery, Dead(reason))
    assert outbox.flush(60)


def raw_answer(outbox: Path, line: bytes) -> dict[str, object]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        with reachable(socket_path(outbox)) as address:
            connection.connect(address)
        connection.sendall(line)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as answer:
            value: dict[str, object] = json.loads(answer.readline())
    return value


def test_a_living_owner_is_asked_and_keeps_its_file(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with owner(path) as outbox:
        keep(outbox, event("Person in zone"))
        answer = ask(path, LIST_WAITING, QUIET)
        with pytest.raises(OutboxOwnedError):
            Outbox(path, announcer=QUIET)
    assert answer["counts"] == {"waiting": 1, "sending": 0, "relayed": 0, "delivered": 0, "dead": 0}
    (row,) = answer["rows"]
    assert row | {"event_id": "", "kept_at": ""} == {
        "number": 1,
        "state": "waiting",
        "reason": "",
        "attempts": 0,
        "event_id": "",
        "target": TARGET,
        "camera_ids": ["1"],
        "name": "Person in zone",
        "description": "description",
        "action": "event",
        "record_duration_s": 5,
        "boxes": 0,
        "node_id": "node",
        "pipeline": "",
        "deployment_id": "deployment",
        "captured_at": "2026-03-01T14:03:22.000Z",
        "kept_at": "",
        "due_at": None,
        "settled_at": None,
        "is_readable": True,
        "lanes_ahead": 0,
        "lanes": ["1"],
    }
    assert answer["is_more"] is False


def test_a_file_that_nobody_owns_is_opened_and_given_up_again(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with closing(Outbox(path, announcer=QUIET)) as outbox:
        keep(outbox, event())
    assert len(ask(path, LIST_WAITING, QUIET)["rows"]) == 1
    with closing(Outbox(path, announcer=QUIET)):
        pass


def test_a_look_at_the_file_waits_for_another_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "outbox.sqlite"
    Outbox(path, announcer=Announcer()).close()
    monkeypatch.setattr(client, "_OWNED_SHORTLY_S", 60.0)
    with ThreadPoolExecutor(1) as threads:
        with closing(OutboxReader(path)):
            asked = threads.submit(ask, path, SearchRequest(), Announcer())
            with pytest.raises(TimeoutError):
                asked.result(0.2)
        assert asked.result(60)["rows"] == []


def test_the_socket_of_a_killed_owner_is_in_nobodys_way(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with subprocess.Popen([sys.executable, "-c", KILLED_OWNER, path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "serving\n"
        assert ask(path, LIST_WAITING, QUIET)["rows"] == []
        process.send_signal(signal.SIGKILL)
    assert socket_path(path).exists()
    assert ask(path, LIST_WAITING, QUIET)["rows"] == []
    with owner(path):
        assert ask(path, LIST_WAITING, QUIET)["rows"] == []


def test_only_the_owner_of_the_process_may_ask_and_the_socket_goes_with_it(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with owner(path):
        assert stat.S_IMODE(socket_path(path).stat().st_mode) == 0o600
    assert not socket_path(path).exists()


def test_a_socket_that_another_program_has_removed_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with owner(path):
        for _ in range(2):
            removed = socket_path(path).stat().st_ino
            socket_path(path).rename(tmp_path / "elsewhere")  # so that its number is not used again
            deadline_at = time.monotonic() + 60.0
            while not socket_path(path).exists() or socket_path(path).stat().st_ino == removed:
                assert time.monotonic() < deadline_at
                time.sleep(0.02)
            assert ask(path, LIST_WAITING, QUIET)["rows"] == []
            assert stat.S_IMODE(socket_path(path).stat().st_mode) == 0o600
            (tmp_path / "elsewhere").unlink()
    assert not socket_path(path).exists()


def test_two_programs_at_one_place_leave_it_to_the_second_until_it_ends(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = tmp_path / "deliver"
    first = ControlServer(Service(None, status=lambda: {"name": "first"}), QUIET, place)
    with closing(first):
        with closing(ControlServer(Service(None, status=lambda: {"name": "second"}), QUIET, place)):
            for _ in range(100):
                assert b"second" in exchange(place, b'{"do": "status"}', 20.0)
                time.sleep(0.02)
        deadline_at = time.monotonic() + 60.0
        while not socket_path(place).exists():
            assert time.monotonic() < deadline_at
            time.sleep(0.02)
        assert b"first" in exchange(place, b'{"do": "status"}', 20.0)
    written = [one.getMessage() for one in caplog.records if "control socket" in one.getMessage()]
    assert len(written) == 2  # that it was taken, and that it is made again
    assert "another program answers there" in written[0]


def test_a_path_longer_than_a_socket_address_works(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    with owner(folder / "outbox.sqlite") as outbox:
        keep(outbox, event())
        assert len(ask(folder / "outbox.sqlite", LIST_WAITING, QUIET)["rows"]) == 1


def test_a_file_name_longer_than_a_socket_address_works_owned_and_unowned(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 120 + ".sqlite")
    with owner(path) as outbox:
        keep(outbox, event())
        assert len(ask(path, LIST_WAITING, QUIET)["rows"]) == 1
    assert len(ask(path, LIST_WAITING, QUIET)["rows"]) == 1
    assert socket_path(path) != socket_path(path.with_name("y" * 120 + ".sqlite"))


def test_dead_letters_are_put_back_by_reason_and_dropped_by_number(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with owner(path) as outbox:
        die(outbox, "refused with status 400: no", event("a"), event("b"))
        die(outbox, "expired", event("c"))
        assert ask(path, OutboxRequest(do="retry", reason="400"), QUIET) == {"changed": 2, "last": 3}
        assert outbox.counts() == {
            State.WAITING: 2,
            State.SENDING: 0,
            State.RELAYED: 0,
            State.DELIVERED: 0,
            State.DEAD: 1,
        }
        assert ask(path, OutboxRequest(do="drop", ids=("3",)), QUIET) == {"changed": 1, "last": 5}
        assert outbox.counts()[State.DEAD] == 0
        assert [delivery.name for delivery in outbox.claim(TARGET, 9).result(60)] == ["a"]


def test_what_waits_can_be_dropped_and_lets_the_next_one_go(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with owner(path) as outbox:
        keep(outbox, event("a"), event("b"))
        ask(path, OutboxRequest(do="drop", state=State.WAITING, ids=("1",)), QUIET)
        assert [delivery.name for delivery in outbox.claim(TARGET, 9).result(60)] == ["b"]


def test_many_dead_letters_are_put_back_a_part_at_a_time_and_none_twice(tmp_path: Path) -> None:
    with owner(tmp_path / "outbox.sqlite") as outbox:
        die(outbox, "refused", *(event() for _ in range(5)))
        assert outbox.retry(Selection(limit=3)) == (3, 5)
        for _ in range(3):  # they die again
            (delivery,) = outbox.claim(TARGET, 1).result(60)
            outbox.settle(delivery, Dead("refused"))
        assert outbox.retry(Selection(limit=3, last=5)) == (2, 5)
        assert outbox.counts()[State.DEAD] == 3


def test_a_bad_request_is_answered_with_a_sentence_and_the_next_one_is_served(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    too_long = f"A request is one line of at most {MAX_LINE_BYTES} bytes."
    kinds = "status, settings, reload, frame, search, event, list, show, retry, drop, move"
    with owner(path):
        assert raw_answer(path, b"nonsense\n") == {
            "error": "The request cannot be read: Expecting value: line 1 column 1 (char 0)."
        }
        for line in (b'{"do": "burn"}\n', b"[1]\n", b'{"do": ["list"]}\n', b"{}\n"):
            assert raw_answer(path, line) == {"error": f"The request cannot be read: do is one of {kinds}."}
        assert raw_answer(path, b"[" * 60_000 + b"\n")["error"]
        assert raw_answer(path, b"\xff\xfe\n")["error"]
        assert raw_answer(path, b'{"do": "status", "state": "dead"}\n') == {
            "error": "The request cannot be read: state: Extra inputs are not permitted."
        }
        assert raw_answer(path, b'{"do": "list", "last": 1000000000000000000000}\n') == {
            "error": "The request cannot be read: last: Input should be less than or equal to 9223372036854775807."
        }
        assert raw_answer(path, b"no line break") == {"error": too_long}
        assert raw_answer(path, b"x" * (MAX_LINE_BYTES + 1) + b"\n") == {"error": too_long}
        assert ask(path, LIST_WAITING, QUIET)["rows"] == []


def test_who_asks_and_leaves_stops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with owner(path):
        for _ in range(3):
            with socket.socket(socket.AF_UNIX) as connection, reachable(socket_path(path)) as address:
                connection.connect(address)
        assert ask(path, LIST_WAITING, QUIET)["rows"] == []


@contextmanager
def another_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that owns an outbox with one dead letter, and answers at its control channel."""
    with owner(path) as outbox:
        die(outbox, "no such camera", event("gone"))
    with subprocess.Popen([sys.executable, "-c", KILLED_OWNER, path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "serving\n"
        try:
            yield process
        finally:
            process.send_signal(signal.SIGCONT)
            process.kill()


DEAD = OutboxRequest(do="list", state=State.DEAD)


@pytest.mark.parametrize("do", ["drop", "retry"])
def test_an_order_to_a_process_that_stands_still_is_not_followed_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, do: Literal["drop", "retry"]
) -> None:
    monkeypatch.setattr(sockets, "_SILENT_AFTER_S", 0.1)
    monkeypatch.setattr(sockets, "_ALIVE_WITHIN_S", 0.3)
    path = tmp_path / "outbox.sqlite"
    with another_process(path) as process:
        process.send_signal(signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)  # all its threads stand still now
        with pytest.raises(
            OutboxError, match=r"The service does not answer: it hangs, .*\. This was not done\.$"
        ) as found:
            ask(path, OutboxRequest(do=do, state=State.DEAD), QUIET)
        assert type(found.value) is OutboxError
        process.send_signal(signal.SIGCONT)
        monkeypatch.undo()
        for _ in range(3):  # those that were asked later are answered after it
            assert len(ask(path, DEAD, QUIET)["rows"]) == 1
        assert ask(path, OutboxRequest(do=do, state=State.DEAD), QUIET)["changed"] == 1


def test_an_order_that_was_begun_when_its_process_was_killed_is_perhaps_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, has_begun, answer = tmp_path / "outbox.sqlite", threading.Event(), sockets._answer

    def answer_of_begun(*arguments: Any) -> bytes:
        has_begun.set()
        return answer(*arguments)

    monkeypatch.setattr(sockets, "_answer", answer_of_begun)
    with (
        another_process(path) as process,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        other.execute("BEGIN IMMEDIATE")  # so that it waits after it has begun
        asked = pool.submit(ask, path, OutboxRequest(do="drop", state=State.DEAD), QUIET)
        assert has_begun.wait(60)
        process.kill()
        with pytest.raises(OutcomeUnknownError, match="It had begun: it is not known whether this was done"):
            asked.result(60)
        other.execute("ROLLBACK")


def test_an_order_is_followed_only_when_its_asker_says_that_it_still_waits(tmp_path: Path) -> None:
    notices: list[Notice] = []
    path = tmp_path / "outbox.sqlite"
    with owner(path, notices) as outbox:
        die(outbox, "no such camera", event("gone"))
        assert "was not followed" in str(raw_answer(path, b'{"do": "drop"}\n')["error"])
        assert outbox.counts()[State.DEAD] == 1
    assert [notice.fields["order"] for notice in notices if notice.name == "control_order_left"] == ["drop"]


def test_silent_connections_keep_no_other_from_its_answer(tmp_path: Path) -> None:
    """Each is ended after five seconds. Those that ask are answered at once, and more of them than may be silent."""
    path = tmp_path / "outbox.sqlite"
    notices: list[Notice] = []
    with owner(path, notices), contextlib.ExitStack() as silent:
        for _ in range(MAX_SILENT + 8):
            connection = silent.enter_context(socket.socket(socket.AF_UNIX))
            with reachable(socket_path(path)) as address:
                connection.connect(address)
            connection.sendall(b'{"do":')
        began_at_s = time.monotonic()
        for _ in range(3):
            assert ask(path, LIST_WAITING, QUIET)["rows"] == []
        assert time.monotonic() - began_at_s < 3 * WITHIN_S, "the silent ones were not waited for, one after the other"
        until_s = time.monotonic() + 60
        while len(notices) < MAX_SILENT + 8 and time.monotonic() < until_s:
            time.sleep(0.05)
    reasons = Counter(str(notice.fields["reason"]) for notice in notices)
    assert set(reasons) == {"too many connections are silent", "the line took too long"}
    assert reasons.total() == MAX_SILENT + 8


def test_an_outbox_that_does_not_exist_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with pytest.raises(OutboxError) as caught:
        ask(path, LIST_WAITING, QUIET)
    assert str(caught.value) == f"There is no outbox {path}: no event was kept there yet."
    assert list(tmp_path.iterdir()) == []


def test_an_owner_without_a_socket_is_not_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with closing(Outbox(path, announcer=QUIET)), pytest.raises(OutboxOwnedError) as caught:
        ask(path, LIST_WAITING, QUIET)
    assert str(caught.value) == (
        f"The outbox {path} belongs to this process already. Nodes of one id and one receiver share an outbox: "
        "give each its own node_id, or an outbox file of its own. It has no control socket outbox.sqlite.control, so it cannot be asked."
    )


def test_without_a_socket_the_rest_works_and_it_is_announced(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    socket_path(path).mkdir()
    notices: list[Notice] = []
    with owner(path, notices) as outbox:
        keep(outbox, event())
    assert [str(notice) for notice in notices] == [
        (
            f'control_unavailable path={socket_path(path)} reason="Is a directory" '
            'fix="look at the rights of the folder, and for another process"'
        )
    ]
