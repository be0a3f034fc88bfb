"""Writes a receiver that is ready to be pasted into SecurOS: the script with its token and certificate filled in.

No npm, no openssl and no internet is needed on the VMS: the key and the certificate are made here and are inside
the script. The settings that the constants take are described in docs/receiver.md.
"""

from __future__ import annotations

import datetime
import ipaddress
import json
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from securos_trigger.errors import ArgumentError
from securos_trigger.errors.wording import sentence
from securos_trigger.system.files import write_whole
from securos_trigger.system.host_names import ascii_host_name
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.write_advice import advice_for
from securos_trigger.vms.bundle import receiver_script
from securos_trigger.vms.receiver_settings import receiver_settings, settings_toml

DEFAULT_PORT = 3443

SETTINGS_BLOCK = re.compile(r"(?s)// =+ Settings you may edit: begin =+\n.*?// =+ Settings you may edit: end =+\n")


@dataclass(frozen=True, slots=True)
class CertifiedKey:
    """A self-signed certificate and its key, both as PEM text. `sha256` is the fingerprint to pin (64 hex digits)."""

    cert_pem: str
    key_pem: str = field(repr=False)
    sha256: str


@dataclass(frozen=True, slots=True)
class ReceiverSetup:
    """A receiver script that was written, and what a sender must know of it."""

    path: Path
    host: str
    port: int
    scheme: str
    token: str = field(repr=False)
    certificate_sha256: str | None

    def settings(self) -> dict[str, str]:
        """The node's `iss_*` properties that match the script. The token is among them."""
        return receiver_settings(
            host=self.host,
            port=self.port,
            token=self.token,
            scheme=self.scheme,
            certificate_sha256=self.certificate_sha256,
        )

    def settings_toml(self) -> str:
        """The same as lines of TOML."""
        return settings_toml(self.settings())


def new_token() -> str:
    """A random token of 256 bits, as 43 characters that are safe in URLs."""
    return secrets.token_urlsafe(32)


def new_certified_key(hosts: list[str], days: int = 3650) -> CertifiedKey:
    """A self-signed certificate (EC P-256) for `hosts`: names and IP addresses. The first is its common name.

    It is valid from a day ago, because the clocks of the two sides may differ, for `days` days from now.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    alternative_names = x509.SubjectAlternativeName([_alternative_name(host) for host in hosts])
    # A common name has at most 64 characters; clients check the alternative names.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(alternative_names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return CertifiedKey(
        cert_pem=certificate.public_bytes(serialization.Encoding.PEM).decode(),
        key_pem=key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        sha256=certificate.fingerprint(hashes.SHA256()).hex(),
    )


def write_script(
    path: Path,
    *,
    host: str,
    port: int = DEFAULT_PORT,
    token: str | None = None,
    https: bool = True,
    force: bool = False,
) -> ReceiverSetup:
    """Write a ready receiver script to `path` (readable by its owner only), and give what senders must know.

    `host` is the name or address under which senders reach the VMS. Without `token` a random one is made. An
    existing file is replaced only with `force`: it may hold the token that senders use.
    """
    if path.exists() and not force:
        raise _is_there(path)
    token = new_token() if token is None else _checked(token)
    certificate = new_certified_key([host]) if https else None
    script = _filled_in(
        receiver_script().read_text(encoding="utf-8"),
        {
            "TOKEN": token,
            "PORT": port,
            "USE_HTTPS": https,
            "TLS_KEY": certificate.key_pem if certificate else "",
            "TLS_CERT": certificate.cert_pem if certificate else "",
        },
    )
    _write(path, script)
    return ReceiverSetup(
        path=path,
        host=host,
        port=port,
        scheme="https" if https else "http",
        token=token,
        certificate_sha256=certificate.sha256 if certificate else None,
    )


def _is_there(path: Path) -> ArgumentError:
    return ArgumentError(
        "out",
        f"There is a file {path} already, perhaps with the token that your senders use. To bring that one to this "
        f"version: securos-trigger receiver update {path}. To make another one, choose another name with --out, or "
        "replace it with --force.",
    )


def _checked(token: str) -> str:
    """The token without space around it, if it fits into an HTTP header."""
    token = token.strip()
    if not token:
        raise ArgumentError("token", "The token is empty.")
    if not token.isascii() or not token.isprintable():
        raise ArgumentError("token", "A token has letters, digits and punctuation of ASCII: it travels in a header.")
    return token


def _write(path: Path, script: str) -> None:
    try:
        write_whole(path, script)
    except OSError as error:
        fix = sentence(advice_for(error, path))
        raise ArgumentError("out", f"{path} cannot be written: {reason_of(error)}. {fix}") from error


def _alternative_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass  # then it is a name
    try:
        return x509.DNSName(ascii_host_name(host))
    except UnicodeError as error:
        fix = "Give the name or address under which senders reach the VMS, such as vms.example or 192.0.2.7."
        raise ArgumentError("host", f'"{host}" is neither a host name nor an address. {fix}') from error


def _filled_in(script: str, values: dict[str, str | int | bool]) -> str:
    """`script` with the constants of its settings block set to `values`. JSON is valid JavaScript for all of them."""
    found = SETTINGS_BLOCK.search(script)
    assert found is not None, "receiver.js has no marks around its settings"
    block = found.group()
    for name, value in values.items():
        lines = re.findall(rf"(?m)^const {name} = .*;$", block)
        assert len(lines) == 1, f"receiver.js has no single constant {name}"
        block = block.replace(lines[0], f"const {name} = {json.dumps(value)};")
    return script[: found.start()] + block + script[found.end() :]
