"""HTTP sessions with a device: login by Digest, TLS with a CA or one certificate, and failures as sentences."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import aiohttp

from securos_trigger.errors import FeedLostError, FeedRefusedError
from securos_trigger.inputs.device_connection import DeviceConnection
from securos_trigger.system.host_names import reason_at
from securos_trigger.system.reasons import reason_of

#: An answer's head must be there within this time, in seconds.
ANSWER_WITHIN_S: Final = 10.0
#: What is said where a device asks for a login and none is set.
WANTS_LOGIN: Final = "the device wants a login: set user and password"
_REDIRECTIONS: Final = range(300, 400)


def open_session(connection: DeviceConnection) -> aiohttp.ClientSession:
    """A session for the requests to one device. FeedLostError: the CA file cannot be used."""
    password = connection.password.get_secret_value() if connection.password is not None else ""
    has_login = bool(connection.user or password)
    is_digest = connection.login == "digest"
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=_tls(connection), limit=4),
        headers={"Authorization": _basic(connection.user, password)} if has_login and not is_digest else None,
        middlewares=(aiohttp.DigestAuthMiddleware(connection.user, password),) if has_login and is_digest else (),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=ANSWER_WITHIN_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
    )


def _basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def _tls(connection: DeviceConnection) -> ssl.SSLContext | aiohttp.Fingerprint | bool:
    if connection.certificate_sha256 is not None:
        return aiohttp.Fingerprint(bytes.fromhex(connection.certificate_sha256))
    if connection.ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(connection.ca_file))
    except OSError as error:
        raise FeedLostError(f"the CA file {connection.ca_file} cannot be used: {reason_of(error)}") from None


@contextmanager
def failures_in_words(connection: DeviceConnection) -> Iterator[None]:
    """Turn what a connection can fail with into a FeedLostError whose text has no secret."""
    try:
        yield
    except TimeoutError:
        raise FeedLostError("the device does not answer in time") from None
    except aiohttp.ServerFingerprintMismatch as error:
        raise FeedLostError(
            f"the certificate has another fingerprint ({error.got.hex()}): possible man in the middle"
        ) from None
    except aiohttp.ClientConnectorCertificateError as error:
        why = getattr(error.certificate_error, "verify_message", "") or str(error.certificate_error)
        raise FeedLostError(f"the certificate of the device is not accepted: {why}") from None
    except aiohttp.ClientConnectorError as error:
        raise FeedLostError(f"no connection: {reason_at(error.host, error.os_error)}") from None
    except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, ConnectionError):
        raise FeedLostError("the device has closed the connection") from None
    except aiohttp.ClientError as error:
        raise FeedLostError(f"the connection has ended: {str(error)[:200] or type(error).__name__}") from None
    except OSError as error:
        raise FeedLostError(f"the connection has ended: {reason_of(error)}") from None


def refusal(response: aiohttp.ClientResponse, connection: DeviceConnection) -> FeedLostError | None:
    """Why the head of an answer says that nothing will come; None: it is right."""
    status = response.status
    if status == 401:
        wanted = response.headers.get("WWW-Authenticate", "")
        if connection.login == "digest" and wanted.lower().startswith("basic"):
            return FeedLostError(
                'the device wants basic login: set login = "basic" (https only: it sends the password unencrypted)'
            )
        has_login = bool(connection.user or connection.password)
        if not has_login:
            return FeedLostError(WANTS_LOGIN)
        return FeedRefusedError("the login is refused: the user or the password is wrong")
    if status == 403:
        return FeedRefusedError("the login has no right to read events, or is locked after wrong ones")
    if status == 404:
        return FeedLostError(f"there is no {response.url.path}: it is another kind of device, or its firmware is old")
    if status in _REDIRECTIONS:
        return FeedLostError("the device redirects to another address: write https instead of http, or that address")
    return FeedLostError(f"the device answers {status}") if status >= 400 else None
