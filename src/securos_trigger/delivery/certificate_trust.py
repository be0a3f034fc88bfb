"""Which certificate a target may show: a pinned one, one signed by a CA, or the one that it showed first.

The certificate is checked before any byte of a request is sent. Nothing is accepted silently: the first certificate
of a target is announced, and another one later is refused until a person accepts it.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import ssl
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

import aiohttp

from securos_trigger.delivery.handshake import TimeLeft, certificate_of, fingerprint_of, unverified_context
from securos_trigger.errors import ConfigurationError, Mistake
from securos_trigger.errors.wording import sentence
from securos_trigger.model import Target
from securos_trigger.notices import Announcer, kinds
from securos_trigger.system.files import write_whole
from securos_trigger.system.locks import lock_for_change
from securos_trigger.system.platform import is_writable_by_all, open_without_waiting
from securos_trigger.system.reasons import reason_of
from securos_trigger.system.write_advice import advice_for
from securos_trigger.validation.connection import CA_FILE_FIX, ca_file_problem, normal_fingerprint
from securos_trigger.validation.mistakes import mistakes_at

#: In the trust file: a CA of the system has signed this target's certificate. A self-signed one is then refused.
SIGNED_BY_SYSTEM_CA: Final = "system"


@dataclass(frozen=True, slots=True)
class Untrusted:
    """The certificate is refused; `message` says why and what a person can do."""

    message: str


#: What a connection is made with.
Verification = ssl.SSLContext | aiohttp.Fingerprint


class KnownCertificates(Protocol):
    """What is remembered of targets, for those that only look."""

    def known(self, target: Target) -> str | None:
        """The fingerprint that is remembered for a target, or `SIGNED_BY_SYSTEM_CA`; None: nothing."""


class CertificateMemory(Protocol):
    """Where the first certificate of a target is remembered: a file, or a cluster. Both are asked in a thread."""

    def known(self, target: Target) -> str | None:
        """Give what is remembered of a target, or None."""
        ...

    def remember_first(self, target: Target, fingerprint: str) -> str | None:
        """Remember the first certificate of a target. Gives what is known already, which then stays, or None."""
        ...

    def note_signed_by_system_ca(self, target: Target) -> str | None:
        """Remember that a CA of the system has signed the target's certificate. Gives what was known before."""
        ...


