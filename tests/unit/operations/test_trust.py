"""Certificates that receivers show: what is to be accepted, and what accepting does."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner

from securos_trigger.cli.trust import trust
from securos_trigger.model import Target
from securos_trigger.operations.trust import ShownCertificate, accept_certificate, shown_certificates
from securos_trigger.vms.receiver_init import CertifiedKey, new_certified_key
from tests.unit.operations.site import write_site


@contextmanager
def tls_server(folder: Path, certificate: CertifiedKey) -> Iterator[int]:
    """A server that shakes hands and says no more; gives its port."""
    (folder / "cert.pem").write_text(certificate.cert_pem)
    (folder / "key.pem").write_text(certificate.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            try:
                context.wrap_socket(connection, server_side=True).close()
            except OSError:
                connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(60)


def test_a_certificate_is_accepted_when_it_is_remembered(tmp_path: Path) -> None:
    certificate = new_certified_key(["127.0.0.1"])
    with tls_server(tmp_path, certificate) as port:
        config = write_site(tmp_path, host="127.0.0.1", port=port)
        [first] = shown_certificates(config)
        assert (first.shown, first.accepted, first.is_accepted) == (certificate.sha256, None, False)
        accept_certificate(config, first)
        [second] = shown_certificates(config)
    assert (second.accepted, second.is_accepted) == (certificate.sha256, True)


def test_a_certificate_that_changed_is_shown_beside_the_accepted_one(tmp_path: Path) -> None:
    certificate = new_certified_key(["127.0.0.1"])
    with tls_server(tmp_path, certificate) as port:
        config = write_site(tmp_path, host="127.0.0.1", port=port)
        target = Target("https", "127.0.0.1", port)
        accept_certificate(config, ShownCertificate(target, shown="ab" * 32))
        [found] = shown_certificates(config)
        refused = CliRunner().invoke(trust, [str(config)], input="n\n")
    assert found.accepted_at is not None
    assert found == ShownCertificate(
        target, shown=certificate.sha256, accepted="ab" * 32, accepted_at=found.accepted_at
    )
    assert not found.is_accepted
    assert refused.exit_code == 1
    assert refused.stdout == (
        f"https://127.0.0.1:{port}\n"
        f"    shows a certificate with SHA-256\n    {certificate.sha256}\n"
        f"    accepted until now: SHA-256\n    {'ab' * 32}\n"
        "Compare it with the receiver's own certificate (for receiver.js, with what\n"
        "  `receiver init` printed). Accept it? [y/N]: n\n"
    )


def test_a_receiver_that_does_not_answer_says_why(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    [found] = shown_certificates(write_site(tmp_path, host="127.0.0.1", port=port))
    assert (found.shown, found.is_accepted) == (None, False)
    assert found.error == "connection refused"


def test_where_nothing_is_remembered_nothing_is_to_be_accepted(tmp_path: Path) -> None:
    [found] = shown_certificates(write_site(tmp_path, trigger='iss_scheme = "http"'))
    assert (found.fixed_by, found.is_accepted) == ("http has no certificate", True)


def test_a_pinned_certificate_is_compared_with_the_one_that_is_shown(tmp_path: Path) -> None:
    certificate = new_certified_key(["127.0.0.1"])
    with tls_server(tmp_path, certificate) as port:
        pinned = f'iss_certificate_sha256 = "{certificate.sha256}"'
        [same] = shown_certificates(write_site(tmp_path, host="127.0.0.1", port=port, trigger=pinned))
        assert (same.is_pinned, same.is_accepted) == (True, True)
        config = write_site(tmp_path, host="127.0.0.1", port=port, trigger=f'iss_certificate_sha256 = "{"ab" * 32}"')
        done = CliRunner().invoke(trust, [str(config), "--yes"])
        [still] = shown_certificates(config)
    assert done.exit_code == 1
    assert done.stdout == (
        f"https://127.0.0.1:{port}\n"
        f"    shows a certificate with SHA-256\n    {certificate.sha256}\n"
        f"    iss_certificate_sha256 pins another one, so nothing is sent:\n    {'ab' * 32}\n"
        "    Was the receiver set up again? Then compare the first one with what\n"
        "    `receiver init` printed, or ask the person who set it up. Is it the same?\n"
        "    Then replace the setting in site.toml:\n"
        "        yard/alarm, line 15\n"
        f'    with:\n        iss_certificate_sha256 = "{certificate.sha256}"\n'
        f"    and run: securos-trigger reload {config}\n"
        "    If not: a possible man in the middle.\n"
    )
    assert not still.is_accepted, "it is changed in the configuration only"
