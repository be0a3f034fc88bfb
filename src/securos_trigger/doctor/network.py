"""Examines the way to a receiver: its name, its port, its certificate."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from datetime import datetime
from typing import Final

from securos_trigger.delivery import (
    AcceptedBy,
    Connection,
    KnownCertificates,
    TrustStore,
    UnreadableCertificateError,
    inspect_certificate,
)
from securos_trigger.doctor.findings import Finding, failed, ok, warning
from securos_trigger.errors.wording import COMPARE_CERTIFICATE
from securos_trigger.model import Target
from securos_trigger.system.host_names import reason_at
from securos_trigger.system.reasons import reason_of

_SOON_DAYS: Final = 30


class ReadOnlyTrust(TrustStore):
    """The remembered certificates, to which an examination adds nothing."""

    def _change(self, target: Target, certificate_after: Callable[[str | None], str]) -> str | None:
        return self.known(target)


async def examine_name(target: Target, timeout_s: float) -> Finding:
    """Resolve the host name."""
    try:
        ipaddress.ip_address(target.host)
    except ValueError:
        pass
    else:
        return ok("name", f"{target.host} is an address")
    loop = asyncio.get_running_loop()
    fix = "Check iss_ip, and the name server of this machine."
    try:
        async with asyncio.timeout(timeout_s):
            found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except TimeoutError:
        return failed("name", f"{target.host} was not resolved within {timeout_s:g} s", fix)
    except OSError as error:
        return failed("name", reason_at(target.host, error), fix)
    return ok("name", f"{target.host} is {', '.join(dict.fromkeys(str(entry[4][0]) for entry in found))}")


async def examine_port(target: Target, timeout_s: float) -> Finding:
    """Open a connection to the port, and close it."""
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(target.host, target.port)
    except TimeoutError:
        fix = f"A firewall may be in the way: let TCP port {target.port} in on the SecurOS server."
        return failed("port", f"no answer from {target.host} on port {target.port} within {timeout_s:g} s", fix)
    except ConnectionRefusedError:
        fix = "Is the script running in SecurOS, and is iss_port the port it listens on?"
        return failed("port", f"nothing listens on port {target.port} of {target.host}", fix)
    except OSError as error:
        return failed("port", f"{target.host} cannot be reached: {reason_of(error)}", "Check the network.")
    writer.transport.abort()
    await writer.wait_closed()
    return ok("port", f"{target.port} is open")


async def examine_certificate(connection: Connection, store: KnownCertificates, now: datetime) -> Finding:
    """Say who signed the certificate, and for how long it is valid. Call it when a request got through with it.

    Raises OSError when there is no handshake.
    """
    try:
        shown = await inspect_certificate(connection, store)
    except UnreadableCertificateError as error:
        return warning(
            "certificate",
            f"{error}; when it ends is not known",
            "Make a new one: `securos-trigger receiver init --host NAME`.",
        )
    ends_at = shown.ends_at
    days = (ends_at - now).days
    is_over = ends_at <= now
    validity = f"expired on {ends_at:%Y-%m-%d}, and still accepted" if is_over else f"valid for {days} days"
    if shown.accepted_by is AcceptedBy.PIN:
        return ok("certificate", f"the pinned one, {validity}")
    if shown.accepted_by is AcceptedBy.MEMORY:
        return ok("certificate", f"the remembered one, {validity}")
    if shown.accepted_by is AcceptedBy.NOTHING:
        fix = f'{COMPARE_CERTIFICATE}, then set iss_certificate_sha256 = "{shown.sha256}".'
        text = f"no CA signed it; the first start will remember {shown.sha256}"
        return warning("certificate", text, fix)
    by = "the CA of iss_ca_file" if shown.accepted_by is AcceptedBy.CA_FILE else "a CA of this system"
    if days < _SOON_DAYS:
        return warning("certificate", f"signed by {by}, {validity}", "Renew it on the SecurOS server.")
    return ok("certificate", f"signed by {by}, {validity}")
