"""Writing a receiver script with its own token and certificate."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.errors import ArgumentError
from securos_trigger.operations.receiver import init_receiver, update_receiver


def test_the_setup_has_what_a_trigger_node_needs(tmp_path: Path) -> None:
    setup = init_receiver(tmp_path / "receiver.js", host="vms.example", port=4000)
    assert setup.path.is_file()
    assert setup.settings() == {
        "iss_ip": "vms.example",
        "iss_port": "4000",
        "iss_password": setup.token,
        "iss_scheme": "https",
        "iss_certificate_sha256": setup.certificate_sha256,
    }


def test_an_existing_script_is_replaced_only_if_forced(tmp_path: Path) -> None:
    out = tmp_path / "receiver.js"
    first = init_receiver(out, host="vms.example", port=4000, is_https=False)
    with pytest.raises(ArgumentError, match="There is a file"):
        init_receiver(out, host="vms.example", port=4000)
    assert init_receiver(out, host="vms.example", port=4000, is_forced=True).token != first.token


def test_an_updated_script_keeps_its_token(tmp_path: Path) -> None:
    setup = init_receiver(tmp_path / "receiver.js", host="vms.example", port=4000, token="of my senders")
    done = update_receiver(setup.path, tmp_path / "new.js")
    assert (done.path, done.copy, done.gone) == (tmp_path / "new.js", None, ())
    assert {"TOKEN", "PORT", "TLS_KEY", "TLS_CERT"} == set(done.kept)
    assert done.path.read_text(encoding="utf-8") == setup.path.read_text(encoding="utf-8")
