"""The file of mutes: written whole, for its owner alone, and never believed when it is damaged."""

from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path

import pytest

from securos_trigger.runtime.mutes.file import MuteFile
from securos_trigger.runtime.mutes.mute import Mute
from securos_trigger.system.boot_clock import Instant

NOW = Instant(1_790_000_000.0, "boot-1", 5_000.0)


def mute(node: str, left_s: float = 600.0) -> Mute:
    return Mute(node, left_s, NOW, NOW.wall_s)


def write(file: MuteFile, *mutes: Mute) -> None:
    file.change(NOW, lambda known: [*known, *mutes])


def test_it_stands_beside_the_outbox_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    file = MuteFile(tmp_path / "state" / "outbox.sqlite")
    assert (file.read(), file.path) == ((), tmp_path / "state" / "outbox.mutes.json")
    write(file, mute("yard/a"))
    assert file.read() == (mute("yard/a"),)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_the_last_mute_can_be_ended_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = MuteFile(tmp_path / "outbox.sqlite")
    write(file, mute("yard/a"), mute("yard/b"))

    def full(path: Path, text: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("securos_trigger.runtime.mutes.file.write_whole", full)
    with pytest.raises(OSError, match="No space left"):
        file.change(NOW, lambda known: known[:1])
    assert len(file.read()) == 2
    file.change(NOW, lambda _known: [])
    assert (file.read(), file.stamp()) == ((), None)


def test_a_change_drops_what_is_over_and_counts_the_rest_again(tmp_path: Path) -> None:
    file = MuteFile(tmp_path / "outbox.sqlite")
    write(file, mute("yard/a", 100.0), mute("yard/b", 600.0))
    later = Instant(NOW.wall_s + 200, "boot-1", NOW.boot_s + 200)
    file.change(later, lambda known: known)
    assert file.read() == (Mute("yard/b", 400.0, later, NOW.wall_s),)


def test_each_change_has_another_stamp(tmp_path: Path) -> None:
    file = MuteFile(tmp_path / "outbox.sqlite")
    stamps = [file.stamp()]
    for number in range(3):
        write(file, mute(f"yard/{number}"))
        stamps.append(file.stamp())
    assert stamps[0] is None
    assert len(set(stamps)) == 4


def test_changes_of_several_threads_are_all_kept(tmp_path: Path) -> None:
    file = MuteFile(tmp_path / "outbox.sqlite")
    threads = [threading.Thread(target=write, args=(file, mute(f"yard/{number}"))) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.node for one in file.read()} == {f"yard/{number}" for number in range(8)}


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"version": 2, "mutes": []}', b'{"version": 1}',
        b'{"version": 1, "mutes": [{}]}', b'{"version": 1, "mutes": 7}', b"[" * 100_000, b" " * 1_100_000,
    ],
)  # fmt: skip
def test_a_damaged_file_is_an_error_and_the_next_change_writes_it_anew(content: bytes, tmp_path: Path) -> None:
    file = MuteFile(tmp_path / "outbox.sqlite")
    file.path.write_bytes(content)
    with pytest.raises(ValueError, match="it "):
        file.read()
    write(file, mute("yard/a"))
    assert [one.node for one in file.read()] == ["yard/a"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_root_gives_the_file_to_the_owner_of_the_outbox(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox.sqlite"
    outbox.touch()
    os.chown(outbox, 1234, 1235)
    file = MuteFile(outbox)
    write(file, mute("yard/a"))
    for path in (file.path, tmp_path / "outbox.mutes.json.lock"):
        assert (path.stat().st_uid, path.stat().st_gid) == (1234, 1235)
