"""The memory of certificates. Trust itself is tested against real servers, in tests/integration/test_webhook.py."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path

import pytest

from securos_trigger.delivery import certificate_trust as trust
from securos_trigger.delivery.certificate_trust import SIGNED_BY_SYSTEM_CA, TrustStore
from securos_trigger.errors import ConfigurationError
from securos_trigger.model import Target
from securos_trigger.system.locks import lock_for_change

TARGET = Target("https", "vms.example", 3443)
OTHER = Target("https", "2001:db8::1", 3443)
SHA256 = "ab" * 32


def test_each_target_has_its_own_memory(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "folder" / "trust.json")
    assert store.known(TARGET) is None
    store.accept(TARGET, SHA256.upper())
    store.note_signed_by_system_ca(OTHER)
    again = TrustStore(store.path)
    assert (again.known(TARGET), again.known(OTHER)) == (SHA256, SIGNED_BY_SYSTEM_CA)
    assert sorted(json.loads(store.path.read_text())) == ["https://[2001:db8::1]:3443", "https://vms.example:3443"]


def test_the_file_is_private_and_only_its_lock_is_left_beside_it(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "trust.json")
    store.accept(TARGET, SHA256)
    store.accept(OTHER, SHA256)
    assert store.path.stat().st_mode & 0o777 == 0o600
    assert sorted(tmp_path.iterdir()) == [store.path, tmp_path / "trust.json.lock"]


def test_only_the_first_certificate_is_remembered(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "trust.json")
    assert store.remember_first(TARGET, SHA256) is None
    assert store.remember_first(TARGET, "cd" * 32) == SHA256
    assert store.known(TARGET) == SHA256


def test_what_is_known_already_takes_no_lock_and_no_writing(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "trust.json")
    store.note_signed_by_system_ca(TARGET)
    with lock_for_change(store.path):
        assert store.note_signed_by_system_ca(TARGET) == SIGNED_BY_SYSTEM_CA


def test_a_lock_that_is_held_for_too_long_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = TrustStore(tmp_path / "trust.json")
    monkeypatch.setattr(trust, "lock_for_change", partial(lock_for_change, timeout_s=0.05))
    with (
        lock_for_change(store.path),
        pytest.raises(ConfigurationError, match=r"cannot be written: .*another process holds the lock"),
    ):
        store.accept(TARGET, SHA256)
    assert not store.path.exists()


def test_a_link_stays_a_link_and_the_file_behind_it_is_written(tmp_path: Path) -> None:
    real, link = tmp_path / "kept" / "trust.json", tmp_path / "trust.json"
    real.parent.mkdir()
    link.symlink_to(real)
    TrustStore(link).accept(TARGET, SHA256)
    assert link.is_symlink()
    assert TrustStore(real).known(TARGET) == SHA256


def test_a_file_that_every_user_may_write_is_refused(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "trust.json")
    store.accept(TARGET, SHA256)
    store.path.chmod(0o666)
    for use in (partial(store.known, TARGET), partial(store.accept, OTHER, SHA256)):
        with pytest.raises(ConfigurationError) as caught:
            use()
        [mistake] = caught.value.mistakes
        assert (
            mistake.what
            == "the file of remembered certificates cannot be trusted: every user of this machine may write it"
        )
        assert mistake.fix == f"Look at what is in it, then take the right away: chmod 600 {store.path}"


def test_a_file_that_is_nested_too_deep_or_is_no_file_is_refused(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "trust.json")
    store.path.write_text("[" * 200_000)
    with pytest.raises(ConfigurationError, match="cannot be read: it is nested too deep"):
        store.known(TARGET)
    store.path.unlink()
    os.mkfifo(store.path)
    with pytest.raises(ConfigurationError, match="cannot be used: it is not a regular file"):
        store.known(TARGET)


def test_a_file_that_cannot_be_written_is_a_mistake_with_its_fix(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = TrustStore(tmp_path / "file" / "folder" / "trust.json")
    with pytest.raises(ConfigurationError) as caught:
        store.accept(TARGET, SHA256)
    (mistake,) = caught.value.mistakes
    assert mistake.where == str(store.path)
    assert mistake.fix == "Repair or remove it, or pin the certificate with iss_certificate_sha256."