class TrustStore:
    """The remembered certificates: a small JSON file (mode 0600), written atomically.

    Several processes may share it. A change is made under a lock, to what the file holds then. Each method raises
    `ConfigurationError` when the file cannot be read: a damaged file must not look like a first connection. A deleted
    one does. A file that every user of the machine may write is refused.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def known(self, target: Target) -> str | None:
        """Give the fingerprint of a target, `SIGNED_BY_SYSTEM_CA`, or None for a target that is not in the file."""
        entry = self._read().get(str(target))
        return None if entry is None else entry["certificate"]

    def since(self, target: Target) -> str | None:
        """Since when what is known of a target is remembered (RFC 3339); None: nothing is, or the file does not say."""
        return self._read().get(str(target), {}).get("since")

    def accept(self, target: Target, fingerprint: str) -> None:
        """Accept the certificate with this SHA-256 fingerprint from now on, in place of another one."""
        with mistakes_at("fingerprint"):
            digits = normal_fingerprint(fingerprint)
        self._change(target, lambda _: digits)

    def remember_first(self, target: Target, fingerprint: str) -> str | None:
        """Remember the first certificate of a target. Gives what is known already, which then stays, or None."""
        return self._change(target, lambda known: known or fingerprint)

    def note_signed_by_system_ca(self, target: Target) -> str | None:
        """Remember that a CA of the system has signed the target's certificate. Gives what was known before."""
        return self._change(target, lambda _: SIGNED_BY_SYSTEM_CA)

    def _change(self, target: Target, certificate_after: Callable[[str | None], str]) -> str | None:
        """Put the certificate that follows on the known one into the file, under the lock. Gives the known one."""
        known = self.known(target)
        if certificate_after(known) == known:  # nothing to write, perhaps into a folder that is read-only
            return known
        file = Path(os.path.realpath(self.path))  # a link stays a link: the file behind it is replaced
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with lock_for_change(file):
                entries = self._read()
                known = entries[str(target)]["certificate"] if str(target) in entries else None
                certificate = certificate_after(known)
                if certificate != known:
                    since = datetime.now(UTC).isoformat(timespec="seconds")
                    entries[str(target)] = {"certificate": certificate, "since": since}
                    write_whole(file, json.dumps(entries, indent=2, sort_keys=True))
        except OSError as error:
            raise self._mistake("written", reason_of(error), sentence(advice_for(error, file))) from error
        return known

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            entries = json.loads(self._text())
        except FileNotFoundError:
            return {}
        except RecursionError as error:
            raise self._mistake("read", "it is nested too deep") from error
        except (OSError, ValueError) as error:
            raise self._mistake("read", error) from error
        if not isinstance(entries, dict) or not all(
            isinstance(entry, dict) and isinstance(entry.get("certificate"), str) for entry in entries.values()
        ):
            raise self._mistake("read", "it does not hold certificates")
        return entries

    def _text(self) -> str:
        descriptor = open_without_waiting(self.path)  # a pipe would wait for a writer
        with os.fdopen(descriptor, encoding="utf-8") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise self._mistake("used", "it is not a regular file")
            if is_writable_by_all(found):
                fix = f"Look at what is in it, then take the right away: chmod 600 {self.path}"
                raise self._mistake("trusted", "every user of this machine may write it", fix)
            return file.read()

    def _mistake(self, verb: str, why: object, fix: str = "") -> ConfigurationError:
        fix = fix or "Repair or remove it, or pin the certificate with iss_certificate_sha256."
        what = f"the file of remembered certificates cannot be {verb}: {why}"
        return ConfigurationError([Mistake(str(self.path), what, fix)])


