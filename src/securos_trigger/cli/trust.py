"""Shows the certificates that the receivers of a configuration have now, and accepts them if a person says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from securos_trigger.config.settings import Settings
from securos_trigger.delivery.trust import SIGNED_BY_SYSTEM_CA, certificate_of, fingerprint_of, unverified_context
from securos_trigger.model import Target
from securos_trigger.runtime.assembly import trust_store

TIMEOUT_S = 10.0


def accept_certificates(settings: Settings, say: Callable[[str], None], agrees: Callable[[str], bool]) -> int:
    """Go through every receiver; `agrees` is asked before a new certificate is accepted. 1 when one was not."""
    store = trust_store(settings.outbox)
    properties = {trigger.properties.target: trigger.properties for p in settings.pipelines for trigger in p.triggers}
    are_all_accepted = True
    for target, own in properties.items():
        fixed = "http has no certificate" if own.iss_scheme == "http" else ""
        fixed = fixed or ("it is pinned by iss_certificate_sha256" if own.iss_certificate_sha256 else "")
        fixed = fixed or ("iss_ca_file says who may vouch for it" if own.iss_ca_file else "")
        if fixed:
            say(f"{target}: nothing to accept, {fixed}.")
            continue
        shown = _shown_by(target, say)
        known = store.known(target)
        if shown is None:
            are_all_accepted = False
        elif shown == known:
            say(f"{target}: its certificate is the accepted one, SHA-256 {shown}.")
        else:
            before = {None: "none", SIGNED_BY_SYSTEM_CA: "one that an authority vouched for"}.get(
                known, f"SHA-256 {known}"
            )
            say(f"{target}: shows a certificate with SHA-256 {shown}; accepted until now: {before}.")
            if agrees("Compare it with what `receiver init` printed. Accept it?"):
                store.accept(target, shown)
            else:
                are_all_accepted = False
    return 0 if are_all_accepted else 1


def _shown_by(target: Target, say: Callable[[str], None]) -> str | None:
    """The fingerprint of the certificate that the target shows in a bare handshake; nothing else is sent."""
    try:
        return fingerprint_of(asyncio.run(certificate_of(target, unverified_context(), TIMEOUT_S)))
    except OSError as error:
        say(f"{target}: no handshake ({error or type(error).__name__}).")
        return None
