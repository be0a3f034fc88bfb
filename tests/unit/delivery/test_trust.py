"""The memory of certificates. Trust itself is tested against real servers, in tests/integration/test_webhook.py."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from securos_trigger.delivery.trust import SIGNED_BY_SYSTEM_CA, TrustStore
from securos_trigger.errors import ConfigurationError
from securos_trigger.model import Target

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


def test_the_file_is_private_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "trust.json")
    store.accept(TARGET, SHA256)
    store.accept(OTHER, SHA256)
    assert store.path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [store.path]


def test_a_file_that_cannot_be_written_is_a_mistake_with_its_fix(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = TrustStore(tmp_path / "file" / "folder" / "trust.json")
    with pytest.raises(ConfigurationError) as caught:
        store.accept(TARGET, SHA256)
    (mistake,) = caught.value.mistakes
    assert mistake.where == str(store.path)
    assert mistake.fix == "Repair or remove it, or pin the certificate with iss_certificate_sha256."