class Trust:
    """Checks the certificate of one target. One event loop uses it.

    `certificate_sha256` pins one certificate, expired or not. Else `ca_file` (PEM) names the only CAs whose signature
    counts. Else those of the system count, and without one the first certificate seen is remembered in `store`.

    Raises `ConfigurationError` for a malformed fingerprint and for a CA file that cannot be read.
    """

    def __init__(
        self,
        target: Target,
        *,
        certificate_sha256: str | None,
        ca_file: Path | None,
        store: CertificateMemory | None,
        announcer: Announcer,
    ) -> None:
        self._target = target
        self._store = store
        self._announcer = announcer
        self._lock = asyncio.Lock()
        self._fixed = _fixed_verification(certificate_sha256, ca_file)
        self._current: Verification | None = self._fixed

    async def verify(self, timeout_s: float) -> Verification | Untrusted:
        """Give what to connect with. Makes a bare handshake with the target when that is not known yet.

        The handshakes, and the wait for one that is under way, take no longer than `timeout_s` together.
        Raises OSError (time-outs and TLS failures included) when there is no handshake.
        """
        known = self._current
        if known is not None:  # for nearly every delivery: neither the lock nor a time-out is set up
            return known
        left = TimeLeft(timeout_s)
        async with asyncio.timeout(left.at_most()):
            await self._lock.acquire()
        try:
            if self._current is not None:
                return self._current
            verification = await self._handshake(left)
            if not isinstance(verification, Untrusted):
                self._current = verification
            return verification
        finally:
            self._lock.release()

    async def inspect(self, timeout_s: float) -> Verification | Untrusted | None:
        """Say what `verify` would give, and remember nothing; None: the certificate that `verify` would remember.

        Makes a bare handshake when that is not known yet, beside that of `verify`. Raises OSError as `verify` does.
        Where it can, it accepts any certificate and compares: a refused handshake would be an error at the target.
        """
        if self._current is not None:
            return self._current
        left = TimeLeft(timeout_s)
        try:
            known = None if self._store is None else await asyncio.to_thread(self._store.known, self._target)
        except ConfigurationError as error:
            return self._refused(error)
        if self._store is not None and known != SIGNED_BY_SYSTEM_CA:
            seen = fingerprint_of(await certificate_of(self._target, unverified_context, left.at_most()))
            if known is None:
                return None
            if known == seen:
                self._current = self._current or aiohttp.Fingerprint(bytes.fromhex(seen))
                return self._current
        seen, context = await self._shown(left)
        return self._judged(seen, known, context)

    def doubt(self) -> None:
        """Forget the result, after it has refused a connection: the next one makes a bare handshake again."""
        self._current = self._fixed

    async def _handshake(self, left: TimeLeft) -> Verification | Untrusted:
        seen, context = await self._shown(left)
        try:
            return await self._compare(seen, context)
        except ConfigurationError as error:
            return self._refused(error)

    async def _shown(self, left: TimeLeft) -> tuple[str, ssl.SSLContext]:
        """Give the fingerprint of what the target shows, or `SIGNED_BY_SYSTEM_CA`, and the context that knows CAs."""
        context = functools.cache(ssl.create_default_context)
        try:
            await certificate_of(self._target, context, left.at_most())
        except ssl.SSLCertVerificationError:
            shown = await certificate_of(self._target, unverified_context, left.at_most())
            return fingerprint_of(shown), context()
        return SIGNED_BY_SYSTEM_CA, context()

    def _refused(self, error: ConfigurationError) -> Untrusted:
        return Untrusted(f"Nothing is sent to {self._target}. {error}")

    async def _compare(self, seen: str, context: ssl.SSLContext) -> Verification | Untrusted:
        """Compare the certificate with the remembered one, in another thread: the file may be locked for a while."""
        target, store = self._target, self._store
        if seen == SIGNED_BY_SYSTEM_CA:
            known = None if store is None else await asyncio.to_thread(store.note_signed_by_system_ca, target)
            if known not in (None, seen):
                self._announcer.announce(kinds.CERTIFICATE_REPLACED, target=target, certificate_sha256=known)
            return context
        known = None if store is None else await asyncio.to_thread(store.remember_first, target, seen)
        if known is None and store is not None:
            self._announcer.announce(kinds.CERTIFICATE_REMEMBERED, target=target, certificate_sha256=seen)
            known = seen
        return self._judged(seen, known, context)

    def _judged(self, seen: str, known: str | None, context: ssl.SSLContext) -> Verification | Untrusted:
        """Judge what the target shows by what is remembered of it. A signature of a CA is always good enough."""
        target = self._target
        if seen == SIGNED_BY_SYSTEM_CA:
            return context
        if known is None:
            return Untrusted(
                f"The certificate of {target} is signed by no known CA (SHA-256 {seen}). "
                "Set iss_certificate_sha256 to pin it."
            )
        if known != seen:
            before = "one signed by a CA" if known == SIGNED_BY_SYSTEM_CA else f"SHA-256 {shortened(known)}"
            return Untrusted(
                f"The certificate of {target} has changed: it was {before}, it is SHA-256 {shortened(seen)}. "
                "Nothing is sent."
            )
        return aiohttp.Fingerprint(bytes.fromhex(seen))


def shortened(fingerprint: str) -> str:
    """The beginning of a fingerprint, for a text that a person reads; `trust` shows all of it."""
    return f"{fingerprint[:16]}…"


def _fixed_verification(certificate_sha256: str | None, ca_file: Path | None) -> Verification | None:
    if certificate_sha256 is not None:
        with mistakes_at("iss_certificate_sha256"):
            return aiohttp.Fingerprint(bytes.fromhex(normal_fingerprint(certificate_sha256)))
    if ca_file is None:
        return None
    if problem := ca_file_problem(ca_file):
        raise ConfigurationError([Mistake("iss_ca_file", problem, CA_FILE_FIX)])
    return ssl.create_default_context(cafile=str(ca_file))
