"""What may become of an outbox file while it is used: the disk full, the file deleted, the clock set, a fork, a link."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from shutil import disk_usage

import pytest

from securos_trigger.config.settings import IdentitySettings, OutboxSettings, Settings
from securos_trigger.doctor import Status, examine_machine
from securos_trigger.errors import OutboxError, OutboxOwnedError
from securos_trigger.notices import Announcer
from securos_trigger.operations.doctor import deliveries_by_state
from securos_trigger.outbox import Again, Done, Outbox, State
from soak.disk import fill
from tests.integration.test_outbox import LIMIT_S, TARGET, Heard, event, heard

__all__ = ["heard"]

DISK_BYTES = 48 * 1024**2
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "small", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


@contextmanager
def filled(place: Path) -> Iterator[None]:
    """Not a byte more goes onto the disk."""
    filler = place / "filler"
    fill(filler)
    yield
    filler.unlink()


def put(outbox: Outbox, number: int) -> None:
    for index in range(number):
        assert outbox.put(replace(event(str(index % 16)), description="x" * 1500), TARGET)
    assert outbox.flush(LIMIT_S)


def deliver_all(outbox: Outbox) -> int:
    count = 0
    while outbox.counts()[State.WAITING] + outbox.counts()[State.SENDING]:
        for delivery in outbox.claim(TARGET, 32).result(LIMIT_S):
            outbox.settle(delivery, Done())
            count += 1
        outbox.flush(LIMIT_S)
    return count


def wait_for(claim: Callable[[], bool]) -> None:
    deadline_at = time.monotonic() + LIMIT_S
    while not claim():
        assert time.monotonic() < deadline_at
        time.sleep(0.02)


@needs_root
def test_on_a_full_disk_the_reserve_takes_the_next_events_and_delivered_ones_make_room_for_more(
    tmp_path: Path, heard: Heard
) -> None:
    with small_disk(tmp_path / "disk") as place:
        outbox = heard.open(place / "outbox.sqlite")
        put(outbox, 2000)
        assert outbox.close(LIMIT_S)
        outbox = heard.open(place / "outbox.sqlite")  # its log is empty: it holds no space for the next events
        with filled(place):
            put(outbox, 500)
            assert (len(heard.kept), heard.not_kept) == (2500, []), "the reserve takes them"
            put(outbox, 4000)
            is_told = "outbox_failing" in heard.names()
            kept_at_first = len(heard.kept)
            assert disk_usage(place).free > 2 * 1024**2, "space for acknowledgements is left"
            assert {why for _, why in heard.not_kept} == {"the disk is full"}
            assert deliver_all(outbox) == kept_at_first
            lost_at_first = len(heard.not_kept)
            put(outbox, 200)
            assert len(heard.not_kept) == lost_at_first, "delivered rows make room"
            assert deliver_all(outbox) == 200
        assert is_told
        wait_for((place / "outbox.sqlite.reserve").exists)
        put(outbox, 10)
        assert outbox.close(LIMIT_S)
    assert len(heard.kept) + len(heard.not_kept) == 2000 + 500 + 4000 + 200 + 10
    assert heard.names() == ["outbox_failing", "outbox_recovered"]


@needs_root
def test_a_first_start_on_a_full_disk_is_refused_and_the_doctor_says_why(tmp_path: Path) -> None:
    """Also where the disk is in memory, which is a warning of its own."""
    config = tmp_path / "site.toml"
    config.touch()
    settings = Settings(IdentitySettings(), OutboxSettings(path=tmp_path / "disk" / "outbox.db"), ())
    with small_disk(tmp_path / "disk") as place, filled(place):
        with pytest.raises(OutboxError) as caught:
            Outbox(place / "outbox.db", announcer=Announcer())
        findings = list(examine_machine(config, settings, deliveries_by_state))
    assert str(caught.value) == (
        f"The outbox {place / 'outbox.db'} cannot be opened: the disk is full. Free some space on the disk of {place}, "
        "or a quota."
    )
    assert [(found.status, found.text) for found in findings if found.subject == "disk"] == [
        (
            Status.WARNING,
            f"{place / 'outbox.db'} is in memory (tmpfs): a power cut or a restart of the machine loses its events",
        ),
        (Status.FAILED, "0 MB free, the outbox may grow by 2,048 MB"),
    ]


@needs_root
def test_an_outbox_starts_on_a_full_disk(tmp_path: Path, heard: Heard) -> None:
    with small_disk(tmp_path / "disk") as place:
        filled_before = heard.open(place / "outbox.sqlite")
        put(filled_before, 100)
        assert filled_before.close(LIMIT_S)
        with filled(place):
            outbox = heard.open(place / "outbox.sqlite")
            assert deliver_all(outbox) == 100
            assert outbox.close(LIMIT_S)


def test_at_its_limit_an_outbox_tells_the_trouble_once_while_it_is_emptied(tmp_path: Path, heard: Heard) -> None:
    outbox = heard.open(tmp_path / "outbox.db", max_rows=50)
    put(outbox, 50)
    for _ in range(10):
        assert outbox.put(event("1"), TARGET)
        for delivery in outbox.claim(TARGET, 1).result(LIMIT_S):
            outbox.settle(delivery, Again())
        assert outbox.flush(LIMIT_S)
    assert len(heard.not_kept) == 10
    assert heard.names() == ["outbox_failing"]
    assert outbox.close(LIMIT_S)


@pytest.mark.parametrize("is_set_at_once", [False, True], ids=["once it is written", "while it is handed over"])
@pytest.mark.parametrize("step_s", [-3000.0, -60.0, 3000.0])
def test_a_clock_that_is_set_changes_no_wait(step_s: float, is_set_at_once: bool, tmp_path: Path) -> None:
    offset_s = 0.0

    def clock() -> float:
        return time.time() + offset_s

    outbox = Outbox(tmp_path / "outbox.db", announcer=Announcer(), clock=clock)
    put(outbox, 1)
    [delivery] = outbox.claim(TARGET, 1).result(LIMIT_S)
    began_at_s = time.monotonic()
    again = Again(0.5, "later")
    if is_set_at_once:
        offset_s = step_s
    outbox.settle(delivery, again)
    assert outbox.flush(LIMIT_S)
    offset_s = step_s
    assert outbox.claim(TARGET, 1).result(LIMIT_S) == [delivery]
    assert 0.4 < time.monotonic() - began_at_s < 30  # not the minute or the hour by which the clock was set
    assert outbox.close(LIMIT_S)


def test_a_file_that_is_deleted_is_written_anew_with_all_that_was_in_it(tmp_path: Path, heard: Heard) -> None:
    path = tmp_path / "state" / "outbox.db"
    outbox = heard.open(path)
    put(outbox, 20)
    for file in path.parent.iterdir():
        file.unlink()
    path.parent.rmdir()
    wait_for(path.exists)
    put(outbox, 5)
    assert deliver_all(outbox) == 25
    assert heard.names() == ["outbox_deleted"]
    assert outbox.close(LIMIT_S)


def test_who_only_looks_does_not_set_a_damaged_file_aside(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    path.write_bytes(b"not a database, and long enough to be read as one " * 100)
    path.with_name("outbox.db.lock").write_text("4711\n")  # so it was an outbox
    with pytest.raises(OutboxError) as caught:
        Outbox(path, announcer=Announcer(), is_owner=False)
    assert str(caught.value) == f"The outbox {path} is damaged: file is not a database."
    assert path.read_bytes().startswith(b"not a database")


def test_a_link_to_the_file_has_the_same_owner(tmp_path: Path, heard: Heard) -> None:
    outbox = heard.open(tmp_path / "outbox.db")
    (tmp_path / "link.db").symlink_to(tmp_path / "outbox.db")
    with pytest.raises(OutboxOwnedError):
        heard.open(tmp_path / "link.db")
    assert outbox.close(LIMIT_S)


def test_a_forked_process_keeps_nothing_says_so_and_holds_nothing(tmp_path: Path, heard: Heard) -> None:
    outbox = heard.open(tmp_path / "outbox.db")
    is_taken, ends = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.write(is_taken[1], b"yes" if outbox.put(event("1"), TARGET) else b"no")
        os.close(ends[1])
        os.read(ends[0], 1)
        os._exit(0)
    assert os.read(is_taken[0], 3) == b"no"
    put(outbox, 1)
    assert outbox.close(LIMIT_S)
    again = heard.open(tmp_path / "outbox.db")
    assert again.close(LIMIT_S)
    os.close(ends[1])
    os.waitpid(child, 0)


def test_the_owner_takes_over_the_reserve_of_an_older_version(tmp_path: Path, heard: Heard) -> None:
    (tmp_path / "outbox.sqlite.ballast").write_bytes(bytes(8 * 1024**2))
    assert heard.open(tmp_path / "outbox.sqlite").close(LIMIT_S)
    assert (tmp_path / "outbox.sqlite.reserve").exists()
    assert not (tmp_path / "outbox.sqlite.ballast").exists()
