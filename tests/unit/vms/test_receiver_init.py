"""Receiver init: token, certificate, and the script with both filled in."""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
import stat
import tomllib
from pathlib import Path

import pytest
from cryptography import x509

from securos_trigger.errors import ArgumentError
from securos_trigger.vms.bundle import receiver_script
from securos_trigger.vms.receiver_init import ReceiverSetup, new_certified_key, new_token, write_script
from securos_trigger.vms.receiver_settings import settings_toml


def test_tokens_are_long_random_and_safe_in_a_url() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) == 43 and token.replace("-", "").replace("_", "").isalnum() for token in tokens)


def test_a_certificate_names_every_host_in_the_form_that_fits() -> None:
    certificate = x509.load_pem_x509_certificate(
        new_certified_key(["vms.example", "192.0.2.7", "2001:db8::7", "bücher.example"]).cert_pem.encode()
    )
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["vms.example", "xn--bcher-kva.example"]
    assert names.get_values_for_type(x509.IPAddress) == [
        ipaddress.ip_address("192.0.2.7"),
        ipaddress.ip_address("2001:db8::7"),
    ]
    assert certificate.subject.rfc4514_string() == "CN=vms.example"


def test_a_certificate_is_valid_for_as_many_days_as_asked_and_already_yesterday() -> None:
    certificate = x509.load_pem_x509_certificate(new_certified_key(["vms.example"], days=30).cert_pem.encode())
    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days == 31


def test_the_fingerprint_is_the_sha_256_of_the_certificate() -> None:
    certificate = new_certified_key(["vms.example"])
    der = ssl.PEM_cert_to_DER_cert(certificate.cert_pem)
    assert certificate.sha256 == hashlib.sha256(der).hexdigest()


def test_secrets_are_not_shown_in_a_repr(tmp_path: Path) -> None:
    certificate = new_certified_key(["vms.example"])
    setup = write_script(tmp_path / "receiver.js", host="vms.example", token="do-not-show")
    assert "PRIVATE KEY" not in repr(certificate)
    assert "do-not-show" not in repr(setup)


def test_the_script_differs_from_the_shipped_one_only_in_its_settings(tmp_path: Path) -> None:
    setup = write_script(tmp_path / "receiver.js", host="vms.example", port=4000, token="the-token")
    shipped = receiver_script().read_text(encoding="utf-8").splitlines()
    written = setup.path.read_text(encoding="utf-8").splitlines()
    changed = [new for old, new in zip(shipped, written, strict=True) if old != new]
    assert [line.split(" = ")[0] for line in changed] == [
        "const TOKEN",
        "const PORT",
        "const TLS_KEY",
        "const TLS_CERT",
    ]
    assert changed[:2] == ['const TOKEN = "the-token";', "const PORT = 4000;"]


def test_a_script_without_https_holds_no_key(tmp_path: Path) -> None:
    setup = write_script(tmp_path / "receiver.js", host="vms.example", https=False)
    text = setup.path.read_text(encoding="utf-8")
    assert "const USE_HTTPS = false;" in text
    assert "PRIVATE KEY" not in text
    assert setup.settings() == {
        "iss_ip": "vms.example",
        "iss_port": "3443",
        "iss_password": setup.token,
        "iss_scheme": "http",
    }


def test_the_script_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    setup = write_script(tmp_path / "receiver.js", host="vms.example")
    assert stat.S_IMODE(setup.path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [setup.path]


def test_an_existing_script_is_replaced_only_by_force(tmp_path: Path) -> None:
    path = tmp_path / "receiver.js"
    first = write_script(path, host="vms.example")
    with pytest.raises(ArgumentError) as refusal:
        write_script(path, host="vms.example")
    assert str(refusal.value) == (
        f"There is a file {path} already, perhaps with the token that your senders use. To bring that one to this "
        f"version: securos-trigger receiver update {path}. To make another one, choose another name with --out, or "
        "replace it with --force."
    )
    second = write_script(path, host="vms.example", force=True)
    assert second.token != first.token


def test_a_certificate_needs_a_host() -> None:
    with pytest.raises(ArgumentError) as refusal:
        new_certified_key([""])
    assert str(refusal.value) == (
        '"" is neither a host name nor an address. '
        "Give the name or address under which senders reach the VMS, such as vms.example or 192.0.2.7."
    )


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        (" ", "The token is empty."),
        ("größe", "A token has letters, digits and punctuation of ASCII: it travels in a header."),
    ],
)
def test_a_token_that_no_sender_could_show_is_refused(token: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError) as refusal:
        write_script(tmp_path / "receiver.js", host="vms.example", token=token)
    assert (refusal.value.argument, str(refusal.value)) == ("token", sentence)
    assert list(tmp_path.iterdir()) == []


def test_the_settings_as_toml_are_the_settings() -> None:
    setup = ReceiverSetup(
        path=Path("receiver.js"),
        host="vms.example",
        port=3443,
        scheme="https",
        token="the-token",
        certificate_sha256="ab" * 32,
    )
    assert settings_toml(setup.settings()) == (
        'iss_ip = "vms.example"\n'
        'iss_port = "3443"\n'
        'iss_password = "the-token"\n'
        'iss_scheme = "https"\n'
        f'iss_certificate_sha256 = "{"ab" * 32}"\n'
    )
    assert tomllib.loads(settings_toml(setup.settings())) == setup.settings()
